# On a full disk a home is read, shown and audited, whatever a crash left, and takes nothing. With space it goes on.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
if [[ -z "${LETHE_OWN_MOUNTS:-}" ]]; then
  alone=(unshare --user --map-root-user --mount)
  "${alone[@]}" true 2>/dev/null || cannot_show "nothing can be mounted; allow unprivileged user namespaces"
  LETHE_OWN_MOUNTS=1 "${alone[@]}" bash "${BASH_SOURCE[0]}"
  exit
fi
disk="$work/disk" home="$work/disk/home"
mkdir "$disk"
mount -t tmpfs -o size=32m none "$disk"
trap 'umount "$disk"; cleanup' EXIT

# Leaves so many KiB on the disk.
fill() {
  local available
  rm -f "$disk/fill"
  available="$(stat -f -c '%a' "$disk")"
  head -c $((available * $(stat -f -c '%S' "$disk") - $1 * 1024)) /dev/zero >"$disk/fill"
}

# Everything that only looks, with as much space as there is. $1: where we are, $2: lines to be read, $3: state of P-1.
look() {
  lethe read '$all'
  expect_code 0 "read, $1"
  [[ "$(wc -l <"$work/out")" == "$2" ]] || fault "read gives $(wc -l <"$work/out") lines instead of $2, $1"
  lethe read '$all' --since P30D
  expect_code 0 "read --since, $1"
  lethe subject show P-1
  expect_code 0 "subject show, $1"
  expect_out "$3" "subject show, $1"
  local words
  for words in "projection list" "projection show medication" "key status" "replica list" "audit verify"; do
    # Each is a command of several words.
    # shellcheck disable=SC2086
    lethe $words
    expect_code 0 "$words, $1"
  done
}

# Looks with 0 to 160 KiB, after which the disk is as it was.
look_when_full() {
  local kibibytes
  for kibibytes in 0 60 100 160; do
    fill "$kibibytes"
    look "$kibibytes KiB left, $1" $(($2 + kept)) "$3"
    # There may be room for one event, and none for a checkpoint. What the answer says is what is there.
    append_event "full-$kibibytes-$2" P-1
    if [[ "$code" == 0 ]]; then ((kept += 1)); else expect_err 'full|space' "an append with $kibibytes KiB left, $1"; fi
  done
  rm "$disk/fill"
}

kept=0
must init
for id in 1 2 3; do append_event "$id" "P-$id"; done
must projection run medication
look_when_full "after a clean close" 3 live

# Killed behind an acknowledgement: the log's end is not signed, and its index not written.
for id in $(seq 10 59); do event "$id" "P-$id" ',"stream":"patient-P-'"$id"'"'; done >"$work/events"
mkfifo "$work/pipe"
"$LETHE" --home "$home" import - --acks <"$work/pipe" >/dev/null 2>"$work/acks" &
importer=$!
exec 3>"$work/pipe"
cat "$work/events" >&3
for _ in $(seq 100); do
  if grep -q '50' "$work/acks"; then break; fi
  sleep 0.1
done
kill -9 "$importer"
wait "$importer" 2>/dev/null
exec 3>&-
grep -q '50' "$work/acks" || fault "the import acknowledges nothing"
look_when_full "after kill -9" 53 live

# A forget that waits for a replica which is away.
must replica add "$work/replica"
mv "$work/replica" "$work/away"
lethe forget now P-1 --ground 17-1-b --by handler --approver approver
[[ "$code" != 0 ]] || fault "the forget does not wait for the replica"
fill 0
lethe subject show P-1
expect_code 0 "subject show of a forget that waits"
expect_out restricted "a forget that waits"
lethe read '$all'
expect_code 0 "read beside a forget that waits"
rm "$disk/fill"
mv "$work/away" "$work/replica"

# With space all goes on.
must read '$all'
must subject show P-1
expect_out shredded "the forget that waited"
append_event last P-2
expect_code 0 "an append with space"
must audit verify
must read '$all'
grep -q '"last"' <<<"$out" || fault "the last event is not there"
