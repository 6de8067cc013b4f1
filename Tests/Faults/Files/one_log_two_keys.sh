#!/usr/bin/env bash
# Two copies of Keys/ on one Log/ do not write at once: the second is refused while the first has the log open.
source "$(dirname "$0")/../lib.sh"

must init
append_event 1 anna
mkdir "$work/twin"
cp -a "$home/Keys" "$home/Policies" "$work/twin/"
ln -s "$home/Log" "$work/twin/Log"
mkfifo "$work/events"
"$LETHE" --home "$home" import "$work/events" --acks >"$work/first.out" 2>"$work/first.err" &
first=$!
exec 9>"$work/events"
trap 'exec 9>&-; kill "$first" 2>/dev/null; cleanup' EXIT
event 2 ben ',"stream":"patient-ben"' >&9
for _ in $(seq 100); do
  grep -q acknowledged "$work/first.err" && break
  sleep 0.1
done
event 3 carl >"$work/event.json"
timeout 30 "$LETHE" --home "$work/twin" append patient-carl "$work/event.json" --wait PT0S >"$work/out" 2>"$work/err" && code=0 || code=$?
err="$(<"$work/err")"
expect_code 2 "another process has the log open"
expect_err "Log/" "the sentence says that it is the log"
exec 9>&-
wait "$first" || fault "the import failed"
must read patient-ben
