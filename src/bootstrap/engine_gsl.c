/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reference engine: one replicate at a time, by the descents of the point estimates. A
 * replicate whose descent is lost is searched for from the start grid.
 */
#include "engine.h"
#include "engine_internal.h"
#include "fit_internal.h"

#include <math.h>

static void *create(size_t max_points, enum instruction_set set)
{
    (void)set;
    return fit_workspace_create(max_points);
}

static void release(void *workspace)
{
    fit_workspace_free(workspace);
}

/** Whether a replicate leaves the method nothing to fit. */
static bool is_degenerate(enum config_fit_method method, const struct fit_data *data)
{
    enum { FEWEST_POINTS = 3 };
    size_t points = 0;
    bool rises = false;
    for (size_t k = 0; k < data->count; k++) {
        if (!isfinite(data->log_time[k]) || (data->weight != NULL && data->weight[k] == 0.0)) {
            continue;
        }
        const double before = k > 0 ? data->observed[k - 1] : data->observed[k];
        points++;
        rises |= data->observed[k] > (method == FIT_NEGATIVE_BINOMIAL ? before : 0.0);
    }
    return !rises || points < FEWEST_POINTS;
}

/** The ridge as engine.h states it. */
static bool is_on_ridge(const struct fit_data *data, const struct growth_parameters *parameters)
{
    const double last = data->log_time[data->count - 1];
    return growth_normal_distribution((last - parameters->immediacy) / parameters->longevity) <
           REFIT_RIDGE_SHARE;
}

static const struct fit_objective *objective_of(enum config_fit_method method)
{
    static const struct fit_objective *const table[] = {
        [FIT_LEAST_SQUARES] = &fit_squares,
        [FIT_NEGATIVE_BINOMIAL] = &fit_likelihood,
        [FIT_PAPER] = &fit_bounded_squares,
    };
    return table[method];
}

/** A descent that ran out of iterations or into a step curve may have lost its valley. */
static bool is_suspect(const struct fit_descent *descent)
{
    return descent->status == FIT_DESCENT_FAILED || !isfinite(descent->cost) ||
           descent->parameters.longevity <= FIT_LONGEVITY_MINIMUM;
}

static enum refit_status refit_one(const struct refit_request *request, size_t replicate,
                                   const struct fit_data *data, struct fit_workspace *workspace,
                                   struct fit_descent *descent)
{
    if (is_degenerate(request->method, data)) {
        return REFIT_DEGENERATE;
    }
    const struct fit_objective *objective = objective_of(request->method);
    const struct growth_parameters *start =
        request->starts != NULL ? &request->starts[replicate] : &request->start;
    fit_search_from(objective, data, workspace, start, request->dispersion, descent);
    if (is_suspect(descent) && request->starts == NULL) {
        struct fit_descent other;
        fit_search(objective, data, workspace, &other);
        if (!(descent->cost <= other.cost)) {
            *descent = other;
        }
    }
    if (descent->status == FIT_DESCENT_FAILED || !isfinite(descent->cost)) {
        return REFIT_FAILED;
    }
    return is_on_ridge(data, &descent->parameters) ? REFIT_RIDGE : REFIT_CONVERGED;
}

static void refit(void *opaque, const struct refit_request *request,
                  const struct refit_result *result)
{
    struct fit_workspace *workspace = opaque;
    const struct fit_problem problem = {
        .count = request->count, .time = request->time, .scale = request->scale};
    struct fit_data data = fit_data_of(&problem, workspace);
    for (size_t b = 0; b < request->replicates; b++) {
        const size_t offset = request->shared ? 0 : b * request->count;
        data.observed = request->observed + offset;
        data.weight = request->weight != NULL ? request->weight + offset : NULL;
        struct fit_descent descent;
        const enum refit_status status = refit_one(request, b, &data, workspace, &descent);
        const bool has_values = status == REFIT_CONVERGED || status == REFIT_RIDGE;
        result->fitness[b] = has_values ? descent.parameters.fitness : NAN;
        result->immediacy[b] = has_values ? descent.parameters.immediacy : NAN;
        result->longevity[b] = has_values ? descent.parameters.longevity : NAN;
        result->cost[b] = has_values ? descent.cost : NAN;
        result->status[b] = (unsigned char)status;
    }
}

static const struct fit_scout *scout(void *workspace)
{
    (void)workspace;
    return NULL;
}

const struct engine engine_gsl = {
    .name = "gsl",
    .create = create,
    .free = release,
    .refit = refit,
    .scout = scout,
};
