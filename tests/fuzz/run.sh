#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the fuzzers of $BUILD/fuzz for so many seconds each, two at a time; what they find goes
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

fuzz() { # fuzz NAME
    if [ "$1" = figures ]; then
        echo "fuzzing figures for $seconds s"
        tests/fuzz/figures.py "$GROWCAST_FUZZ_RESULTS" "$seconds"
        return
    fi
    words=tests/fuzz/$1.dict
    [ -f "$words" ] || words=
    mkdir -p "$build/fuzz/corpus-$1"
    echo "fuzzing $1 for $seconds s"
    if ! "$build/fuzz/fuzz_$1" -max_total_time="$seconds" -timeout=60 -max_len=4096 -verbosity=0 \
        -print_final_stats=1 ${words:+-dict="$words"} -artifact_prefix="$build/fuzz/$1-" "$build/fuzz/corpus-$1" \
        "tests/fuzz/seeds_$1" >"$build/fuzz/$1.log" 2>&1; then
        tail -n 40 "$build/fuzz/$1.log"
        return 1
    fi
    grep number_of_executed_units "$build/fuzz/$1.log"
}

case " $* " in
*" result "* | *" figures "*) make_results || exit 1 ;;
esac
# Two at a time; each says what it found when it is done.
failed=0
while [ $# -gt 0 ]; do
    other=
    if [ $# -gt 1 ]; then
        fuzz "$2" >"$build/fuzz/$2.said" 2>&1 &
        other=$!
    fi
    fuzz "$1" || failed=1
    if [ -n "$other" ]; then
        wait $other || failed=1
        cat "$build/fuzz/$2.said"
        shift
    fi
    shift
done
exit $failed
