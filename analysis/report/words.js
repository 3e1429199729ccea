/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words: what a reader must know about a model. */
"use strict";

const STATUS_WORDS = {
  all_zero: () => "Nothing was counted so far: there is nothing to fit.",
  too_short: (span) => `Only ${span} seen: too few for three parameters.`,
  not_converged: () => "The fit found no minimum: there is no estimate.",
  numerical_error: () => "The fit failed numerically: there is no estimate.",
};

// Flags that hold whatever the status is.
const FLAG_WORDS = {
  at_bound: () => "A parameter stands at the limit of the method: it says how far the search went.",
  start_returned: () => "Not fitted: the method returned the values that it started from.",
  step_like: (step) => `A single ${step} holds most of the count: growth by one jump is not what the`
    + " curve describes.",
  left_censored: () => "Released before its first known date: its age is a lower limit.",
  prior_only: () => "The pooled parameters are those of a typical model: this one has no data of its"
    + " own.",
  grid_edge: () => "The pooled parameters pile up at the edge of what was searched.",
};

function hasFlag(run, i, name) {
  return (run.models.flags[i] & (run.flags[name] || 0)) !== 0;
}

// Where the data set no upper bound on fitness, the search's end is not an estimate.
function isUnbounded(run, i) {
  return hasFlag(run, i, "fitness_unbounded");
}

// Texts about model i, the most important first.
function explain(run, i) {
  const m = run.models, status = run.statuses[m.status[i]], fitted = status === "fitted";
  const span = plural(Math.max(m.observed[i].length - 1, 0), run.step);
  const texts = [];
  if (STATUS_WORDS[status]) texts.push(STATUS_WORDS[status](span));
  if (fitted && isUnbounded(run, i)) {
    const low = m.fitness_q && m.fitness_q[i] ? number(m.fitness_q[i][0]) : NaN;
    texts.push(`Fitness cannot be determined from ${span}: ` + (Number.isFinite(low)
      ? `between ${format(low, 2)} and unbounded.` : "the data set no upper bound."));
  }
  for (const [flag, words] of Object.entries(FLAG_WORDS)) {
    if (hasFlag(run, i, flag)) texts.push(words(run.step));
  }
  if (fitted && hasFlag(run, i, "short_series")) texts.push(`Short: only ${span} seen.`);
  if (fitted && hasFlag(run, i, "low_count")) {
    texts.push("Few counts: chance decides much of the shape.");
  }
  return texts;
}

// A name between characters that keep the direction of its writing from what stands beside it.
function isolate(name) {
  return "\u2068" + name + "\u2069";
}

function shorten(name, most = 40) {
  return name.length <= most ? name : name.slice(0, most - 13) + "\u2026" + name.slice(-12);
}
