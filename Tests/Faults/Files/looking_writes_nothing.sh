#!/usr/bin/env bash
# `key status` and what of `audit verify` needs no key work on a copy of Log/ alone and leave every file as it is.
source "$(dirname "$0")/../lib.sh"

state() { (cd "$1" && find . -printf '%p %s %T@ %C@\n' | sort; find . -type f -exec sha256sum {} + | sort); }
must init
append_event 1 anna
before="$(state "$home")"
must key status
must key cell list
must replica list
[[ "$(state "$home")" == "$before" ]] || fault "looking changed the home"
mkdir "$work/stick"
cp -a "$home/Log" "$work/stick/"
kept="$home" home="$work/stick"
before="$(state "$home")"
lethe key status --json
expect_code 0 "a log alone"
expect_out '"vkey":"lethe/' "the log's own key"
lethe audit verify
[[ "$code" == 0 || "$code" == 1 || "$code" == 3 ]] || fault "audit verify of a log alone ends with $code"
[[ "$(state "$home")" == "$before" ]] || fault "looking changed the stick"
home="$kept"
if unshare --user --map-root-user --mount true 2>/dev/null; then
  unshare --user --map-root-user --mount bash -c \
    'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && exec "$2" --home "$1" key status --json' \
    bash "$home" "$LETHE" >"$work/out" 2>"$work/err" && code=0 || code=$?
  out="$(<"$work/out")" err="$(<"$work/err")"
  expect_code 0 "a home on a disk that takes no writes"
  expect_out '"state":"current"' "the cell is read there"
fi
