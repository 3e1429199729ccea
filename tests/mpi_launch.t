#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Commands that compute nothing, and wrong usage, under mpirun: said once, with the right exit code.
program="${GROWCAST:-build/growcast}"
[ "$(id -u)" -ne 0 ] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
count=0
failed=0

once() { # once CODE TEXT ARGUMENT...: exit code CODE and exactly one line with TEXT
    expected=$1
    text=$2
    shift 2
    timeout 60 mpirun --oversubscribe -n 3 "$program" "$@" >"$folder/all" 2>&1
    code=$?
    lines=$(grep -cF -e "$text" "$folder/all")
    count=$((count + 1))
    if [ "$code" -eq "$expected" ] && [ "$lines" -eq 1 ]; then
        echo "ok $count - $*: exit $expected, said once"
    else
        echo "not ok $count - $*: exit $code, said $lines times"
        failed=$((failed + 1))
    fi
}

for attempt in 1 2 3 4 5; do
    once 2 "unknown command confg" confg --seed $attempt
done
once 0 "Usage: growcast COMMAND" --help
once 0 "replicates = 1000" config --effective -s fit.method=paper
once 2 "nearest known key is model.scale" config -s modle.scale=1
once 0 "wrote 5 simulated series" simulate -s simulate.models=5 -o "$folder/series.csv"
echo "1..$count"
[ "$failed" -eq 0 ]
