#!/usr/bin/env bash
# A key file may be a link or a pipe, and one that others may read is refused.
source "$(dirname "$0")/../lib.sh"
patience=20

must init
(umask 077; head -c 32 /dev/urandom >"$work/key")
ln -s "$work/key" "$work/link"
must key cell add "$work/b.cell" --key-file "$work/link"
must read '$all'
chmod 644 "$work/key"
lethe key cell add "$work/c.cell" --key-file "$work/key"
expect_code 2 "others may read it"
expect_err "others may read" "the sentence says what is wrong"
chmod 600 "$work/key"
export LETHE_CELL_PASSPHRASE_FILE="$work/pass"
mkfifo "$work/pass"
(echo 'a long passphrase' >"$work/pass") &
lethe key cell add "$work/d.cell" --passphrase
expect_code 0 "a pipe gives a passphrase"
(echo 'a long passphrase' >"$work/pass") &
lethe key cell replace 1 "$work/e.cell" --passphrase
expect_code 0 "a pipe gives the passphrase of two cells, being read once"
wait
