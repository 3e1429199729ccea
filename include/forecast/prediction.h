/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What the hierarchy says about one model: the pooled_ and forecast fields of its result row.
 */
#ifndef GROWCAST_PREDICTION_H
#define GROWCAST_PREDICTION_H

#include "config.h"
#include "forecaster.h"
#include "result.h"
#include "series.h"

#include <stddef.h>

/** A forecaster with its prior learned, and scratch memory, reused from model to model. */
struct prediction_workspace;

/**
 * forecaster and config are borrowed; grid is the forecaster's. method: forecast.method, with auto
 * already resolved. The caller owns the workspace.
 */
struct prediction_workspace *prediction_create(const struct config *config,
                                               struct forecaster *forecaster,
                                               const struct grid *grid, enum series_step step,
                                               enum config_forecast_method method);
void prediction_free(struct prediction_workspace *workspace);

/** Number of horizons, and horizon i in steps. */
size_t prediction_horizons(const struct prediction_workspace *workspace);
size_t prediction_steps(const struct prediction_workspace *workspace, size_t horizon);

/**
 * Fills the fields from RESULT_POOLED_FITNESS on of a row of layout->length doubles, and adds the
 * flags prior_only and grid_edge to its fit_flags. The row holds the point estimate already, which
 * the method curve extrapolates. Random numbers come from the stream (run.seed, RANDOM_FORECAST,
 * series name, 0).
 *
 * draw: NULL, or [horizons][forecast.draws], written: the draws of the count at every horizon, for
 * sums over the models of an organization (draw i of the sum is the sum of draws i, which
 * share the random walk). Methods without draws repeat their forecast.
 */
void prediction_fill(struct prediction_workspace *workspace, const struct series *series,
                     const struct result_layout *layout, double *row, double *draw);

#endif
