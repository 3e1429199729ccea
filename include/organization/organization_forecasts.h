/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Joint forecasts of organizations: draw i of an organization's count h steps ahead is the sum of
 * draw i of its models' counts, which share a random walk and are otherwise independent of each
 * other. So the sums' intervals are those of the sum, not sums of quantiles.
 *
 * Slots, rounding and the addition of ranks' parts are those of organization_sums.h; a draw
 * saturates at 2^20 (last count + 1).
 */
#ifndef GROWCAST_ORGANIZATION_FORECASTS_H
#define GROWCAST_ORGANIZATION_FORECASTS_H

#include "organization_sums.h"

#include <stddef.h>

/** Where the sums of draws stand. A plain value. */
struct organization_forecasts {
    const struct organization_plan *plan; /**< borrowed */
    size_t horizons;
    size_t draws;
    double *value; /**< [slot][horizon][draw], borrowed; zero at first */
};

/** Doubles in the array `value`. */
size_t organization_forecasts_length(const struct organization_plan *plan, size_t horizons,
                                     size_t draws);

/** Adds a model's draws, [horizons][draws]. One that is not a number counts as the last count. */
void organization_forecasts_add(const struct organization_forecasts *forecasts,
                                const struct series *series, const double *draw);

/**
 * Quantiles of the complete sums. probability: [quantiles]. quantile: [organization][horizon]
 * [quantiles], written, with the last row over all models; NaN for organizations without a slot of
 * their own.
 */
void organization_forecasts_quantiles(const struct organization_forecasts *forecasts,
                                      const double *probability, size_t quantiles,
                                      double *quantile);

#endif
