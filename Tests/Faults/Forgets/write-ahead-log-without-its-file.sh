# A write-ahead log of a read model whose file was removed, as a crash in the middle of a removal leaves it, holds no row of the forgotten after a forget.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../models.sh"

home_with_rows
hold read
prescribe 5 anna "$canary again"
must projection run
kill -KILL "$holder"
wait "$holder" 2>/dev/null
grep -qa "$canary" "$home/ReadModels/medication.sqlite-wal" || cannot_show "SQLite left no write-ahead log"
rm "$home/ReadModels/medication.sqlite"
forget_anna
expect_code 0 "the forget"
expect_purged "in a write-ahead log without its file"
