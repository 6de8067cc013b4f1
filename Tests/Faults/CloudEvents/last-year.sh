# A time at the end of year 9999 that an offset leads past it is RFC 3339, and so is one before year 0000.
source "$(dirname "$0")/../lib.sh"
must init
event 1 P-1 ',"time":"9999-12-31T23:59:59-05:00"' >"$work/event.json"
must append patient-P-1 "$work/event.json"
event 2 P-1 ',"time":"0000-01-01T00:00:00+05:00"' >"$work/event.json"
must append patient-P-1 "$work/event.json"
must read patient-P-1 --since-event 9999-12-31T23:59:59-04:59
expect_out '"time":"9999-12-31T23:59:59-05:00"' "the event of the last year"
[[ "$out" != *0000-01-01* ]] || fault "the event of the first year counts as later"
lethe read patient-P-1 --since-event 9999-12-31T23:60:00Z
expect_code 64 "a time that no clock shows"
