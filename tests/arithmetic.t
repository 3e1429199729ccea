#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What bits depend on beside the input: the vector instructions and the C library's elementary
# functions. Both stand in the output; ranks or a resumed run that differ in them are refused; and
# an emulated processor without AVX gives the same bits as this one with run.instruction_set =
# baseline and the same elementary functions. TAP.
. tests/tap.sh
python=/usr/bin/python3

# The GNU C library as on a processor without fused multiply-add: names by old and new versions.
plain=GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2,-FMA_Usable,-FMA4_Usable,-AVX2_Usable
small="-s run.instruction_set=baseline -s bootstrap.replicates=10 -s bootstrap.method=residual
    -s hierarchy.ultimate_nodes=5 -s hierarchy.immediacy_nodes=3 -s hierarchy.min_series=3
    -s hierarchy.em_steps=2 -s forecast.draws=10"

attribute() { # attribute FILE NAME: its value
    "$python" -c 'import netCDF4, sys
print(netCDF4.Dataset(sys.argv[1]).getncattr(sys.argv[2]))' "$1" "$2"
}

same() { # same DESCRIPTION FILE FILE
    "$python" "$source/tests/compare_outputs.py" "$2" "$3" >compared 2>&1
    result $? "$1"
    sed 's/^/# /' compared
}

"$program" simulate -q -s simulate.models=300 -o many.csv
head -5 many.csv >few.csv
# shellcheck disable=SC2086 # words
exits 0 "the baseline set" fit few.csv -o own.nc $small
[ "$(attribute own.nc instruction_set)" = baseline ]
result $? "the set stands in the output"
[ "$(attribute own.nc replicate_engine)" = batched ]
result $? "so does the engine of the replicates"
exits 0 "GSL's engine" fit few.csv -o gsl.nc -s fit.engine=gsl -s bootstrap.replicates=2
[ "$(attribute gsl.nc point_estimate_engine)" = GSL ]
result $? "GSL's point estimates are said to be GSL's"
own=$(attribute own.nc elementary_functions)
# shellcheck disable=SC2086
env "$plain" "$program" fit -q few.csv -o plain.nc $small 2>err
[ "$own" != "$(attribute plain.nc elementary_functions)" ]
differs=$?

if [ $differs -eq 0 ]; then
    exits 75 "a run that its time limit stops" fit many.csv -o stop.nc -s bootstrap.replicates=5000 \
        -s run.time_limit=1 -s run.instruction_set=baseline -s fit.engine=gsl
    env "$plain" timeout 120 "$program" fit many.csv -o stop.nc -s bootstrap.replicates=5000 \
        -s run.instruction_set=baseline -s fit.engine=gsl --resume 2>err
    [ $? -eq 2 ]
    result $? "resumed with other elementary functions it is refused"
    says err "elementary functions = " "the message says so"
    timeout 120 mpirun --oversubscribe -n 1 "$program" fit few.csv -o mixed.nc : \
        -n 1 -x "$plain" "$program" fit few.csv -o mixed.nc >out 2>err
    [ $? -eq 2 ]
    result $? "ranks with different elementary functions are refused"
    says err "the C library of rank 1" "the rank is named"
    absent "a refused run leaves nothing" mixed.nc mixed.nc.journal
    scales="-s run.instruction_set=baseline -s sweep.model.scale=10,30 -s bootstrap.replicates=0"
    # shellcheck disable=SC2086
    exits 0 "a part of a sweep" sweep few.csv -o part1.nc --shard 1/2 $scales
    # shellcheck disable=SC2086
    env "$plain" "$program" sweep few.csv -q -o part2.nc --shard 2/2 $scales 2>err
    exits 3 "the other with other elementary functions" merge part1.nc part2.nc -o merged.nc
    says err "elementary_functions is" "the message says so"
    absent "a refused merge leaves nothing" merged.nc
else
    skip "runs with other elementary functions are refused" "this C library has one kind"
fi

case $(uname -m) in
x86_64)
    if ldd "$program" | grep -q libasan; then
        skip "the same bits on an emulated processor without AVX" "not with a sanitizer"
    elif command -v qemu-x86_64 >/dev/null; then
        for shocks in yes no; do
            # shellcheck disable=SC2086
            timeout 300 qemu-x86_64 -cpu Nehalem "$program" fit -q few.csv -o old.nc --force $small \
                -s hierarchy.shocks=$shocks 2>err
            result $? "runs on an emulated processor without AVX, shocks $shocks"
            # shellcheck disable=SC2086
            env "$plain" "$program" fit -q few.csv -o plain.nc --force $small \
                -s hierarchy.shocks=$shocks 2>err
            same "the same bits as on this processor" old.nc plain.nc
        done
    else
        skip "the same bits on an emulated processor without AVX" "no qemu-x86_64"
    fi
    ;;
*) skip "the same bits on an emulated processor without AVX" "another architecture" ;;
esac
finish
