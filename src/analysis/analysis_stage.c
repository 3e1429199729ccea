/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis_stage.h"

#include "age.h"

#include <math.h>

void stage_times(const struct analysis_plan *plan, const struct series *series, double *time)
{
    double step = age_step_time(plan->config.model.time_unit, plan->step);
    for (size_t i = 0; i < series->count; i++) {
        time[i] = series->age[i] * step;
    }
}

struct fit_estimate stage_estimate(const struct analysis_plan *plan, const struct series *series,
                                   const double *time, struct fit_workspace *workspace)
{
    struct fit_problem problem = {
        .count = series->count,
        .time = time,
        .observed = series->observed,
        .scale = plan->config.model.scale,
    };
    struct fit_estimate estimate;
    fit_series(&plan->config.fit, &problem, workspace, &estimate);
    if ((series->flags & SERIES_LEFT_CENSORED) != 0) {
        estimate.flags |= FIT_LEFT_CENSORED;
    }
    return estimate;
}

static void put(const struct analysis_plan *plan, double *row, enum result_field field,
                double value)
{
    row[plan->layout.offset[field]] = value;
}

void stage_put_estimate(const struct analysis_plan *plan, const struct series *series,
                        const struct fit_estimate *estimate, double *row)
{
    size_t length = analysis_row_length(plan);
    for (size_t i = 0; i < length; i++) {
        row[i] = NAN;
    }
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

struct ensemble_problem stage_bootstrap(const struct analysis_plan *plan,
                                        const struct series *series, const double *time,
                                        const struct fit_estimate *estimate)
{
    return (struct ensemble_problem){
        .name = series->name,
        .count = series->count,
        .time = time,
        .observed = series->observed,
        .scale = plan->config.model.scale,
        .estimate = estimate,
    };
}

struct grid *stage_grid(const struct analysis_plan *plan)
{
    return grid_create(&plan->config.hierarchy, plan->step, plan->max_count);
}

struct forecaster *stage_forecaster(const struct analysis_plan *plan, const struct grid *grid)
{
    const struct config *config = &plan->config;
    size_t longest = 0;
    for (size_t h = 0; h < config->forecast.horizons.count; h++) {
        size_t steps = age_in_steps(&config->forecast.horizons, h, plan->step);
        longest = steps > longest ? steps : longest;
    }
    struct forecaster_settings settings = forecaster_settings_make(config, plan->step);
    return forecaster_create(&settings, grid, (size_t)ceil(fmax(plan->max_age, 1)), longest,
                             plan->prior_organizations);
}
