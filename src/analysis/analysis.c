/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis.h"

#include "age.h"
#include "engine.h"
#include "ensemble.h"
#include "fit.h"
#include "memory.h"
#include "prediction.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct analysis {
    const struct analysis_plan *plan;
    struct fit_workspace *fit;
    struct ensemble *ensemble;
    struct grid *grid;
    struct forecaster *forecaster;
    struct prediction_workspace *prediction;
    double *partial; /* the values of sums and forecasts, one after the other */
    size_t partial_length;
    struct organization_sums *sums;
    struct organization_forecasts forecasts;
    double *time; /* [max_points] ages in the unit of mu */
    double *draw; /* [horizons][draws] of the model under way */
};

double analysis_step_time(const struct config *config, enum series_step step)
{
    double months = step == SERIES_STEP_MONTH ? 1 : 1 / SERIES_DAYS_PER_MONTH;
    switch (config->model.time_unit) {
    case TIME_UNIT_STEP:
        return 1;
    case TIME_UNIT_MONTH:
        return months;
    case TIME_UNIT_DAY:
        return step == SERIES_STEP_DAY ? 1 : SERIES_DAYS_PER_MONTH;
    case TIME_UNIT_YEAR:
        return step == SERIES_STEP_MONTH ? 1.0 / 12 : 1 / (12 * SERIES_DAYS_PER_MONTH);
    }
    return 1;
}

struct analysis_plan analysis_plan_make(const struct config *config, const struct catalog *catalog,
                                        enum config_forecast_method method,
                                        enum instruction_set set)
{
    struct analysis_plan plan = {
        .config = *config,
        .step = catalog->step,
        .set = set,
        .forecast_method = method,
        .layout =
            result_layout_make(config->output.quantiles.count, config->forecast.horizons.count,
                               config->forecast.thresholds.count),
        .organizations = organization_plan_make(catalog, config->organization.maximum,
                                                config->bootstrap.replicates),
    };
    for (size_t i = 0; i < catalog->series_count; i++) {
        const struct series *series = &catalog->series[i];
        plan.max_points = series->count > plan.max_points ? series->count : plan.max_points;
        plan.max_age = fmax(plan.max_age, series->age[series->count - 1]);
        plan.max_count = fmax(plan.max_count, series_last_count(series));
    }
    return plan;
}

void analysis_plan_free(struct analysis_plan *plan)
{
    organization_plan_free(&plan->organizations);
}

void analysis_plan_pack(const struct analysis_plan *plan, struct buffer *buffer)
{
    struct analysis_plan flat = *plan;
    memset(&flat.organizations, 0, sizeof flat.organizations);
    buffer_append(buffer, &flat, sizeof flat);
    size_t length = 0;
    double *organizations = organization_plan_pack(&plan->organizations, &length);
    buffer_append(buffer, organizations, length * sizeof *organizations);
    free(organizations);
}

struct analysis_plan analysis_plan_unpack(const struct buffer *buffer)
{
    struct analysis_plan plan;
    assert(buffer->size > sizeof plan);
    memcpy(&plan, buffer->bytes, sizeof plan);
    size_t bytes = buffer->size - sizeof plan;
    double *organizations = memory_array(bytes, 1);
    memcpy(organizations, buffer->bytes + sizeof plan, bytes);
    plan.organizations = organization_plan_unpack(organizations);
    free(organizations);
    return plan;
}

static bool keeps_replicates(const struct config *config)
{
    return config->bootstrap.keep && config->bootstrap.replicates > 0;
}

size_t analysis_row_length(const struct analysis_plan *plan)
{
    size_t kept = keeps_replicates(&plan->config) ? 3 * plan->config.bootstrap.replicates : 0;
    return plan->layout.length + kept;
}

double analysis_cost(const struct series *series)
{
    return series_all_zero(series) ? 1 : 10 + (double)series->count;
}

/* The hierarchical model and what it needs. */
static void create_prediction(struct analysis *analysis)
{
    const struct analysis_plan *plan = analysis->plan;
    const struct config *config = &plan->config;
    size_t longest = 0;
    for (size_t h = 0; h < config->forecast.horizons.count; h++) {
        size_t steps = age_in_steps(&config->forecast.horizons, h, plan->step);
        longest = steps > longest ? steps : longest;
    }
    struct forecaster_settings settings =
        forecaster_settings_make(&config->hierarchy, config->model.scale, plan->step);
    analysis->grid = grid_create(&config->hierarchy, plan->step, plan->max_count);
    analysis->forecaster =
        forecaster_create(&settings, analysis->grid, (size_t)ceil(fmax(plan->max_age, 1)), longest,
                          plan->organizations.grid.organization_count - 1);
    analysis->prediction = prediction_create(config, analysis->forecaster, analysis->grid,
                                             plan->step, plan->forecast_method);
}

static void create_sums(struct analysis *analysis)
{
    const struct organization_plan *plan = &analysis->plan->organizations;
    const struct config_forecast *config = &analysis->plan->config.forecast;
    size_t curves = organization_sums_length(plan);
    size_t draws = organization_forecasts_length(plan, config->horizons.count, config->draws);
    analysis->partial_length = curves + draws;
    analysis->partial = memory_array(curves + draws, sizeof *analysis->partial);
    analysis->sums = organization_sums_create(plan, analysis->partial);
    analysis->forecasts = (struct organization_forecasts){
        .plan = plan,
        .horizons = config->horizons.count,
        .draws = config->draws,
        .value = analysis->partial + curves,
    };
    analysis->draw = memory_array(config->horizons.count * config->draws, sizeof(double));
}

struct analysis *analysis_create(const struct analysis_plan *plan)
{
    struct analysis *analysis = memory_array(1, sizeof *analysis);
    analysis->plan = plan;
    analysis->fit = fit_workspace_create(plan->max_points);
    analysis->ensemble = ensemble_create(&plan->config, engine_of(plan->config.fit.engine),
                                         plan->max_points, plan->set);
    analysis->time = memory_array(plan->max_points, sizeof *analysis->time);
    create_prediction(analysis);
    create_sums(analysis);
    return analysis;
}

void analysis_free(struct analysis *analysis)
{
    if (analysis == NULL) {
        return;
    }
    fit_workspace_free(analysis->fit);
    ensemble_free(analysis->ensemble);
    prediction_free(analysis->prediction);
    forecaster_free(analysis->forecaster);
    grid_free(analysis->grid);
    organization_sums_free(analysis->sums);
    free(analysis->partial);
    free(analysis->draw);
    free(analysis->time);
    free(analysis);
}

struct forecaster *analysis_forecaster(struct analysis *analysis)
{
    return analysis->forecaster;
}

const struct grid *analysis_grid(const struct analysis *analysis)
{
    return analysis->grid;
}

double *analysis_sums(struct analysis *analysis, size_t *length)
{
    *length = analysis->partial_length;
    return analysis->partial;
}

const struct organization_sums *analysis_organization_sums(const struct analysis *analysis)
{
    return analysis->sums;
}

const struct organization_forecasts *
analysis_organization_forecasts(const struct analysis *analysis)
{
    return &analysis->forecasts;
}

static void put(const struct analysis_plan *plan, double *row, enum result_field field,
                double value)
{
    row[plan->layout.offset[field]] = value;
}

static void put_estimate(const struct analysis_plan *plan, const struct series *series,
                         const struct fit_estimate *estimate, double *row)
{
    const struct growth_parameters *parameters = &estimate->parameters;
    put(plan, row, RESULT_FIT_STATUS, (double)estimate->status);
    put(plan, row, RESULT_FIT_FLAGS, (double)estimate->flags);
    put(plan, row, RESULT_OBSERVATION_COUNT, (double)series->count);
    put(plan, row, RESULT_FITNESS, parameters->fitness);
    put(plan, row, RESULT_IMMEDIACY, parameters->immediacy);
    put(plan, row, RESULT_LONGEVITY, parameters->longevity);
    put(plan, row, RESULT_ULTIMATE_COUNT,
        growth_ultimate(parameters->fitness, plan->config.model.scale));
    put(plan, row, RESULT_IMPACT_TIME, exp(parameters->immediacy));
    put(plan, row, RESULT_FIT_RMSE, estimate->rmse);
    put(plan, row, RESULT_LOG_LIKELIHOOD, estimate->log_likelihood);
    put(plan, row, RESULT_DISPERSION, estimate->dispersion);
}

/* What the sink of the ensemble needs to know of the model under way. */
struct addition {
    struct organization_sums *sums;
    const struct series *series;
};

static void add_curves(void *context, const double *curve, size_t count, size_t replicates)
{
    (void)count;
    (void)replicates;
    const struct addition *addition = context;
    organization_sums_add(addition->sums, addition->series, curve);
}

static void keep_replicates(const struct analysis *analysis, double *kept)
{
    size_t replicates = analysis->plan->config.bootstrap.replicates;
    const struct refit_result *refits = ensemble_refits(analysis->ensemble);
    memcpy(kept, refits->fitness, replicates * sizeof *kept);
    memcpy(kept + replicates, refits->immediacy, replicates * sizeof *kept);
    memcpy(kept + 2 * replicates, refits->longevity, replicates * sizeof *kept);
}

static void bootstrap(struct analysis *analysis, const struct series *series,
                      const struct fit_estimate *estimate, double *row)
{
    const struct analysis_plan *plan = analysis->plan;
    struct ensemble_problem problem = {
        .name = series->name,
        .count = series->count,
        .time = analysis->time,
        .observed = series->observed,
        .scale = plan->config.model.scale,
        .estimate = estimate,
    };
    struct addition addition = {analysis->sums, series};
    struct ensemble_sink sink = {&addition, add_curves};
    if (!ensemble_run(analysis->ensemble, &problem, &plan->layout, row, &sink)) {
        organization_sums_add_observed(analysis->sums, series);
    } else if (keeps_replicates(&plan->config)) {
        keep_replicates(analysis, row + plan->layout.length);
    }
}

void analysis_model(struct analysis *analysis, const struct series *series, double *row)
{
    const struct analysis_plan *plan = analysis->plan;
    size_t length = analysis_row_length(plan);
    for (size_t i = 0; i < length; i++) {
        row[i] = NAN;
    }
    double step = analysis_step_time(&plan->config, plan->step);
    for (size_t i = 0; i < series->count; i++) {
        analysis->time[i] = series->age[i] * step;
    }
    struct fit_problem problem = {
        .count = series->count,
        .time = analysis->time,
        .observed = series->observed,
        .scale = plan->config.model.scale,
    };
    struct fit_estimate estimate;
    fit_series(&plan->config.fit, &problem, analysis->fit, &estimate);
    if ((series->flags & SERIES_LEFT_CENSORED) != 0) {
        estimate.flags |= FIT_LEFT_CENSORED;
    }
    put_estimate(plan, series, &estimate, row);
    bootstrap(analysis, series, &estimate, row);
    prediction_fill(analysis->prediction, series, &plan->layout, row, analysis->draw);
    organization_forecasts_add(&analysis->forecasts, series, analysis->draw);
}
