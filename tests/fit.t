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
