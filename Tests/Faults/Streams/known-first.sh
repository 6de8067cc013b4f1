#!/usr/bin/env bash
# An event that is known is answered as such, whatever policy says of its type and its stream by now.
source "$(dirname "$0")/../lib.sh"

must init
cp "$home/Policies/sample.json" "$work/before.json"
append_event 1 anna
expect_code 0 "a first event is taken"
# Its type is said to concern nobody later, and the event names somebody.
sed 's/"WardOpened": {/"MedicineTaken": {"subject": "none"},\n    "WardOpened": {/' "$work/before.json" \
  >"$home/Policies/sample.json"
append_event 1 anna
expect_code 0 "a known event is refused under another policy"
expect_out 'duplicate|already|known' "the answer says that the event is known"
lethe append patient-anna "$work/event.json" --expect none
expect_code 0 "a known event is refused for the stream's revision"
append_event 2 anna
expect_code 1 "a new event of the type names a person"
