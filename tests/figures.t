#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Draws figures from a small simulated run and checks what is on them. TAP. GROWCAST names the
# program under test.
program=${GROWCAST:-build/growcast}
python=/usr/bin/python3
[ -x $python ] || python=python3
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

if ! $python -c 'import matplotlib, netCDF4, xarray' 2>/dev/null; then
    echo "1..0 # SKIP Python's matplotlib, netCDF4 or xarray is not installed"
    exit 0
fi
if ! { "$program" simulate -c config/sample.ini -o "$folder/series.csv" -q &&
    "$program" fit "$folder/series.csv" -c config/sample.ini -s bootstrap.replicates=20 \
        -s bootstrap.keep=yes -o "$folder/run.nc" -q &&
    "$program" fit "$folder/series.csv" -c config/paper.ini -s bootstrap.replicates=0 \
        -o "$folder/paper.nc" -q; }; then
    echo "Bail out! cannot make the run"
    exit 1
fi
$python -W error tests/check_figures.py "$folder/run.nc" "$folder/paper.nc" "$folder"
