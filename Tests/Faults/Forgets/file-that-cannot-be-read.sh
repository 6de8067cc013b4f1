# A file of ReadModels/ that cannot be read may hold anything: it is named as owing by commands and by the audit, and stops nobody.
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
source "$(dirname "${BASH_SOURCE[0]}")/../models.sh"

home_with_rows
head -c 20000 /dev/urandom >"$home/ReadModels/broken.sqlite"
forget_anna
expect_err 'broken' "the file that cannot be read is named"
lethe audit verify
expect_code 1 "an audit while a purge is due"
expect_out 'A9 .*broken' "the file that cannot be read is named"
another_command 3
expect_code 0 "a command that has nothing to do with it"
expect_err 'broken' "the file that cannot be read is named again"
rm "$home/ReadModels/broken.sqlite"
lethe audit verify
expect_code 0 "an audit once the file is gone"
