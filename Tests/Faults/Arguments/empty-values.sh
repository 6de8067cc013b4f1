# An option or an operand without a value is a usage error, and nothing is done in the current folder or another.
source "$(dirname "$0")/../lib.sh"
must init
append_event 1 P-1
mkdir "$work/here"
refused() {
  (cd "$work/here" && timeout 30 "$LETHE" "$@" >"$work/out" 2>"$work/err") && code=0 || code=$?
  err="$(<"$work/err")"
  expect_code 64 "lethe $*"
  expect_err 'is empty' "lethe $*"
  [[ -z "$(ls -A "$work/here")" ]] || fault "lethe $* changed the current folder"
}
refused --home "" init
refused --home= init
refused --home "$home" audit drill --backup ""
refused --home "$home" audit drill --backup=
refused --home "$home" backup --to ""
refused --home "$home" restore --from ""
refused --home "$home" read ""
refused --home "$home" append "" "$work/event.json"
refused --home "$home" append patient-P-1 ""
refused --home "$home" import ""
refused --home "$home" subject show ""
refused --home "$home" projection show medication --subject ""
refused --home "$home" projection run ""
refused --home "$home" replica add ""
refused --home "$home" key cell add ""
refused --home "$home" key cell add "$work/cell" --key-file ""
refused --home "$home" forget now P-1 --ground "" --by alice --approver bob
refused --home "$home" forget now P-1 --ground 17-1-a --by alice --approver bob --category ""
refused --home "$home" read patient-P-1 --since ""
refused --home "$home" key status --wait ""
refused --home "$home" demo --keep ""
