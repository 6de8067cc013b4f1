#!/usr/bin/env bash
# A sparse file of many GiB where a small one belongs is refused by its size, without memory or time for what it holds.
source "$(dirname "$0")/../lib.sh"
ulimit -v 4000000
patience=10

must init
append_event 1 anna
must backup --to "$work/copy"
cp -a "$home" "$work/kept"
grow() { rm -f "$1"; truncate -s "$2" "$1" || cannot_show "the disk takes no sparse files"; }
for file in Keys/checkpoint Log/checkpoint Policies/sample.json Log/00000000000000000000.segment; do
  rm -rf "$home"
  cp -a "$work/kept" "$home"
  case "$file" in
    *.segment) truncate -s 4T "$home/$file" || cannot_show "the disk takes no sparse files" ;;
    *) grow "$home/$file" 8G ;;
  esac
  lethe read patient-anna
  expect_code 2 "$file"
  expect_err "bytes" "$file"
  lethe audit verify
  [[ "$code" != 124 && "$code" != 134 ]] || fault "$file: audit verify ends with $code"
done
rm -rf "$home"
cp -a "$work/kept" "$home"
rm -rf "$home/Log"
truncate -s 4T "$work/copy/Log/00000000000000000000.segment"
lethe restore --from "$work/copy" --accept-shorter-log
expect_code 2 "a sparse segment of a copy"
expect_err "bytes" "a sparse segment of a copy"
