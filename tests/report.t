#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Drives reports in a headless Chromium: of a run with hostile names and a backtest beside a run of
# daily downloads, of a run by itself, and of a run of 3,000 models. TAP. GROWCAST names the program
# under test.
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
$python tests/hostile.py "$folder/series.csv" >"$folder/hostile.csv"
# Four models, 17 to 62 days of downloads each.
awk 'BEGIN {
    printf "model,created_at"
    for (day = 0; day < 62; day++) printf ",2024-%02d-%02d 00:00:00", 7 + int(day / 31), 1 + day % 31
    print ""
    for (model = 1; model <= 4; model++) {
        first = 15 * (model - 1)
        printf "org/daily-%d,2024-%02d-%02dT00:00:00Z", model, 7 + int(first / 31), 1 + first % 31
        for (day = 0; day < 62; day++) {
            age = day - first
            printf ",%d", (age > 0 ? model * age * (40 + age) : 0)
        }
        print ""
    }
}' >"$folder/daily.csv"

if ! { "$program" fit "$folder/hostile.csv" -c config/sample.ini -s bootstrap.replicates=20 \
    -o "$folder/run.nc" -q &&
    "$program" backtest "$folder/hostile.csv" -c config/sample.ini -s backtest.origins=6 \
        -s backtest.methods=hierarchical,drift3 -s hierarchy.em_steps=3 -o "$folder/bt.nc" -q &&
    "$program" fit "$folder/daily.csv" -s bootstrap.replicates=0 -s forecast.horizons=7d,30d \
        -o "$folder/down.nc" -q; }; then
    echo "Bail out! cannot make the runs"
    exit 1
fi
$python tests/check_report.py "$folder"
