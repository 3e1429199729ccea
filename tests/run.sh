#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs every test through prove: the programs $BUILD/tests/test_*, the scripts tests/*.t and the
# MPI programs $BUILD/tests/mpi_* at several numbers of ranks. Shows one line for each and the
# details of what failed; ends with `N passed, N failed, N skipped`, where a test that was skipped
# counts as nothing else. Arguments, if any, are the tests to run.
export BUILD="${BUILD:-build}"
export GROWCAST="$BUILD/growcast"
log="$BUILD/tests/prove.log"

# prove runs files: each MPI program gets a script that runs it at all numbers of ranks.
for program in "$BUILD"/tests/mpi_*; do
    case $program in
    *.t | *'*') continue ;;
    esac
    printf '#!/bin/sh\nexec tests/run_mpi.sh %s\n' "$program" >"$program.t"
    chmod +x "$program.t"
done
if [ $# -eq 0 ]; then
    for test in "$BUILD"/tests/test_* "$BUILD"/tests/mpi_*.t tests/*.t; do
        case $test in
        *'*'*) ;;
        *) set -- "$@" "$test" ;;
        esac
    done
fi

prove --verbose "$@" 2>&1 | tee "$log" | awk '
    /^ok [0-9]+.*# *[Ss][Kk][Ii][Pp]/ { skipped++; print "      skipped:" substr($0, index($0, "SKIP") + 4); next }
    /^ok [0-9]+/ { passed++; failing = 0; next }
    /^not ok [0-9]+/ { failed++; failing = 1; print; next }
    /^1\.\.[0-9]+/ { next }
    /^ *#/ { if (failing) print; next }
    /(Dubious|Bad plan|Parse errors)/ { broken++ }
    /^Result: / { verdict = $2; next }
    /^[^ ]+ \.+ *$/ { printf "%s ", $1; next }
    { print }
    END {
        # A program that died or left its plan unfinished failed, whatever it had counted.
        if (failed == 0 && verdict != "PASS") {
            failed = broken > 0 ? broken : 1
        }
        printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
        exit failed > 0
    }'
