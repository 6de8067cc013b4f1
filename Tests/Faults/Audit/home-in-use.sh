# An audit of a home that another process has open checks what needs no key and ends with 3.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

must init
append_event 1 anna
mkfifo "$work/input"
timeout 60 "$LETHE" --home "$home" import - <"$work/input" >/dev/null 2>&1 &
importer=$!
exec 9>"$work/input"
for _ in $(seq 100); do
  [[ -s "$home/Keys/lock" ]] && lethe read '$all' --wait PT0S
  [[ "$code" == 2 ]] && break
  sleep 0.05
done
lethe audit verify --json --wait PT0S
exec 9>&-
wait "$importer"
expect_code 3 "an audit beside a process that has the home open"
grep -q '"id":"A1",[^}]*"answer":"proven"' <<<"$out" || fault "A1 is not proven"
grep -q '"id":"A7",[^}]*"answer":"not-checked"' <<<"$out" || fault "A7 is not 'not checked'"
