# After each append `rsync -a` leaves an equal copy, although files keep coarse times.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
type -P rsync >/dev/null || cannot_show "there is no rsync"
must init
for number in {1..20}; do
  append_event "$number" "P-$((number % 3))"
  rsync -a --delete "$home/Log" "$home/Policies" "$work/copy/"
  diff -r "$home/Log" "$work/copy/Log" >/dev/null || fault "the copy differs behind append $number"
done
# The copy is a copy; what is new is that times are coarse and changes are seen all the same.
find "$home/Log" -type f -printf '%T@\n' | grep -qv '\.0*$' && fault "times tell fractions of a second"
exit 0
