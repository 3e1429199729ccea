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
    says err "6 combinations, with 2 priors, and 2 fits, 6 bootstraps and 2 forecasts of every model" \
        "what combinations have in common is done once"
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

    # Every part of the work, shared or not, in more than one pass; series that a window leaves out.
    { head -n 13 series.csv; echo "old/model$(printf ',%.0s' $(seq 31)),5,6,7,8,9,9,old,2022-06-01,"; } \
        >with_old.csv
    settings="fit.method=least-squares,negative-binomial hierarchy.random_walk=0,0.2
        hierarchy.min_count=3,30 input.observation_window=12,24,1000 run.seed=1,2"
    set --
    for setting in $settings; do
        set -- "$@" -s "sweep.$setting"
    done
    exits 0 "a sweep of five settings" sweep with_old.csv -o five.nc "$@" \
        -s bootstrap.replicates=5 -s forecast.draws=20 -s hierarchy.em_steps=3
    says err "pass 3 of 3" "in passes"
    exits 0 "a shard of it" sweep with_old.csv -q -o five1.nc "$@" --shard 1/2 \
        -s bootstrap.replicates=5 -s forecast.draws=20 -s hierarchy.em_steps=3
    "$program" sweep with_old.csv -q -o five2.nc "$@" --shard 2/2 -s bootstrap.replicates=5 \
        -s forecast.draws=20 -s hierarchy.em_steps=3 2>err &
    for _ in $(seq 600); do
        [ "$(stat -c %s five2.nc.journal 2>/dev/null || echo 0)" -lt 20000 ] || break
        sleep 0.1
    done
    kill -USR1 $!
    wait $!
    [ $? -eq 75 ]
    result $? "a shard that is stopped"
    exits 2 "another shard instead" sweep with_old.csv -q -o five2.nc "$@" --shard 1/2 --resume \
        -s bootstrap.replicates=5 -s forecast.draws=20 -s hierarchy.em_steps=3
    says err "part = 2/2" "is refused"
    exits 0 "resumed" sweep with_old.csv -q -o five2.nc "$@" --shard 2/2 --resume \
        -s bootstrap.replicates=5 -s forecast.draws=20 -s hierarchy.em_steps=3
    exits 0 "merged" merge five1.nc five2.nc -o five_merged.nc
    "$python" "$source/tests/compare_outputs.py" five.nc five_merged.nc >compared 2>&1
    result $? "the same bits"
    sed 's/^/# /' compared
    number=0
    for single in "0 0 0 0 0 least-squares 0 3 12 1" "1 1 1 1 1 negative-binomial 0.2 30 24 2" \
        "1 0 1 2 0 negative-binomial 0 30 1000 1" "0 1 0 1 1 least-squares 0.2 3 24 2"; do
        # shellcheck disable=SC2086
        set -- $single
        number=$((number + 1))
        exits 0 "a fit with settings $6 $7 $8 $9 ${10}" fit with_old.csv -q -o single$number.nc \
            -s bootstrap.replicates=5 -s forecast.draws=20 -s hierarchy.em_steps=3 \
            -s fit.method="$6" -s hierarchy.random_walk="$7" -s hierarchy.min_count="$8" \
            -s input.observation_window="$9" -s run.seed="${10}"
        "$python" - "$number" "$@" >compared 2>&1 <<'PYTHON'
import sys

import numpy
import xarray

number, *place = sys.argv[1:7]
place = [int(word) for word in place]
sweep = xarray.open_dataset("five.nc", decode_timedelta=False).isel(
    fit_method=place[0], hierarchy_random_walk=place[1], hierarchy_min_count=place[2],
    input_observation_window=place[3], run_seed=place[4])
fit = xarray.open_dataset(f"single{number}.nc", decode_timedelta=False)
seen = numpy.isin(sweep.model_name.values, fit.model_name.values)
assert seen.sum() == fit.sizes["model"] and (~seen).sum() == (place[3] < 2), seen.sum()
for name in ("fit_status", "fit_flags", "fitness", "immediacy", "longevity", "ultimate_count",
             "fitness_quantile", "pooled_fitness", "forecast_count"):
    # xarray reads integers with missing values as real numbers.
    values = sweep[name].values
    assert values[seen].astype(fit[name].dtype).tobytes() == fit[name].values.tobytes(), name
    assert numpy.isnan(values[~seen].astype(float)).all(), name
PYTHON
        result $? "the sweep has its bits"
        sed 's/^/# /' compared
    done

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
    cp part1.nc day.nc
    "$python" -c 'import netCDF4
with netCDF4.Dataset("day.nc", "a") as part:
    part["release_date"][0] = 2147483647'
    exits 3 "a release that is no date" merge day.nc part2.nc part3.nc part4.nc -o none.nc
    says err "release_date: no day" "the variable is named"
    absent "nothing is left of refused runs" none.nc none.nc.journal

    for file in scale window bootstrap paper; do
        exits 0 "config/sweep-$file.ini" sweep series.csv -q -c "$source/config/sweep-$file.ini" \
            -o $file.nc -s bootstrap.replicates=5 -s forecast.draws=20
    done
}
finish
