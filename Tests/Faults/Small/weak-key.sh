# A proof with a made-up signature under a key of small order proves nothing: such a key is refused.
source "$(dirname "$0")/../lib.sh"
command -v python3 >/dev/null || cannot_show "python3 makes the signatures"
must init
append_event 1 P-1
must audit proof 5
cp "$work/out" "$work/proof"
# Under the point 1, R = 1 and S = 0 are a signature of anything; so they are under the other encodings that libcrypto reads.
cat >"$work/forge.py" <<'P'
import base64, hashlib, sys
proof, folder = open(sys.argv[1], encoding="utf-8").read(), sys.argv[2]
body, signature = proof.rsplit("\n\n", 1)
name = signature.split(" ")[1]
one = bytes([1] + [0] * 31)
p = 2**255 - 19
small = [y.to_bytes(32, "little") for y in (1, p + 1, 0, p, p - 1)]
small += [bytes.fromhex(text) for text in (
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")]
for number, key in enumerate(k for y in small for k in (y, y[:31] + bytes([y[31] | 0x80]))):
    ident = hashlib.sha256(name.encode() + b"\n\x01" + key).digest()[:4]
    line = "— %s %s\n" % (name, base64.b64encode(ident + one + bytes(32)).decode())
    open("%s/%d.proof" % (folder, number), "w", encoding="utf-8").write(body + "\n\n" + line)
    open("%s/%d.vkey" % (folder, number), "w").write("%s+%s+%s" % (name, ident.hex(), base64.b64encode(b"\x01" + key).decode()))
P
mkdir "$work/forged"
python3 "$work/forge.py" "$work/proof" "$work/forged" || cannot_show "python3 does not run"
for vkey in "$work"/forged/*.vkey; do
  lethe audit check-proof "${vkey%.vkey}.proof" --vkey "$(<"$vkey")"
  [[ "$code" != 0 ]] || fault "a made-up signature is taken for proof"
  expect_code 2 "a key that proves nothing"
  expect_err 'anybody can sign' "a key that proves nothing"
done
must key status --json
vkey="$(sed -E 's/.*"vkey":"([^"]*)".*/\1/' <<<"$out")"
must audit check-proof "$work/proof" --vkey "$vkey"
