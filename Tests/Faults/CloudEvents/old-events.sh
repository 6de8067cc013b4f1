# Lines that `read` gave can be imported again, those of older versions too, and come back as the same events.
source "$(dirname "$0")/../lib.sh"
must init
append_event 1 P-1
append_event 2 P-1
must read patient-P-1
cp "$work/out" "$work/lines"
must import "$work/lines" --json
expect_out '"events":0,"duplicates":2,"refused":0' "what read gave"
printf '{"specversion":"1.0","id":"3","source":"urn:fault","type":"T","datasubject":"P-1","data":{"a":1.0},"position":7,"stream":"patient-P-1","revision":0,"recordedtime":"2026-01-01T00:00:00Z"}\n' >"$work/lines"
must import "$work/lines" --json
expect_out '"events":1,' "a line of an older version"
must read patient-P-1 --from 2
expect_out '^\{"specversion":"1.0","id":"3","source":"urn:fault","type":"T","datasubject":"P-1","data":\{"a":1.0\},"position":' "the event alone"
must forget now P-1 --ground 17-1-a --by alice --approver bob
must read '$all' --system
cp "$work/out" "$work/lines"
count="$(wc -l <"$work/lines")"
lethe import "$work/lines" --json
expect_code 1 "what no longer opens and facts"
expect_out "\"events\":0,\"duplicates\":0,\"refused\":$count," "each of them is counted as refused"
event 4 P-2 ',"position":7' >"$work/event.json"
lethe append patient-P-2 "$work/event.json"
expect_code 2 "a position that a sender wrote"
