/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page: what the reader chooses, and what follows from it. */
"use strict";

const LISTED = 300;
const runs = JSON.parse(get("data").textContent);
let run = runs[0], chart = null, modelTable = null, organizationTable = null;
const state = { model: -1, compared: [] };

const lastHorizon = () => run.horizons[run.horizons.length - 1];
const isLogarithmic = () => get("axis").value === "log";
const shownModels = () => (state.compared.length ? [...new Set([...state.compared, state.model])]
  : [state.model]);

function choice() {
  return { origin: get("origin").value, horizon: Number(get("horizon").value),
    increments: get("show").value === "increment" };
}

function draw() {
  const shown = shownModels();
  const sets = chartSets(run, shown, choice(), isLogarithmic(), get("band").checked,
    get("fit").checked);
  if (chart) chart.destroy();
  chart = new Chart(get("chart"), { type: "line", data: { datasets: sets },
    options: chartOptions(run, choice(), isLogarithmic()) });
  get("chart").setAttribute("aria-label", "Chart of "
    + shown.map((i) => run.models.name[i]).join(", "));
  get("chart-text").textContent = summary();
  showNumbers(shown);
}

// The chart in a sentence or two, for those who cannot see it.
function summary() {
  const i = state.model, ahead = forecastOf(run, i, choice());
  const text = `${format(lastCount(run, i))} ${run.metric} after `
    + `${plural(Math.max(run.models.observed[i].length - 1, 0), run.step)}.`;
  if (!ahead || !ahead.points.length) {
    return text + (choice().origin === "now" ? "" : " No forecast was made from this origin.");
  }
  const p = ahead.points[ahead.points.length - 1];
  const known = p.truth !== undefined && p.truth !== null;
  return `${text} Forecast from ${run.step} ${ahead.age}, ${plural(p.ahead, run.step)} ahead: `
    + format(p.value) + (p.edges ? ` (80%: ${interval(p.edges[1], p.edges[2])})` : "")
    + (known ? `; it became ${format(p.truth)}.` : ".");
}

function numberRows(shown) {
  return shown.flatMap((i) => rowsOf(run, i, choice(), get("fit").checked)
    .map((row) => [run.models.name[i], ...row]));
}

function showNumbers(shown) {
  const names = columnNames(run), rows = numberRows(shown);
  if (shown.length > 1) showTable(get("numbers"), ["model", ...names], rows);
  else showTable(get("numbers"), names, rows.map((row) => row.slice(1)));
}

function showParameters() {
  const i = state.model, m = run.models;
  const range = (q) => (q && q[i] ? interval(q[i][quantileIndex(run, 0.025)],
    q[i][quantileIndex(run, 0.975)]) : "\u2013");
  const parameters = [["fitness", "relative fitness \u03bb"],
    ["immediacy", `immediacy \u03bc (ln ${run.timeUnit}s)`], ["longevity", "longevity \u03c3"],
    ["impact_time", `impact time (${run.timeUnit}s)`], ["ultimate_count", "ultimate count"]];
  const rows = parameters.map(([name, text]) => [text,
    isUnbounded(run, i) && name !== "longevity" ? "not determined" : format(m[name][i]),
    range(m[name + "_q"]), m["pooled_" + name] ? format(m["pooled_" + name][i]) : "\u2013",
    range(m["pooled_" + name + "_q"])]);
  showTable(get("parameters"), ["parameter", "fit", "bootstrap", "pooled", "posterior"], rows);
  fill(get("flags"), explain(run, i).map((text) => element("li", text)));
}

// The origins of the backtest, by how many points were known at each.
function showOrigins() {
  const before = get("origin").value, points = new Map();
  for (const [origin, known] of backtestRows(run, state.model)) points.set(origin, known + 1);
  const options = [element("option", `all ${run.models.observed[state.model].length}`,
    { value: "now" })];
  for (const [origin, count] of points) {
    options.push(element("option", `first ${count}`, { value: String(origin) }));
  }
  fill(get("origin"), options);
  get("origin").value = options.some((o) => o.value === before) ? before : "now";
}

function select(i, scroll) {
  state.model = i;
  const release = run.models.release[i];
  fill(get("name"), [element("bdi", run.models.name[i]), " (",
    element("bdi", run.organizations[run.models.organization[i]]),
    release ? `, released ${release})` : ")"]);
  get("model").value = String(i);
  showOrigins();
  showParameters();
  draw();
  if (scroll) get("explore").scrollIntoView();
}

function matching() {
  const wanted = get("organization").value, m = run.models;
  const words = get("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  return run.byCount.filter((i) => (wanted === "" || m.organization[i] === Number(wanted))
    && words.every((w) => m.name[i].toLowerCase().includes(w)));
}

function search() {
  const found = matching();
  fill(get("model"), found.slice(0, LISTED).map((i) => element("option", run.models.name[i],
    { value: String(i) })));
  get("matches").textContent = found.length === 0 ? "No model matches."
    : plural(found.length, "model") + (found.length > LISTED ? `, the ${LISTED} largest listed.` : ".");
  modelTable.most = 100;
  showModels();
  if (found.length && !found.includes(state.model)) select(found[0]);
  else if (found.length) get("model").value = String(state.model);
}

function showModels() {
  modelTable.show();
  get("more").hidden = modelTable.order.length <= modelTable.most;
}

function modelColumns() {
  const m = run.models, horizons = run.horizons.length;
  const bounded = (i, value) => (isUnbounded(run, i) ? Infinity : number(value));
  const columns = [
    ["model", (i) => m.name[i]],
    ["organization", (i) => run.organizations[m.organization[i]]],
    ["last count", (i) => lastCount(run, i)],
    [run.step + "s", (i) => Math.max(m.observed[i].length - 1, 0)],
    ["released", (i) => m.release[i] || ""],
    ["fitness", (i) => bounded(i, m.fitness[i])],
    [`impact time (${run.timeUnit}s)`, (i) => bounded(i, m.impact_time[i])],
    ["longevity", (i) => number(m.longevity[i])]];
  if (m.pooled_fitness) columns.push(["pooled fitness", (i) => number(m.pooled_fitness[i])]);
  if (m.forecast && horizons) {
    columns.push([`in ${plural(lastHorizon(), run.step)}`,
      (i) => (m.forecast[i] ? number(m.forecast[i][horizons - 1]) : NaN)]);
  }
  columns.push(["fit", (i) => run.statuses[m.status[i]].replaceAll("_", " ")]);
  return columns;
}

function organizationColumns() {
  const ahead = run.organizationForecast;
  const columns = [["organization", (k) => run.organizations[k]],
    ["models", (k) => run.organizationModels[k]], ["fitted", (k) => run.organizationFitted[k]],
    ["total", (k) => run.organizationTotal[k]]];
  if (ahead) {
    columns.push([`in ${plural(lastHorizon(), run.step)}`, (k) => number(ahead[k][1])],
      ["80% from", (k) => number(ahead[k][0])], ["to", (k) => number(ahead[k][2])]);
  }
  return columns;
}

// The last organization stands for all.
function pickOrganization(k) {
  return k === run.organizations.length - 1 ? null : () => {
    get("organization").value = String(k);
    get("search").value = "";
    search();
    get("explore").scrollIntoView();
  };
}

function showCompared() {
  fill(get("compared"), state.compared.map((i) => {
    const button = element("button", undefined, { type: "button",
      "aria-label": "Remove " + run.models.name[i] });
    button.append(element("bdi", run.models.name[i]), " \u00d7");
    button.addEventListener("click", () => {
      state.compared = state.compared.filter((k) => k !== i);
      showCompared();
      draw();
      get("compare").focus();
    });
    const item = element("li");
    item.append(button);
    return item;
  }));
}

function compare() {
  if (!state.compared.includes(state.model)) state.compared.push(state.model);
  showCompared();
  draw();
}

// Shows a run of the file; a model of the same name stays chosen.
function showRun(k) {
  const name = state.model >= 0 ? run.models.name[state.model] : null;
  run = runs[k];
  state.compared = [];
  state.model = -1;
  get("increments").textContent = `new per ${run.step}`;
  fill(get("organization"), [element("option", "all", { value: "" }),
    ...run.organizations.slice(0, -1).map((n, o) => element("option", n, { value: String(o) }))]);
  fill(get("horizon"), run.horizons.map((h) => element("option", plural(h, run.step),
    { value: String(h) })));
  if (run.horizons.length) get("horizon").value = String(lastHorizon());
  modelTable = new SortableTable(get("model-table"), modelColumns(), matching,
    (i) => () => select(i, true), 2);
  organizationTable = new SortableTable(get("organization-table"), organizationColumns(),
    () => run.organizations.map((_, o) => o), pickOrganization, 3);
  showCompared();
  search();
  const same = run.models.name.indexOf(name);
  if (same >= 0) select(same);
}

function start() {
  fill(get("metric"), runs.map((r, k) => element("option", r.metric, { value: String(k) })));
  get("pick").addEventListener("submit", (event) => event.preventDefault());
  get("metric").addEventListener("change", () => showRun(Number(get("metric").value)));
  get("organization").addEventListener("change", search);
  get("search").addEventListener("input", search);
  get("search").addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    get("model").focus();
    event.preventDefault();
  });
  get("model").addEventListener("change", () => select(Number(get("model").value)));
  for (const id of ["show", "axis", "origin", "horizon", "fit", "band"]) {
    get(id).addEventListener("change", draw);
  }
  get("compare").addEventListener("click", compare);
  get("more").addEventListener("click", () => { modelTable.most += 500; showModels(); });
  get("download").addEventListener("click", () => save("growcast-chart.csv",
    [["model", ...columnNames(run)], ...numberRows(shownModels())]));
  get("models-csv").addEventListener("click", () => save("growcast-models.csv",
    modelTable.csvRows()));
  get("organizations-csv").addEventListener("click", () => save("growcast-organizations.csv",
    organizationTable.csvRows()));
  showRun(0);
}

start();
