# SPDX-License-Identifier: GPL-3.0-or-later
"""What the report's page knows of a run, as plain lists and numbers for JSON."""
import json
import math

import numpy

PARAMETERS = ("fitness", "immediacy", "longevity", "impact_time", "ultimate_count")
SHOWN_METHOD = "hierarchical"


def page_data(run, past=None):
    """Everything of a run, with the forecasts from past origins if there is a backtest."""
    order = numpy.argsort(-run.final, kind="stable")
    data = {"metric": run.metric, "step": run.step, "timeUnit": run.time_unit,
            "unitOfStep": run.unit_of_step, "scale": run.scale,
            "horizons": column(run["horizon"]), "quantiles": column(run["quantile"]),
            "statuses": run.data["fit_status"].attrs["flag_meanings"].split(), "flags": run.flag_masks(),
            "byCount": order.tolist(), "models": model_data(run), **organization_data(run)}
    if past is not None:
        data["backtest"] = backtest_data(run, past)
    return data


def plain(value, digits=4):
    """A number for JSON: short, null where missing, "inf" where infinite."""
    value = float(value)
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "inf"
    if value == int(value) and abs(value) < 2 ** 53:
        return int(value)
    return float(f"{value:.{digits}g}")


def column(values):
    return [plain(v) for v in values]


def table(values):
    """Rows of numbers; null for a row without any."""
    return [column(row) if numpy.isfinite(row).any() else None for row in values]


def model_data(run):
    date = run["release_date"].astype("datetime64[D]")
    seen = numpy.isfinite(run.observed).any(1)
    data = {
        "name": run.names,
        "organization": run.organization.tolist(),
        "release": [None if numpy.isnat(d) else str(d) for d in date],
        "observed": [[plain(c, 7) for c in row[: k + 1]] if known else []
                     for row, k, known in zip(run.observed, run.last, seen)],
        "status": run["fit_status"].astype(int).tolist(),
        "flags": run["fit_flags"].astype(int).tolist(),
        "dispersion": column(run["dispersion"]),
    }
    for name in PARAMETERS:
        # On the ridge the curve depends on many digits.
        data[name] = [plain(v, 10) for v in run[name]]
        if "pooled_" + name in run:
            data["pooled_" + name] = column(run["pooled_" + name])
    for name in (*PARAMETERS, *("pooled_" + p for p in PARAMETERS)):
        if name + "_quantile" in run:
            data[name + "_q"] = quantile_table(run[name + "_quantile"])
    if "forecast_count" in run:
        data["forecast"] = table(run["forecast_count"])
    if "forecast_quantile" in run:
        data["forecast_q"] = [[column(row) for row in model] if numpy.isfinite(model).any() else None
                              for model in run["forecast_quantile"]]
    return data


def quantile_table(values):
    """Rows of quantiles; null for a row where all are missing."""
    return [None if numpy.isnan(row).all() else column(row) for row in values]


def organization_data(run):
    total = numpy.bincount(run.organization, run.final, len(run.organizations))
    total[-1] = run.final.sum()
    data = {"organizations": run.organizations,
            "organizationModels": column(run["organization_model_count"]),
            "organizationFitted": column(run["organization_fitted_count"]),
            "organizationTotal": column(total)}
    if "organization_forecast_quantile" in run:
        values = run["organization_forecast_quantile"][:, -1]
        places = [run.quantile_index(p) for p in (0.1, 0.5, 0.9)]
        data["organizationForecast"] = [column(row[places]) for row in values]
    return data


def backtest_data(run, past):
    """Forecasts from past origins by model: [origin, known steps, last count, steps ahead, median,
    truth, 2.5%, 10%, 90%, 97.5%]."""
    place = {name: i for i, name in enumerate(run.names)}
    names = past.text("model_name")
    method = SHOWN_METHOD if SHOWN_METHOD in past.methods else past.methods[0]
    edges = [past.quantile_index(p) for p in (0.025, 0.1, 0.9, 0.975)]
    quantiles = past["forecast_quantile"]
    known, last = past["forecast_known_increments"], past["forecast_last_count"]
    horizon = past["horizon"]
    rows = {}
    for k in numpy.flatnonzero(past.of(method)):
        model = place.get(names[past.target[k]])
        if model is None:
            continue
        rows.setdefault(model, []).append(
            [int(past.origin_index[k]), plain(known[k]), plain(last[k], 7),
             plain(horizon[past.horizon_index[k]]), plain(past.value[k], 7),
             plain(past.truth[k], 7), *(plain(quantiles[k, e]) for e in edges)])
    return {"method": method, "rows": rows}


def script_json(data):
    """JSON that is safe inside a script element: no tag, comment or line separator can begin."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
