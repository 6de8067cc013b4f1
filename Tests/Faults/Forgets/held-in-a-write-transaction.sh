# While another process holds a read model in a write transaction, a forget names the model, nothing shows a row of the forgotten, and the next command after that purges it.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../models.sh"

home_with_rows
hold write
forget_anna --wait PT0S
expect_code 1 "a forget whose read model cannot be purged"
expect_err 'medication' "the read model that owes is named"
lethe projection show medication
expect_code 0 "showing a read model that somebody holds"
grep -q 'text of bert' <<<"$out" || fault "a living person's row is not shown"
! grep -q "$canary" <<<"$out" || fault "a row of the forgotten is shown"
lethe projection show medication --subject anna
! grep -q 'went with them' <<<"$err" || fault "the rows are said to be gone, and are not"
lethe audit verify
expect_code 1 "an audit while a purge is due"
expect_out 'A9 .*medication' "the read model that owes is named"
another_command 3
expect_code 0 "a command that has nothing to do with it"
expect_err 'medication' "the read model that owes is named"
let_go
another_command 4
expect_code 0 "a command once nobody holds the file"
expect_purged "after the holder ended and one more command"
lethe audit verify
expect_code 0 "an audit once nobody owes anything"
