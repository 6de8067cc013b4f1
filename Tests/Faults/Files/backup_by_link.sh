#!/usr/bin/env bash
# A backup does not go into the home by way of a link: Log/ may lie on another disk, and words may lead back.
source "$(dirname "$0")/../lib.sh"

must init
append_event 1 anna
mkdir "$work/disk"
mv "$home/Log" "$work/disk/log"
ln -s "$work/disk/log" "$home/Log"
must read patient-anna
for target in "$work/disk/log/copy" "$work/new/../home/Keys/copy"; do
  lethe backup --to "$target"
  expect_code 1 "$target"
  expect_err "lies in the home" "$target"
done
ln -s "$home/Keys" "$work/way"
lethe backup --to "$work/way/copy"
expect_code 1 "by way of a link"
[[ ! -e "$home/Keys/copy" && ! -e "$work/disk/log/copy" ]] || fault "something was written into the home"
must backup --to "$work/good"
