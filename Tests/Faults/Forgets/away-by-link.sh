# A read model, or all of them, behind a link whose disk is away owes its purge, and loses its rows once the disk is back.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
. "$(dirname "${BASH_SOURCE[0]}")/../models.sh"

home_with_rows
mkdir "$work/disk"
mv "$home/ReadModels/medication.sqlite" "$work/disk/"
ln -s "$work/disk/medication.sqlite" "$home/ReadModels/medication.sqlite"
mv "$work/disk" "$work/away"
forget_anna
expect_code 1 "a forget while a read model is away"
expect_err "link to nothing" "the sentence says why"
lethe audit verify
[[ "$code" != 0 ]] || fault "an audit passes while a read model is away"
mv "$work/away" "$work/disk"
must subject show bert
grep -qa "$canary" "$work/disk/medication.sqlite"* && fault "a row is left once the disk is back"
must audit verify
mv "$home/ReadModels" "$work/models"
ln -s "$work/nowhere" "$home/ReadModels"
lethe forget now bert --ground 17-1-b --by ines --approver omar
expect_code 1 "a forget while all read models are away"
lethe audit verify
[[ "$code" != 0 ]] || fault "an audit passes while all read models are away"
