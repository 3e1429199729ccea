#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Drives the report of a small run with hostile names in a headless Chromium. TAP. GROWCAST names
# the program under test.
program=${GROWCAST:-build/growcast}
python=/usr/bin/python3
[ -x $python ] || python=python3
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

skip() {
    echo "1..0 # SKIP $1"
    exit 0
}
command -v chromedriver >/dev/null || skip "chromedriver is not installed"
[ -e /usr/share/javascript/chart.js/chart.min.js ] || skip "libjs-chart.js is not installed"
$python -c 'import matplotlib, netCDF4, xarray' 2>/dev/null ||
    skip "Python's matplotlib, netCDF4 or xarray is not installed"

"$program" simulate -c config/sample.ini -o "$folder/series.csv" -q || {
    echo "Bail out! cannot simulate"
    exit 1
}
# Two more models, whose names try to be HTML and a spreadsheet's formula.
awk -F, 'NR == 1 { print; next } { print } NR < 4 { rows[NR] = $0 }
    END {
        sub(/^[^,]*/, "evil/<img src=x onerror=alert(1)></script><b>bold</b>", rows[2]); print rows[2]
        sub(/^[^,]*/, "=HYPERLINK(1+1)/x", rows[3]); print rows[3]
    }' "$folder/series.csv" >"$folder/hostile.csv"
if ! { "$program" fit "$folder/hostile.csv" -c config/sample.ini -s bootstrap.replicates=20 \
    -o "$folder/run.nc" -q &&
    "$program" backtest "$folder/hostile.csv" -c config/sample.ini -s backtest.origins=6 \
        -s backtest.methods=hierarchical,drift3 -s hierarchy.em_steps=3 -o "$folder/bt.nc" -q; }; then
    echo "Bail out! cannot make the run"
    exit 1
fi
$python tests/check_report.py "$folder/run.nc" "$folder/bt.nc" "$folder"
