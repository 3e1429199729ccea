/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "backtest_private.h"
#include "memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double constant_rate_discount = 0.7;
/** Grid of ln(rate a month) for the constant rate. */
static const double least_log_rate = -5, largest_log_rate = 12;
enum { RATE_NODES = 52 };

/** Months of increments from which a series counts as of middle length, and as long. */
static const double middle_months = 6, long_months = 12;

/** Keeps of every series what was known at the origin. */
static void cut_series(struct backtest_origin *origin, const struct catalog *catalog)
{
    bool by_age = origin->plan->config.backtest.origin_kind == ORIGIN_AGE;
    origin->series = memory_array(catalog->series_count, sizeof *origin->series);
    origin->index_of = memory_array(catalog->series_count, sizeof *origin->index_of);
    for (size_t i = 0; i < catalog->series_count; i++) {
        const struct series *whole = &catalog->series[i];
        double end = origin->position + (by_age ? 0 : whole->age[whole->count - 1]);
        size_t known = 0;
        while (known < whole->count && whole->age[known] <= end) {
            known++;
        }
        if (known > 0) {
            origin->index_of[origin->count] = i;
            origin->series[origin->count++] = (struct forecaster_series){
                .points = {known, whole->age, whole->observed},
                .name = whole->name,
                .organization = whole->organization,
            };
        }
    }
}

struct backtest_origin *backtest_origin_create(const struct backtest_plan *plan,
                                               const struct catalog *catalog, size_t index)
{
    struct backtest_origin *origin = memory_array(1, sizeof *origin);
    origin->plan = plan;
    origin->catalog = catalog;
    origin->index = (uint32_t)index;
    origin->position = plan->position[index];
    origin->step_months = plan->step == SERIES_STEP_DAY ? 1 / SERIES_DAYS_PER_MONTH : 1;
    cut_series(origin, catalog);
    return origin;
}

void backtest_origin_free(struct backtest_origin *origin)
{
    if (origin == NULL) {
        return;
    }
    for (size_t method = 0; method < BACKTEST_LEARNED; method++) {
        forecaster_free(origin->forecaster[method]);
    }
    backtest_curves_free(origin->curves);
    grid_free(origin->grid);
    grid_free(origin->line);
    free(origin->series);
    free(origin->index_of);
    free(origin->log_likelihood);
    free(origin->weight);
    free(origin->path);
    free(origin);
}

const struct forecaster_series *backtest_origin_series(const struct backtest_origin *origin,
                                                       size_t *count)
{
    *count = origin->count;
    return origin->series;
}

/** The configured settings changed to those of a learned method. */
static struct forecaster_settings settings_of(const struct backtest_origin *origin,
                                              enum backtest_method method)
{
    const struct config *config = &origin->plan->config;
    struct forecaster_settings settings = forecaster_settings_make(config, origin->plan->step);
    if (method == BACKTEST_NO_SHOCKS || method == BACKTEST_PLAIN ||
        method == BACKTEST_CONSTANT_RATE) {
        settings.model.shock_probability = 0;
    }
    if (method == BACKTEST_NO_COHORT || method == BACKTEST_PLAIN ||
        method == BACKTEST_CONSTANT_RATE) {
        settings.covariates = COVARIATES_NONE;
    }
    if (method == BACKTEST_ORGANIZATION) {
        settings.pool = POOL_ORGANIZATION;
    }
    if (method == BACKTEST_REINFORCED) {
        settings.model.curve = HIERARCHY_REINFORCED;
    }
    if (method == BACKTEST_CONSTANT_RATE) {
        settings.model.curve = HIERARCHY_CONSTANT;
        settings.discount = constant_rate_discount;
        settings.random_walk = 0;
    }
    return settings;
}

static void create_forecasters(struct backtest_origin *origin)
{
    const struct backtest_plan *plan = origin->plan;
    double largest_age = 1;
    double largest_count = 0;
    for (size_t i = 0; i < origin->count; i++) {
        const struct hierarchy_series *points = &origin->series[i].points;
        largest_age = fmax(largest_age, points->age[points->count - 1]);
        largest_count = fmax(largest_count, points->observed[points->count - 1]);
    }
    const struct config_hierarchy *config = &plan->config.hierarchy;
    double shift = log(origin->step_months);
    origin->grid = grid_create(config, plan->step, largest_count);
    origin->line = grid_create_line(least_log_rate + shift, largest_log_rate + shift, RATE_NODES,
                                    &config->dispersions);
    for (enum backtest_method method = 0; method < BACKTEST_LEARNED; method++) {
        if (plan->use[method]) {
            struct forecaster_settings settings = settings_of(origin, method);
            origin->forecaster[method] = forecaster_create(
                &settings, method == BACKTEST_CONSTANT_RATE ? origin->line : origin->grid,
                (size_t)largest_age, plan->horizon[plan->horizons - 1],
                origin->catalog->organization_count);
        }
    }
}

static void create_workspaces(struct backtest_origin *origin)
{
    const struct backtest_plan *plan = origin->plan;
    size_t nodes =
        origin->grid->nodes > origin->line->nodes ? origin->grid->nodes : origin->line->nodes;
    size_t longest = plan->horizon[plan->horizons - 1];
    size_t points = 1;
    for (size_t i = 0; i < origin->count; i++) {
        size_t count = origin->series[i].points.count;
        points = count > points ? count : points;
    }
    origin->log_likelihood = memory_array(nodes, sizeof(double));
    origin->weight = memory_array(nodes, sizeof(double));
    origin->path = memory_array(longest * plan->config.forecast.draws, sizeof(double));
    origin->curves = backtest_curves_create(&plan->config, plan->step, points);
}

/* A sample of the series as known at the origin teaches the method's prior; too small a one leaves
   it wide. */
static void learn(const struct backtest_origin *origin, struct forecaster *forecaster,
                  const struct forecaster_exchange *exchange)
{
    struct hierarchy_sample sample =
        forecaster_sample(forecaster, origin->count, origin->series, origin->plan->config.run.seed);
    struct forecaster_series *chosen = memory_array(sample.count, sizeof *chosen);
    for (size_t i = 0; i < sample.count; i++) {
        chosen[i] = origin->series[sample.index[i]];
    }
    if (sample.count >= origin->plan->config.hierarchy.min_series) {
        forecaster_learn(forecaster, sample.count, chosen, exchange, NULL);
        forecaster_learn_dormant(forecaster, origin->count, origin->series,
                                 origin->plan->config.run.seed, exchange);
    }
    free(chosen);
    hierarchy_sample_free(&sample);
}

void backtest_origin_learn(struct backtest_origin *origin,
                           const struct forecaster_exchange *exchange)
{
    create_forecasters(origin);
    create_workspaces(origin);
    for (size_t method = 0; method < BACKTEST_LEARNED; method++) {
        if (origin->forecaster[method] != NULL) {
            learn(origin, origin->forecaster[method], exchange);
        }
    }
}

double backtest_origin_truth(const struct backtest_origin *origin, size_t i, size_t ahead)
{
    const struct series *whole = &origin->catalog->series[origin->index_of[i]];
    size_t known = origin->series[i].points.count;
    double age = whole->age[known - 1] + (double)ahead;
    for (size_t k = known; k < whole->count && whole->age[k] <= age; k++) {
        if (whole->age[k] == age) {
            return whole->observed[k];
        }
    }
    return NAN;
}

size_t backtest_origin_farthest(const struct backtest_origin *origin, size_t i)
{
    size_t farthest = 0;
    for (size_t h = 0; h < origin->plan->horizons; h++) {
        size_t ahead = origin->plan->horizon[h];
        farthest = isnan(backtest_origin_truth(origin, i, ahead)) ? farthest : ahead;
    }
    return farthest;
}

bool backtest_origin_target(const struct backtest_origin *origin, size_t i)
{
    const struct config_backtest *config = &origin->plan->config.backtest;
    const struct hierarchy_series *points = &origin->series[i].points;
    return points->count > config->min_increments &&
           points->observed[points->count - 1] >= config->min_count &&
           backtest_origin_farthest(origin, i) > 0;
}

/** Mean |increment| a step: what a scaled error is measured in. */
static double scale_of(const struct hierarchy_series *points)
{
    size_t last = points->count - 1;
    return (points->observed[last] - points->observed[0]) / (points->age[last] - points->age[0]);
}

static enum backtest_length length_of(const struct backtest_origin *origin, size_t increments)
{
    double months = (double)increments * origin->step_months;
    return months < middle_months ? BACKTEST_SHORT
           : months < long_months ? BACKTEST_MIDDLE
                                  : BACKTEST_LONG;
}

size_t backtest_origin_records(const struct backtest_origin *origin, size_t i, const double *row,
                               struct score_forecast *record)
{
    const struct backtest_plan *plan = origin->plan;
    const struct hierarchy_series *points = &origin->series[i].points;
    size_t count = 0;
    for (size_t method = 0; method < BACKTEST_AUTO; method++) {
        for (size_t h = 0; plan->use[method] && h < plan->horizons; h++) {
            const double *values = row + (method * plan->horizons + h) * BACKTEST_VALUES;
            double truth = backtest_origin_truth(origin, i, plan->horizon[h]);
            if (isnan(truth)) {
                continue;
            }
            struct score_forecast *next = &record[count++];
            *next = (struct score_forecast){
                .model = (uint32_t)origin->index_of[i],
                .origin = origin->index,
                .method = (uint32_t)method,
                .horizon = (uint32_t)h,
                .length = (uint32_t)length_of(origin, points->count - 1),
                .known = (uint32_t)(points->count - 1),
                .last = points->observed[points->count - 1],
                .value = values[0],
                .truth = truth,
                .scale = scale_of(points),
                .pit_lower = values[1],
                .pit_upper = values[2],
                .pit = values[3],
            };
            memcpy(next->quantile, values + 4, sizeof next->quantile);
        }
    }
    return count;
}
