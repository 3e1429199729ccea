#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What a run does when it is asked to stop, when a rank hangs, when the disk is full and when
# another run holds its output: exit code, message, and that it resumes to the same bytes.
root=$(pwd)
. tests/toy.sh
job=(items=600 row=20 sums=2000 checkpoint=0.1 speak=1)
slow=("${job[@]}" seconds=0.01)

result() { # condition description
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        failures=$((failures + 1))
        echo "not ok $number - $2"
        sed 's/^/# /' log
    fi
}

expect() { # code text description: the last run's exit code, and a text of its log
    [ "$code" -eq "$1" ] && grep -q -- "$2" log
    result $? "$3 (exit code $code)"
}

resumes() { # description
    mpirun --oversubscribe -n 2 "$toy" run "${job[@]}" >log 2>&1 && cmp -s run reference && [ "$(ls)" = "log
reference
run" ]
    result $? "$1"
    rm -f run*
}

start() { # ranks; settings...: in the background, until it has saved something
    local ranks=$1
    shift
    (exec mpirun --oversubscribe -n "$ranks" "$toy" run "$@") >log 2>&1 &
    launcher=$!
    for _ in $(seq 300); do
        [ ! -e run.journal.sums ] || return
        sleep 0.1
    done
}

finish() { # waits for the run, at most 60 s
    for _ in $(seq 600); do
        kill -0 $launcher 2>/dev/null || break
        sleep 0.1
    done
    kill -9 $launcher 2>/dev/null && echo "# had to be killed"
    wait $launcher
    code=$?
}

"$toy" reference "${job[@]}" >log 2>&1 || { echo "Bail out! the reference run failed"; exit 1; }

for signal in USR1 TERM INT; do
    start 3 "${slow[@]}"
    kill -$signal $launcher
    finish
    # mpirun itself ends on TERM and INT, with a code of its own, and gives its ranks a second.
    case $signal in
    USR1) expect 75 "SIGUSR1" "SIGUSR1 to mpirun stops the run" ;;
    *) [ $code -ne 0 ]; result $? "SIG$signal to mpirun ends the run (exit code $code)" ;;
    esac
    resumes "after SIG$signal it resumes"
done

launched() { # signals...: the run under jobs/launch.sh, with the signals 0.1 s apart
    export GROWCAST_MPIRUN="--oversubscribe -n 3"
    # A shell cannot catch what was ignored when it began, as SIGINT is in the background.
    (exec env --default-signal=INT "$root/jobs/launch.sh" "$toy" run "${slow[@]}") >log 2>&1 &
    launcher=$!
    for _ in $(seq 300); do [ ! -e run.journal.sums ] || break; sleep 0.1; done
    for signal; do
        kill -"$signal" $launcher
        sleep 0.1
    done
    finish
}

for signal in USR1 TERM INT; do
    launched $signal
    expect 75 "SIGUSR1" "SIG$signal to jobs/launch.sh stops the run"
    resumes "after that it resumes"
done

start 3 "${slow[@]}"
kill -TERM "$(pgrep -P $launcher | tail -n 1)"
finish
expect 75 "SIGTERM" "SIGTERM to one rank stops all"
resumes "after that it resumes"

(exec "$toy" run "${slow[@]}") >log 2>&1 &
launcher=$!
for _ in $(seq 300); do [ ! -e run.journal.sums ] || break; sleep 0.1; done
kill -INT $launcher
finish
expect 75 "SIGINT" "SIGINT to a run without mpirun stops it"
resumes "after that it resumes"

(exec "$toy" run items=3 seconds=30) >log 2>&1 &
launcher=$!
for _ in $(seq 300); do [ ! -e run.journal ] || break; sleep 0.1; done
sleep 0.3
kill -INT $launcher
sleep 0.3
kill -0 $launcher 2>/dev/null
result $? "during a long item the first SIGINT waits for its end"
kill -INT $launcher
finish
[ $code -ne 0 ]
result $? "the second SIGINT ends at once (exit code $code)"
rm -f run*

(exec "$toy" run "${job[@]}" seconds=1) >log 2>&1 &
launcher=$!
for _ in $(seq 300); do [ ! -e run.journal.sums ] || break; sleep 0.1; done
kill -INT $launcher
sleep 0.02
kill -INT $launcher
finish
[ $code -ne 0 ] && [ -s run.journal ]
result $? "after two SIGINTs the journal is there (exit code $code)"
resumes "and good: the run resumes"

mpirun --oversubscribe -n 2 "$toy" run "${slow[@]}" limit=1 journal=2 >log 2>&1
code=$?
expect 1 "Nothing is saved (run.journal = none)" "without a journal nobody is told to resume"
! grep -q -e --resume log && [ "$(ls)" = "log
reference" ]
result $? "and nothing stays behind"

mpirun --oversubscribe -n 3 "$toy" run "${slow[@]}" limit=1 >log 2>&1
code=$?
expect 75 "run.time_limit" "the time limit stops the run"
resumes "after that it resumes"

SLURM_JOB_END_TIME=$(($(date +%s) + 2)) mpirun --oversubscribe -n 2 "$toy" run "${slow[@]}" >log 2>&1
code=$?
expect 75 "the SLURM job is about to end" "the end of the SLURM job stops the run"
resumes "after that it resumes"

timeout 60 mpirun --oversubscribe -n 3 "$toy" run "${slow[@]}" hang=100 deadline=2 >log 2>&1
code=$?
expect 1 "has not answered for 2 s" "a rank that hangs ends the run"
[ -s run.journal ]
result $? "with what was finished saved"
resumes "after that it resumes"

timeout 60 mpirun --oversubscribe -n 3 "$toy" run "${slow[@]}" hang=60 limit=2 grace=1 >log 2>&1
code=$?
expect 75 "has not finished within the grace time" "one that hangs when stopping does not delay it"
resumes "after that it resumes"

start 3 "${slow[@]}" deadline=3
rank=$(pgrep -P $launcher | tail -n 1)
kill -STOP "$rank"
finish
expect 1 "not answered [a-z]* 3 s" "a rank that is stopped ends the run"
! ps -o stat= -p "$rank" | grep -qv Z
result $? "and is ended itself"
resumes "after that it resumes"

for ranks in 1 3; do
    for size in 100 17000 100000; do
        timeout 60 mpirun --oversubscribe -n $ranks "$toy" run "${job[@]}" file=$size >log 2>&1
        code=$?
        expect 1 "File too large" "files of at most $size bytes end a run on $ranks ranks"
        resumes "after that it resumes"
    done
done

start 2 "${slow[@]}"
mpirun --oversubscribe -n 2 "$toy" run "${slow[@]}" wait=0 >log2 2>&1
code=$?
mv log log1
mv log2 log
expect 2 "in use by another run" "a second run on the same output is refused"
finish
[ $code -eq 0 ]
result $? "the first one goes on to its end"
cmp -s run reference
result $? "with the same bytes"

echo "1..$number"
[ $failures -eq 0 ]
