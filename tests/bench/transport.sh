#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the coordinator and the journal cost, with work that takes no time: results per second by
# number of ranks and by size of a row, and the cost of an appended record by policy. Run it on an
# idle machine; FOLDER (.) is where the files go, since the disk matters.
toy=$(realpath "${BUILD:-build}/tests/toy_run")
[ "$(id -u)" -ne 0 ] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
folder=$(mktemp -d -p "${FOLDER:-.}")
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

rate() { # ranks settings...: results per second
    local ranks=$1
    shift
    mpirun --oversubscribe -n "$ranks" "$toy" run sums=0 speak=1 "$@" 2>&1 >/dev/null |
        sed -n 's|.* done in .*, \(.*\)/s, .*|\1|p'
    rm -f run
}

for row in 16 128; do
    for ranks in 1 2 3 4; do
        echo "$ranks ranks, rows of $((row * 8)) bytes, flush: $(rate $ranks items=300000 row=$row journal=1) results/s"
    done
done
policies=(sync flush none)
for policy in 0 1 2; do
    rate 1 items=20000 row=1024 journal=$policy |
        awk -v name="${policies[policy]}" '{ printf "%s: %.1f us a record of 8 KB\n", name, 1e6 / $1 }'
done
