#!/usr/bin/env bash
# A new root cell is never written behind a link or into a file that somebody else laid there.
source "$(dirname "$0")/../lib.sh"

must init
mkdir "$work/disk"
printf 'of somebody' >"$work/victim"
ln -s "$work/victim" "$work/disk/a.cell"
ln -s "$work/not-there" "$work/disk/b.cell"
: >"$work/open.cell"
chmod 666 "$work/open.cell"
: >"$work/two.cell"
chmod 600 "$work/two.cell"
ln "$work/two.cell" "$work/two-names.cell"
mkfifo "$work/pipe.cell"
for path in "$work/disk/a.cell" "$work/disk/b.cell" "$work/open.cell" "$work/two.cell" "$work/pipe.cell"; do
  patience=10 lethe key cell add "$path"
  expect_code 2 "${path##*/}"
done
[[ "$(<"$work/victim")" == "of somebody" ]] || fault "a file behind a link was written"
[[ ! -e "$work/not-there" ]] || fault "a file was made behind a link"
[[ ! -s "$work/open.cell" && ! -s "$work/two.cell" ]] || fault "a root was written into a planted file"
if [[ $EUID == 0 ]]; then
  head -c 8192 /dev/zero >"$work/theirs.cell"
  chmod 600 "$work/theirs.cell"
  chown 65534 "$work/theirs.cell"
  lethe key cell add "$work/theirs.cell"
  expect_code 2 "a file of another user"
  [[ -z "$(tr -d '\0' <"$work/theirs.cell" | head -c 1)" ]] || fault "a root was written into another user's file"
fi
must key cell add "$work/disk/good.cell"
