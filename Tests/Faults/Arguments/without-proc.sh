# Where /proc is not mounted a command gets its arguments all the same.
source "$(dirname "$0")/../lib.sh"
unshare --user --map-root-user --mount true 2>/dev/null || cannot_show "no mount namespace for an ordinary user"
mkdir "$work/empty"
hidden() {
  unshare --user --map-root-user --mount sh -c 'mount -t tmpfs none /proc 2>/dev/null && exec "$@"' sh \
    timeout 30 "$LETHE" "$@" >"$work/out" 2>"$work/err" && code=0 || code=$?
  out="$(<"$work/out")" err="$(<"$work/err")"
}
unshare --user --map-root-user --mount sh -c 'mount -t tmpfs none /proc' 2>/dev/null || cannot_show "/proc cannot be hidden"
hidden --version --json
expect_code 0 "a command without /proc"
expect_out '"version"' "the answer that was asked for"
hidden --home "$home" init
expect_code 0 "making a home without /proc"
must key status
