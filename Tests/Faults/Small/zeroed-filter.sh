# A filter of an index that denies everybody is not believed: who has records is not unknown.
source "$(dirname "$0")/../lib.sh"
command -v python3 >/dev/null || cannot_show "python3 changes the index"
must init
for number in {1..16}; do event "$number" P-1 ',"stream":"patient-P-1"'; done >"$work/input"
must import "$work/input"
# Others' events, the last of them once the next segment is made ahead, so that the first one is closed and has an index.
text="$(head -c 100000 /dev/zero | tr '\0' x)"
others() {
  for number in {1..30}; do
    event "$1-$number" P-2 ',"stream":"patient-P-2"' | sed "s/\"dose\":1/\"note\":\"$text\"/"
  done
}
{
  others 1
  for _ in {1..100}; do [[ ! -e "$home/Log/spare.segment" ]] || break; sleep 0.1; done
  sleep 0.2
  others 2
} | timeout 60 "$LETHE" --home "$home" import - >/dev/null || fault "an import of 60 events"
index=("$home"/Log/*.index)
[[ -e "${index[0]}" ]] || cannot_show "the log has one segment only"
cat >"$work/zero.py" <<'P'
import struct, sys
table = []
for byte in range(256):
    for _ in range(8): byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
    table.append(byte)
def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data: crc = crc >> 8 ^ table[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF
path = sys.argv[1]
data = bytearray(open(path, "rb").read())
words = struct.unpack_from("<10I", data, 112)
pages = sum(-(-count // 511) for count in words[8:])
for page in range(len(data) // 4096 - pages, len(data) // 4096):
    content = bytes(4092)
    data[page * 4096:(page + 1) * 4096] = content + struct.pack("<I", crc32c(content + struct.pack("<I", page)))
open(path, "wb").write(data)
P
chmod u+w "${index[0]}"
python3 "$work/zero.py" "${index[0]}" || cannot_show "python3 does not run"
must subject show P-1 --json
expect_out '"state":"live","records":16' "who has 16 records"
must read patient-P-1
[[ "$(wc -l <"$work/out")" == 16 ]] || fault "not all events of the stream are read"
event 1 P-1 >"$work/event.json"
must append patient-P-1 "$work/event.json"
expect_out 'Nothing new' "an event that is known"
event 17 P-1 >"$work/event.json"
must append patient-P-1 "$work/event.json" --json
expect_out '"firstRevision":16' "the stream's next revision"
must forget now P-1 --ground 17-1-a --by alice --approver bob --json
expect_out '"records":17' "all records of who is forgotten"
