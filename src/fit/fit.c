/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fit.h"

#include "fit_internal.h"
#include "likelihood.h"
#include "memory.h"
#include "trust_region_reflective.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

struct fit_workspace *fit_workspace_create(size_t max_points)
{
    struct fit_workspace *workspace = memory_array(1, sizeof *workspace);
    workspace->max_points = max_points;
    workspace->log_time = memory_array(max_points, sizeof(double));
    workspace->distribution = memory_array(max_points, sizeof(double));
    workspace->height = memory_array(max_points, sizeof(double));
    workspace->increment = memory_array(max_points, sizeof(double));
    workspace->mean = memory_array(max_points, sizeof(double));
    workspace->mean_gradient = memory_array(3 * max_points, sizeof(double));
    workspace->solver = fit_solver_create();
    workspace->reflective = trust_region_workspace_create(max_points, 3);
    return workspace;
}

void fit_workspace_free(struct fit_workspace *workspace)
{
    if (workspace == NULL) {
        return;
    }
    free(workspace->log_time);
    free(workspace->distribution);
    free(workspace->height);
    free(workspace->increment);
    free(workspace->mean);
    free(workspace->mean_gradient);
    fit_solver_free(workspace->solver);
    trust_region_workspace_free(workspace->reflective);
    free(workspace);
}

void fit_workspace_set_scout(struct fit_workspace *workspace, const struct fit_scout *scout)
{
    workspace->scout = scout;
}

const struct fit_method *fit_method_of(enum config_fit_method method)
{
    static const struct fit_method *const table[] = {
        [FIT_LEAST_SQUARES] = &fit_least_squares,
        [FIT_NEGATIVE_BINOMIAL] = &fit_negative_binomial,
        [FIT_PAPER] = &fit_paper,
    };
    return table[method];
}

struct fit_data fit_data_of(const struct fit_problem *problem, struct fit_workspace *workspace)
{
    assert(problem->count <= workspace->max_points);
    for (size_t k = 0; k < problem->count; k++) {
        workspace->log_time[k] = log(problem->time[k]); /* -infinity at 0 */
    }
    return (struct fit_data){.count = problem->count,
                             .time = problem->time,
                             .log_time = workspace->log_time,
                             .observed = problem->observed,
                             .weight = problem->weight,
                             .scale = problem->scale};
}

struct fit_problem fit_problem_of(const struct fit_data *data)
{
    return (struct fit_problem){.count = data->count,
                                .time = data->time,
                                .observed = data->observed,
                                .weight = data->weight,
                                .scale = data->scale};
}

/** Number of points after age 0. */
static size_t points_after_release(const struct fit_problem *problem)
{
    size_t count = 0;
    for (size_t k = 0; k < problem->count; k++) {
        count += problem->time[k] > 0.0 ? 1 : 0;
    }
    return count;
}

/** Flags that follow from the data alone. */
static unsigned data_flags(const struct config_fit *config, const struct fit_problem *problem,
                           size_t points)
{
    const double last = problem->observed[problem->count - 1];
    double largest = 0.0;
    for (size_t k = 1; k < problem->count; k++) {
        largest = fmax(largest, problem->observed[k] - problem->observed[k - 1]);
    }
    unsigned flags = 0;
    flags |= largest > config->step_fraction * last ? FIT_STEP_LIKE : 0u;
    flags |= points < config->short_series ? FIT_SHORT_SERIES : 0u;
    flags |= last < config->low_count ? FIT_LOW_COUNT : 0u;
    return flags;
}

static bool is_all_zero(const struct fit_problem *problem)
{
    for (size_t k = 0; k < problem->count; k++) {
        if (problem->observed[k] > 0.0) {
            return false;
        }
    }
    return true;
}

/** Fills what can be said about any curve: rmse, dispersion, log-likelihood. */
static void assess(const struct fit_problem *problem, struct fit_workspace *workspace,
                   struct fit_estimate *estimate)
{
    const struct fit_data data = fit_data_of(problem, workspace);
    double squares = 0.0, before = 0.0;
    for (size_t k = 0; k < problem->count; k++) {
        const double now = growth_count(&estimate->parameters, problem->scale, problem->time[k]);
        const double error = now - problem->observed[k];
        squares += error * error;
        if (k > 0) {
            workspace->mean[k] = fmax(now - before, LIKELIHOOD_MEAN_FLOOR);
            workspace->increment[k] = fmax(problem->observed[k] - problem->observed[k - 1], 0.0);
        }
        before = now;
    }
    estimate->rmse = sqrt(squares / (double)problem->count);
    if (isnan(estimate->dispersion)) {
        double cost;
        estimate->dispersion = fit_dispersion_maximise(&data, workspace, NAN, &cost);
        estimate->log_likelihood = -cost;
    } else {
        estimate->log_likelihood = likelihood_increments(
            &estimate->parameters, problem->scale, estimate->dispersion, problem->count,
            problem->time, problem->observed, problem->weight);
    }
}

size_t fit_fewest_points(const struct config_fit *config)
{
    enum { PARAMETERS = 3 };
    return config->method == FIT_PAPER ? 1 : PARAMETERS;
}

void fit_series(const struct config_fit *config, const struct fit_problem *problem,
                struct fit_workspace *workspace, struct fit_estimate *estimate)
{
    *estimate = (struct fit_estimate){
        .parameters = {NAN, NAN, NAN}, .dispersion = NAN, .rmse = NAN, .log_likelihood = NAN};
    const size_t points = points_after_release(problem);
    estimate->flags = problem->count > 0 ? data_flags(config, problem, points) : 0u;
    if (problem->count > 0 && is_all_zero(problem)) {
        estimate->status = FIT_ALL_ZERO;
        return;
    }
    if (points < fit_fewest_points(config)) {
        estimate->status = FIT_TOO_SHORT;
        return;
    }
    fit_method_of(config->method)->estimate(config, problem, workspace, estimate);
    if (isnan(estimate->parameters.fitness)) {
        return;
    }
    assess(problem, workspace, estimate);
    if (fit_profile_unbounded(config, problem, workspace, estimate)) {
        estimate->flags |= FIT_FITNESS_UNBOUNDED;
    }
}
