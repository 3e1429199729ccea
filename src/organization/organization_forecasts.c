/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "organization_forecasts.h"

#include "memory.h"
#include "quantile.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* How much farther than a curve within the observed ages a draw may reach; a power of two, so that
 * the plan's rounding scales with it. */
static const double reach = 1024.0;

size_t organization_forecasts_length(const struct organization_plan *plan, size_t horizons,
                                     size_t draws)
{
    return plan->slot_count * horizons * draws;
}

void organization_forecasts_add(const struct organization_forecasts *forecasts,
                                const struct series *series, const double *draw)
{
    const struct organization_plan *plan = forecasts->plan;
    const size_t slot = plan->slot[series->organization];
    const size_t count = forecasts->horizons * forecasts->draws;
    const struct exact_sum rounding = {
        .quantum = reach * plan->rounding[slot].quantum,
        .shift = reach * plan->rounding[slot].shift,
    };
    const double last = series_last_count(series);
    const double limit = reach * organization_sums_limit(series);
    double *value = &forecasts->value[slot * count];
    for (size_t i = 0; i < count; i++) {
        value[i] += exact_sum_term(&rounding, isnan(draw[i]) ? last : draw[i], limit);
    }
}

void organization_forecasts_quantiles(const struct organization_forecasts *forecasts,
                                      const double *probability, size_t quantiles, double *quantile)
{
    const struct organization_plan *plan = forecasts->plan;
    const size_t rows = plan->grid.organization_count;
    const size_t count = forecasts->horizons * forecasts->draws;
    double *sum = memory_array(count, sizeof *sum);
    for (size_t row = 0; row < rows; row++) {
        const bool all = row + 1 == rows;
        const bool own = !all && plan->slot[row] + 1 < plan->slot_count;
        memset(sum, 0, count * sizeof *sum);
        for (size_t slot = 0; slot < plan->slot_count; slot++) {
            for (size_t i = 0; (all || (own && slot == plan->slot[row])) && i < count; i++) {
                sum[i] += forecasts->value[slot * count + i];
            }
        }
        for (size_t h = 0; h < forecasts->horizons; h++) {
            (void)quantile_sample(&sum[h * forecasts->draws], all || own ? forecasts->draws : 0,
                                  probability, quantiles,
                                  &quantile[(row * forecasts->horizons + h) * quantiles]);
        }
    }
    free(sum);
}
