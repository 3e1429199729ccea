#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Draws all figures and checks what is on them: of a simulated sample, and of some of the authors'
# files where these are. TAP. GROWCAST names the program under test.
program=${GROWCAST:-build/growcast}
python=/usr/bin/python3
[ -x $python ] || python=python3
data=../shared/data/hf_2025-02-18
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

if ! $python -c 'import matplotlib, netCDF4, xarray' 2>/dev/null; then
    echo "1..0 # SKIP Python's matplotlib, netCDF4 or xarray is not installed"
    exit 0
fi

# Without what no figure shows of some runs.
quick=$folder/quick.ini
printf '[bootstrap]\nreplicates = 0\n[hierarchy]\npool = none\n[forecast]\nmethod = curve\n' >"$quick"

# What all figures are made of, from series of months: make_runs FOLDER INPUT... [OPTION...]
make_runs() {
    to=$1
    shift
    printf '[sweep]\nmodel.scale = 1, 30\nfit.method = least-squares, paper\n' >"$to/sweep.ini"
    "$program" fit "$@" -s bootstrap.replicates=20 -s bootstrap.keep=yes -o "$to/run.nc" -q &&
        "$program" fit "$@" -c config/paper.ini -c "$quick" -o "$to/paper.nc" -q &&
        "$program" fit "$@" -c config/webapp.ini -c "$quick" -o "$to/authors.nc" -q &&
        "$program" backtest "$@" -s backtest.origins=9,6 -s hierarchy.em_steps=3 \
            -s backtest.methods=hierarchical,drift3,theta -o "$to/bt.nc" -q &&
        "$program" sweep "$@" -c "$to/sweep.ini" -c "$quick" -o "$to/sweep.nc" -q
}

# The same from days of downloads, with the authors' protocol on them and on the sums as published.
make_daily_runs() {
    to=$1
    shift
    "$program" fit "$@" -c config/download.ini -s bootstrap.replicates=0 -o "$to/down.nc" -q &&
        "$program" fit "$@" -c config/download.ini -c config/webapp.ini -s model.time_unit=day \
            -c "$quick" -o "$to/authors_down.nc" -q &&
        "$program" fit "$@" -c config/webapp.ini -s input.on_bad_row=skip -s model.time_unit=day \
            -c "$quick" -o "$to/published.nc" -q
}

# Both at a time: there are two cores.
mkdir "$folder/sample" "$folder/real"
if [ -d $data ]; then
    head -9 $data/download/DeepSeek.csv >"$folder/download.csv"
    {
        make_runs "$folder/real" $data/finetune/DeepSeek.csv $data/finetune/OpenAI.csv \
            $data/finetune/MistralAI.csv && make_daily_runs "$folder/real" "$folder/download.csv"
    } &
fi
if ! { "$program" simulate -c config/sample.ini -o "$folder/series.csv" -q &&
    make_runs "$folder/sample" "$folder/series.csv" && wait $!; }; then
    echo "Bail out! cannot make the runs"
    exit 1
fi
$python -W error tests/check_figures.py "$folder/sample" "$folder/real" $data
