/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "backtest.h"

#include "age.h"
#include "backtest_private.h"
#include "forecast.h"
#include "memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct backtest_description backtest_table[BACKTEST_METHODS] = {
    [BACKTEST_HIERARCHICAL] = {"hierarchical", "hierarchical posterior as configured"},
    [BACKTEST_NO_SHOCKS] = {"no_shocks", "hierarchical without shocks"},
    [BACKTEST_NO_COHORT] = {"no_cohort", "hierarchical with one prior mean for all series"},
    [BACKTEST_PLAIN] = {"plain", "hierarchical without shocks and with one prior mean"},
    [BACKTEST_ORGANIZATION] = {"organization", "hierarchical with offsets of organizations"},
    [BACKTEST_REINFORCED] = {"reinforced", "hierarchical with mean (y + m)(exp(lambda dPhi) - 1)"},
    [BACKTEST_CONSTANT_RATE] = {"constant_rate",
                                "negative binomial, constant rate, own prior, discount 0.7"},
    [BACKTEST_LAST_VALUE] = {"last_value", "last count"},
    [BACKTEST_DRIFT1] = {"drift1", "last count plus flow of the last month"},
    [BACKTEST_DRIFT3] = {"drift3", "last count plus mean flow of the last three months"},
    [BACKTEST_DAMPED_DRIFT] = {"damped_drift", "drift3 with a flow falling by 0.9 a month"},
    [BACKTEST_THETA] = {"theta", "last count plus half the least-squares slope"},
    [BACKTEST_LEAST_SQUARES] = {"least_squares", "extrapolated least-squares curve"},
    [BACKTEST_PAPER] = {"paper", "extrapolated curve, Table 1 protocol"},
    [BACKTEST_WEBAPP] = {"webapp", "extrapolated curve, protocol of the authors' application"},
    [BACKTEST_AUTO] = {"auto", "the best of earlier origins"},
};

static const double damping = 0.9;
static const double constant_rate_discount = 0.7;
/** Grid of ln(rate a month) for the constant rate. */
static const double least_log_rate = -5, largest_log_rate = 12;
enum { RATE_NODES = 52 };

struct backtest_origin {
    const struct config *config;
    const struct catalog *catalog;
    uint32_t index;
    double step_months;
    size_t horizons;
    size_t horizon[CONFIG_LIST_MAX]; /* steps, increasing */
    bool use[BACKTEST_METHODS];
    size_t count;
    struct forecaster_series *series; /* [count] known at the origin */
    size_t *index_of;                 /* [count] into the catalog */
    struct grid *grid;
    struct grid *line; /* of the constant rate */
    struct forecaster *forecaster[BACKTEST_LEARNED];
    struct backtest_curves *curves;
    double *log_likelihood; /* scratch of a block */
    double *weight;         /* [nodes] */
    double *path;           /* [longest horizon][draws] */
};

/** Keeps of every series what was known `back` steps before its end. */
static void cut_series(struct backtest_origin *origin, double back)
{
    const struct catalog *catalog = origin->catalog;
    origin->series = memory_array(catalog->series_count, sizeof *origin->series);
    origin->index_of = memory_array(catalog->series_count, sizeof *origin->index_of);
    for (size_t i = 0; i < catalog->series_count; i++) {
        const struct series *whole = &catalog->series[i];
        double end = whole->age[whole->count - 1] - back;
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

/** The configured settings changed to those of a learned method. */
static struct forecaster_settings settings_of(const struct backtest_origin *origin,
                                              enum backtest_method method)
{
    const struct config *config = origin->config;
    struct forecaster_settings settings =
        forecaster_settings_make(&config->hierarchy, config->model.scale, origin->catalog->step);
    bool calm = method == BACKTEST_NO_SHOCKS || method == BACKTEST_PLAIN ||
                method == BACKTEST_CONSTANT_RATE;
    bool alike = method == BACKTEST_NO_COHORT || method == BACKTEST_PLAIN ||
                 method == BACKTEST_CONSTANT_RATE;
    if (calm) {
        settings.model.shock_probability = 0;
    }
    if (alike) {
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
    double largest_age = 1;
    double largest_count = 0;
    for (size_t i = 0; i < origin->count; i++) {
        const struct hierarchy_series *points = &origin->series[i].points;
        largest_age = fmax(largest_age, points->age[points->count - 1]);
        largest_count = fmax(largest_count, points->observed[points->count - 1]);
    }
    const struct config_hierarchy *config = &origin->config->hierarchy;
    double shift = log(origin->step_months);
    origin->grid = grid_create(config, origin->catalog->step, largest_count);
    origin->line = grid_create_line(least_log_rate + shift, largest_log_rate + shift, RATE_NODES,
                                    &config->dispersions);
    for (size_t method = 0; method < BACKTEST_LEARNED; method++) {
        if (origin->use[method]) {
            struct forecaster_settings settings = settings_of(origin, method);
            origin->forecaster[method] = forecaster_create(
                &settings, method == BACKTEST_CONSTANT_RATE ? origin->line : origin->grid,
                (size_t)largest_age, origin->horizon[origin->horizons - 1],
                origin->catalog->organization_count);
        }
    }
}

struct backtest_origin *backtest_origin_create(const struct config *config,
                                               const struct catalog *catalog, uint32_t index,
                                               double back, const bool use[BACKTEST_METHODS])
{
    struct backtest_origin *origin = memory_array(1, sizeof *origin);
    origin->config = config;
    origin->catalog = catalog;
    origin->index = index;
    origin->step_months = catalog->step == SERIES_STEP_DAY ? 1 / SERIES_DAYS_PER_MONTH : 1;
    memcpy(origin->use, use, sizeof origin->use);
    origin->horizons = config->forecast.horizons.count;
    for (size_t h = 0; h < origin->horizons; h++) {
        origin->horizon[h] = age_in_steps(&config->forecast.horizons, h, catalog->step);
    }
    cut_series(origin, back);
    create_forecasters(origin);
    size_t points = 1;
    for (size_t i = 0; i < origin->count; i++) {
        points = origin->series[i].points.count > points ? origin->series[i].points.count : points;
    }
    origin->curves = backtest_curves_create(config, catalog->step, points);
    size_t nodes =
        origin->grid->nodes > origin->line->nodes ? origin->grid->nodes : origin->line->nodes;
    size_t longest = origin->horizon[origin->horizons - 1];
    origin->log_likelihood = memory_array(HIERARCHY_BLOCK * nodes, sizeof(double));
    origin->weight = memory_array(nodes, sizeof(double));
    origin->path = memory_array(longest * config->forecast.draws, sizeof(double));
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

/* A sample of the series as known at the origin teaches the method's prior. */
static void learn(const struct backtest_origin *origin, struct forecaster *forecaster,
                  const struct forecaster_exchange *exchange)
{
    struct hierarchy_sample sample =
        forecaster_sample(forecaster, origin->count, origin->series, origin->config->run.seed);
    struct forecaster_series *chosen = memory_array(sample.count, sizeof *chosen);
    for (size_t i = 0; i < sample.count; i++) {
        chosen[i] = origin->series[sample.index[i]];
    }
    forecaster_learn(forecaster, sample.count, chosen, exchange, NULL);
    free(chosen);
    hierarchy_sample_free(&sample);
}

void backtest_origin_learn(struct backtest_origin *origin,
                           const struct forecaster_exchange *exchange)
{
    for (size_t method = 0; method < BACKTEST_LEARNED; method++) {
        if (origin->forecaster[method] != NULL) {
            learn(origin, origin->forecaster[method], exchange);
        }
    }
}

/** The count of series i `ahead` steps after the origin; NaN where it is not observed. */
static double truth_of(const struct backtest_origin *origin, size_t i, size_t ahead)
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

bool backtest_origin_target(const struct backtest_origin *origin, size_t i)
{
    const struct hierarchy_series *points = &origin->series[i].points;
    if (points->count <= origin->config->backtest.min_increments ||
        points->observed[points->count - 1] < origin->config->backtest.min_count) {
        return false;
    }
    for (size_t h = 0; h < origin->horizons; h++) {
        if (!isnan(truth_of(origin, i, origin->horizon[h]))) {
            return true;
        }
    }
    return false;
}

size_t backtest_origin_record_max(const struct backtest_origin *origin)
{
    return BACKTEST_METHODS * origin->horizons + 1; /* the last is scratch */
}

/** Mean |increment| a step: what a scaled error is measured in. */
static double scale_of(const struct hierarchy_series *points)
{
    size_t last = points->count - 1;
    return (points->observed[last] - points->observed[0]) / (points->age[last] - points->age[0]);
}

static double baseline_value(const struct backtest_origin *origin, enum backtest_method method,
                             const struct hierarchy_series *points, size_t ahead)
{
    double month = 1 / origin->step_months;
    switch (method) {
    case BACKTEST_DRIFT1:
        return forecast_drift(points, month, (double)ahead);
    case BACKTEST_DRIFT3:
        return forecast_drift(points, 3 * month, (double)ahead);
    case BACKTEST_DAMPED_DRIFT:
        return forecast_damped_drift(points, 3 * month, damping, origin->step_months, ahead);
    case BACKTEST_THETA:
        return forecast_theta(points, (double)ahead);
    default:
        return forecast_last_value(points);
    }
}

/** Draws the paths of series i by a learned method. */
static void draw_paths(struct backtest_origin *origin, size_t i, enum backtest_method method,
                       size_t steps)
{
    const struct forecaster_series *series = &origin->series[i];
    struct forecaster *forecaster = origin->forecaster[method];
    forecaster_posterior(forecaster, series, origin->log_likelihood, origin->weight);
    struct random_stream stream = random_stream_open(
        origin->config->run.seed, RANDOM_FORECAST, random_name_hash(series->name),
        (uint64_t)origin->index * BACKTEST_METHODS + (uint64_t)method);
    forecaster_draw(forecaster, series, origin->weight, &stream, steps,
                    origin->config->forecast.draws, origin->path);
}

/** Fills value, quantiles and PIT of a record from draws. */
static void summarise_draws(const struct backtest_origin *origin, const char *name, double *draw,
                            struct score_forecast *record)
{
    size_t draws = origin->config->forecast.draws;
    uint64_t position =
        ((uint64_t)origin->index * BACKTEST_METHODS + record->method) * CONFIG_LIST_MAX +
        record->horizon;
    struct random_stream stream = random_stream_open(origin->config->run.seed, RANDOM_SCORE,
                                                     random_name_hash(name), position);
    double mean;
    record->pit = score_pit(draw, draws, record->truth, random_uniform(&stream));
    forecast_summarise(draw, draws, score_probability, SCORE_QUANTILES, &record->value, &mean,
                       record->quantile);
}

static bool extrapolated(enum backtest_method method)
{
    return method == BACKTEST_LEAST_SQUARES || method == BACKTEST_PAPER ||
           method == BACKTEST_WEBAPP;
}

/** A record of the target i at horizon h, without the forecast itself. */
static struct score_forecast blank_record(const struct backtest_origin *origin, size_t i,
                                          enum backtest_method method, size_t h)
{
    const struct hierarchy_series *points = &origin->series[i].points;
    struct score_forecast record = {
        .model = (uint32_t)origin->index_of[i],
        .origin = origin->index,
        .method = (uint32_t)method,
        .horizon = (uint32_t)h,
        .last = forecast_last_value(points),
        .truth = truth_of(origin, i, origin->horizon[h]),
        .scale = scale_of(points),
        .pit = NAN,
    };
    for (size_t q = 0; q < SCORE_QUANTILES; q++) {
        record.quantile[q] = NAN;
    }
    return record;
}

/** All horizons of one method; returns the records written. */
static size_t forecast_method(struct backtest_origin *origin, size_t i, enum backtest_method method,
                              size_t farthest, struct score_forecast *record)
{
    const struct forecaster_series *series = &origin->series[i];
    size_t count = 0;
    if (method < BACKTEST_LEARNED) {
        draw_paths(origin, i, method, farthest);
    } else if (extrapolated(method)) {
        backtest_curves_fit(origin->curves, method, &series->points);
    }
    for (size_t h = 0; h < origin->horizons; h++) {
        struct score_forecast *next = &record[count];
        size_t ahead = origin->horizon[h];
        *next = blank_record(origin, i, method, h);
        if (isnan(next->truth)) {
            continue;
        }
        count++;
        if (method < BACKTEST_LEARNED) {
            double *draw = origin->path + (ahead - 1) * origin->config->forecast.draws;
            summarise_draws(origin, series->name, draw, next);
        } else if (extrapolated(method)) {
            next->value = backtest_curves_value(origin->curves, &series->points, ahead);
        } else {
            next->value = baseline_value(origin, method, &series->points, ahead);
        }
    }
    return count;
}

size_t backtest_origin_forecast(struct backtest_origin *origin, size_t i,
                                struct score_forecast *record)
{
    size_t farthest = 0;
    for (size_t h = 0; h < origin->horizons; h++) {
        farthest = isnan(truth_of(origin, i, origin->horizon[h])) ? farthest : origin->horizon[h];
    }
    size_t count = 0;
    for (size_t method = 0; method < BACKTEST_AUTO; method++) {
        if (origin->use[method]) {
            count += forecast_method(origin, i, method, farthest, record + count);
        }
    }
    return count;
}

struct backtest_times backtest_times_make(const struct config *config, enum series_step step)
{
    struct backtest_times times = {.origins = config->backtest.origins.count};
    for (size_t o = 0; o < times.origins; o++) {
        times.back[o] = (double)age_in_steps(&config->backtest.origins, o, step);
    }
    for (size_t h = 0; h < config->forecast.horizons.count; h++) {
        times.steps[h] = age_in_steps(&config->forecast.horizons, h, step);
    }
    return times;
}

enum backtest_method backtest_fallback(enum series_step step)
{
    return step == SERIES_STEP_DAY ? BACKTEST_DRIFT1 : BACKTEST_HIERARCHICAL;
}

size_t backtest_run(const struct config *config, const struct catalog *catalog,
                    const bool use[BACKTEST_METHODS], struct score_forecast **record)
{
    size_t count = 0;
    size_t capacity = 0;
    *record = NULL;
    for (size_t o = 0; o < config->backtest.origins.count; o++) {
        double back = (double)age_in_steps(&config->backtest.origins, o, catalog->step);
        struct backtest_origin *origin =
            backtest_origin_create(config, catalog, (uint32_t)o, back, use);
        backtest_origin_learn(origin, NULL);
        for (size_t i = 0; i < origin->count; i++) {
            if (backtest_origin_target(origin, i)) {
                *record =
                    memory_reserve(*record, &capacity, count + backtest_origin_record_max(origin),
                                   sizeof **record);
                count += backtest_origin_forecast(origin, i, *record + count);
            }
        }
        backtest_origin_free(origin);
    }
    if (use[BACKTEST_AUTO]) {
        struct backtest_times times = backtest_times_make(config, catalog->step);
        count = backtest_add_auto(count, &times, backtest_fallback(catalog->step), record);
    }
    return count;
}

struct score_summary backtest_summarise(size_t count, const struct score_forecast *record,
                                        uint32_t method, uint32_t origin, uint32_t horizon,
                                        size_t resamples, uint64_t seed)
{
    struct score_forecast *own = memory_array(count, sizeof *own);
    struct score_forecast *baseline = memory_array(count, sizeof *baseline);
    size_t own_count = 0;
    size_t baseline_count = 0;
    for (size_t i = 0; i < count; i++) {
        bool wanted = (origin == BACKTEST_ALL || record[i].origin == origin) &&
                      (horizon == BACKTEST_ALL || record[i].horizon == horizon);
        if (wanted && record[i].method == method) {
            own[own_count++] = record[i];
        }
        if (wanted && record[i].method == BACKTEST_DRIFT3) {
            baseline[baseline_count++] = record[i];
        }
    }
    struct random_stream stream = random_stream_open(seed, RANDOM_SCORE, 0, 0);
    struct score_summary summary = score_summarise(
        own_count < baseline_count ? own_count : baseline_count, own, baseline, resamples, &stream);
    free(own);
    free(baseline);
    return summary;
}
