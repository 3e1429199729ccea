#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The backtest as users meet it: a complete output whose summaries follow from its single forecasts,
# the same bits at any number of ranks and after a resume, and no look ahead. TAP.
. tests/tap.sh
python=/usr/bin/python3
set -- -s hierarchy.ultimate_nodes=9 -s hierarchy.immediacy_nodes=5 -s hierarchy.longevity_nodes=3 \
    -s hierarchy.em_steps=3 -s forecast.draws=100 -s backtest.resamples=50

check() { # check FILE SERIES DESCRIPTION: conventions, and summaries against single forecasts
    "$python" "$source/tests/check_output.py" "$1" >checked 2>&1
    result $? "$3: the output keeps the conventions"
    sed 's/^/# /' checked
    "$python" "$source/tests/check_backtest.py" "$1" "$2" >checked 2>&1
    result $? "$3: summaries follow from the single forecasts"
    sed 's/^/# /' checked
}

exits 0 "60 simulated models" simulate -o series.csv -s simulate.models=60 \
    -s simulate.organizations=5 -s simulate.steps=20
exits 0 "a backtest" backtest series.csv -o bt.nc "$@"
absent "no journal is left" bt.nc.journal bt.nc.journal.sums
says out "hierarchical" "prints its table"
cp out printed
check bt.nc series.csv "calendar origins"
exits 0 "show" show bt.nc
cmp -s out printed
result $? "show prints the same tables"
exits 0 "show as CSV" show --format csv bt.nc
[ "$(wc -l <out)" -eq 49 ]
result $? "a line for each of 3 origins and 16 methods"
exits 0 "one table as JSON" show --format json --table choices bt.nc
"$python" -c 'import json; assert len(json.load(open("out"))["choices"]) == 3'
result $? "which can be read"
exits 2 "a table of other files" show --table models bt.nc

for ranks in 1 2 3 4; do
    timeout 200 mpirun --oversubscribe -n $ranks "$program" backtest series.csv -o "bt$ranks.nc" \
        "$@" >out 2>err
    result $? "runs on $ranks ranks"
    cmp -s out printed
    result $? "and prints the same"
done
"$python" "$source/tests/compare_outputs.py" bt.nc bt1.nc bt2.nc bt3.nc bt4.nc >compared 2>&1
result $? "the same bits by itself and on 1, 2, 3 and 4 ranks"
sed 's/^/# /' compared

# Stopped as soon as something is in the journal, or never when it was faster.
"$program" backtest series.csv -o stopped.nc "$@" -s run.chunk=1 >out 2>err &
run=$!
while [ ! -s stopped.nc.journal ] && kill -0 $run 2>/dev/null; do sleep 0.01; done
sleep 0.3
kill -TERM $run 2>/dev/null
wait $run
code=$?
[ $code -eq 75 ] || [ $code -eq 0 ]
result $? "a signal ends it in order (exit $code)"
[ $code -eq 0 ] || exits 0 "and it is resumed" backtest series.csv -o stopped.nc "$@" \
    -s run.chunk=1 --resume
"$python" "$source/tests/compare_outputs.py" bt.nc stopped.nc >compared 2>&1
result $? "to the same bits"
sed 's/^/# /' compared

exits 0 "origins by age" backtest series.csv -o age.nc -s backtest.origin_kind=age \
    -s backtest.origins=4,8 "$@"
check age.nc series.csv "origins by age"
exits 0 "some methods" backtest series.csv -o some.nc -s backtest.methods=theta,auto "$@" -q
silent out "--quiet prints nothing"
check some.nc series.csv "some methods"

# What comes after the origin at -6 changes none of its forecasts.
"$python" - series.csv later.csv <<'PYTHON'
import csv, sys
with open(sys.argv[1], newline="") as file:
    rows = list(csv.reader(file))
ages = [i for i, name in enumerate(rows[0]) if name.endswith("-month")]
for row in rows[1:]:
    known = [i for i in ages if row[i] != ""]
    for n, i in enumerate(known[-6:]):
        row[i] = str(int(float(row[i])) + 1000 * (n + 1))
with open(sys.argv[2], "w", newline="") as file:
    csv.writer(file).writerows(rows)
PYTHON
exits 0 "with another future" backtest later.csv -o later.nc -s backtest.origins=6 "$@"
exits 0 "with the future that came" backtest series.csv -o now.nc -s backtest.origins=6 "$@"
"$python" - now.nc later.nc <<'PYTHON'
import sys, netCDF4, numpy
now, later = (netCDF4.Dataset(path) for path in sys.argv[1:])
for name in ("model", "method", "horizon", "last_count", "value", "quantile", "mean_increment"):
    a, b = now["forecast_" + name][:].filled(-1), later["forecast_" + name][:].filled(-1)
    assert numpy.array_equal(a, b), name
assert numpy.all(now["forecast_truth"][:] != later["forecast_truth"][:])
PYTHON
result $? "forecasts are the same bits, whatever came later"

exits 2 "an unknown method" backtest absent.csv -o bad.nc -s backtest.methods=thta
says err "theta" "the nearest is named"
exits 3 "a missing input" backtest absent.csv -o bad.nc
exits 2 "an output that exists" backtest series.csv -o bt.nc
printf 'model,0-month,1-month,2-month\na/one,0,3,9\n' >short.csv
exits 0 "nothing to forecast" backtest short.csv -o short.nc "$@"
says err "no series has" "is said"
"$python" "$source/tests/check_output.py" short.nc >checked 2>&1
result $? "and gives an output that keeps the conventions"
sed 's/^/# /' checked
finish
