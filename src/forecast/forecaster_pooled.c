/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Published posteriors, computed once for series that are alike: two thirds of all fine-tune series
   are nothing but zeros. */
#include "forecaster_private.h"
#include "memo.h"
#include "memory.h"

#include <stdlib.h>
#include <string.h>

/** Results that are kept. */
enum { SLOTS = 4096 };

static void prepare(struct forecaster *forecaster, size_t quantiles)
{
    if (forecaster->pooled == NULL) {
        const struct hierarchy_model *model = &forecaster->settings.model;
        forecaster->pooled =
            pooled_create(model, forecaster->grid,
                          model->step_months < 1 ? &pooled_daily_rule : &pooled_monthly_rule);
    }
    if (forecaster->memo == NULL || forecaster->memo_quantiles != quantiles) {
        memo_free(forecaster->memo);
        forecaster->memo = memo_create(SLOTS, sizeof(struct pooled_posterior) +
                                                  POOLED_QUANTITIES * quantiles * sizeof(double));
        forecaster->memo_quantiles = quantiles;
    }
}

/** All that the result depends on. The caller frees it. */
static double *make_key(const struct forecaster *forecaster, const double *mean,
                        const struct hierarchy_series *series, const double *probability,
                        size_t quantiles, size_t *size)
{
    struct {
        const double *value;
        size_t count;
    } part[] = {
        {forecaster->prior.covariance, HIERARCHY_PAIRS},
        {forecaster->prior.dispersion, GRID_DISPERSION_MAX},
        {mean, GRID_AXES},
        {probability, quantiles},
        {series->age, series->count},
        {series->observed, series->count},
    };
    size_t count = 0;
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        count += part[i].count;
    }
    double *key = memory_array(count, sizeof *key);
    double *next = key;
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        memcpy(next, part[i].value, part[i].count * sizeof *next);
        next += part[i].count;
    }
    *size = count * sizeof *key;
    return key;
}

struct pooled_posterior forecaster_pooled(struct forecaster *forecaster,
                                          const struct forecaster_series *series,
                                          const double *probability, size_t quantiles,
                                          double *quantile)
{
    double mean[GRID_AXES];
    size_t size;
    size_t bytes = POOLED_QUANTITIES * quantiles * sizeof *quantile;
    struct pooled_posterior posterior;
    forecaster_mean(forecaster, series, mean);
    prepare(forecaster, quantiles);
    double *key = make_key(forecaster, mean, &series->points, probability, quantiles, &size);
    const unsigned char *known = memo_find(forecaster->memo, key, size);
    if (known != NULL) {
        memcpy(&posterior, known, sizeof posterior);
        memcpy(quantile, known + sizeof posterior, bytes);
    } else {
        posterior = pooled_compute(forecaster->pooled, &forecaster->prior, mean, &series->points,
                                   probability, quantiles, quantile);
        unsigned char *value = memory_array(sizeof posterior + bytes, 1);
        memcpy(value, &posterior, sizeof posterior);
        memcpy(value + sizeof posterior, quantile, bytes);
        memo_store(forecaster->memo, key, size, value);
        free(value);
    }
    free(key);
    return posterior;
}
