/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers and texts of the report: no page here. */
"use strict";

// Abramowitz and Stegun 7.1.26 is too coarse for curves on a logarithmic axis; this series and
// continued fraction (7.1.5, 7.1.14) give about 1e-14.
function normalDistribution(z) {
  const x = Math.abs(z) / Math.SQRT2;
  let tail;
  if (x < 2.5) {
    let term = x, sum = x;
    for (let n = 1; n < 80 && Math.abs(term) > 1e-17; n++) {
      term *= -x * x / n;
      sum += term / (2 * n + 1);
    }
    tail = 0.5 - sum / Math.sqrt(Math.PI);
  } else {
    let fraction = x;
    for (let k = 60; k > 0; k--) fraction = x + k / 2 / fraction;
    tail = Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction / 2;
  }
  return z > 0 ? 1 - tail : tail;
}

// c(t) = m (exp(lambda Phi((ln t - mu) / sigma)) - 1) of model i at an age in steps.
function curve(data, i, age) {
  const m = data.models;
  if (age <= 0) return 0;
  const z = (Math.log(age * data.unitOfStep) - m.immediacy[i]) / m.longevity[i];
  return data.scale * Math.expm1(number(m.fitness[i]) * normalDistribution(z));
}

// JSON has no infinity.
function number(value) {
  return value === "inf" ? Infinity : value === null || value === undefined ? NaN : value;
}

function format(value, digits = 3) {
  const x = number(value);
  if (Number.isNaN(x)) return "\u2013";
  if (x === Infinity) return "unbounded";
  if (Math.abs(x) >= 1e9) return x.toExponential(1).replace("e+", "e");
  if (Number.isInteger(x) || Math.abs(x) >= 1000) return Math.round(x).toLocaleString("en-US");
  return String(Number(x.toPrecision(digits)));
}

function interval(low, high) {
  if (Number.isNaN(number(low)) || Number.isNaN(number(high))) return "\u2013";
  return number(low) === Infinity ? "unbounded" : format(low) + " to " + format(high);
}

// Where 80% of counts fall if the curve and its dispersion r are right: increments with variance
// M + M^2/r, their sum taken as log-normal.
function noiseBand(means, dispersion) {
  const r = number(dispersion);
  let variance = 0, before = 0;
  return means.map((mean) => {
    const step = Math.max(mean - before, 0);
    before = mean;
    variance += step + (r > 0 && r < Infinity ? step * step / r : 0);
    if (!(mean > 0)) return [0, 0];
    const spread = Math.sqrt(Math.log1p(variance / (mean * mean)));
    const centre = Math.log(mean) - spread * spread / 2;
    return [Math.exp(centre - 1.2816 * spread), Math.exp(centre + 1.2816 * spread)];
  });
}

// What a reader must know about model i, in plain words.
function explain(data, i) {
  const m = data.models, count = m.observed[i].length, texts = [];
  const span = `${Math.max(count - 1, 0)} ${data.step}${count === 2 ? "" : "s"}`;
  const status = data.statuses[m.status[i]];
  const flag = (name) => (m.flags[i] & (data.flags[name] || 0)) !== 0;
  if (status === "all_zero") texts.push("Nothing was counted so far: there is nothing to fit.");
  if (status === "too_short") texts.push(`Only ${span} seen: too few for three parameters.`);
  if (status === "not_converged") texts.push("The fit found no minimum: there is no estimate.");
  if (status === "numerical_error") texts.push("The fit failed numerically: there is no estimate.");
  if (status === "fitted" && flag("fitness_unbounded")) {
    const low = m.fitness_q ? number(m.fitness_q[i][0]) : NaN;
    texts.push(`Fitness cannot be determined from ${span}: ` + (Number.isFinite(low)
      ? `between ${format(low, 2)} and unbounded.` : "the data set no upper bound."));
  }
  if (flag("at_bound")) texts.push("A parameter stands at the limit of the method: it says how far the search went.");
  if (flag("start_returned")) texts.push("Not fitted: the method returned the values that it started from.");
  if (flag("step_like")) texts.push(`A single ${data.step} holds most of the count: growth by one jump is not what the curve describes.`);
  if (flag("short_series") && status === "fitted") texts.push(`Short: only ${span} seen.`);
  if (flag("low_count") && status === "fitted") texts.push("Few counts: chance decides much of the shape.");
  if (flag("left_censored")) texts.push("Released before its first known date: its age is a lower limit.");
  if (flag("prior_only")) texts.push("The pooled parameters are those of a typical model: this one has no data of its own.");
  if (flag("grid_edge")) texts.push("The pooled parameters pile up at the edge of what was searched.");
  return texts;
}

// A spreadsheet must not run what a cell says, and quotes are doubled.
function cell(value) {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  let text = value === null || value === undefined ? "" : String(value);
  if (/^[=+\-@\t\r\n]/.test(text)) text = "'" + text;
  return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
}

function csv(rows) {
  return rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}
