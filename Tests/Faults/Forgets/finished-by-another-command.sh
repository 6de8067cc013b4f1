# A forget that waited for a replica, and that another command finishes, leaves no row of the forgotten in ReadModels/.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../models.sh"

home_with_rows
must replica add "$work/replica"
mv "$work/replica" "$work/away"
forget_anna
expect_code 2 "a forget that a replica holds up"
mv "$work/away" "$work/replica"
another_command 3
expect_code 0 "appending for somebody else"
expect_purged "after the command that finished the forget"
lethe audit verify
expect_code 0 "an audit once nobody owes anything"
