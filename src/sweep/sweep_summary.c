/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fit.h"
#include "memory.h"
#include "quantile.h"
#include "sweep_result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const sweep_quantity_names[SWEEP_QUANTITIES + 1] = {
    [SWEEP_FITNESS] = "ln_fitness",
    [SWEEP_IMMEDIACY] = "immediacy",
    [SWEEP_LONGEVITY] = "ln_longevity",
    [SWEEP_FORECAST] = "ln_forecast",
};

static const double *row_of(const struct sweep_result *result, size_t combination, size_t model)
{
    return result->row + (combination * result->catalog->series_count + model) * result->row_length;
}

/* The first value of a field in a row. */
static const double *field_of(const struct sweep_result *result, const double *row,
                              enum result_field field)
{
    for (size_t i = 0; sweep_result_fields[i] != field; i++) {
        row += result->extent[i];
    }
    return row;
}

static double quantity_of(const struct sweep_result *result, const double *row,
                          enum sweep_quantity quantity)
{
    size_t horizons = result->config.forecast.horizons.count;
    if (quantity == SWEEP_FORECAST) {
        return horizons == 0 ? (double)NAN
                             : log1p(field_of(result, row, RESULT_FORECAST_COUNT)[horizons - 1]);
    }
    if (*field_of(result, row, RESULT_FIT_STATUS) != FIT_FITTED ||
        ((unsigned)*field_of(result, row, RESULT_FIT_FLAGS) & FIT_FITNESS_UNBOUNDED) != 0) {
        return NAN;
    }
    switch (quantity) {
    case SWEEP_FITNESS:
        return log(*field_of(result, row, RESULT_FITNESS));
    case SWEEP_IMMEDIACY:
        return *field_of(result, row, RESULT_IMMEDIACY);
    default:
        return log(*field_of(result, row, RESULT_LONGEVITY));
    }
}

/* value: [combinations][models] of a quantity. */
static void collect(const struct sweep_result *result, enum sweep_quantity quantity, double *value)
{
    size_t models = result->catalog->series_count;
    for (size_t c = 0; c < result->grid.combinations; c++) {
        for (size_t i = 0; i < models; i++) {
            value[c * models + i] = quantity_of(result, row_of(result, c, i), quantity);
        }
    }
}

static void correlate(size_t combinations, size_t models, const double *value, double *spearman,
                      double *kendall)
{
    for (size_t a = 0; a < combinations; a++) {
        for (size_t b = 0; b <= a; b++) {
            const double *x = value + a * models;
            const double *y = value + b * models;
            spearman[a * combinations + b] = sweep_spearman(models, x, y);
            kendall[a * combinations + b] = sweep_kendall(models, x, y);
            spearman[b * combinations + a] = spearman[a * combinations + b];
            kendall[b * combinations + a] = kendall[a * combinations + b];
        }
    }
}

/* Shares of the models' variances added up: each model's share weighs by its variance. Returns the
   number of models that are there under all combinations. */
static size_t share(const struct sweep_grid *grid, size_t models, const double *value,
                    double *variance, double *first, double *total)
{
    double *own = memory_array(grid->combinations, sizeof *own);
    double model_first[CONFIG_SWEEP_MAX];
    double model_total[CONFIG_SWEEP_MAX];
    double sum = 0;
    size_t compared = 0;
    memset(first, 0, grid->settings * sizeof *first);
    memset(total, 0, grid->settings * sizeof *total);
    for (size_t i = 0; i < models; i++) {
        for (size_t c = 0; c < grid->combinations; c++) {
            own[c] = value[c * models + i];
        }
        variance[i] = sweep_variance_shares(grid, own, model_first, model_total);
        compared += isnan(variance[i]) ? 0 : 1;
        if (variance[i] > 0) {
            sum += variance[i];
            for (size_t s = 0; s < grid->settings; s++) {
                first[s] += variance[i] * model_first[s];
                total[s] += variance[i] * model_total[s];
            }
        }
    }
    for (size_t s = 0; s < grid->settings; s++) {
        first[s] = sum > 0 ? first[s] / sum : (double)NAN;
        total[s] = sum > 0 ? total[s] / sum : (double)NAN;
    }
    free(own);
    return compared;
}

/* Ranks from the largest value on, 1 first; of equal values the earlier; NaN for NaN. */
static void rank_descending(size_t count, const double *value, double *rank)
{
    for (size_t i = 0; i < count; i++) {
        rank[i] = isnan(value[i]) ? (double)NAN : 1;
        for (size_t j = 0; j < count && !isnan(value[i]); j++) {
            rank[i] += value[j] > value[i] || (value[j] == value[i] && j < i);
        }
    }
}

static void measure_elasticity(const struct sweep_result *result, const double *value,
                               double *elasticity)
{
    const struct sweep_grid *grid = &result->grid;
    size_t models = result->catalog->series_count;
    double *scale = memory_array(grid->combinations, sizeof *scale);
    double *own = memory_array(grid->combinations, sizeof *own);
    for (size_t c = 0; c < grid->combinations; c++) {
        struct config config = result->config;
        sweep_grid_apply(grid, c, &config);
        scale[c] = log(config.model.scale);
    }
    for (size_t i = 0; i < models; i++) {
        for (size_t c = 0; c < grid->combinations; c++) {
            own[c] = value[c * models + i];
        }
        elasticity[i] = sweep_slope(grid->combinations, scale, own);
    }
    free(scale);
    free(own);
}

/* The median over an organization's models that have a value; NaN with too few. */
static double median_of(const struct sweep_result *result, const double *value, size_t organization,
                        double *work)
{
    static const double half = 0.5;
    size_t count = 0;
    for (size_t i = 0; i < result->catalog->series_count; i++) {
        if (result->catalog->series[i].organization == organization && !isnan(value[i])) {
            work[count++] = value[i];
        }
    }
    double median = NAN;
    if (count >= result->config.density.minimum_models) {
        (void)quantile_sample(work, count, &half, 1, &median);
    }
    return median;
}

/* Whether two organizations stand in another order under combinations b than under a; 0 or 1, NaN
   where one of them has no rank. */
static double changed(double one_a, double two_a, double one_b, double two_b)
{
    return isnan(one_a + two_a + one_b + two_b) ? (double)NAN : (one_a < two_a) != (one_b < two_b);
}

static double share_of_changes(size_t combinations, size_t organizations, const double *rank,
                               size_t organization)
{
    size_t pairs = 0;
    double changes = 0;
    for (size_t other = 0; other < organizations; other++) {
        for (size_t a = 1; a < combinations && other != organization; a++) {
            for (size_t b = 0; b < a; b++) {
                double change = changed(
                    rank[a * organizations + organization], rank[a * organizations + other],
                    rank[b * organizations + organization], rank[b * organizations + other]);
                pairs += isnan(change) ? 0 : 1;
                changes += isnan(change) ? 0 : change;
            }
        }
    }
    return pairs > 0 ? changes / (double)pairs : (double)NAN;
}

static void rank_organizations(const struct sweep_result *result, const double *value,
                               struct sweep_summary *summary)
{
    size_t models = result->catalog->series_count;
    size_t organizations = result->catalog->organization_count;
    size_t combinations = result->grid.combinations;
    double *median = memory_array(organizations, sizeof *median);
    double *work = memory_array(models, sizeof *work);
    for (size_t c = 0; c < combinations; c++) {
        for (size_t o = 0; o < organizations; o++) {
            median[o] = median_of(result, value + c * models, o, work);
        }
        rank_descending(organizations, median, summary->rank + c * organizations);
    }
    for (size_t o = 0; o < organizations; o++) {
        summary->change_share[o] = share_of_changes(combinations, organizations, summary->rank, o);
    }
    free(median);
    free(work);
}

struct sweep_summary sweep_summary_make(const struct sweep_result *result)
{
    const struct sweep_grid *grid = &result->grid;
    size_t models = result->catalog->series_count;
    size_t organizations = result->catalog->organization_count;
    size_t pairs = grid->combinations * grid->combinations;
    struct sweep_summary summary = {
        .spearman = memory_array(SWEEP_QUANTITIES * pairs, sizeof(double)),
        .kendall = memory_array(SWEEP_QUANTITIES * pairs, sizeof(double)),
        .variance = memory_array(SWEEP_QUANTITIES * models, sizeof(double)),
        .first = memory_array(SWEEP_QUANTITIES * grid->settings, sizeof(double)),
        .total = memory_array(SWEEP_QUANTITIES * grid->settings, sizeof(double)),
        .compared = memory_array(SWEEP_QUANTITIES, sizeof(double)),
        .sensitivity = memory_array(models, sizeof(double)),
        .elasticity = memory_array(models, sizeof(double)),
        .rank = memory_array(grid->combinations * organizations, sizeof(double)),
        .change_share = memory_array(organizations, sizeof(double)),
    };
    double *value = memory_array(grid->combinations * models, sizeof *value);
    for (size_t q = 0; q < SWEEP_QUANTITIES; q++) {
        collect(result, (enum sweep_quantity)q, value);
        correlate(grid->combinations, models, value, summary.spearman + q * pairs,
                  summary.kendall + q * pairs);
        summary.compared[q] =
            (double)share(grid, models, value, summary.variance + q * models,
                          summary.first + q * grid->settings, summary.total + q * grid->settings);
        if (q == SWEEP_FITNESS) {
            measure_elasticity(result, value, summary.elasticity);
            rank_organizations(result, value, &summary);
        }
    }
    rank_descending(models, summary.variance + SWEEP_FITNESS * models, summary.sensitivity);
    free(value);
    return summary;
}

void sweep_summary_free(struct sweep_summary *summary)
{
    double *arrays[] = {summary->spearman,    summary->kendall,    summary->variance,
                        summary->first,       summary->total,      summary->compared,
                        summary->sensitivity, summary->elasticity, summary->rank,
                        summary->change_share};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        free(arrays[i]);
    }
}
