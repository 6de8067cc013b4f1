# `recordedtime` is the producer's and comes back untouched; the store's own time is `storedtime`.
source "$(dirname "$0")/../lib.sh"
must init
event 1 P-1 ',"recordedtime":"2020-02-03T04:05:06Z"' >"$work/event.json"
must append patient-P-1 "$work/event.json"
must read patient-P-1
expect_out '"recordedtime":"2020-02-03T04:05:06Z"' "the producer's attribute"
expect_out '"position":[0-9]+,"stream":"patient-P-1","streamid":"[0-9a-f]{32}","revision":0,"storedtime":"20' "the store's members"
grep -o recordedtime "$work/out" | grep -c . | grep -qx 1 || fault "recordedtime comes twice"
# Policy's /recordedtime is the store's time as ever.
cat >"$home/Policies/kept.json" <<'J'
{"policy":"lethe/1","types":{"MedicineTaken":{"retained":["/type","/recordedtime"]}}}
J
event 2 P-1 ',"recordedtime":"2020-02-03T04:05:06Z"' >"$work/event.json"
must append patient-P-1 "$work/event.json"
must forget now P-1 --ground 17-1-a --by alice --approver bob
must read '$all'
expect_out '"type":"MedicineTaken","position":[0-9]+,"streamid":"[0-9a-f]{32}","revision":1,"storedtime":"20[^"]*","lethestate":"partial"' "what is retained"
[[ "$out" != *2020-02-03* ]] || fault "the producer's recordedtime outlived its subject"
