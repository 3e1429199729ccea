# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# What the job scripts share: how growcast is started, stopped before the time limit, and queued
# again. Nothing here needs to be changed for a cluster; these variables are for the environment
# of sbatch, which hands it on to the job:
#
#     GROWCAST           the program; default: growcast, from PATH
#     GROWCAST_JOBS      the folder of these files; default: jobs, in the folder of submission
#     GROWCAST_LAUNCH    mpirun (default) or srun
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

# launch COMMAND...: runs it on all tasks of the job, hands SIGUSR1 on to it, and returns its exit
# code. The shell must not wait in the foreground, or it would see the signal only after the end.
launch() {
    local code signalled child
    if [ "${GROWCAST_LAUNCH:-mpirun}" = srun ]; then
        srun --mpi=pmix "$@" &
    else
        mpirun "$@" &
    fi
    child=$!
    trap 'signalled=true; kill -USR1 "$child" 2>/dev/null' USR1
    while true; do
        signalled=false
        wait "$child"
        code=$?
        # A wait that the signal ended did not return the child's exit code.
        $signalled || break
    done
    trap - USR1
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
    if [ $code -eq $STOPPED_EARLY ] || [ $code -eq $LOST_NODE ]; then
        if [ "$restarts" -ge "${GROWCAST_RESTARTS:-20}" ]; then
            # Not with 75: a cluster with RequeueExit=75 would start it again without end.
            echo "job $job was restarted $restarts times; submit it again to continue" >&2
            exit 1
        fi
        scontrol requeue "$job" || echo "job $job could not be queued again" >&2
    fi
    exit $code
}
