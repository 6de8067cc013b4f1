# What the fault scripts share. A script shows one fault by the command line alone: it exits 0 where the fault is mended
# and 1 where it is there. `.ci/faults [BINARY]` runs them all.
#
# $LETHE is the binary, $work an empty folder that is removed at the end, and the home is $work/home.
set -uo pipefail

: "${LETHE:?name the binary under test}"
work="$(mktemp -d)"
home="$work/home"
cleanup() { rm -rf "$work"; }
trap cleanup EXIT

# Runs the tool on the home. Standard output, standard error and the exit code are in $out, $err and $code; a command
# that hangs ends with code 124.
lethe() {
  timeout "${patience:-30}" "$LETHE" --home "$home" "$@" >"$work/out" 2>"$work/err" && code=0 || code=$?
  out="$(<"$work/out")" err="$(<"$work/err")"
}

# Ends the script: the fault is there.
fault() {
  echo "fault: $*" >&2
  [[ -z "${err:-}" ]] || echo "  standard error: ${err:0:600}" >&2
  exit 1
}

# Ends the script: the machine cannot show the fault, for the reason given.
cannot_show() {
  echo "cannot be shown here: $*" >&2
  exit 77
}

expect_code() { [[ "$code" == "$1" ]] || fault "exit code $code instead of $1: $2"; }
expect_out() { grep -qE -- "$1" <<<"$out" || fault "standard output lacks '$1': $2"; }
expect_err() { grep -qE -- "$1" <<<"$err" || fault "standard error lacks '$1': $2"; }

# Runs the tool, which must succeed for the script to make sense.
must() {
  lethe "$@"
  [[ "$code" == 0 ]] || fault "'lethe $*' ends with $code"
}

# Prints an event: id, subject, then further members of JSON, each behind a comma of its own.
event() {
  printf '{"specversion":"1.0","id":"%s","source":"urn:fault","type":"MedicineTaken","datasubject":"%s","data":{"dose":1}%s}\n' \
    "$1" "$2" "${3:-}"
}

# Appends an event of a person to the person's stream: id, subject.
append_event() {
  event "$1" "$2" >"$work/event.json"
  lethe append "patient-$2" "$work/event.json"
}
