#!/usr/bin/env bash
# Who is neither the owner of Keys/ nor root is refused, though Keys/ may be entered; so is a Keys/ that others may write in.
source "$(dirname "$0")/../lib.sh"

must init
chmod 770 "$home/Keys"
lethe read patient-anna
expect_code 2 "a group could put other keys there"
expect_err "Keys: others may write" "the sentence says what is wrong"
chmod 700 "$home/Keys"
[[ $EUID == 0 ]] || exit 0
chown -R 65534 "$home"
chmod 755 "$work" "$home" "$home/Keys"
setpriv --reuid 65533 --regid 65533 --clear-groups "$LETHE" --version >/dev/null 2>&1 || exit 0
setpriv --reuid 65533 --regid 65533 --clear-groups "$LETHE" --home "$home" read patient-anna >"$work/out" 2>"$work/err" && code=0 || code=$?
err="$(<"$work/err")"
expect_code 2 "somebody else"
expect_err "Keys: it belongs to another user" "the sentence says what is wrong"
