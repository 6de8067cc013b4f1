# A policy with 8,000 pointers costs a start hardly more than a small one.
source "$(dirname "$0")/../lib.sh"
must init
{
  printf '{"policy":"lethe/1","types":{"T":{"retained":["/type"'
  for number in {1..8000}; do printf ',"/data/field%d/value"' "$number"; done
  printf ']}}}'
} >"$home/Policies/many.json"
# Seconds of the processor, whatever else the machine does.
(ulimit -t 3 && timeout 60 "$LETHE" --home "$home" read '$all') 2>/dev/null || fault "a start takes more than 3 s of processor time"
printf '{"policy":"lethe/1","types":{"U":{"retained":["/data/a/b","/data/c","/data/a"]}}}' >"$home/Policies/clash.json"
lethe read '$all'
expect_code 2 "a field around another"
expect_err 'lies in or around' "a field around another"
