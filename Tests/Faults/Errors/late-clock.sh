# A machine whose clock is past the year 2262 works: 2^63 nanoseconds are no limit.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
type -P faketime >/dev/null || cannot_show "there is no faketime"
tool="$LETHE"
printf '#!/bin/sh\nFAKETIME_DONT_FAKE_MONOTONIC=1 exec faketime "2300-01-01 12:00:00" "%s" "$@"\n' "$tool" >"$work/late"
chmod 755 "$work/late"
LETHE="$work/late"
must init
for number in 1 2; do
  append_event "$number" P-1
  expect_code 0 "an append in the year 2300"
done
for number in {3..200}; do event "$number" "P-$((number % 9))" ",\"stream\":\"patient-P-$((number % 9))\""; done >"$work/lines"
lethe import "$work/lines"
expect_code 0 "an import in the year 2300"
must read '$all'
