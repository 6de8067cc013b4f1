#!/usr/bin/env bash
# An event about somebody else than its stream's owner is refused unless the stream's category is shared.
source "$(dirname "$0")/../lib.sh"

must init
append_event 1 anna
expect_code 0 "the owner's first event is taken"
event 2 bert >"$work/event.json"
lethe append patient-anna "$work/event.json"
expect_code 1 "an event of another is taken in a personal stream"
expect_err 'somebody else' "the error says what is wrong"
expect_err 'shared' "the error says what would allow it"
[[ "$err" != *bert* && "$err" != *anna* ]] || fault "the error names a person"

# A policy that lists the category allows it.
sed 's/"shared": \["ward"\]/"shared": ["ward", "patient"]/' "$home/Policies/sample.json" >"$work/policy.json"
cp "$home/Policies/sample.json" "$work/before.json"
cp "$work/policy.json" "$home/Policies/sample.json"
must append patient-anna "$work/event.json"

# Once the policy is as before, a stream that has events of others goes on taking them, and one that has none does not.
cp "$work/before.json" "$home/Policies/sample.json"
must append patient-anna "$work/event.json"
event 3 cleo >"$work/event.json"
must append patient-anna "$work/event.json"
append_event 1 dora
expect_code 0 "an owner's first event is taken"
event 4 cleo >"$work/event.json"
lethe append patient-dora "$work/event.json"
expect_code 1 "an event of another is taken in a stream that has none"
