#!/usr/bin/env bash
# A pipe, a device, a socket, a folder or a link to nothing where a file of a home belongs is refused at once with a sentence.
source "$(dirname "$0")/../lib.sh"
patience=8

must init
append_event 1 anna
must projection run
must backup --to "$work/copy"
cp -a "$home" "$work/kept"
segment="Log/00000000000000000000.segment"
plant() {
  rm -rf "${1:?}"
  case "$2" in
    pipe) mkfifo "$1" ;;
    device) ln -s /dev/zero "$1" ;;
    folder) mkdir "$1" ;;
    link) ln -s "$work/nothing" "$1" ;;
  esac
}
for kind in pipe device folder link; do
  for file in "$segment" Keys/root.cell Keys/signing.key Keys/checkpoint Log/checkpoint Keys/vault.sqlite \
    Keys/directory.sqlite Keys/lock Keys/places.json Policies/sample.json; do
    rm -rf "$home"
    cp -a "$work/kept" "$home"
    plant "$home/$file" "$kind"
    lethe read patient-anna
    [[ "$code" == 2 ]] || { [[ "$code" == 0 && "$kind" == link ]]; } || fault "$kind as $file: read ends with $code"
    [[ "$code" == 0 || -n "$err" ]] || fault "$kind as $file: nothing is said"
    lethe key status
    [[ "$code" != 124 ]] || fault "$kind as $file: key status hangs"
    lethe audit verify
    [[ "$code" != 124 ]] || fault "$kind as $file: audit verify hangs"
    lethe restore --from "$work/copy"
    [[ "$code" != 124 ]] || fault "$kind as $file: restore hangs"
  done
  for file in "$segment" Keys/checkpoint Log/checkpoint Keys/vault.sqlite Policies/sample.json; do
    rm -rf "$home" "$work/broken"
    cp -a "$work/kept" "$home"
    cp -a "$work/copy" "$work/broken"
    plant "$work/broken/$file" "$kind"
    rm -rf "$home/Log" "$home/Keys/vault.sqlite"
    lethe restore --from "$work/broken"
    [[ "$code" != 124 ]] || fault "$kind as $file of a copy: restore hangs"
  done
  rm -rf "$home"
  cp -a "$work/kept" "$home"
  plant "$home/ReadModels/medication.sqlite" "$kind"
  lethe projection run
  [[ "$code" != 124 ]] || fault "$kind as a read model: projection run hangs"
  lethe projection show medication
  [[ "$code" != 124 ]] || fault "$kind as a read model: projection show hangs"
done
