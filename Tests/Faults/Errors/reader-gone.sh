# A failure ends with its own exit code, although nobody reads standard output any more.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
must init
must replica add "$work/replica"
append_event 1 P-1
rm -r "$work/replica" && touch "$work/replica"
# Standard output is a pipe whose reader is gone before anything is written to it.
forget=(forget now P-1 --ground 17-1-b --by a --approver b --json --wait PT0S)
{
  sleep 0.5
  timeout 30 "$LETHE" --home "$home" "${forget[@]}" 2>"$work/err"
  echo $? >"$work/code"
} | true
code="$(<"$work/code")" err="$(<"$work/err")"
expect_code 2 "a forget that waits for a replica, with nobody to read of it"
