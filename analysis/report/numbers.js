/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers: the growth curve, its band, and how numbers are written. Nothing here knows the page. */
"use strict";

// Phi(z). Abramowitz and Stegun 7.1.26 is too coarse for curves on a logarithmic axis; this series
// and continued fraction (7.1.5, 7.1.14) give about 1e-14.
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
function curve(run, i, age) {
  const m = run.models;
  if (age <= 0) return 0;
  const z = (Math.log(age * run.unitOfStep) - m.immediacy[i]) / m.longevity[i];
  return run.scale * Math.expm1(number(m.fitness[i]) * normalDistribution(z));
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

// 1 month, 2 months.
function plural(count, unit) {
  return `${format(count)} ${unit}${count === 1 ? "" : "s"}`;
}

// For sorting texts, or numbers of which some are missing (NaN).
function compareValues(a, b) {
  if (typeof a === "string" || typeof b === "string") return String(a).localeCompare(String(b));
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(b) - Number.isNaN(a);
  return a === b ? 0 : a < b ? -1 : 1;
}

// A spreadsheet must not run what a cell says, and quotes are doubled.
function cell(value) {
  if (typeof value === "number") return Number.isNaN(value) ? "" : String(value);
  let text = value === null || value === undefined ? "" : String(value);
  if (/^[=+\-@\t\r\n]/.test(text)) text = "'" + text;
  return /[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
}

function csv(rows) {
  return rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}
