/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis.h"

#include "analysis_stage.h"
#include "engine.h"
#include "memory.h"
#include "prediction.h"

#include <stdlib.h>
#include <string.h>

struct analysis {
    const struct analysis_plan *plan;
    struct fit_workspace *fit;
    struct ensemble *ensemble;
    struct grid *grid;
    struct forecaster *forecaster;
    struct hierarchy_prior prior; /* the forecaster's, once that has ended */
    struct prediction_workspace *prediction;
    double *partial; /* the values of sums and forecasts, one after the other */
    size_t partial_length;
    struct organization_sums *sums;
    struct organization_forecasts forecasts;
    double *time; /* [max_points] ages in the unit of mu */
    double *draw; /* [horizons][draws] of the model under way */
};

static void create_sums(struct analysis *analysis)
{
    const struct organization_plan *plan = &analysis->plan->organizations;
    const struct config_forecast *config = &analysis->plan->config.forecast;
    size_t curves = organization_sums_length(plan);
    size_t draws = organization_forecasts_length(plan, config->horizons.count, config->draws);
    analysis->partial_length = curves + draws;
    analysis->partial = memory_pages(curves + draws, sizeof *analysis->partial);
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
    fit_workspace_set_scout(analysis->fit, ensemble_scout(analysis->ensemble));
    analysis->time = memory_array(plan->max_points, sizeof *analysis->time);
    analysis->grid = stage_grid(plan);
    analysis->forecaster = stage_forecaster(plan, analysis->grid);
    analysis->prediction = prediction_create(&plan->config, analysis->forecaster, analysis->grid,
                                             plan->step, plan->forecast_method);
    create_sums(analysis);
    return analysis;
}

void analysis_end(struct analysis *analysis)
{
    if (analysis->forecaster != NULL) {
        analysis->prior = *forecaster_prior(analysis->forecaster);
    }
    fit_workspace_free(analysis->fit);
    ensemble_free(analysis->ensemble);
    prediction_free(analysis->prediction);
    forecaster_free(analysis->forecaster);
    free(analysis->draw);
    free(analysis->time);
    analysis->fit = NULL;
    analysis->ensemble = NULL;
    analysis->prediction = NULL;
    analysis->forecaster = NULL;
    analysis->draw = NULL;
    analysis->time = NULL;
}

void analysis_free(struct analysis *analysis)
{
    if (analysis == NULL) {
        return;
    }
    analysis_end(analysis);
    grid_free(analysis->grid);
    organization_sums_free(analysis->sums);
    free(analysis->partial);
    free(analysis);
}

const struct hierarchy_prior *analysis_prior(const struct analysis *analysis)
{
    return &analysis->prior;
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
    memset(analysis->partial, 0, analysis->partial_length * sizeof *analysis->partial);
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

/* What the sink of the ensemble needs to know of the model under way. */
struct addition {
    struct organization_sums *sums;
    const struct series *series;
};

static void add_curves(void *context, size_t point, const double *curve, size_t replicates)
{
    (void)replicates;
    const struct addition *addition = context;
    organization_sums_add(addition->sums, addition->series, point, curve);
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
    struct ensemble_problem problem = stage_bootstrap(plan, series, analysis->time, estimate);
    struct addition addition = {analysis->sums, series};
    struct ensemble_sink sink = {&addition, add_curves};
    if (!ensemble_run(analysis->ensemble, &problem, &plan->layout, row, &sink)) {
        organization_sums_add_observed(analysis->sums, series);
    } else if (analysis_keeps_replicates(&plan->config)) {
        keep_replicates(analysis, row + plan->layout.length);
    }
}

void analysis_model(struct analysis *analysis, const struct series *series, double *row)
{
    const struct analysis_plan *plan = analysis->plan;
    stage_times(plan, series, analysis->time);
    struct fit_estimate estimate = stage_estimate(plan, series, analysis->time, analysis->fit);
    stage_put_estimate(plan, series, &estimate, row);
    bootstrap(analysis, series, &estimate, row);
    struct series pooled = *series;
    pooled.organization += plan->first_organization;
    prediction_fill(analysis->prediction, &pooled, &plan->layout, row, analysis->draw);
    organization_forecasts_add(&analysis->forecasts, series, analysis->draw);
}
