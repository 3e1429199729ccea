/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Forecasts of cumulative counts that need no posterior, and what is reported of drawn ones.
 *
 * All of them are conditional on the last count y_L: they forecast what is added to it.
 */
#ifndef GROWCAST_FORECAST_H
#define GROWCAST_FORECAST_H

#include "config.h"
#include "growth.h"
#include "hierarchy.h"

#include <stddef.h>

/** y_L. */
double forecast_last_value(const struct hierarchy_series *series);

/** y_L + h times the mean flow a step over the last `window` steps (over all that is known, if that
 *  is shorter; flow 0 with a single point). */
double forecast_drift(const struct hierarchy_series *series, double window, double horizon);

/** The same with a flow that falls by the factor `damping` every month:
 *  y_L + flow * sum_{j=1..h} damping^(j months a step). */
double forecast_damped_drift(const struct hierarchy_series *series, double window, double damping,
                             double step_months, size_t horizon);

/** The theta method (Assimakopoulos and Nikolopoulos 2000, theta = 0 and 2, with the last value in
 *  place of exponential smoothing): y_L + h times half the least-squares slope a step. */
double forecast_theta(const struct hierarchy_series *series, double horizon);

/**
 * The fitted curve's own extrapolation, as the paper's authors forecast: c(t_L + h). `time_unit` is
 * the length of a step in the unit of mu. The only forecast that does not start from y_L, and so
 * may fall below it.
 */
double forecast_curve(const struct growth_parameters *parameters, double scale, double time_unit,
                      const struct hierarchy_series *series, double horizon);

/**
 * Reorders draws, [count], and gives their median, mean and quantiles at probability [quantiles].
 * quantile: [quantiles], written; may be NULL with quantiles = 0.
 */
void forecast_summarise(double *draw, size_t count, const double *probability, size_t quantiles,
                        double *median, double *mean, double *quantile);

/** The share of draws, [count], of at least threshold. */
double forecast_exceedance(const double *draw, size_t count, double threshold);

/**
 * Quantiles of the number of steps until a path reaches threshold. path: [steps][draws], rising.
 * 0 where the last count has it already. Draws that do not reach it within `steps` count as
 * later: a quantile that reaches them is NaN. quantile: [quantiles], written.
 */
void forecast_time_to_count(const double *path, size_t steps, size_t draws, double last,
                            double threshold, const double *probability, size_t quantiles,
                            double *quantile);

#endif
