#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The main job as users meet it: one command from series to a complete output, the same bits at any
# number of ranks and after any resume, and clear refusals that leave nothing behind. TAP.
. tests/tap.sh
python=/usr/bin/python3

series() { # series NAME: a small file of five models
    cat >"$1" <<'CSV'
model,0-month,1-month,2-month,3-month,4-month,5-month,6-month,7-month,8-month,company,created_at
acme/one,0,3,9,20,31,40,52,60,61,Acme,2024-01-31 10:00:00+00:00
acme/two,0,0,0,0,0,,,,,Acme,2024-05-01 00:00:00+00:00
acme/three,0,7,,,,,,,,Acme,2024-08-15 00:00:00+00:00
"zebra, the/four",0,1,4,4,4,100,104,110,,Zebra,2024-02-29 23:59:59+00:00
zebra/five,0,10,18,25,31,36,40,44,47,Zebra,2024-01-01 00:00:00+00:00
CSV
}

series small.csv
exits 0 "five models" fit small.csv -o run.nc -s bootstrap.replicates=40
absent "no journal is left" run.nc.journal run.nc.journal.sums
silent out "nothing on stdout"
exits 0 "resuming what is complete" fit small.csv -o run.nc -s bootstrap.replicates=40 --resume
says err "run.nc is complete: nothing to do" "says so"
exits 2 "resuming another run's output" fit small.csv -o run.nc -s bootstrap.replicates=41 --resume
says err "is not of this run; --force replaces it" "is refused"
"$python" "$source/tests/check_output.py" run.nc >checked 2>&1
result $? "the output keeps the conventions"
sed 's/^/# /' checked
ncdump -v fit_status run.nc | tr -d ' \n' | grep -q 'fit_status=0,1,2,'
result $? "fitted, all zero, too short"

for ranks in 1 2 3 4; do
    timeout 120 mpirun --oversubscribe -n $ranks "$program" fit small.csv -o "run$ranks.nc" \
        -s bootstrap.replicates=40 -s bootstrap.keep=no >log 2>&1
    result $? "runs on $ranks ranks"
done
exits 0 "with other chunks" fit small.csv -o chunk.nc -s bootstrap.replicates=40 -s run.chunk=1 -q
! grep -qv "growcast: warning: " err
result $? "--quiet leaves only warnings"
"$python" "$source/tests/compare_outputs.py" run.nc run1.nc run2.nc run3.nc run4.nc chunk.nc \
    >compared 2>&1
result $? "the same bits by itself, on 1, 2, 3 and 4 ranks, and in other chunks"
sed 's/^/# /' compared

exits 0 "replicates kept" fit small.csv -o kept.nc -s bootstrap.replicates=10 \
    -s bootstrap.keep=yes
ncdump -h kept.nc | grep -q 'group: bootstrap'
result $? "they stand in group /bootstrap"

# One model out of many: its row, forecasts and kept replicates are those of the whole run, whose
# series and organizations shape the prior. The two inputs differ in what they are named alone.
"$program" simulate -q -s simulate.models=40 -s simulate.organizations=6 -o many.csv
keys="-s bootstrap.replicates=30 -s forecast.draws=50 -s hierarchy.ultimate_nodes=9
    -s hierarchy.pool=organization -s hierarchy.em_steps=3"
# shellcheck disable=SC2086 # words
exits 0 "all of 40 models" fit many.csv -o all.nc $keys -s bootstrap.keep=yes
for model in 3 17 38; do
    name=$("$python" -c 'import netCDF4, sys
print(netCDF4.Dataset("all.nc")["model_name"][int(sys.argv[1])])' $model)
    # shellcheck disable=SC2086
    exits 0 "--only $name" fit many.csv --only "$name" -o one.nc --force $keys
    "$python" "$source/tests/compare_single.py" all.nc one.nc >compared 2>&1
    result $? "the same bits as among all"
    sed 's/^/# /' compared
done
# shellcheck disable=SC2086
timeout 120 mpirun --oversubscribe -n 3 "$program" fit many.csv --only "$name" -o one3.nc -q $keys
"$python" "$source/tests/compare_outputs.py" one.nc one3.nc >compared 2>&1
result $? "the same file on 3 ranks"
exits 3 "--only a model that is not there" fit many.csv --only nobody/nothing -o none.nc
says err "nobody/nothing" "it is named"
absent "nothing is left" none.nc none.nc.journal

for method in least-squares negative-binomial paper; do
    exits 0 "method $method" fit small.csv -o "$method.nc" -s fit.method=$method \
        -s bootstrap.replicates=5
done
for method in parametric-nb parametric-poisson residual case block; do
    exits 0 "bootstrap $method" fit small.csv -o "$method.nc" -s bootstrap.method=$method \
        -s bootstrap.replicates=5
done

exits 2 "an output that exists" fit small.csv -o run.nc
says err "run.nc" "it is named"
exits 0 "--force replaces it" fit small.csv -o run.nc --force -s bootstrap.replicates=0
exits 2 "an output in no folder" fit small.csv -o nowhere/run.nc
exits 2 "no output" fit small.csv
exits 3 "a missing input" fit absent.csv -o bad.nc
says err "absent.csv" "it is named"
mkdir empty
exits 3 "a folder without series" fit empty -o bad.nc
sed 's/,20,/,x20,/' small.csv >text.csv
exits 3 "text for a count" fit text.csv -o bad.nc
says err "text.csv:2:5" "file, line and column"
exits 0 "a bad row is skipped" fit text.csv -o skipped.nc -s input.on_bad_row=skip \
    -s bootstrap.replicates=0
exits 2 "an unknown key" fit small.csv -o bad.nc -s fit.metod=paper
exits 2 "configuration is checked before inputs" fit absent.csv -o bad.nc -s fit.metod=paper
absent "a refused run leaves nothing" bad.nc bad.nc.journal

timeout 120 mpirun --oversubscribe -n 2 "$program" fit text.csv -o bad.nc >log 2>&1
[ $? -eq 3 ] && [ "$(grep -c 'text.csv:2:5' log)" -eq 1 ]
result $? "on 2 ranks a bad input is said once, with the same code"
finish
