/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the chart shows of a model, as numbers. A `choice` is what the reader chose: origin ("now" or
   the position of an origin of the backtest), horizon, and whether increments are shown. */
"use strict";

const EDGES = [0.025, 0.1, 0.9, 0.975];

function quantileIndex(run, p) {
  return run.quantiles.findIndex((q) => Math.abs(q - p) < 1e-9);
}

function lastCount(run, i) {
  const counts = run.models.observed[i];
  return counts.length ? counts[counts.length - 1] : 0;
}

// The forecast of model i from the chosen origin: {age, count, points of {ahead, value, edges,
// truth}}, or null.
function forecastOf(run, i, choice) {
  return choice.origin === "now" ? forecastFromNow(run, i, choice.horizon)
    : forecastFromPast(run, i, choice);
}

function forecastFromNow(run, i, most) {
  const median = run.models.forecast && run.models.forecast[i];
  if (!median) return null;
  const quantiles = run.models.forecast_q && run.models.forecast_q[i];
  const at = EDGES.map((p) => quantileIndex(run, p));
  const edges = (k) => (quantiles && at.every((p) => p >= 0) ? at.map((p) => quantiles[k][p]) : null);
  return {
    age: run.models.observed[i].length - 1,
    count: lastCount(run, i),
    points: run.horizons.map((h, k) => ({ ahead: h, value: median[k], edges: edges(k) }))
      .filter((p) => p.ahead <= most && p.value !== null),
  };
}

function backtestRows(run, i) {
  return (run.backtest && run.backtest.rows[i]) || [];
}

function forecastFromPast(run, i, choice) {
  const rows = backtestRows(run, i).filter((r) => r[0] === Number(choice.origin));
  if (!rows.length) return null;
  const points = rows.filter((r) => r[3] <= choice.horizon).map(([, , , ahead, value, truth, ...q]) => (
    { ahead, value, truth, edges: q.some((v) => v === null) ? null : q }));
  return { age: rows[0][1], count: rows[0][2], points };
}

// Columns of the rows below.
const AGE = 0, OBSERVED = 1, FIT = 2, FORECAST = 5;

function columnNames(run) {
  return [`age (${run.step}s)`, "observed", "fit", "fit 10%", "fit 90%", "forecast",
    "forecast 2.5%", "forecast 10%", "forecast 90%", "forecast 97.5%"];
}

// Rows [age, observed, fit, its 10% and 90%, forecast, its edges] by age; null where there is none.
function rowsOf(run, i, choice, withFit) {
  const counts = run.models.observed[i], rows = new Map();
  const row = (age) => {
    if (!rows.has(age)) rows.set(age, [age, ...Array(9).fill(null)]);
    return rows.get(age);
  };
  counts.forEach((count, age) => { row(age)[OBSERVED] = count; });
  if (withFit && run.statuses[run.models.status[i]] === "fitted") {
    const means = counts.map((_, age) => curve(run, i, age));
    const band = noiseBand(means, run.models.dispersion[i]);
    means.forEach((mean, age) => row(age).splice(FIT, 3, mean, ...band[age]));
  }
  const ahead = forecastOf(run, i, choice);
  if (ahead) {
    row(ahead.age).splice(FORECAST, 5, ahead.count, ...Array(4).fill(ahead.count));
    for (const p of ahead.points) {
      row(ahead.age + p.ahead).splice(FORECAST, 5, p.value, ...(p.edges || Array(4).fill(null)));
    }
  }
  const sorted = [...rows.values()].sort((a, b) => a[AGE] - b[AGE]);
  return choice.increments ? incrementsOf(sorted) : sorted;
}

// Counts per step between rows; intervals of sums say nothing of those of their differences.
function incrementsOf(rows) {
  const before = {};
  return rows.map((row) => {
    const flow = [row[AGE], ...Array(9).fill(null)];
    for (const k of [OBSERVED, FIT, FORECAST]) {
      if (row[k] === null) continue;
      const last = before[k];
      if (last) flow[k] = (row[k] - last[k]) / (row[AGE] - last[AGE]);
      before[k] = row;
    }
    return flow;
  }).filter((row) => row.slice(1).some((v) => v !== null));
}
