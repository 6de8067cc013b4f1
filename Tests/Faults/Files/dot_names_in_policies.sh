#!/usr/bin/env bash
# Files whose names begin with a dot are no policies, whatever editors and file managers leave in Policies/.
source "$(dirname "$0")/../lib.sh"

must init
append_event 1 anna
printf '\0\5\26\7' >"$home/Policies/._sample.json"
ln -s "somebody@host.1234" "$home/Policies/.#sample.json"
printf 'half a pol' >"$home/Policies/.sample.json"
lethe read patient-anna
expect_code 0 "names that begin with a dot"
must backup --to "$work/copy"
[[ ! -e "$work/copy/Policies/.sample.json" ]] || fault "a backup took it for a policy"
