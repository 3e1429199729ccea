/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The stages of analysis_model(), for callers that do one of them for several settings: point
 * estimate, bootstrap (ensemble.h), forecast (prediction.h). No communication in here.
 */
#ifndef GROWCAST_ANALYSIS_STAGE_H
#define GROWCAST_ANALYSIS_STAGE_H

#include "analysis_plan.h"
#include "ensemble.h"
#include "fit.h"
#include "forecaster.h"
#include "grid.h"

/** Writes the ages of a series in the unit of t to time, [series->count]. */
void stage_times(const struct analysis_plan *plan, const struct series *series, double *time);

/** The point estimate of a series with all its flags. time: of stage_times(). */
struct fit_estimate stage_estimate(const struct analysis_plan *plan, const struct series *series,
                                   const double *time, struct fit_workspace *workspace);

/** Sets all of a row, [analysis_row_length()], to missing and writes the estimate to it. */
void stage_put_estimate(const struct analysis_plan *plan, const struct series *series,
                        const struct fit_estimate *estimate, double *row);

/** The problem of the bootstrap; borrows all its arguments. */
struct ensemble_problem stage_bootstrap(const struct analysis_plan *plan,
                                        const struct series *series, const double *time,
                                        const struct fit_estimate *estimate);

/** The hierarchical model of a plan, its prior not learned yet; forecaster borrows grid. Free
 *  both, the forecaster first. */
struct grid *stage_grid(const struct analysis_plan *plan);
struct forecaster *stage_forecaster(const struct analysis_plan *plan, const struct grid *grid);

#endif
