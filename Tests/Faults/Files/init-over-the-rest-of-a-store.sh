# `init` leaves alone what is left of another store: its pages, or a segment of its log.
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

must init
append_event 1 anna
other="$work/other"
mkdir -p "$other/Keys" "$other/Log"
cp "$home/Keys/vault.sqlite" "$other/Keys/"
before="$(sha256sum "$other/Keys/vault.sqlite")"
home="$other"
lethe init
expect_code 1 "a vault without a signing key"
[[ "$(sha256sum "$other/Keys/vault.sqlite")" == "$before" ]] || fault "the pages were changed"
rm "$other/Keys/vault.sqlite"
head -c 2000 "$work/home/Log/"*0.segment >"$other/Log/00000000000000000000.segment"
lethe init
expect_code 1 "the beginning of a segment"
echo x >"$other/Log/00000000000000000000.segment"
lethe init
expect_code 1 "bytes in the place of a segment"
rm "$other/Log/00000000000000000000.segment"
must init
