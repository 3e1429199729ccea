#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs one MPI test program by itself and under mpirun at 1 to 4 ranks, each under a time limit,
# and prints one TAP result for each. Usage: run_mpi.sh PROGRAM [ARGUMENT...]
program=$1
shift
[ "$(id -u)" -ne 0 ] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
number=0
failures=0
output=$(mktemp)
trap 'rm -f "$output"' EXIT

check() {
    name=$1
    shift
    number=$((number + 1))
    if timeout -k 5 120 "$@" >"$output" 2>&1; then
        echo "ok $number - $name"
    else
        code=$?
        failures=$((failures + 1))
        echo "not ok $number - $name (exit code $code)"
        grep -v '^ok' "$output" | sed 's/^/# /'
    fi
}

check "$(basename "$program") by itself" "$program" "$@"
for ranks in 1 2 3 4; do
    check "$(basename "$program") on $ranks ranks" \
        mpirun --oversubscribe -n $ranks "$program" "$@"
done
echo "1..$number"
[ $failures -eq 0 ]
