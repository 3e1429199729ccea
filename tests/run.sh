#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs every test through prove, JOBS (the number of processors) at a time: the MPI programs
# $BUILD/tests/mpi_* at several numbers of ranks, the scripts tests/*.t and the programs
# $BUILD/tests/test_*; and, where SLURM's daemons are installed, the job scripts. Shows one line for
# each with its time, and the details of what failed; ends with `N passed, N failed, N skipped`, where
# a test that was skipped counts as nothing else. All output is in $BUILD/tests/logs. Arguments, if
# any, are the tests to run.
export BUILD="${BUILD:-build}"
export GROWCAST="$BUILD/growcast"
export LOGS="$BUILD/tests/logs"
# Open MPI binds ranks to the first cores, those of all tests to the same ones.
export OMPI_MCA_hwloc_base_binding_policy=none
rm -rf "$LOGS"
mkdir -p "$LOGS"

# prove runs files: each MPI program gets a script that runs it at all numbers of ranks.
for program in "$BUILD"/tests/mpi_*; do
    case $program in
    *.t | *'*') continue ;;
    esac
    printf '#!/bin/sh\nexec tests/run_mpi.sh %s\n' "$program" >"$program.t"
    chmod +x "$program.t"
done
# The long ones first, so that none of them runs alone at the end.
if [ $# -eq 0 ]; then
    if command -v slurmctld >/dev/null; then
        set -- tests/slurm/jobs.t
    fi
    for test in tests/*.t "$BUILD"/tests/mpi_*.t "$BUILD"/tests/test_*; do
        case $test in
        *'*'*) ;;
        *) set -- "$@" "$test" ;;
        esac
    done
fi

printf '%s\0' "$@" | xargs -0 -n 1 -P "${JOBS:-$(getconf _NPROCESSORS_ONLN)}" tests/run_one.sh
for test; do
    # One without a count did not come to its end.
    cat "$LOGS/$(basename "$test").count" 2>/dev/null || echo 0 1 0
done | awk '
    { passed += $1; failed += $2; skipped += $3 }
    END {
        printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
        exit failed > 0
    }'
