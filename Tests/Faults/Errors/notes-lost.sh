# A note that cannot be written is lost; the command does its work and ends with its own exit code.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../models.sh"
home_with_rows
mkdir "$home/ReadModels/dir.sqlite"
forget_anna
expect_code 1 "a forget that leaves a purge owed"
expect_err 'dir owes a purge' "a forget that leaves a purge owed"
unheard() {
  timeout 30 "$LETHE" --home "$home" "$@" >"$work/out" 2>/dev/full && code=0 || code=$?
  out="$(<"$work/out")" err=""
}
unheard subject show bert
expect_code 0 "subject show"
expect_out live "subject show"
event 9 bert >"$work/event.json"
unheard append patient-bert "$work/event.json"
expect_code 0 "append"
must read patient-bert
expect_out '"id":"9"' "an append whose notes are lost"
# With standard error closed.
timeout 30 "$LETHE" --home "$home" forget now bert --ground 17-1-b --by ines --approver omar >"$work/out" 2>&- &&
  code=0 || code=$?
expect_code 1 "a forget that leaves a purge owed, with standard error closed"
must subject show bert
expect_out shredded "a forget with standard error closed"
