#!/usr/bin/env bash
# A root cell or a signing key that others may read, that is a link or has a second name is refused by every command.
source "$(dirname "$0")/../lib.sh"

must init
append_event 1 anna
for file in root.cell signing.key; do
  path="$home/Keys/$file"
  for mode in 666 640 604 601; do
    chmod "$mode" "$path"
    for command in "read patient-anna" "subject show anna" "append patient-anna $work/event.json"; do
      lethe $command
      expect_code 2 "$file with mode $mode, $command"
      expect_err "others have rights" "$file with mode $mode, $command"
    done
  done
  chmod 600 "$path"
  ln "$path" "$work/name"
  lethe read patient-anna
  expect_code 2 "$file with a second name"
  expect_err "hard link" "$file with a second name"
  rm "$work/name"
  mv "$path" "$work/moved"
  ln -s "$work/moved" "$path"
  lethe read patient-anna
  expect_code 2 "$file behind a link"
  expect_err "a link lies where" "$file behind a link"
  rm "$path"
  mv "$work/moved" "$path"
  must read patient-anna
done
if [[ $EUID == 0 ]]; then
  chown 65534 "$home/Keys/root.cell"
  lethe read patient-anna
  expect_code 2 "a cell of another owner"
  expect_err "belongs to another user" "a cell of another owner"
fi
