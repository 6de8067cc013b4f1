#!/usr/bin/env bash
# No modification time in Log/ or Keys/ tells when an append came, and a copy by size and time is equal after each one.
source "$(dirname "$0")/../lib.sh"

# As `rsync -a` decides without reading: what has another size or another time in whole seconds is copied.
synchronize() {
  if command -v rsync >/dev/null; then
    rsync -a --delete "$home/" "$work/mirror/"
    return
  fi
  mkdir -p "$work/mirror"
  (cd "$work/mirror" && find . -type f) | while read -r name; do [[ -f "$home/$name" ]] || rm "$work/mirror/$name"; done
  (cd "$home" && find . -type f) | while read -r name; do
    if [[ ! -f "$work/mirror/$name" ]] ||
      [[ "$(stat -c '%s %Y' "$home/$name")" != "$(stat -c '%s %Y' "$work/mirror/$name")" ]]; then
      mkdir -p "$(dirname "$work/mirror/$name")"
      cp -p "$home/$name" "$work/mirror/$name"
    fi
  done
}

must init
for number in $(seq 20); do
  append_event "$number" "patient$((number % 3))"
  [[ "$code" == 0 ]] || fault "append $number ends with $code"
  synchronize
  different="$(cd "$home" && find . -type f | while read -r name; do cmp -s "$name" "$work/mirror/$name" || echo "$name"; done)"
  [[ -z "$different" ]] || fault "after append $number the copy differs: $different"
done
now="$(date +%s)"
tells="$(find "$home/Log" "$home/Keys" -newermt "@$((now - now % 3600 - 1))" -printf '%T@ %P\n' | grep -v '\.0000000000 ')"
[[ -z "$tells" ]] || fault "times that tell: $tells"
# A partial tile is written once: it has the hour.
late="$(find "$home/Log/tile" -type f -printf '%T@ %P\n' | awk '$1 % 3600 >= 60')"
[[ -z "$late" ]] || fault "tiles that tell: $late"
