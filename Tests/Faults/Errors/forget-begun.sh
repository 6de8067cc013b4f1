# A forget that is held up says that it has begun and cannot be taken back, and no lower part says that nothing was kept.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
must init
must replica add "$work/replica"
append_event 1 P-1
rm -r "$work/replica" && touch "$work/replica"
lethe forget now P-1 --ground 17-1-b --by a --approver b
expect_code 2 "a forget that waits for a replica"
expect_err 'the forget has begun and cannot be taken back' "what was kept"
lethe subject show P-1
expect_out 'restricted' "the person is being forgotten"
