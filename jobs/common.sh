# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# What the job scripts share: how growcast is started, stopped before the time limit, and queued
# again. Nothing here needs to be changed for a cluster; these variables are for the environment
# of sbatch, which hands it on to the job:
#
#     GROWCAST           the program; default: growcast, from PATH
#     GROWCAST_JOBS      the folder of these files; default: jobs, in the folder of submission
#     GROWCAST_LAUNCH    mpirun (default) or srun
#     GROWCAST_MPIRUN    further options for mpirun
#     GROWCAST_RESTARTS  how often a job may be queued again; default: 20
#
# A cluster with environment modules needs them loaded before sbatch, or in the job script. Where
# growcast lives in a container (jobs/packaging/growcast.def): GROWCAST="apptainer exec growcast.sif
# growcast", with the same Open MPI outside as inside.

# Open MPI by itself waits for minutes on a node that cannot be reached any more. With these its
# daemons give up after 2 s of silence and 3 more of questions, and mpirun ends with LOST_NODE.
export OMPI_MCA_oob_tcp_keepalive_time=2
export OMPI_MCA_oob_tcp_keepalive_intvl=1
export OMPI_MCA_oob_tcp_keepalive_probes=3

STOPPED_EARLY=75 # growcast saved everything finished and wants to be started again with --resume
LOST_NODE=205    # mpirun lost contact with one of its daemons

# launch COMMAND...: runs it on all tasks of the job and returns its exit code. SIGUSR1, SIGTERM and
# SIGINT to this shell reach the ranks as SIGUSR1, upon which they save what is finished and end with
# STOPPED_EARLY. mpirun itself must not get the other two: it ends with 1 then, and leaves its ranks a
# second. A second SIGINT is for those who do not want to wait. $interrupted: the last of the signals.
launch() {
    local code child signalled
    interrupted=
    # In a process group of its own, so that Ctrl-C in a terminal reaches this shell alone, which
    # must not wait in the foreground, or it would see signals only after the end.
    set -m
    if [ "${GROWCAST_LAUNCH:-mpirun}" = srun ]; then
        srun --mpi=pmix "$@" &
    else
        # GROWCAST_MPIRUN: options, separate words.
        # shellcheck disable=SC2086
        mpirun ${GROWCAST_MPIRUN:-} "$@" &
    fi
    child=$!
    set +m
    trap 'signalled=true interrupted=USR1; kill -USR1 "$child" 2>/dev/null' USR1
    trap 'signalled=true interrupted=TERM; kill -USR1 "$child" 2>/dev/null' TERM
    trap 'signalled=true; if [ "$interrupted" = INT ]; then kill -TERM "$child" 2>/dev/null
          else interrupted=INT; kill -USR1 "$child" 2>/dev/null; fi' INT
    while true; do
        signalled=false
        wait "$child"
        code=$?
        # A wait that the signal ended did not return the child's exit code.
        $signalled || break
    done
    trap - USR1 TERM INT
    return "$code"
}

# growcast_job ARGUMENT...: runs growcast and ends the job script. A job that stopped early or lost
# a node goes back to the queue, where it continues from its journal.
growcast_job() {
    local code restarts=${SLURM_RESTART_COUNT:-0} job=$SLURM_JOB_ID
    # The number of an array's last task is also that of the whole array.
    [ -z "${SLURM_ARRAY_JOB_ID:-}" ] || job=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
    echo "$(date '+%F %T') job $job on ${SLURM_JOB_NODELIST:-?}, restart $restarts: growcast $*"
    # The program may be several words.
    # shellcheck disable=SC2086
    launch ${GROWCAST:-growcast} "$@"
    code=$?
    echo "$(date '+%F %T') job $job ended with exit code $code"
    # A signal that went to all processes of the job reached mpirun, too, which then ends with 1.
    if [ $code -ne 0 ] && [ "$interrupted" = TERM ]; then
        code=$STOPPED_EARLY
    fi
    if [ $code -eq $STOPPED_EARLY ] || [ $code -eq $LOST_NODE ]; then
        # Somebody cancelled the job: it must not come back.
        if [ -n "$interrupted" ] && [ "$(squeue -h -j "$job" -o %T)" != RUNNING ]; then
            exit $code
        fi
        if [ "$restarts" -ge "${GROWCAST_RESTARTS:-20}" ]; then
            # Not with 75: a cluster with RequeueExit=75 would start it again without end.
            echo "job $job was restarted $restarts times; submit it again to continue" >&2
            exit 1
        fi
        scontrol requeue "$job" || echo "job $job could not be queued again" >&2
    fi
    exit $code
}
