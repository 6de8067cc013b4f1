# A person whose id holds U+FFFD can be shown and forgotten like anybody else, and no other bytes are taken for that id.
source "$(dirname "$0")/../lib.sh"
id="P-$(printf '\xef\xbf\xbd')"
must init
event 1 "$id" ",\"stream\":\"patient-$id\"" >"$work/events"
must import "$work/events"
must subject show "$id" --json
expect_out '"state":"live"' "the person who was imported"
must read "patient-$id"
lethe subject show "$(printf 'P-\xff')"
expect_code 64 "an argument that is not UTF-8"
expect_err 'argument 5 is not UTF-8' "the argument is named"
must forget now "$id" --ground 17-1-a --by alice --approver bob
must subject show "$id" --json
expect_out '"state":"shredded"' "the person who was forgotten"
