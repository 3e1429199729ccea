/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fit_internal.h"

#include <math.h>
#include <stdbool.h>

void fit_search_from(const struct fit_objective *objective, const struct fit_data *data,
                     struct fit_workspace *workspace, const struct growth_parameters *start,
                     double dispersion, struct fit_descent *descent)
{
    objective->descend(data, workspace, start, dispersion, descent);
    if (!(descent->parameters.fitness > FIT_FITNESS_LIMIT)) {
        return;
    }
    const struct growth_parameters beyond = descent->parameters;
    objective->descend_fixed(data, workspace, &beyond, FIT_FITNESS_LIMIT, descent->dispersion, NAN,
                             descent);
    if (descent->status == FIT_DESCENT_CONVERGED) {
        descent->status = FIT_DESCENT_RIDGE;
    }
    /* mu, sigma and r are at their best, so the partial derivative is that of the profile */
    if (!(objective->slope(data, &descent->parameters, descent->dispersion) > 0.0)) {
        return;
    }
    struct fit_descent inside;
    const struct growth_parameters limit = descent->parameters;
    objective->descend(data, workspace, &limit, descent->dispersion, &inside);
    if (inside.cost < descent->cost && inside.parameters.fitness <= FIT_FITNESS_LIMIT) {
        *descent = inside;
    }
}

/** A cost that exceeds the scout's by this, relative, does not confirm it. Nor is one that meets
 * the data confirmed: many curves may, and the first start that leads to one decides. */
static const double confirmed = 1e-6;

/** Sends the scout ahead; the lowest cost that it found, and the curve there. */
static double scout(const struct fit_objective *objective, const struct fit_data *data,
                    const struct fit_workspace *workspace, const struct growth_parameters *start,
                    size_t starts, struct growth_parameters *lowest)
{
    const struct fit_problem problem = fit_problem_of(data);
    struct growth_parameters end[FIT_START_MAX];
    double cost[FIT_START_MAX];
    workspace->scout->descend(workspace->scout->context, objective->method, &problem, starts, start,
                              end, cost);
    size_t at = 0;
    for (size_t k = 1; k < starts; k++) {
        at = cost[k] < cost[at] ? k : at;
    }
    *lowest = end[at];
    return cost[at];
}

/** Descends from a start and keeps the end if it is lower. */
static void search_lower(const struct fit_objective *objective, const struct fit_data *data,
                         struct fit_workspace *workspace, const struct growth_parameters *start,
                         struct fit_descent *best)
{
    struct fit_descent descent;
    fit_search_from(objective, data, workspace, start, NAN, &descent);
    if (descent.cost < best->cost) {
        *best = descent;
    }
}

void fit_search(const struct fit_objective *objective, const struct fit_data *data,
                struct fit_workspace *workspace, struct fit_descent *best)
{
    struct growth_parameters start[FIT_START_MAX], scouted;
    const double least = objective->least_cost(data);
    const size_t starts = fit_start_find(objective, data, workspace, start);
    double ahead = INFINITY;
    *best = (struct fit_descent){.status = FIT_DESCENT_FAILED, .cost = INFINITY};
    if (workspace->scout != NULL && starts > 0) {
        ahead = scout(objective, data, workspace, start, starts, &scouted);
    }
    if (isfinite(ahead) && ahead > least) {
        fit_search_from(objective, data, workspace, &scouted, NAN, best);
        if (best->status != FIT_DESCENT_FAILED && best->cost <= ahead + confirmed * fabs(ahead)) {
            return;
        }
    }
    for (size_t k = 0; k < starts && best->cost > least; k++) {
        search_lower(objective, data, workspace, &start[k], best);
    }
    if (ahead <= least && best->cost > least) {
        search_lower(objective, data, workspace, &scouted, best);
    }
}

void fit_search_estimate(const struct fit_objective *objective, const struct fit_problem *problem,
                         struct fit_workspace *workspace, struct fit_estimate *estimate)
{
    const struct fit_data data = fit_data_of(problem, workspace);
    struct fit_descent best;
    fit_search(objective, &data, workspace, &best);
    if (!isfinite(best.cost)) {
        estimate->status = FIT_NUMERICAL_ERROR;
        return;
    }
    estimate->status = best.status == FIT_DESCENT_FAILED ? FIT_NOT_CONVERGED : FIT_FITTED;
    estimate->parameters = best.parameters;
    estimate->dispersion = best.dispersion;
    if (best.status == FIT_DESCENT_RIDGE || best.parameters.longevity <= FIT_LONGEVITY_MINIMUM) {
        estimate->flags |= FIT_AT_BOUND;
    }
}
