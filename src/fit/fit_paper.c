/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The protocol behind Table 1 of arXiv 2502.15987: unweighted least squares on the cumulative
 * counts from month 0 on, all three parameters bounded to (0, infinity), one start, a reflective
 * trust region with tolerances of 1e-8 on forward differences. Time in years and m = 1 are the
 * caller's. The evaluations allowed are many times the optimiser's usual 100 a parameter: the
 * published values on the ridge took up to some thousand, and stand where rounding ended the
 * search. What the protocol does not determine is flagged, not repaired.
 */
#include "fit_internal.h"
#include "trust_region_reflective.h"

#include <float.h>
#include <math.h>

static const double lower[3] = {0.0, 0.0, 0.0};
static const double upper[3] = {INFINITY, INFINITY, INFINITY};
static const struct growth_parameters paper_start = {0.5, 2.0, 0.5};

/** A parameter below this stands at its bound; iterates stay inside by ever less. */
static const double bound_margin = 1e-6;

/** Reads a position of (lambda, mu, sigma), or of (mu, sigma) with lambda fixed. */
struct context {
    const struct fit_data *data;
    double fitness; /**< fixed, or NaN where it is free */
};

/**
 * A residual as the protocol's program rounds it: Phi as (1 + erf) / 2, whose lower tail is lost
 * below 1e-16, exp(x) - 1, and then minus the count.
 */
static double rounded_residual(const struct fit_data *data, const double parameters[3], size_t k)
{
    const double root = data->weight != NULL ? sqrt(data->weight[k]) : 1.0;
    const double z = (data->log_time[k] - parameters[1]) / parameters[2];
    const double rise = exp(parameters[0] * (0.5 * (1.0 + erf(z * sqrt(0.5))))) - 1.0;
    return root * (data->scale * rise - data->observed[k]);
}

/**
 * Forward differences of the residuals, with the step that the protocol's optimiser takes by
 * default. This rounding is part of the protocol: at the start the curve of a series of up to half
 * a year is so flat that its differences vanish beside the counts, and the start comes back.
 */
static void fill_differences(const struct fit_data *data, const double parameters[3], size_t skip,
                             double *jacobian)
{
    const size_t columns = 3 - skip;
    for (size_t j = 0; j < columns; j++) {
        double moved[3] = {parameters[0], parameters[1], parameters[2]};
        const double value = parameters[j + skip];
        moved[j + skip] = value + sqrt(DBL_EPSILON) * fmax(1.0, fabs(value));
        const double step = moved[j + skip] - value;
        for (size_t k = 0; k < data->count; k++) {
            jacobian[k * columns + j] =
                (rounded_residual(data, moved, k) - rounded_residual(data, parameters, k)) / step;
        }
    }
}

static void evaluate(const double *x, void *opaque, double *residual, double *jacobian)
{
    const struct context *context = opaque;
    const bool fixed = !isnan(context->fitness);
    const size_t skip = fixed ? 1u : 0u;
    const double parameters[3] = {fixed ? context->fitness : x[0], x[1 - skip], x[2 - skip]};
    if (residual != NULL) {
        for (size_t k = 0; k < context->data->count; k++) {
            residual[k] = rounded_residual(context->data, parameters, k);
        }
    }
    if (jacobian != NULL) {
        fill_differences(context->data, parameters, skip, jacobian);
    }
}

static void descend(const struct fit_data *data, struct fit_workspace *workspace, double fitness,
                    const struct trust_region_options *options, double *x,
                    struct trust_region_result *result)
{
    struct context context = {data, fitness};
    const size_t skip = isnan(fitness) ? 0u : 1u;
    const struct trust_region_problem problem = {.residuals = data->count,
                                                 .parameters = 3u - skip,
                                                 .lower = lower + skip,
                                                 .upper = upper + skip,
                                                 .evaluate = evaluate,
                                                 .context = &context};
    trust_region_minimise(&problem, options, workspace->reflective, x, result);
}

double fit_paper_cost_fixed(const struct fit_data *data, struct fit_workspace *workspace,
                            const struct growth_parameters *start, double fitness)
{
    static const struct trust_region_options options = {.cost_tolerance = 1e-10,
                                                        .step_tolerance = 1e-10,
                                                        .gradient_tolerance = 1e-10,
                                                        .max_evaluations = 300};
    double position[3];
    const struct fit_coordinates coordinates =
        fit_coordinates_fitness_fixed(start, data, fitness, position);
    const struct growth_parameters near = fit_coordinates_parameters(&coordinates, position, NULL);
    double x[2] = {fmax(near.immediacy, 0.0), near.longevity};
    struct trust_region_result result;
    descend(data, workspace, fitness, &options, x, &result);
    return result.cost;
}

static void estimate(const struct config_fit *config, const struct fit_problem *problem,
                     struct fit_workspace *workspace, struct fit_estimate *estimate)
{
    (void)config;
    static const struct trust_region_options options = {.cost_tolerance = 1e-8,
                                                        .step_tolerance = 1e-8,
                                                        .gradient_tolerance = 1e-8,
                                                        .max_evaluations = 10000};
    const struct fit_data data = fit_data_of(problem, workspace);
    double x[3] = {paper_start.fitness, paper_start.immediacy, paper_start.longevity};
    struct trust_region_result result;
    descend(&data, workspace, NAN, &options, x, &result);
    if (result.status == TRUST_REGION_NOT_FINITE) {
        estimate->status = FIT_NUMERICAL_ERROR;
        return;
    }
    const bool stayed = result.status == TRUST_REGION_GRADIENT && result.evaluations == 1;
    estimate->status =
        stayed || result.status == TRUST_REGION_EVALUATIONS ? FIT_NOT_CONVERGED : FIT_FITTED;
    estimate->flags |= stayed ? FIT_START_RETURNED : 0u;
    estimate->flags |= fmin(x[0], fmin(x[1], x[2])) < bound_margin ? FIT_AT_BOUND : 0u;
    estimate->parameters = (struct growth_parameters){x[0], x[1], x[2]};
}

const struct fit_method fit_paper = {
    .name = "paper",
    .description = "the protocol of Table 1: bounded least squares from one start (0.5, 2, 0.5)",
    .estimate = estimate,
};
