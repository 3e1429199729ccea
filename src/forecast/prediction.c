/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "prediction.h"

#include "age.h"
#include "fit.h"
#include "forecast.h"
#include "memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct prediction_workspace {
    const struct config *config;
    struct forecaster *forecaster;
    enum series_step step;
    enum config_forecast_method method;
    size_t horizons;
    size_t steps[CONFIG_LIST_MAX];
    double *log_likelihood; /* [nodes] */
    double *weight;         /* [nodes] */
    double *path;           /* [longest horizon][draws] */
    double *ordered;        /* [draws] */
};

struct prediction_workspace *prediction_create(const struct config *config,
                                               struct forecaster *forecaster,
                                               const struct grid *grid, enum series_step step,
                                               enum config_forecast_method method)
{
    struct prediction_workspace *workspace = memory_array(1, sizeof *workspace);
    workspace->config = config;
    workspace->forecaster = forecaster;
    workspace->step = step;
    workspace->method = method;
    workspace->horizons = config->forecast.horizons.count;
    for (size_t h = 0; h < workspace->horizons; h++) {
        workspace->steps[h] = age_in_steps(&config->forecast.horizons, h, step);
    }
    size_t longest = workspace->steps[workspace->horizons - 1];
    workspace->log_likelihood = memory_array(grid->nodes, sizeof(double));
    workspace->weight = memory_array(grid->nodes, sizeof(double));
    workspace->path = memory_array(longest * config->forecast.draws, sizeof(double));
    workspace->ordered = memory_array(config->forecast.draws, sizeof(double));
    return workspace;
}

void prediction_free(struct prediction_workspace *workspace)
{
    if (workspace != NULL) {
        free(workspace->log_likelihood);
        free(workspace->weight);
        free(workspace->path);
        free(workspace->ordered);
        free(workspace);
    }
}

size_t prediction_horizons(const struct prediction_workspace *workspace)
{
    return workspace->horizons;
}

size_t prediction_steps(const struct prediction_workspace *workspace, size_t horizon)
{
    return workspace->steps[horizon];
}

static void fill_pooled(struct prediction_workspace *workspace,
                        const struct forecaster_series *series, const struct result_layout *layout,
                        double *row)
{
    static const enum result_field median[POOLED_QUANTITIES] = {
        RESULT_POOLED_FITNESS, RESULT_POOLED_IMMEDIACY, RESULT_POOLED_LONGEVITY,
        RESULT_POOLED_ULTIMATE_COUNT, RESULT_POOLED_IMPACT_TIME};
    static const enum result_field quantiles_of[POOLED_QUANTITIES] = {
        RESULT_POOLED_FITNESS_QUANTILE, RESULT_POOLED_IMMEDIACY_QUANTILE,
        RESULT_POOLED_LONGEVITY_QUANTILE, RESULT_POOLED_ULTIMATE_COUNT_QUANTILE,
        RESULT_POOLED_IMPACT_TIME_QUANTILE};
    const struct config_list *list = &workspace->config->output.quantiles;
    double probability[CONFIG_LIST_MAX + 1];
    double quantile[POOLED_QUANTITIES][CONFIG_LIST_MAX + 1];
    /* The median takes its place among the increasing probabilities. */
    size_t middle = 0;
    while (middle < list->count && list->value[middle] < 0.5) {
        middle++;
    }
    memcpy(probability, list->value, middle * sizeof(double));
    probability[middle] = 0.5;
    memcpy(probability + middle + 1, list->value + middle, (list->count - middle) * sizeof(double));
    size_t count = list->count + 1;
    struct pooled_posterior posterior =
        forecaster_pooled(workspace->forecaster, series, probability, count, quantile[0]);
    double month = age_step_time(workspace->config->model.time_unit, workspace->step) *
                   (workspace->step == SERIES_STEP_DAY ? SERIES_DAYS_PER_MONTH : 1);
    for (size_t i = 0; i < POOLED_QUANTITIES; i++) {
        double *values = quantile[0] + i * count;
        for (size_t q = 0; q < count; q++) {
            values[q] += i == POOLED_IMMEDIACY ? log(month) : 0;
            values[q] *= i == POOLED_IMPACT_TIME ? month : 1;
        }
        row[layout->offset[median[i]]] = values[middle];
        double *target = row + layout->offset[quantiles_of[i]];
        memcpy(target, values, middle * sizeof(double));
        memcpy(target + middle, values + middle + 1, (list->count - middle) * sizeof(double));
    }
    double *flags = &row[layout->offset[RESULT_FIT_FLAGS]];
    unsigned known = isnan(*flags) ? 0 : (unsigned)*flags;
    known |= series->points.count < 2 ? FIT_PRIOR_ONLY : 0;
    known |= posterior.at_edge ? FIT_GRID_EDGE : 0;
    *flags = (double)known;
}

static void fill_drawn(struct prediction_workspace *workspace,
                       const struct forecaster_series *series, const struct result_layout *layout,
                       double *row, double *draw)
{
    const struct config *config = workspace->config;
    const struct config_list *quantiles = &config->output.quantiles;
    const struct config_list *thresholds = &config->forecast.thresholds;
    size_t draws = config->forecast.draws;
    size_t longest = workspace->steps[workspace->horizons - 1];
    struct random_stream stream =
        random_stream_open(config->run.seed, RANDOM_FORECAST, random_name_hash(series->name), 0);
    forecaster_posterior(workspace->forecaster, series, workspace->log_likelihood,
                         workspace->weight);
    forecaster_draw(workspace->forecaster, series, workspace->weight, &stream, longest,
                    workspace->path);
    for (size_t h = 0; h < workspace->horizons; h++) {
        const double *reached = workspace->path + (workspace->steps[h] - 1) * draws;
        if (draw != NULL) {
            memcpy(draw + h * draws, reached, draws * sizeof *draw);
        }
        memcpy(workspace->ordered, reached, draws * sizeof(double));
        forecast_summarise(workspace->ordered, draws, quantiles->value, quantiles->count,
                           &row[layout->offset[RESULT_FORECAST_COUNT] + h],
                           &row[layout->offset[RESULT_FORECAST_MEAN] + h],
                           row + layout->offset[RESULT_FORECAST_QUANTILE] + h * quantiles->count);
        for (size_t t = 0; t < thresholds->count; t++) {
            row[layout->offset[RESULT_EXCEEDANCE_PROBABILITY] + h * thresholds->count + t] =
                forecast_exceedance(reached, draws, thresholds->value[t]);
        }
    }
    for (size_t t = 0; t < thresholds->count; t++) {
        forecast_time_to_count(
            workspace->path, longest, draws, forecast_last_value(&series->points),
            thresholds->value[t], quantiles->value, quantiles->count,
            row + layout->offset[RESULT_TIME_TO_COUNT_QUANTILE] + t * quantiles->count);
    }
}

/** The forecast of a method without a distribution. */
static double single_forecast(const struct prediction_workspace *workspace,
                              const struct hierarchy_series *points,
                              const struct result_layout *layout, const double *row, double ahead)
{
    double month = workspace->step == SERIES_STEP_DAY ? SERIES_DAYS_PER_MONTH : 1;
    if (workspace->method == FORECAST_DRIFT) {
        return forecast_drift(points, 3 * month, ahead);
    }
    if (workspace->method == FORECAST_PERSISTENCE) {
        return forecast_drift(points, month, ahead);
    }
    struct growth_parameters parameters = {
        row[layout->offset[RESULT_FITNESS]],
        row[layout->offset[RESULT_IMMEDIACY]],
        row[layout->offset[RESULT_LONGEVITY]],
    };
    if (isnan(parameters.fitness)) {
        return NAN; /* no estimate to extrapolate */
    }
    double step = age_step_time(workspace->config->model.time_unit, workspace->step);
    return forecast_curve(&parameters, workspace->config->model.scale, step, points, ahead);
}

void prediction_fill(struct prediction_workspace *workspace, const struct series *series,
                     const struct result_layout *layout, double *row, double *draw)
{
    struct forecaster_series known = {
        .points = {series->count, series->age, series->observed},
        .name = series->name,
        .organization = series->organization,
    };
    fill_pooled(workspace, &known, layout, row);
    row[layout->offset[RESULT_FORECAST_METHOD]] = (double)workspace->method;
    if (workspace->method == FORECAST_HIERARCHICAL) {
        fill_drawn(workspace, &known, layout, row, draw);
        return;
    }
    size_t draws = workspace->config->forecast.draws;
    for (size_t h = 0; h < workspace->horizons; h++) {
        double value =
            single_forecast(workspace, &known.points, layout, row, (double)workspace->steps[h]);
        row[layout->offset[RESULT_FORECAST_COUNT] + h] = value;
        for (size_t i = 0; draw != NULL && i < draws; i++) {
            draw[h * draws + i] = value;
        }
    }
}
