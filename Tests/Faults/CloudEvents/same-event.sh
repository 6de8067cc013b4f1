# An event that comes again with unset attributes as null, or with another trace, is the same event.
source "$(dirname "$0")/../lib.sh"
must init
one='"specversion":"1.0","id":"1","source":"s","type":"T","datasubject":"P-1"'
again() {
  printf '{%s}\n' "$1" >"$work/event.json"
  must append patient-P-1 "$work/event.json"
}
again "$one,\"traceparent\":\"00-a-b-01\",\"data\":{\"a\":1}"
again "$one,\"time\":null,\"subject\":null,\"note\":null,\"traceparent\":\"00-c-d-01\",\"data\":{\"a\":1}"
expect_out 'Nothing new' "null attributes and another trace"
again "$one,\"tracestate\":\"x=1\",\"data_base64\":null,\"data\":{\"a\":1.0}"
expect_out 'Nothing new' "data_base64 that is null"
printf '{%s,"data":null}\n' "$one" >"$work/event.json"
lethe append patient-P-1 "$work/event.json"
expect_code 1 "another payload"
expect_err 'other content' "another payload"
must read patient-P-1
[[ "$(wc -l <"$work/out")" == 1 ]] || fault "the event is there more than once"
