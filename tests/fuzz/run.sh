#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the fuzzers of $BUILD/fuzz for so many seconds each, one after the other; what they find goes
# to $BUILD/fuzz, what reached new code to $BUILD/fuzz/corpus-NAME, from which the next run begins.
#
#     tests/fuzz/run.sh SECONDS NAME...
build=${BUILD:-build}
program=${GROWCAST:-$build/growcast}
seconds=$1
shift
[ "$(id -u)" -ne 0 ] || export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
# The longer freed memory is held back, the slower is every input.
export ASAN_OPTIONS=quarantine_size_mb=16 OPENBLAS_NUM_THREADS=1
export LSAN_OPTIONS=suppressions=tests/leaks.supp:print_suppressions=0

# What fuzz_result changes: small results of each kind.
GROWCAST_FUZZ_RESULTS=$build/fuzz/results
export GROWCAST_FUZZ_RESULTS
make_results() {
    mkdir -p "$GROWCAST_FUZZ_RESULTS"
    grid="-s sweep.model.scale=10,30 -s sweep.fit.method=least-squares,paper -s bootstrap.replicates=0"
    set -- "$GROWCAST_FUZZ_RESULTS" -q --force
    # Options are separate words.
    # shellcheck disable=SC2086
    "$program" simulate -o "$1/series.csv" -s simulate.models=6 -s simulate.steps=14 "$2" "$3" &&
        "$program" fit "$1/series.csv" -o "$1/run.nc" -s bootstrap.replicates=8 "$2" "$3" &&
        "$program" backtest "$1/series.csv" -o "$1/backtest.nc" -s backtest.origins=3 \
            -s forecast.horizons=1,3 "$2" "$3" &&
        "$program" sweep "$1/series.csv" -o "$1/sweep.nc" $grid "$2" "$3" &&
        for part in 1 2; do
            "$program" sweep "$1/series.csv" -o "$1/part$part.nc" $grid --shard "$part/2" "$2" "$3" ||
                return
        done
}

for name in "$@"; do
    if [ "$name" = figures ]; then
        echo "fuzzing figures for $seconds s"
        make_results && tests/fuzz/figures.py "$GROWCAST_FUZZ_RESULTS" "$seconds" || exit 1
        continue
    fi
    if [ "$name" = result ]; then
        make_results || exit 1
    fi
    words=tests/fuzz/$name.dict
    [ -f "$words" ] || words=
    mkdir -p "$build/fuzz/corpus-$name"
    echo "fuzzing $name for $seconds s"
    if ! "$build/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=60 -max_len=4096 -verbosity=0 \
        -print_final_stats=1 ${words:+-dict="$words"} -artifact_prefix="$build/fuzz/$name-" "$build/fuzz/corpus-$name" \
        "tests/fuzz/seeds_$name" >"$build/fuzz/$name.log" 2>&1; then
        tail -n 40 "$build/fuzz/$name.log"
        exit 1
    fi
    grep number_of_executed_units "$build/fuzz/$name.log"
done
