/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page: choices, chart, tables. Texts from the data enter by textContent only. */
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const models = data.models;
const colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#1a1a1a"];
const get = (id) => document.getElementById(id);
const state = { model: -1, compared: [], rows: 100, sort: { column: 2, down: true }, order: [] };

function element(tag, text, attributes = {}) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

function fill(parent, children) {
  parent.replaceChildren(...children);
}

function last(i) {
  const counts = models.observed[i];
  return counts.length ? counts[counts.length - 1] : 0;
}

const quantileIndex = (p) => data.quantiles.findIndex((q) => Math.abs(q - p) < 1e-9);

// The forecast of model i shown now: start, and for each horizon median and edges.
function forecast(i) {
  const most = Number(get("horizon").value), origin = get("origin").value;
  if (origin !== "now" && data.backtest) {
    const rows = (data.backtest.rows[i] || []).filter((r) => r[0] === Number(origin));
    if (!rows.length) return null;
    return { age: rows[0][1], count: rows[0][2], points: rows.filter((r) => r[3] <= most).map((r) => (
      { ahead: r[3], value: r[4], truth: r[5], edges: r.slice(6).some((v) => v === null) ? null : r.slice(6) })) };
  }
  if (!models.forecast || models.forecast[i] === null) return null;
  const q = models.forecast_q && models.forecast_q[i];
  const at = [0.025, 0.1, 0.9, 0.975].map(quantileIndex);
  return { age: models.observed[i].length - 1, count: last(i), points: data.horizons.map((h, k) => (
    { ahead: h, value: models.forecast[i][k], edges: q && at.every((p) => p >= 0) ? at.map((p) => q[k][p]) : null }))
    .filter((p) => p.ahead <= most && p.value !== null) };
}

// Everything the chart shows of a model, as rows [age, observed, fit, low, high, forecast, 2.5%, 10%,
// 90%, 97.5%]; increments are differences of counts per step.
function rowsOf(i) {
  const counts = models.observed[i], rows = new Map();
  const row = (age) => rows.get(age) || rows.set(age, [age, ...Array(9).fill(null)]).get(age);
  counts.forEach((c, age) => { row(age)[1] = c; });
  if (data.statuses[models.status[i]] === "fitted" && get("fit").checked) {
    const means = counts.map((_, age) => curve(data, i, age));
    const band = noiseBand(means, models.dispersion[i]);
    means.forEach((c, age) => { row(age)[2] = c; [row(age)[3], row(age)[4]] = band[age]; });
  }
  const ahead = forecast(i);
  if (ahead) {
    row(ahead.age).splice(5, 5, ahead.count, ...Array(4).fill(ahead.count));
    for (const p of ahead.points) row(ahead.age + p.ahead).splice(5, 5, p.value, ...(p.edges || Array(4).fill(null)));
  }
  const sorted = [...rows.values()].sort((a, b) => a[0] - b[0]);
  return get("metric").value === "increment" ? increments(sorted, ahead) : sorted;
}

function increments(rows, ahead) {
  const result = [];
  let before = rows[0], start = null;
  for (const row of rows) {
    const step = row[0] - before[0];
    const flow = [row[0], ...Array(9).fill(null)];
    if (step > 0) {
      for (const k of [1, 2]) if (row[k] !== null && before[k] !== null) flow[k] = (row[k] - before[k]) / step;
      if (start && row[5] !== null) {
        flow[5] = (row[5] - start[5]) / (row[0] - start[0]);
      }
    }
    if (row[5] !== null) start = row;
    before = row;
    result.push(flow);
  }
  return ahead ? result : result.filter((row) => row[1] !== null);
}

const heads = () => [`age (${data.step}s)`, "observed", "fit", "fit 10%", "fit 90%", "forecast", "forecast 2.5%",
  "forecast 10%", "forecast 90%", "forecast 97.5%"];

function datasets(i, colour, alone) {
  const rows = rowsOf(i), log = get("axis").value === "log", name = models.name[i];
  const line = (k) => rows.filter((r) => r[k] !== null).map((r) => ({ x: r[0], y: log && r[k] <= 0 ? NaN : r[k] }));
  const base = { pointRadius: 0, pointStyle: "line", borderWidth: 2, tension: 0, spanGaps: false };
  const own = alone ? "" : name + ": ";
  const sets = [{ ...base, label: own + "observed", data: line(1), borderColor: colour, backgroundColor: colour,
    showLine: !alone, pointStyle: "circle", pointRadius: alone ? 3 : 2, borderWidth: 1 }];
  const edge = (low, high, label, fillColour) => {
    sets.push({ ...base, label: "", data: line(low), borderWidth: 0, borderColor: "transparent" },
      { ...base, label, data: line(high), pointStyle: "rect", borderWidth: 0, borderColor: "transparent", backgroundColor: fillColour, fill: "-1" });
  };
  if (alone) {
    sets.push({ ...base, label: "fit", data: line(2), borderColor: colours[0] });
    if (get("band").checked) {
      edge(3, 4, "80% of counts under the fit", "rgba(0,114,178,.16)");
      edge(6, 9, "95% of forecasts", "rgba(213,94,0,.13)");
      edge(7, 8, "80% of forecasts", "rgba(213,94,0,.25)");
    }
  }
  sets.push({ ...base, label: own + "forecast", data: line(5), borderColor: alone ? colours[1] : colour, borderDash: [6, 4] });
  return sets.filter((s) => s.label === "" || s.data.length);
}

let chart = null;
function draw() {
  const shown = shownModels(), alone = shown.length === 1;
  const sets = shown.flatMap((i, k) => datasets(i, alone ? "#1a1a1a" : colours[k % colours.length], alone));
  const options = {
    animation: false, responsive: true, maintainAspectRatio: false, parsing: false,
    interaction: { mode: "nearest", axis: "x", intersect: false },
    scales: {
      x: { type: "linear", title: { display: true, text: `age since release (${data.step}s)` }, min: 0 },
      y: { type: get("axis").value === "log" ? "logarithmic" : "linear", beginAtZero: true,
        title: { display: true, text: (get("metric").value === "increment" ? `new ${data.metric} per ${data.step}` : `cumulative ${data.metric}`) },
        ticks: { callback: (v) => (get("axis").value === "log" && !/^[125]/.test(String(v)) ? "" : Number(v).toLocaleString("en-US")) } },
    },
    plugins: {
      legend: { labels: { filter: (item) => item.text !== "", usePointStyle: true, boxHeight: 6, pointStyleWidth: 22 } },
      tooltip: { filter: (item) => item.dataset.label !== "",
        callbacks: { title: (items) => (items.length ? `${items[0].parsed.x} ${data.step}s` : "") , label: (item) => `${item.dataset.label}: ${format(item.parsed.y)}` } },
    },
  };
  if (chart) chart.destroy();
  chart = new Chart(get("chart"), { type: "line", data: { datasets: sets }, options });
  get("chart").setAttribute("aria-label", "Chart of " + shown.map((i) => models.name[i]).join(", "));
  describe(shown);
}

const shownModels = () => (state.compared.length ? [...new Set([...state.compared, state.model])] : [state.model]);

function describe(shown) {
  const i = state.model, ahead = forecast(i);
  let text = `${format(last(i))} ${data.metric} after ${Math.max(models.observed[i].length - 1, 0)} ${data.step}s.`;
  if (ahead && ahead.points.length) {
    const p = ahead.points[ahead.points.length - 1];
    text += ` Forecast from ${data.step} ${ahead.age}, ${p.ahead} ${data.step}s ahead: ${format(p.value)}`
      + (p.edges ? ` (80%: ${interval(p.edges[1], p.edges[2])})` : "")
      + (p.truth !== undefined && p.truth !== null ? `; it became ${format(p.truth)}` : "") + ".";
  } else if (get("origin").value !== "now") text += " No forecast was made from this origin.";
  get("chart-text").textContent = text;
  fill(get("numbers").tHead, [headRow(shown.length > 1 ? ["model", ...heads()] : heads())]);
  const rows = shown.flatMap((m) => rowsOf(m).map((r) => (shown.length > 1 ? [models.name[m], ...r] : r)));
  fill(get("numbers").tBodies[0], rows.map((r) => bodyRow(r.map((v) => (typeof v === "string" ? v : format(v))))));
}

function headRow(names) {
  const row = element("tr");
  names.forEach((n) => row.append(element("th", n, { scope: "col" })));
  return row;
}

function bodyRow(values) {
  const row = element("tr");
  values.forEach((v, k) => row.append(element(k ? "td" : "th", v, k ? {} : { scope: "row" })));
  return row;
}

function showParameters() {
  const i = state.model, rows = [], edge = [quantileIndex(0.025), quantileIndex(0.975)];
  const range = (q) => (q && q[i] && edge.every((k) => k >= 0) ? interval(q[i][edge[0]], q[i][edge[1]]) : "\u2013");
  const unbounded = models.flags[i] & (data.flags.fitness_unbounded || 0);
  for (const [name, text] of [["fitness", "relative fitness \u03bb"], ["immediacy", `immediacy \u03bc (ln ${data.timeUnit}s)`],
    ["longevity", "longevity \u03c3"], ["impact_time", `impact time (${data.timeUnit}s)`], ["ultimate_count", "ultimate count"]]) {
    const value = unbounded && name !== "longevity" ? "not determined" : format(models[name][i]);
    rows.push([text, value, range(models[name + "_q"]),
      models["pooled_" + name] ? format(models["pooled_" + name][i]) : "\u2013", range(models["pooled_" + name + "_q"])]);
  }
  fill(get("parameters").tHead, [headRow(["parameter", "fit", "bootstrap", "pooled", "posterior"])]);
  fill(get("parameters").tBodies[0], rows.map(bodyRow));
  fill(get("flags"), explain(data, i).map((t) => element("li", t)));
}

function originChoices() {
  const i = state.model, before = get("origin").value;
  const options = [element("option", `all ${models.observed[i].length}`, { value: "now" })];
  for (const k of new Set(((data.backtest && data.backtest.rows[i]) || []).map((r) => r[0]))) {
    const known = data.backtest.rows[i].find((r) => r[0] === k)[1];
    options.push(element("option", `first ${known + 1}`, { value: String(k) }));
  }
  fill(get("origin"), options);
  get("origin").value = options.some((o) => o.value === before) ? before : "now";
}

function select(i, scroll) {
  state.model = i;
  get("name").textContent = `${models.name[i]} (${data.organizations[models.organization[i]]}`
    + (models.release[i] ? `, released ${models.release[i]})` : ")");
  get("model").value = String(i);
  originChoices();
  showParameters();
  draw();
  if (scroll) get("explore").scrollIntoView();
}

function matching() {
  const wanted = get("organization").value, words = get("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  return data.byCount.filter((i) => (wanted === "" || models.organization[i] === Number(wanted))
    && words.every((w) => models.name[i].toLowerCase().includes(w)));
}

function search() {
  const found = matching(), options = found.slice(0, 300).map((i) => element("option", models.name[i], { value: String(i) }));
  fill(get("model"), options);
  get("matches").textContent = found.length === 0 ? "No model matches." : `${format(found.length)} model${found.length === 1 ? "" : "s"}`
    + (found.length > 300 ? ", the 300 largest listed." : ".");
  state.rows = 100;
  showModels();
  if (found.length && !found.includes(state.model)) select(found[0]);
  else if (found.length) get("model").value = String(state.model);
}

function showCompared() {
  fill(get("compared"), state.compared.map((i) => {
    const button = element("button", models.name[i] + " \u00d7", { type: "button", "aria-label": "Remove " + models.name[i] });
    button.addEventListener("click", () => { state.compared = state.compared.filter((k) => k !== i); showCompared(); draw(); get("compare").focus(); });
    const item = element("li");
    item.append(button);
    return item;
  }));
}

// On the ridge where the data set no upper bound on fitness, the search's end is not an estimate.
const bounded = (i, value) => (models.flags[i] & (data.flags.fitness_unbounded || 0) ? Infinity : number(value));

const modelColumns = [
  ["model", (i) => models.name[i]], ["organization", (i) => data.organizations[models.organization[i]]],
  ["last count", last], [data.step + "s", (i) => models.observed[i].length - 1], ["released", (i) => models.release[i] || ""],
  ["fitness", (i) => bounded(i, models.fitness[i])],
  [`impact time (${data.timeUnit}s)`, (i) => bounded(i, models.impact_time[i])], ["longevity", (i) => number(models.longevity[i])],
  ...(models.pooled_fitness ? [["pooled fitness", (i) => number(models.pooled_fitness[i])]] : []),
  ...(models.forecast ? [[`in ${data.horizons[data.horizons.length - 1]} ${data.step}s`,
    (i) => (models.forecast[i] ? number(models.forecast[i][data.horizons.length - 1]) : NaN)]] : []),
  ["fit", (i) => data.statuses[models.status[i]].replaceAll("_", " ")],
];

function compareValues(a, b) {
  if (typeof a === "string" || typeof b === "string") return String(a).localeCompare(String(b));
  return Number.isNaN(a) ? (Number.isNaN(b) ? 0 : -1) : Number.isNaN(b) ? 1 : a === b ? 0 : a < b ? -1 : 1;
}

function sortedBy(items, value, down) {
  return items.map((i) => [i, value(i)]).sort((a, b) => (down ? -1 : 1) * compareValues(a[1], b[1])).map((p) => p[0]);
}

function sortableHead(table, columns, sort, again) {
  const row = element("tr");
  columns.forEach(([name], k) => {
    const button = element("button", name, { type: "button" });
    button.addEventListener("click", () => {
      sort.down = sort.column === k ? !sort.down : typeof columns[k][1](0) === "number";
      sort.column = k;
      again();
      table.tHead.querySelectorAll("button")[k].focus();
    });
    const head = element("th", undefined, { scope: "col" });
    if (sort.column === k) head.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
    head.append(button);
    row.append(head);
  });
  fill(table.tHead, [row]);
}

function showModels() {
  const table = get("model-table");
  sortableHead(table, modelColumns, state.sort, showModels);
  state.order = sortedBy(matching(), modelColumns[state.sort.column][1], state.sort.down);
  fill(table.tBodies[0], state.order.slice(0, state.rows).map((i) => {
    const row = bodyRow(modelColumns.map(([, value]) => { const v = value(i); return typeof v === "string" ? v : format(v); }));
    const button = element("button", models.name[i], { type: "button", class: "link" });
    button.addEventListener("click", () => select(i, true));
    row.cells[0].replaceChildren(button);
    return row;
  }));
  get("more").hidden = state.order.length <= state.rows;
}

const organizationSort = { column: 3, down: true };
const organizationColumns = [
  ["organization", (k) => data.organizations[k]], ["models", (k) => data.organizationModels[k]],
  ["fitted", (k) => data.organizationFitted[k]], ["total", (k) => data.organizationTotal[k]],
  ...(data.organizationForecast ? [
    [`in ${data.horizons[data.horizons.length - 1]} ${data.step}s`, (k) => number(data.organizationForecast[k][1])],
    ["80% from", (k) => number(data.organizationForecast[k][0])], ["to", (k) => number(data.organizationForecast[k][2])]] : []),
];

function showOrganizations() {
  const table = get("organization-table");
  sortableHead(table, organizationColumns, organizationSort, showOrganizations);
  const order = sortedBy(data.organizations.map((_, k) => k), organizationColumns[organizationSort.column][1], organizationSort.down);
  fill(table.tBodies[0], order.map((k) => {
    const row = bodyRow(organizationColumns.map(([, value]) => { const v = value(k); return typeof v === "string" ? v : format(v); }));
    if (k < data.organizations.length - 1) {
      const button = element("button", data.organizations[k], { type: "button", class: "link" });
      button.addEventListener("click", () => { get("organization").value = String(k); get("search").value = ""; search(); get("explore").scrollIntoView(); });
      row.cells[0].replaceChildren(button);
    }
    return row;
  }));
}

function save(name, rows) {
  const link = element("a", "", { download: name });
  link.href = URL.createObjectURL(new Blob([csv(rows)], { type: "text/csv" }));
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function start() {
  fill(get("organization"), [element("option", "all", { value: "" }),
    ...data.organizations.slice(0, -1).map((name, k) => element("option", name, { value: String(k) }))]);
  fill(get("horizon"), data.horizons.map((h) => element("option", `${h} ${data.step}${h === 1 ? "" : "s"}`, { value: String(h) })));
  if (data.horizons.length) get("horizon").value = String(data.horizons[data.horizons.length - 1]);
  get("pick").addEventListener("submit", (event) => event.preventDefault());
  get("organization").addEventListener("change", search);
  get("search").addEventListener("input", search);
  get("search").addEventListener("keydown", (event) => { if (event.key === "ArrowDown") { get("model").focus(); event.preventDefault(); } });
  get("model").addEventListener("change", () => select(Number(get("model").value)));
  for (const id of ["metric", "axis", "origin", "horizon", "fit", "band"]) get(id).addEventListener("change", draw);
  get("compare").addEventListener("click", () => {
    if (!state.compared.includes(state.model)) state.compared.push(state.model);
    showCompared();
    draw();
  });
  get("download").addEventListener("click", () => save("growcast-chart.csv",
    [["model", ...heads()], ...shownModels().flatMap((i) => rowsOf(i).map((r) => [models.name[i], ...r]))]));
  get("models-csv").addEventListener("click", () => save("growcast-models.csv",
    [modelColumns.map((c) => c[0]), ...state.order.map((i) => modelColumns.map((c) => c[1](i)))]));
  get("organizations-csv").addEventListener("click", () => save("growcast-organizations.csv",
    [organizationColumns.map((c) => c[0]), ...data.organizations.map((_, k) => organizationColumns.map((c) => c[1](k)))]));
  get("more").addEventListener("click", () => { state.rows += 500; showModels(); });
  search();
  showOrganizations();
}

start();
