# An attribute is a boolean, a string or a whole number of 32 bits; any other value is refused.
source "$(dirname "$0")/../lib.sh"
must init
try() {
  event "$1" P-1 ",\"note\":$2" >"$work/event.json"
  lethe append patient-P-1 "$work/event.json"
}
number=0
for value in '"x"' true false null 0 -7 2147483647 -2147483648; do
  number=$((number + 1))
  try "$number" "$value"
  expect_code 0 "the attribute value $value"
done
for value in 1.5 1.0 1e3 2147483648 -2147483649 '[]' '["a"]' '{}' '{"a":1}'; do
  try other "$value"
  expect_code 2 "the attribute value $value"
  expect_err 'attribute' "the attribute value $value"
done
