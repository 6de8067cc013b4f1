#!/usr/bin/env bash
# A stream of a category that is not shared begins with an event of a person, so that a forget reaches its name.
source "$(dirname "$0")/../lib.sh"

must init
opened() {
  printf '{"specversion":"1.0","id":"%s","source":"urn:fault","type":"WardOpened","data":{}}\n' "$1" >"$work/event.json"
}
opened 1
lethe append patient-anna "$work/event.json"
expect_code 1 "an event that concerns nobody begins a personal stream"
expect_err 'policy' "the refusal is one of policy"
expect_err 'shared' "the error says what would allow it"
# What is allowed: the same in a shared category, and behind the owner's first event.
must append ward-3 "$work/event.json"
append_event 2 anna
expect_code 0 "a person's event begins the stream"
opened 3
must append patient-anna "$work/event.json"
must forget now anna --ground 17-1-b --by alice --approver bob
must read '$all'
! grep -q 'patient-anna' "$work/out" || fault "the stream's name is readable after its person was forgotten"
