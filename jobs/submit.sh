#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Submits a whole study to SLURM: the fit, and once it is done the backtest and a sweep, whose
# shards are joined at the end. A mistake in inputs or settings thus ends the fit, before the
# longer jobs begin.
#
#     jobs/submit.sh [-n SHARDS] [-w CONFIG] [-b] FOLDER INPUT... [OPTION...]
#
#     -n SHARDS  tasks of the sweep's array; default: 4
#     -w CONFIG  what to sweep over; default: config/sweep-scale.ini. "-w none": no sweep
#     -b         no backtest
#
# FOLDER receives run.nc, backtest.nc, sweep.nc and the logs. The rest are arguments of `growcast
# fit`, such as -c FILE, and of the other commands. Paths are relative to where this is called.
# SBATCH_ACCOUNT, SBATCH_PARTITION and the like are read by sbatch; GROWCAST_SBATCH holds further
# options for every sbatch. See common.sh for what else can be set.
set -eu
shards=4
sweep=
backtest=true
while getopts n:w:b option; do
    case $option in
    n) shards=$OPTARG ;;
    w) sweep=$OPTARG ;;
    b) backtest=false ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
if [ $# -lt 2 ]; then
    sed -n 's/^#     jobs/usage: jobs/p' "$0" >&2
    exit 2
fi
GROWCAST_JOBS=$(cd "$(dirname "$0")" && pwd)
export GROWCAST_JOBS
sweep=${sweep:-$GROWCAST_JOBS/../config/sweep-scale.ini}
folder=$1
shift
mkdir -p "$folder"

# submit NAME OPTION... SCRIPT ARGUMENT...: prints the number of the job and says what it is.
submit() {
    local name=$1 job
    shift
    # Options are separate words.
    # shellcheck disable=SC2086
    job=$(sbatch --parsable --kill-on-invalid-dep=yes ${GROWCAST_SBATCH:-} "$@")
    echo "${job%%;*}"
    echo "$name is job ${job%%;*}" >&2
}

log=$folder/%x-%j.log
fit=$(submit fit --output="$log" "$GROWCAST_JOBS/fit.sbatch" "$@" -o "$folder/run.nc")
if $backtest; then
    submit backtest --output="$log" --dependency="afterok:$fit" \
        "$GROWCAST_JOBS/backtest.sbatch" "$@" -o "$folder/backtest.nc" >/dev/null
fi
if [ "$sweep" != none ]; then
    array=$(submit sweep --output="$folder/%x-%A-%a.log" --dependency="afterok:$fit" \
        --array="1-$shards" "$GROWCAST_JOBS/sweep.sbatch" "$folder/sweep.nc" "$@" -c "$sweep")
    submit merge --output="$log" --dependency="afterok:$array" \
        "$GROWCAST_JOBS/sweep-merge.sbatch" "$folder/sweep.nc" >/dev/null
fi
