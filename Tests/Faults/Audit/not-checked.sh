# A check of the audit that needs a key which is not there is "not checked", and the audit ends with 3; what needs no key is checked all the same.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

must init
append_event 1 anna
append_event 2 bert
must forget now anna --ground 17-1-b --by ines --approver omar
expect_answers() {
  lethe audit verify --json --wait PT0S
  expect_code 3 "$*"
  for id in A1 A6 A13; do
    grep -q "\"id\":\"$id\",[^}]*\"ok\":true,\"answer\":\"proven\"" <<<"$out" || fault "$id is not proven: $*"
  done
  for id in A5 A7; do
    grep -q "\"id\":\"$id\",[^}]*\"ok\":true,\"answer\":\"not-checked\"" <<<"$out" || fault "$id is not 'not checked': $*"
  done
  grep -q '^{"ok":true' <<<"$out" || fault "something is said to have failed: $*"
}
for name in root.cell signing.key vault.sqlite; do
  mv "$home/Keys/$name" "$work/$name"
  expect_answers "without Keys/$name"
  mv "$work/$name" "$home/Keys/$name"
done
mv "$home/Keys" "$work/Keys"
expect_answers "with Log/ alone"
mv "$work/Keys" "$home/Keys"
must audit verify
# What fails without a key fails.
printf 'x' | dd of="$home/Log/00000000000000000000.segment" bs=1 seek=2000 conv=notrunc status=none
lethe audit verify --json
expect_code 1 "an audit of a log with a changed byte"
grep -q '"id":"A1",[^}]*"answer":"failed"' <<<"$out" || fault "A1 has not failed"
grep -q '"id":"A7",[^}]*"answer":"not-checked"' <<<"$out" || fault "A7 is not 'not checked'"
