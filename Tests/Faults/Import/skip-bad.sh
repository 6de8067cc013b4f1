# With --skip-bad N an import goes on past N lines that cannot be parsed, counts them, and stops at the next one.
source "$(dirname "$0")/../lib.sh"
must init
line() { event "$1" P-1 ',"stream":"patient-P-1"'; }
{ line 1; echo no; line 2; event 3 P-1; echo '{"specversion":'; line 4; } >"$work/input"
lethe import "$work/input" --skip-bad 3 --json
expect_code 1 "three lines of three"
expect_out '"events":3,"duplicates":0,"refused":0,.*"skipped":3' "three lines of three"
for number in 2 4 5; do expect_err "line $number was skipped" "the lines are named"; done
lethe import "$work/input" --skip-bad 2 --json
expect_code 2 "three lines of two"
expect_out '"duplicates":2,.*"skipped":2,"error"' "what was taken before"
expect_err '\[line 5' "the line that is too much"
lethe import "$work/input"
expect_code 2 "no line may be skipped unless that is said"
expect_err '\[line 2' "the first line"
for _ in {1..15}; do echo bad; done >"$work/input"
line 9 >>"$work/input"
lethe import "$work/input" --skip-bad 100
expect_code 1 "fifteen lines"
[[ "$(grep -c 'was skipped' "$work/err")" == 10 ]] || fault "not the first ten are named"
expect_out 'Appended 1 event .* 15 skipped' "all are counted"
