#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Kills a run at random moments and resumes it at another number of ranks: the output must be the
# same as that of a run that nobody disturbed, and nothing else may stay behind.
# KILLS (5) times each: a random rank, mpirun, everything. SEED repeats the same moments.
# SUBJECT: toy, whose output must be the same bytes, or fit: growcast fit, whose output must have the
# same bits but for its history.
program=$(realpath "${GROWCAST:-${BUILD:-build}/growcast}")
tests=$(realpath tests)
. tests/toy.sh
count=${KILLS:-5}
RANDOM=${SEED:-$$}
if [ "${SUBJECT:-toy}" = toy ]; then
    job=("$toy" run items=200 seconds=0.004 row=20 sums=2000 checkpoint=0.1)
    again=()
    output=run
else
    "$program" simulate -q -s simulate.models=40 -o series.csv
    job=("$program" fit series.csv -q -o run.nc -s bootstrap.replicates=100 -s forecast.draws=50
        -s hierarchy.em_steps=3 -s run.checkpoint_interval=0.1 -s run.chunk=2)
    again=(--resume)
    output=run.nc
fi

make_reference() {
    if [ "$output" = run ]; then
        "$toy" reference "${job[@]:2}"
    else
        "${job[@]}" && mv run.nc reference
    fi
}

same() {
    if [ "$output" = run ]; then
        cmp -s run reference
    else
        /usr/bin/python3 "$tests/compare_outputs.py" reference run.nc >/dev/null 2>&1
    fi
}

# Milliseconds on a clock.
now() { echo $(($(date +%s%N) / 1000000)); }

ended() { # whether all ranks have ended, waiting 20 s for it
    for _ in $(seq 200); do
        ps -o stat= -p "${ranks[*]}" 2>/dev/null | grep -qv Z || return 0
        sleep 0.1
    done
    return 1
}

start() { # in the background, until it has its journal
    (exec mpirun --oversubscribe -n 3 "${job[@]}") >log 2>&1 &
    launcher=$!
    while [ ! -s $output.journal ] && kill -0 $launcher 2>/dev/null; do
        sleep 0.01
    done
}

kill_once() { # victim delay; does not wait for the ranks, which may outlive mpirun by a moment
    start
    sleep "$2"
    mapfile -t ranks < <(pgrep -P $launcher)
    case $1 in
    rank) [ ${#ranks[@]} -eq 0 ] || kill -9 "${ranks[RANDOM % ${#ranks[@]}]}" ;;
    mpirun) kill -9 $launcher ;;
    all) kill -9 $launcher "${ranks[@]}" ;;
    esac 2>/dev/null
    wait $launcher 2>/dev/null
}

trial() { # victim
    number=$((number + 1))
    local delay=$((RANDOM % duration))
    local number_again=$((1 + RANDOM % 4))
    local reason=""
    rm -rf run*
    local files
    files=$(printf '%s\n' ./* ./$output | sort)
    kill_once "$1" "$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))"
    local saved=none
    [ ! -s $output.journal ] || saved="$(stat -c %s $output.journal) bytes"
    [ ! -s $output ] || saved="all"
    # A run killed after its output got its name may leave the journal, which the next run removes.
    if [ ! -s $output ] || [ -e $output.journal ]; then
        timeout 300 mpirun --oversubscribe -n $number_again "${job[@]}" "${again[@]}" >log 2>&1 ||
            reason="${reason}resuming failed: $(tail -n 1 log)"
    fi
    [ ${#ranks[@]} -eq 0 ] || ended || reason="$reason ranks survived"
    same || reason="$reason another result"
    [ "$(printf '%s\n' ./* | sort)" = "$files" ] || reason="$reason left: $(echo ./*)"
    if [ -z "$reason" ]; then
        echo "ok $number - $1 killed after $delay ms ($saved saved), resumed on $number_again ranks"
    else
        failures=$((failures + 1))
        echo "not ok $number - $1 killed after $delay ms ($saved saved), $number_again ranks: $reason"
    fi
}

make_reference >log 2>&1 || { echo "Bail out! the reference run failed"; exit 1; }
start
began=$(now)
wait $launcher || { echo "Bail out! a run on 3 ranks failed"; exit 1; }
duration=$(($(now) - began))
for _ in $(seq "$count"); do
    for victim in rank mpirun all; do
        trial $victim
    done
done
echo "1..$number"
[ $failures -eq 0 ]
