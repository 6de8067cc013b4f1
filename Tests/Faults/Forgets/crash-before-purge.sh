# A crash between the end of a forget and the purge of a read model leaves a purge that is due: the audit names the model, and the next command makes up for it.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../models.sh"

home_with_rows
# The file as it was before the forget is the file as a crash leaves it that comes before the purge.
cp -a "$home/ReadModels" "$work/before"
forget_anna
expect_code 0 "the forget"
rm -r "$home/ReadModels"
cp -a "$work/before" "$home/ReadModels"
lethe audit verify
expect_code 1 "an audit of a home whose read model owes a purge"
expect_out 'A9 .*medication' "the read model that owes is named"
rm -r "$home/ReadModels"
cp -a "$work/before" "$home/ReadModels"
another_command 3
expect_code 0 "appending for somebody else"
expect_purged "after the next command"
lethe audit verify
expect_code 0 "an audit once nobody owes anything"
