#!/usr/bin/env bash
# A stream name that begins with `id:`, which reading takes for a stream's id, is refused.
source "$(dirname "$0")/../lib.sh"

must init
event 1 p-17 >"$work/event.json"
lethe append id:7 "$work/event.json"
expect_code 64 "a reserved name takes an event"
expect_err 'begins with id:' "the error says what is wrong"
event 1 p-17 ',"stream":"id:7"' >"$work/event.json"
lethe import "$work/event.json"
expect_code 2 "a reserved name takes an imported event"
lethe append id:0123456789abcdef0123456789abcdef "$work/event.json"
expect_code 64 "a stream's id takes an event"
