#!/usr/bin/env bash
# A restore to a shorter log goes on with the home's own pages where a backup's are of an older epoch than the root.
source "$(dirname "$0")/../lib.sh"

must init
append_event 1 anna
append_event 2 ben
must backup --to "$work/copy"
must forget now anna --ground 17-1-a --by a.lee --approver b.lee
rm -rf "$home/Log"
lethe restore --from "$work/copy"
expect_code 2 "a log that is shorter is refused first"
expect_err "the copy's log" "the sentence says that it speaks of the copy's log"
lethe restore --from "$work/copy" --accept-shorter-log
expect_code 0 "the home's own pages fit the root"
must read patient-ben
expect_out '"datasubject":"ben"' "the living are read"
lethe subject show anna
expect_out "shredded" "who was forgotten stays forgotten"
