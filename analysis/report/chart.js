/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chart of one model, or of several in comparison, by Chart.js. */
"use strict";

// Okabe and Ito (2008): colour-blind readers tell them apart.
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#1a1a1a"];
const BASE = { pointRadius: 0, pointStyle: "line", borderWidth: 2, tension: 0, spanGaps: false };

function pointsOf(rows, k, logarithmic) {
  return rows.filter((row) => row[k] !== null)
    .map((row) => ({ x: row[AGE], y: logarithmic && row[k] <= 0 ? NaN : row[k] }));
}

function observedSet(points, label, colour, alone) {
  return { ...BASE, label, data: points, borderColor: colour, backgroundColor: colour,
    showLine: !alone, pointStyle: "rectRot", pointRadius: alone ? 4 : 2, borderWidth: 1 };
}

// Two lines without a border, the upper one filled down to the lower one, which has no label.
function bandSets(low, high, label, colour) {
  const edge = { ...BASE, borderWidth: 0, borderColor: "transparent" };
  return [{ ...edge, label: "", data: low },
    { ...edge, label, data: high, pointStyle: "rect", backgroundColor: colour, fill: "-1" }];
}

// The fitted curve between the rows too, where these are few.
function fitPoints(run, i, rows, choice, logarithmic) {
  const ends = rows.filter((row) => row[FIT] !== null);
  if (choice.increments || ends.length > 60) return pointsOf(rows, FIT, logarithmic);
  const ages = ends.flatMap(([age], k) => (k ? [age - 0.75, age - 0.5, age - 0.25, age] : [age]));
  return pointsOf(ages.map((age) => [age, curve(run, i, age)]), 1, logarithmic);
}

function setsOfOne(run, i, rows, choice, logarithmic, bands) {
  const points = (k) => pointsOf(rows, k, logarithmic);
  const sets = [observedSet(points(OBSERVED), "observed", "#1a1a1a", true),
    { ...BASE, label: "fit", data: fitPoints(run, i, rows, choice, logarithmic),
      borderColor: COLOURS[0] }];
  if (bands) {
    sets.push(
      ...bandSets(points(FIT + 1), points(FIT + 2), "80% of counts under the fit",
        "rgba(0,114,178,.16)"),
      ...bandSets(points(FORECAST + 1), points(FORECAST + 4), "95% of forecasts",
        "rgba(213,94,0,.13)"),
      ...bandSets(points(FORECAST + 2), points(FORECAST + 3), "80% of forecasts",
        "rgba(213,94,0,.25)"));
  }
  sets.push({ ...BASE, label: "forecast", data: points(FORECAST), borderColor: COLOURS[1],
    borderDash: [6, 4] });
  return sets;
}

function setsOfMany(rows, logarithmic, name, colour) {
  const label = isolate(shorten(name, 28));
  return [
    observedSet(pointsOf(rows, OBSERVED, logarithmic), label + ": observed", colour, false),
    { ...BASE, label: label + ": forecast", data: pointsOf(rows, FORECAST, logarithmic),
      borderColor: colour, borderDash: [6, 4] }];
}

// All lines of the models shown; those without points only if another is filled down to them.
function chartSets(run, shown, choice, logarithmic, bands, withFit) {
  const alone = shown.length === 1;
  return shown.flatMap((i, k) => {
    const rows = rowsOf(run, i, choice, withFit);
    return alone ? setsOfOne(run, i, rows, choice, logarithmic, bands)
      : setsOfMany(rows, logarithmic, run.models.name[i], COLOURS[k % COLOURS.length]);
  }).filter((set) => set.label === "" || set.data.length);
}

function chartOptions(run, choice, logarithmic) {
  const what = choice.increments ? `new ${run.metric} per ${run.step}` : `cumulative ${run.metric}`;
  // Of a logarithmic axis' ticks only 1, 2 and 5 of each decade have room.
  const tick = (value) => (logarithmic && !/^[125]/.test(String(value)) ? ""
    : Number(value).toLocaleString("en-US"));
  return {
    animation: false, responsive: true, maintainAspectRatio: false, parsing: false,
    interaction: { mode: "nearest", axis: "x", intersect: false },
    scales: {
      x: { type: "linear", min: 0, title: { display: true, text: `age since release (${run.step}s)` } },
      y: { type: logarithmic ? "logarithmic" : "linear", beginAtZero: true,
        title: { display: true, text: what }, ticks: { callback: tick } },
    },
    plugins: {
      legend: { labels: { filter: (item) => item.text !== "", usePointStyle: true, boxHeight: 6,
        pointStyleWidth: 22 } },
      tooltip: { filter: (item) => item.dataset.label !== "", callbacks: {
        title: (items) => (items.length ? plural(items[0].parsed.x, run.step) : ""),
        label: (item) => `${item.dataset.label}: ${format(item.parsed.y)}`,
      } },
    },
  };
}
