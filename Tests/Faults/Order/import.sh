#!/usr/bin/env bash
# An import keeps each stream's order, also around known events, new patients and refused lines.
source "$(dirname "$0")/../lib.sh"

# Writes events of three patients, one a line, with ids from the first number up to below the second. The import hands over
# 512 at once. Every other 512 begin with events of 16 KiB, which take some time to become durable, and behind those stands
# a known event, a new patient's, or one that is refused.
lines() {
  awk -v id="$1" -v end="$2" 'BEGIN {
    for (pad = "x"; length(pad) < 16384; pad = pad pad) {}
    for (; id < end; id++) {
      place = id % 1024; kind = int(id / 1024) % 3
      stream = "patient-" id % 3; subject = "p-" id % 3; number = id; dose = 1
      if (place == 200 && kind == 0) number = id % 3
      if (place == 200 && kind == 1) { stream = "patient-new-" id; subject = "p-new-" id }
      if (place == 200 && kind == 2) { number = id % 3; dose = 2 }
      printf "{\"specversion\":\"1.0\",\"id\":\"%d\",\"source\":\"urn:fault\",\"type\":\"MedicineTaken\"," \
        "\"stream\":\"%s\",\"datasubject\":\"%s\",\"data\":{\"dose\":%d,\"note\":\"%s\"}}\n",
        number, stream, subject, dose, (place < 200 && id >= 1024 ? pad : "")
    }
  }'
}

must init
lines 0 150 >"$work/first.jsonl"
must import "$work/first.jsonl"
start=1024
for round in 1 2; do
  lines "$start" $((start + 6144)) >"$work/more.jsonl"
  lethe import "$work/more.jsonl"
  [[ "$code" == 0 || "$code" == 1 ]] || fault "the import ends with $code"
  start=$((start + 6144))
  for patient in 0 1 2; do
    must read "patient-$patient"
    grep -oE '"id":"[0-9]+"' "$work/out" | grep -oE '[0-9]+' >"$work/ids"
    sort -nc "$work/ids" 2>"$work/disorder" || fault "import $round turned events of a stream round: $(<"$work/disorder")"
  done
done
