#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# growcast fit where there is no room for its journal, its checkpoint or its output: file systems of
# many sizes from empty to sufficient, and likewise limits on the size of files. It says what is wrong, ends with 1 (2 if nothing could be written at all), leaves
# nothing finished behind unsaved, and resumes to the same bits with no stray file. And a file system
# that is read-only.
. tests/tap.sh
options="-q -s bootstrap.replicates=20 -s forecast.draws=20 -s hierarchy.em_steps=1 -s density.points=16
    -s run.checkpoint_interval=0.01 -s run.chunk=1"
exits 0 "series" simulate -q -s simulate.models=8 -o series.csv
# shellcheck disable=SC2086 # separate words
exits 0 "a fit with room" fit series.csv $options -o reference.nc
needed=$(($(stat -c %s reference.nc) / 1024 + 40))

# attempt FOLDER LIMIT REASON: the fit in that folder, with files of at most LIMIT KiB; it must give the
# reason if it fails.
attempt() {
    local said
    # shellcheck disable=SC2086
    said=$(ulimit -S -f "$2" && exec timeout 60 "$program" fit series.csv $options -o "$1/run.nc" 2>&1)
    code=$?
    case $code in
    0) succeeded=$((succeeded + 1)) ;;
    1 | 2) [[ $said = *$3* ]] || complaints="$complaints; no reason: $said" ;;
    *) complaints="$complaints; exit code $code: $said" ;;
    esac
}

# resume FOLDER: the fit again, with room
resume() {
    if [ "$code" -ne 0 ]; then
        # shellcheck disable=SC2086
        timeout 60 "$program" fit series.csv $options -o "$1/run.nc" --resume 2>err ||
            complaints="$complaints; not resumed: $(cat err)"
        failures=$((failures + 1))
    fi
    /usr/bin/python3 "$source/tests/compare_outputs.py" reference.nc "$1/run.nc" >/dev/null 2>&1 ||
        complaints="$complaints; other bits"
    [ "$(ls "$1")" = run.nc ] || complaints="$complaints; left: $(echo "$1"/*)"
    rm -f "$1"/*
}

begin() {
    complaints=
    failures=0
    succeeded=0
}

# report DESCRIPTION
report() {
    [ -z "$complaints" ] && [ $failures -gt 3 ] && [ "$succeeded" -gt 0 ]
    result $? "$1: $failures failed and were resumed, $succeeded had room"
    [ -z "$complaints" ] || echo "# $complaints" | tr ';' '\n' | sed 's/^/# /' | head -n 30
}

mkdir limited
begin
for size in $(seq 0 48 $needed) unlimited; do
    attempt limited "$size" "File too large"
    resume limited
done
report "a limit on the size of files"

if [ "$(id -u)" -ne 0 ] || ! unshare -m true 2>/dev/null; then
    skip "a full file system" "needs root and namespaces"
    finish
fi
# The rest in a mount namespace of its own, so that nothing can stay mounted.
mkdir disk
# shellcheck disable=SC2016 # for the inner shell
unshare -m bash -c '
    '"$(declare -f attempt resume begin report result)"'
    program=$1 source=$2 count=$3 failed=$4 needed=$5 options=$6
    begin
    for ((size = 4; size <= 2 * needed; size += 80)); do
        mount -t tmpfs -o size=${size}k tmpfs disk
        attempt disk unlimited "No space left"
        mount -o remount,size=64m disk
        resume disk
        umount disk
    done
    report "a full file system"
    mount -t tmpfs -o ro tmpfs disk
    timeout 60 "$program" fit series.csv $options -o disk/run.nc 2>err
    [ $? -eq 2 ] && grep -q "Read-only file system" err
    result $? "a read-only file system: exit 2, and why"
    umount disk
    echo "$count $failed" >counts
' bash "$program" "$source" "$count" "$failed" "$needed" "$options"
read -r count failed <counts
finish
