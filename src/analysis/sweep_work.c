/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep_work.h"

#include "age.h"
#include "analysis_stage.h"
#include "choice.h"
#include "engine.h"
#include "learning.h"
#include "memory.h"
#include "prediction.h"
#include "sweep_result.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A result that is kept for the model under way. */
struct kept {
    size_t model; /* SIZE_MAX: none */
    double *row;  /* of analysis_row_length() */
};

/* A combination. What a group of combinations shares stands in its first one. */
struct combination {
    struct analysis_plan plan;
    size_t first[SWEEP_STAGES]; /* of the group of each stage, as an index among all */
    double shift;               /* ln of the combination's unit of t in that of the sweep */

    struct catalog window; /* of SWEEP_STAGE_WINDOW */
    size_t *series;        /* [models] their place in window, SIZE_MAX: none */
    struct fit_estimate estimate;
    struct kept estimated;
    struct ensemble *ensemble;
    struct kept bootstrapped;
    struct grid *nodes; /* of SWEEP_STAGE_FORECASTER, as the next */
    struct forecaster *forecaster;
    struct prediction_workspace *prediction;
    struct kept forecast;
};

struct sweep_work {
    struct sweep_work_request request;
    struct combination *combination; /* [request.count] */
    struct fit_workspace *fit;
    double *time; /* [points of the longest series] */
};

/* The first combination of the group to which i belongs. */
static struct combination *shared(struct sweep_work *work, size_t i, enum sweep_stage stage)
{
    return &work->combination[work->combination[i].first[stage]];
}

static bool is_first(const struct sweep_work *work, size_t i, enum sweep_stage stage)
{
    return work->combination[i].first[stage] == i;
}

static void group(struct sweep_work *work)
{
    const struct sweep_work_request *request = &work->request;
    for (size_t i = 0; i < request->count; i++) {
        for (unsigned stage = 0; stage < SWEEP_STAGES; stage++) {
            size_t same =
                sweep_grid_same(request->grid, (enum sweep_stage)stage, request->combination[i]);
            size_t first = 0;
            while (sweep_grid_same(request->grid, (enum sweep_stage)stage,
                                   request->combination[first]) != same) {
                first++;
            }
            work->combination[i].first[stage] = first;
        }
    }
}

/* The series as far as the window shows them. */
static bool open_window(struct sweep_work *work, struct combination *own,
                        const struct config *config, struct error *error)
{
    const struct catalog *whole = work->request.catalog;
    struct buffer copy = {0};
    catalog_pack(whole, &copy);
    (void)catalog_unpack(&copy, &own->window);
    buffer_free(&copy);
    (void)catalog_observe(&own->window, (double)config->input.observation_window);
    catalog_finish(&own->window);
    own->series = memory_array(whole->series_count, sizeof *own->series);
    size_t next = 0;
    for (size_t i = 0; i < whole->series_count; i++) {
        bool seen = next < own->window.series_count &&
                    strcmp(own->window.series[next].name, whole->series[i].name) == 0;
        own->series[i] = seen ? next++ : SIZE_MAX;
    }
    return next > 0 ||
           error_set(error, ERROR_INPUT, "no series has a point in input.observation_window = %zu",
                     config->input.observation_window);
}

/* The forecasting method, which rank 0 chooses where it is auto. Collective. */
static enum config_forecast_method choose_method(struct sweep_work *work, size_t i,
                                                 const struct config *config,
                                                 struct transport *transport)
{
    if (!is_first(work, i, SWEEP_STAGE_FORECAST)) {
        return shared(work, i, SWEEP_STAGE_FORECAST)->plan.forecast_method;
    }
    enum config_forecast_method method = FORECAST_HIERARCHICAL;
    if (transport_rank(transport) == 0) {
        char evidence[256];
        method = choice_forecast_method(config, &shared(work, i, SWEEP_STAGE_WINDOW)->window,
                                        evidence, sizeof evidence);
    }
    transport_broadcast(transport, &method, sizeof method);
    return method;
}

static struct kept keep(const struct analysis_plan *plan)
{
    return (struct kept){SIZE_MAX, memory_array(analysis_row_length(plan), sizeof(double))};
}

/* The plan of a combination, without sums over organizations, and the workspaces that no earlier
   combination has. */
static bool prepare(struct sweep_work *work, size_t i, struct transport *transport,
                    struct error *error)
{
    const struct sweep_work_request *request = &work->request;
    struct combination *own = &work->combination[i];
    struct config config = *request->config;
    sweep_grid_apply(request->grid, request->combination[i], &config);
    config.organization.maximum = 0;
    config.bootstrap.keep = false;
    if (is_first(work, i, SWEEP_STAGE_WINDOW) && !open_window(work, own, &config, error)) {
        return false;
    }
    const struct catalog *window = &shared(work, i, SWEEP_STAGE_WINDOW)->window;
    own->plan = analysis_plan_make(&config, window, choose_method(work, i, &config, transport),
                                   request->set);
    own->shift = log(age_step_time(request->config->model.time_unit, window->step) /
                     age_step_time(config.model.time_unit, window->step));
    const struct analysis_plan *plan = &own->plan;
    if (is_first(work, i, SWEEP_STAGE_ESTIMATE)) {
        own->estimated = keep(plan);
    }
    if (is_first(work, i, SWEEP_STAGE_BOOTSTRAP)) {
        own->bootstrapped = keep(plan);
        own->ensemble = ensemble_create(&plan->config, engine_of(plan->config.fit.engine),
                                        plan->max_points, plan->set);
    }
    if (is_first(work, i, SWEEP_STAGE_FORECASTER)) {
        own->nodes = stage_grid(plan);
        own->forecaster = stage_forecaster(plan, own->nodes);
    }
    if (is_first(work, i, SWEEP_STAGE_FORECAST)) {
        const struct combination *model = shared(work, i, SWEEP_STAGE_FORECASTER);
        own->forecast = keep(plan);
        own->prediction = prediction_create(&plan->config, model->forecaster, model->nodes,
                                            plan->step, plan->forecast_method);
    }
    return true;
}

/* Gives the forecaster of combination i its prior. Collective. */
static bool learn(struct sweep_work *work, size_t i, struct transport *transport,
                  struct error *error)
{
    struct combination *own = &work->combination[i];
    const struct config *config = &own->plan.config;
    const struct combination *teacher = shared(work, i, SWEEP_STAGE_PRIOR);
    if (teacher == own) {
        size_t taught;
        return learning_prior(transport, own->forecaster,
                              &shared(work, i, SWEEP_STAGE_WINDOW)->window, config->run.seed,
                              config->hierarchy.min_series, &taught, error);
    }
    forecaster_take_prior(own->forecaster, teacher->forecaster);
    return true;
}

struct sweep_work *sweep_work_create(const struct sweep_work_request *request,
                                     struct transport *transport, struct error *error)
{
    struct sweep_work *work = memory_array(1, sizeof *work);
    work->request = *request;
    work->combination = memory_array(request->count, sizeof *work->combination);
    size_t points = 0;
    for (size_t i = 0; i < request->catalog->series_count; i++) {
        size_t count = request->catalog->series[i].count;
        points = count > points ? count : points;
    }
    work->fit = fit_workspace_create(points);
    work->time = memory_array(points, sizeof *work->time);
    group(work);
    bool done = true;
    for (size_t i = 0; i < request->count && done; i++) {
        done = prepare(work, i, transport, error) &&
               (!is_first(work, i, SWEEP_STAGE_FORECASTER) || learn(work, i, transport, error));
    }
    if (!done) {
        sweep_work_free(work);
        return NULL;
    }
    return work;
}

static void release(struct combination *combination)
{
    prediction_free(combination->prediction);
    forecaster_free(combination->forecaster);
    grid_free(combination->nodes);
    ensemble_free(combination->ensemble);
    free(combination->estimated.row);
    free(combination->bootstrapped.row);
    free(combination->forecast.row);
    free(combination->series);
    catalog_free(&combination->window);
    analysis_plan_free(&combination->plan);
}

void sweep_work_free(struct sweep_work *work)
{
    if (work == NULL) {
        return;
    }
    for (size_t i = 0; i < work->request.count; i++) {
        release(&work->combination[i]);
    }
    fit_workspace_free(work->fit);
    free(work->combination);
    free(work->time);
    free(work);
}

size_t sweep_work_groups(const struct sweep_work *work, enum sweep_stage stage)
{
    size_t groups = 0;
    for (size_t i = 0; i < work->request.count; i++) {
        groups += is_first(work, i, stage) ? 1 : 0;
    }
    return groups;
}

static const struct combination *estimate(struct sweep_work *work, size_t i, size_t model,
                                          const struct series *series)
{
    struct combination *own = shared(work, i, SWEEP_STAGE_ESTIMATE);
    if (own->estimated.model != model) {
        stage_times(&own->plan, series, work->time);
        /* The first of an estimate is the first of a bootstrap, too, which has more keys. */
        fit_workspace_set_scout(work->fit, ensemble_scout(own->ensemble));
        own->estimate = stage_estimate(&own->plan, series, work->time, work->fit);
        stage_put_estimate(&own->plan, series, &own->estimate, own->estimated.row);
        own->estimated.model = model;
    }
    return own;
}

/* A row for the next stage, which begins with the estimate. */
static void begin_row(const struct combination *estimated, struct kept *kept, size_t model)
{
    memcpy(kept->row, estimated->estimated.row,
           analysis_row_length(&estimated->plan) * sizeof *kept->row);
    kept->model = model;
}

static const double *bootstrap(struct sweep_work *work, size_t i, size_t model,
                               const struct series *series)
{
    struct combination *own = shared(work, i, SWEEP_STAGE_BOOTSTRAP);
    if (own->bootstrapped.model != model) {
        const struct combination *estimated = estimate(work, i, model, series);
        begin_row(estimated, &own->bootstrapped, model);
        stage_times(&own->plan, series, work->time);
        struct ensemble_problem problem =
            stage_bootstrap(&own->plan, series, work->time, &estimated->estimate);
        (void)ensemble_run(own->ensemble, &problem, &own->plan.layout, own->bootstrapped.row, NULL);
    }
    return own->bootstrapped.row;
}

static const double *forecast(struct sweep_work *work, size_t i, size_t model,
                              const struct series *series)
{
    struct combination *own = shared(work, i, SWEEP_STAGE_FORECAST);
    if (own->forecast.model != model) {
        begin_row(estimate(work, i, model, series), &own->forecast, model);
        prediction_fill(own->prediction, series, &own->plan.layout, own->forecast.row, NULL);
    }
    return own->forecast.row;
}

void sweep_work_row(struct sweep_work *work, size_t i, size_t model, double *row)
{
    const struct combination *own = &work->combination[i];
    const struct combination *window = shared(work, i, SWEEP_STAGE_WINDOW);
    if (window->series[model] == SIZE_MAX) {
        sweep_result_take_none(work->request.config, row);
        return;
    }
    const struct series *series = &window->window.series[window->series[model]];
    struct sweep_result_parts parts = {
        .estimate = estimate(work, i, model, series)->estimated.row,
        .bootstrap = bootstrap(work, i, model, series),
        .forecast = forecast(work, i, model, series),
    };
    sweep_result_take(work->request.config, &own->plan.layout, &parts, own->shift, row);
}
