# SIGTERM and SIGHUP end an import as SIGINT does: with its counts, and what was acknowledged is kept.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
must init
for signal in HUP TERM; do
  # Nothing of the signal before may be left: its "acknowledged" would be taken for this importer's.
  rm -f "$work/pipe" "$work/err"
  mkfifo "$work/pipe"
  "$LETHE" --home "$home" import - --acks --json <"$work/pipe" >"$work/out" 2>"$work/err" &
  importer=$!
  exec 7>"$work/pipe"
  event "$signal" P-1 ',"stream":"patient-P-1"' >&7
  for _ in {1..200}; do
    if grep -qs acknowledged "$work/err"; then break; fi
    sleep 0.05
  done
  grep -qs acknowledged "$work/err" || fault "nothing was acknowledged before SIG$signal"
  kill -"$signal" "$importer"
  wait "$importer"
  code=$? out="$(<"$work/out")" err=""
  exec 7>&-
  [[ "$code" -lt 128 ]] || fault "SIG$signal kills an import (exit $code)"
  expect_out '"events":1' "its counts after SIG$signal"
done
