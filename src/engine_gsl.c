/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reference engine: one replicate at a time, by the descents of the point estimates.
 */
#include "engine.h"
#include "engine_internal.h"
#include "fit_internal.h"

#include <math.h>

static void *create(size_t max_points)
{
    return fit_workspace_create(max_points);
}

static void release(void *workspace)
{
    fit_workspace_free(workspace);
}

/** Whether a replicate leaves the method nothing to fit. */
static bool is_degenerate(enum config_fit_method method, const struct fit_data *data)
{
    for (size_t k = 0; k < data->count; k++) {
        const double before = k > 0 ? data->observed[k - 1] : data->observed[k];
        const double value =
            method == FIT_NEGATIVE_BINOMIAL ? data->observed[k] - before : data->observed[k];
        const double weight = data->weight != NULL ? data->weight[k] : 1.0;
        if (isfinite(data->log_time[k]) && weight > 0.0 && value > 0.0) {
            return false;
        }
    }
    return true;
}

static enum refit_status refit_one(const struct refit_request *request, const struct fit_data *data,
                                   struct fit_workspace *workspace, struct fit_descent *descent)
{
    if (is_degenerate(request->method, data)) {
        return REFIT_DEGENERATE;
    }
    switch (request->method) {
    case FIT_LEAST_SQUARES:
        fit_least_squares_descend(data, workspace, &request->start, descent);
        break;
    case FIT_PAPER:
        fit_least_squares_descend_bounded(data, workspace, &request->start, descent);
        break;
    case FIT_NEGATIVE_BINOMIAL:
        fit_negative_binomial_descend(data, workspace, &request->start, request->dispersion,
                                      descent);
        break;
    }
    if (descent->status == FIT_DESCENT_FAILED || !isfinite(descent->cost)) {
        return REFIT_FAILED;
    }
    return descent->status == FIT_DESCENT_RIDGE ? REFIT_RIDGE : REFIT_CONVERGED;
}

static void refit(void *opaque, const struct refit_request *request,
                  const struct refit_result *result)
{
    struct fit_workspace *workspace = opaque;
    const struct fit_problem problem = {
        .count = request->count, .time = request->time, .scale = request->scale};
    struct fit_data data = fit_data_of(&problem, workspace);
    for (size_t b = 0; b < request->replicates; b++) {
        data.observed = request->observed + b * request->count;
        data.weight = request->weight != NULL ? request->weight + b * request->count : NULL;
        struct fit_descent descent;
        const enum refit_status status = refit_one(request, &data, workspace, &descent);
        const bool has_values = status == REFIT_CONVERGED || status == REFIT_RIDGE;
        result->fitness[b] = has_values ? descent.parameters.fitness : NAN;
        result->immediacy[b] = has_values ? descent.parameters.immediacy : NAN;
        result->longevity[b] = has_values ? descent.parameters.longevity : NAN;
        result->cost[b] = has_values ? descent.cost : NAN;
        result->status[b] = (unsigned char)status;
    }
}

const struct engine engine_gsl = {
    .name = "gsl",
    .create = create,
    .free = release,
    .refit = refit,
};
