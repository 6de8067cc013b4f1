# What the scripts about read models share; no script of its own.

# Makes a home with two people whose medication stands in the read model; the first one's text is $canary.
canary="canary-of-anna"
prescribe() {
  printf '{"specversion":"1.0","id":"%s","source":"urn:fault","type":"MedicationPrescribed","datasubject":"%s","data":{"code":"A10","description":"%s","start":"2026-01-01"}}\n' \
    "$1" "$2" "$3" >"$work/event.json"
  must append "patient-$2" "$work/event.json"
}
home_with_rows() {
  must init
  prescribe 1 anna "$canary"
  prescribe 2 bert "text of bert"
  must projection run
  grep -rqa "$canary" "$home/ReadModels" || fault "the read model has no row to begin with"
}

forget_anna() { lethe forget now anna --ground 17-1-b --by ines --approver omar "$@"; }

# Any command that has nothing to do with the forgotten.
another_command() { append_event "$1" bert; }

expect_purged() {
  ! grep -rqa "$canary" "$home/ReadModels" || fault "a byte of the forgotten is left in ReadModels/: $*"
}

# Holds the read model's file in a transaction of another process until $release is made: `write` or `read`.
release="$work/release"
hold() {
  command -v python3 >/dev/null || cannot_show "there is no python3"
  python3 - "$home/ReadModels/medication.sqlite" "$1" "$work/held" "$release" <<'PYTHON' &
import os, sqlite3, sys, time
path, kind, held, release = sys.argv[1:]
connection = sqlite3.connect(path, isolation_level=None)
connection.execute("BEGIN IMMEDIATE" if kind == "write" else "BEGIN")
connection.execute('SELECT * FROM "rows"').fetchall()
open(held, "w").close()
for _ in range(1200):
    if os.path.exists(release): break
    time.sleep(0.05)
connection.execute("ROLLBACK")
connection.close()
PYTHON
  holder=$!
  for _ in $(seq 200); do [[ -e "$work/held" ]] && return; sleep 0.05; done
  fault "the file could not be held"
}
let_go() {
  touch "$release"
  wait "$holder"
}
