# A write past the limit on a file's size is an error with a sentence, and no death by a signal.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
must init
append_event 1 P-1
event 2 P-1 >"$work/event.json"
(ulimit -f 16; timeout 30 "$LETHE" --home "$home" append patient-P-1 "$work/event.json" >"$work/out" 2>"$work/err")
code=$? err="$(<"$work/err")"
expect_code 2 "an append under ulimit -f"
[[ -n "$err" ]] || fault "it says nothing"
must read '$all'
