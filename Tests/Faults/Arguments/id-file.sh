# A person's id or a stream's name can be given in a file, so that it stands in no process list.
source "$(dirname "$0")/../lib.sh"
must init
append_event 1 P-1
printf 'P-1\n' >"$work/id"
printf 'patient-P-1' >"$work/stream"
must subject show --id-file "$work/id" --json
expect_out '"subject":"P-1","state":"live","records":1' "the id without its newline"
must read --id-file "$work/stream"
expect_out '"id":"1"' "the stream's event"
event 2 P-1 >"$work/event.json"
must append --id-file "$work/stream" "$work/event.json"
timeout 30 "$LETHE" --home "$home" subject show --id-file - --json <"$work/id" >"$work/out" || fault "an id on standard input"
out="$(<"$work/out")"
expect_out '"records":2' "an id on standard input"
must projection show medication --id-file "$work/id"
printf 'P-1\n\n' >"$work/other"
must subject show --id-file "$work/other" --json
expect_out '"state":"unknown"' "only one newline is dropped"
lethe append --id-file - <"$work/stream"
expect_code 64 "standard input for both the name and the events"
lethe subject show P-1 --id-file "$work/id"
expect_code 64 "an id given twice"
: >"$work/empty"
lethe subject show --id-file "$work/empty"
expect_code 2 "an empty file"
printf '\xff' >"$work/bytes"
lethe subject show --id-file "$work/bytes"
expect_code 2 "a file that is not UTF-8"
must forget now --id-file "$work/id" --ground 17-1-a --by alice --approver bob
must subject show --id-file "$work/id" --json
expect_out '"state":"shredded"' "the person who was forgotten"
