#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The job scripts in jobs/ on a real SLURM of two virtual nodes, which is started here and ended
# in any case: results, restarts after a signal and after a node is lost, bounds on restarts, with
# and without RequeueExit, a study with a sweep as an array. `make test-slurm` installs what is needed.
. tests/tap.sh
. "$source/tests/slurm/cluster.sh"
trap 'cluster_down; rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM HUP

obstacle=$(cluster_obstacle)
if [ -n "$obstacle" ]; then
    skip "job scripts under SLURM" "$obstacle"
    finish
fi

# What two virtual nodes on one machine need: traffic over the loopback, ranks not bound to cores.
cp "$program" growcast # which must stay the same between restarts
program=$folder/growcast
export GROWCAST="$program" GROWCAST_JOBS="$source/jobs"
export OMPI_MCA_btl=self,vader,tcp OMPI_MCA_btl_tcp_if_include=lo OMPI_MCA_oob_tcp_if_include=lo
export OMPI_MCA_hwloc_base_binding_policy=none
declare -A job # number by name

property() { # property JOB NAME
    local text
    text=$(scontrol --oneliner show job "$1")
    [[ $text =~ (^|\ )$2=([^\ ]*) ]]
    echo "${BASH_REMATCH[2]:-}"
}

await() { # await SECONDS COMMAND...: until it succeeds
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}

# shellcheck disable=SC2317 # called by await
ended() { # ended NAME
    case $(property "${job[$1]}" JobState) in
    PENDING | RUNNING | COMPLETING | REQUEUE*) return 1 ;;
    esac
}

# shellcheck disable=SC2317
has_restarted() { # has_restarted NAME
    [ "$(property "${job[$1]}" Restarts)" -ge 1 ]
}

start() { # start NAME [OPTION...]: a fit that takes some seconds, to NAME.nc
    local name=$1
    shift
    job[$name]=$(sbatch --parsable --nodes=2 --ntasks-per-node=2 --mem-per-cpu=0 --time=5 \
        --output="$name.log" "$source/jobs/fit.sbatch" series.csv -o "$name.nc" -c long.ini "$@")
}

signal() { # signal NAME...: USR1 to the job scripts, once their runs have saved something
    local name
    for name; do
        await 60 test -e "$name.nc.journal.sums"
        scancel --signal=USR1 --batch "${job[$name]}"
    done
}

# ends NAME STATE RESTARTS DESCRIPTION: the job ends in that state after so many restarts
ends() {
    await 60 ended "$1"
    found="$(property "${job[$1]}" JobState) after $(property "${job[$1]}" Restarts) restarts"
    [ "$found" = "$2 after $3 restarts" ]
    result $? "$4: $2 after $3 restarts"
    [ "$found" = "$2 after $3 restarts" ] || { echo "$found"; tail -n 30 "$1.log"; } | sed 's/^/# /'
}

# completes NAME RESTARTS DESCRIPTION: ends well, with the same bits and nothing left over
completes() {
    ends "$1" COMPLETED "$2" "$3"
    /usr/bin/python3 "$source/tests/compare_outputs.py" reference.nc "$1.nc" >compared 2>&1
    result $? "$3: the same bits"
    grep -q 'same bits' compared || sed 's/^/# /' compared
    absent "$3: no journal is left" "$1.nc.journal" "$1.nc.journal.sums"
}

cp "$source/tests/long.ini" .
cat >quick.ini <<'INI'
[bootstrap]
replicates = 10
[forecast]
draws = 50
[backtest]
origins = 3
resamples = 20
INI
cat >sweep.ini <<'INI'
[sweep]
model.scale = 1, 10, 30
INI
"$program" simulate -q -s simulate.models=300 -o series.csv
mpirun --oversubscribe -n 2 "$program" fit -q series.csv -c long.ini -o reference.nc

cluster_up "$folder/cluster" >up 2>&1
result $? "a SLURM of two nodes starts"
sed 's/^/# /' up

start plain
GROWCAST_LAUNCH=srun start srun
start wrong -s modle.scale=1
completes plain 0 "a fit on two nodes with mpirun"
says plain.log "on n[1-2], restart 0" "the log names the nodes and the restart"
completes srun 0 "a fit on two nodes with srun"
ends wrong FAILED 0 "a wrong setting"
[ "$(property "${job[wrong]}" ExitCode)" = "2:0" ]
result $? "a job script ends with growcast's exit code"

start signalled
GROWCAST_LAUNCH=srun start srun_signalled
GROWCAST_RESTARTS=0 start bounded
signal signalled srun_signalled bounded
ends bounded FAILED 0 "no restart beyond GROWCAST_RESTARTS"
says bounded.log "submit it again to continue" "the log says what to do"
completes signalled 1 "a fit that gets SIGUSR1"
says signalled.log "ended with exit code 75" "it stopped with 75"
says signalled.log "resuming: " "and continued from its journal"
completes srun_signalled 1 "a fit under srun that gets SIGUSR1"

start terminated
start cancelled
await 60 test -e terminated.nc.journal.sums
scancel --signal=TERM --batch "${job[terminated]}"
await 60 test -e cancelled.nc.journal.sums
scancel "${job[cancelled]}"
completes terminated 1 "a fit whose script gets SIGTERM"
ends cancelled CANCELLED 0 "a job that is cancelled does not come back"

start bounded
completes bounded 0 "a job submitted again"
start lost
await 60 test -e lost.nc.journal.sums
cluster_kill_node n2
await 30 has_restarted lost
cluster_start_node n2
completes lost 1 "a fit that loses a node"
says lost.log "ended with exit code 205" "mpirun reported the lost node"

head -n 41 series.csv >few.csv
GROWCAST_SBATCH="--nodes=1 --ntasks-per-node=2 --mem-per-cpu=0 --time=5" \
    "$source/jobs/submit.sh" -n 3 -w sweep.ini study few.csv -c quick.ini >submitted 2>&1
result $? "submit.sh submits a study"
for name in fit backtest sweep merge; do
    job[$name]=$(sed -n "s/^$name is job //p" submitted)
done
await 90 ended merge
await 60 ended backtest
for name in fit backtest sweep merge; do
    [ "$(property "${job[$name]}" JobState)" = COMPLETED ]
    result $? "its $name completes"
done
sed 's/^/# /' submitted
"$program" sweep -q few.csv -c quick.ini -c sweep.ini -o sweep.nc
/usr/bin/python3 "$source/tests/compare_outputs.py" sweep.nc study/sweep.nc >compared 2>&1
result $? "the merged array has the bits of one sweep"
sed 's/^/# /' compared
[ -s study/run.nc ] && [ -s study/backtest.nc ]
result $? "fit and backtest are written"

echo "RequeueExit=75" >>"$SLURM_CONF"
scontrol reconfigure
start requeue_exit
GROWCAST_RESTARTS=0 start requeue_bounded
signal requeue_exit requeue_bounded
ends requeue_bounded FAILED 0 "with RequeueExit=75, no restart beyond GROWCAST_RESTARTS"
completes requeue_exit 1 "with RequeueExit=75, a fit that gets SIGUSR1"

cluster_down
[ -z "$(cluster_node_processes n1)$(cluster_node_processes n2)" ]
result $? "nothing of the cluster is left running"
finish
