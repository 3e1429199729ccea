#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Sweeps as users meet them: the same bits at any number of ranks, in shards and merged, the same
# numbers as single fits, and clear refusals. TAP.
. tests/tap.sh
python=/usr/bin/python3
grid="-s sweep.model.scale=10,30 -s sweep.bootstrap.method=parametric-nb,residual,case"
few="-s bootstrap.replicates=20 -s forecast.draws=50"

# Options are separate words throughout.
# shellcheck disable=SC2086
{
    exits 0 "series" simulate -q -s simulate.models=40 -s simulate.organizations=4 -o series.csv
    exits 0 "a sweep of two settings" sweep series.csv -o sweep.nc $grid $few
    says err "combination 6 of 6" "the last combination is announced"
    absent "no journal is left" sweep.nc.journal sweep.nc.journal.sums
    for ranks in 2 3; do
        timeout 120 mpirun --oversubscribe -n $ranks "$program" sweep series.csv -q \
            -o "sweep$ranks.nc" $grid $few >log 2>&1
        result $? "runs on $ranks ranks"
    done
    for shard in 1 2 3 4; do
        exits 0 "shard $shard" sweep series.csv -q -o part$shard.nc --shard $shard/4 $grid $few
    done
    exits 0 "merge in any order" merge part3.nc part1.nc part4.nc part2.nc -o merged.nc
    "$python" "$source/tests/compare_outputs.py" sweep.nc sweep2.nc sweep3.nc merged.nc \
        >compared 2>&1
    result $? "the same bits on 1, 2 and 3 ranks and merged from shards"
    sed 's/^/# /' compared

    exits 0 "a fit with one combination's settings" fit series.csv -o fit.nc $few \
        -s model.scale=10 -s bootstrap.method=residual
    "$python" - >compared 2>&1 <<'PYTHON'
import numpy
import xarray

sweep = xarray.open_dataset("sweep.nc").sel(model_scale=10).isel(bootstrap_method=1)
fit = xarray.open_dataset("fit.nc")
for name in ("fitness", "immediacy", "longevity", "fitness_quantile", "forecast_count"):
    assert sweep[name].dims == fit[name].dims, name
    assert sweep[name].values.tobytes() == fit[name].values.tobytes(), name
whole = xarray.open_dataset("sweep.nc")
assert whole.fitness.dims == ("model_scale", "bootstrap_method", "model")
assert list(whole.setting_name.values) == ["model.scale", "bootstrap.method"]
# The bootstrap does not change the estimate: all variance of ln lambda is the scale's.
numpy.testing.assert_allclose(whole.first_order_share.values[0], [1, 0], atol=1e-12)
numpy.testing.assert_allclose(whole.total_share.values[0], [1, 0], atol=1e-12)
for scale in (10, 30):
    one = whole.spearman_correlation.values[0]
    assert numpy.allclose(one[:3, :3], 1) and numpy.allclose(one[3:, 3:], 1)
ok = (whole.fit_status == 0).all(["model_scale", "bootstrap_method"]) & (
    (whole.fit_flags.astype(int) & 1) == 0).all(["model_scale", "bootstrap_method"])
lam = whole.fitness.isel(bootstrap_method=0).values[:, ok.values]
elasticity = numpy.log(lam[1] / lam[0]) / numpy.log(3)
numpy.testing.assert_allclose(whole.scale_elasticity.values[ok.values], elasticity, rtol=1e-9)
assert int(whole.compared_model_count.values[0]) == int(ok.sum()) > 5
PYTHON
    result $? "bits of a single fit, shares, correlations and elasticity as they must be"
    sed 's/^/# /' compared
    "$python" "$source/tests/check_output.py" sweep.nc >checked 2>&1
    result $? "the output keeps the conventions"
    sed 's/^/# /' checked

    exits 0 "tables" show sweep.nc
    for title in settings models organizations; do
        grep -qix "$title" out
        result $? "a table of $title"
    done
    exits 0 "the most sensitive model" show sweep.nc --table models --models 1 --format csv
    [ "$(wc -l <out)" -eq 2 ] && grep -q '^1,' out
    result $? "a single row, of rank 1"
    exits 3 "no tables of a shard" show part1.nc

    exits 2 "nothing to vary" sweep series.csv -o none.nc
    exits 2 "an unknown key" sweep series.csv -o none.nc -s sweep.modle.scale=1
    exits 2 "a value out of range" sweep series.csv -o none.nc -s sweep.model.scale=1,-1
    says err "sweep" "it is said where"
    exits 2 "a setting that cannot vary" sweep series.csv -o none.nc -s sweep.run.chunk=1,2
    for shard in 0/4 5/4 1 x/2 1/; do
        exits 2 "--shard $shard" sweep series.csv -o none.nc $grid --shard $shard
    done
    exits 3 "a part is missing" merge part1.nc part2.nc part4.nc -o none.nc
    says err "part 3 of 4 is missing" "it is named"
    exits 3 "a part twice" merge part1.nc part1.nc -o none.nc
    exits 3 "not a part" merge part1.nc sweep.nc -o none.nc
    exits 0 "a part of another sweep" sweep series.csv -q -o other.nc --shard 2/4 $grid $few \
        -s run.seed=2
    exits 3 "parts of two sweeps" merge part1.nc other.nc part3.nc part4.nc -o none.nc
    says err "other.nc is a part of another sweep" "it is said which"
    absent "nothing is left of refused runs" none.nc none.nc.journal

    for file in scale bootstrap paper; do
        exits 0 "config/sweep-$file.ini" sweep series.csv -q -c "$source/config/sweep-$file.ini" \
            -o $file.nc -s bootstrap.replicates=5 -s forecast.draws=20
    done
}
finish
