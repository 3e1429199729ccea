/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Everything that is done to one model: point estimate, bootstrap, posterior, forecast, and its
 * part of the organizations' sums. One rank's workspaces; no communication in here.
 *
 *     rank 0:      analysis_plan_make(), analysis_plan_pack() -> bytes to every rank
 *     every rank:  analysis_plan_unpack(), analysis_create(); the prior of analysis_forecaster() is
 *                  learned (learning.h); then analysis_model() for its series
 */
#ifndef GROWCAST_ANALYSIS_H
#define GROWCAST_ANALYSIS_H

#include "analysis_plan.h"
#include "forecaster.h"
#include "grid.h"
#include "organization_forecasts.h"
#include "organization_sums.h"
#include "series.h"

#include <stddef.h>

/** One rank's workspaces and partial sums. */
struct analysis;

/** plan is borrowed as long as the analysis lives. The caller owns it. */
struct analysis *analysis_create(const struct analysis_plan *plan);
void analysis_free(struct analysis *analysis);

/**
 * Analyses one series. row: [analysis_row_length()], written; what there is no answer to is NaN,
 * and its fit_status says why. Adds the series to this rank's sums. The row depends on the plan
 * and the series alone.
 */
void analysis_model(struct analysis *analysis, const struct series *series, double *row);

/** The hierarchical model, whose prior has to be learned first, and its grid; owned by analysis. */
struct forecaster *analysis_forecaster(struct analysis *analysis);
const struct grid *analysis_grid(const struct analysis *analysis);

/** Releases what analyses models, once all are done: the forecaster, too. Writing the output takes
 *  memory of its own. */
void analysis_end(struct analysis *analysis);

/** The prior, after analysis_end(). */
const struct hierarchy_prior *analysis_prior(const struct analysis *analysis);

/** Sets this rank's partial sums over its models to zero, before the first of them: *length doubles
 * to be added up over the ranks element by element; and what they are. Owned by analysis. Until
 * then they take no memory, which learning the prior needs. */
double *analysis_sums(struct analysis *analysis, size_t *length);
const struct organization_sums *analysis_organization_sums(const struct analysis *analysis);
const struct organization_forecasts *
analysis_organization_forecasts(const struct analysis *analysis);

#endif
