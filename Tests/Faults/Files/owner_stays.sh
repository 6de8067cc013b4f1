#!/usr/bin/env bash
# What root runs in a home of another user leaves every file to that user, who goes on working.
source "$(dirname "$0")/../lib.sh"

[[ $EUID == 0 ]] || cannot_show "it takes root and another user"
as_owner() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
as_owner "$LETHE" --version >/dev/null 2>&1 || cannot_show "no other user can run the binary"

chmod 755 "$work"
mkdir "$home" "$work/replica"
chown 65534:65534 "$home" "$work/replica"
timeout 30 setpriv --reuid 65534 --regid 65534 --clear-groups "$LETHE" --home "$home" init >/dev/null
append_event 1 anna
must read patient-anna
append_event 2 ben
must projection run
must replica add "$work/replica"
must key seal
foreign="$(find "$home" "$work/replica" ! -uid 65534)"
[[ -z "$foreign" ]] || fault "not the owner's any more: $foreign"
as_owner "$LETHE" --home "$home" read patient-ben >"$work/out" 2>"$work/err" || { err="$(<"$work/err")"; fault "the owner cannot read"; }
event 3 carl >"$work/event.json"
chmod 644 "$work/event.json"
as_owner "$LETHE" --home "$home" append patient-carl "$work/event.json" >"$work/out" 2>"$work/err" ||
  { err="$(<"$work/err")"; fault "the owner cannot append"; }
