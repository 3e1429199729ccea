/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Independent minimisations by GSL that tests/test_batch.c compares the batched engine with. */
#ifndef GROWCAST_BATCH_REFERENCE_H
#define GROWCAST_BATCH_REFERENCE_H

#include "growth.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <gsl/gsl_multimin.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>

static const double scale = 30.0;

/* One replicate for GSL, in (ln lambda, mu, ln sigma). */
struct problem {
    size_t count;
    const double *time, *observed, *weight;
};

static struct growth_parameters parameters_at(const gsl_vector *x)
{
    return (struct growth_parameters){exp(gsl_vector_get(x, 0)), gsl_vector_get(x, 1),
                                      exp(gsl_vector_get(x, 2))};
}

static int residuals(const gsl_vector *x, void *opaque, gsl_vector *f)
{
    const struct problem *problem = opaque;
    struct growth_parameters parameters = parameters_at(x);
    for (size_t k = 0; k < problem->count; k++) {
        double w = problem->weight != NULL ? problem->weight[k] : 1.0;
        double value = growth_count(&parameters, scale, problem->time[k]) - problem->observed[k];
        gsl_vector_set(f, k, isfinite(value) ? sqrt(w) * value : 1e150);
    }
    return GSL_SUCCESS;
}

static int jacobian(const gsl_vector *x, void *opaque, gsl_matrix *j)
{
    const struct problem *problem = opaque;
    struct growth_parameters parameters = parameters_at(x);
    for (size_t k = 0; k < problem->count; k++) {
        double w = problem->weight != NULL ? problem->weight[k] : 1.0;
        double gradient[3];
        growth_gradient(&parameters, scale, problem->time[k], gradient);
        gsl_matrix_set(j, k, 0, sqrt(w) * gradient[0] * parameters.fitness);
        gsl_matrix_set(j, k, 1, sqrt(w) * gradient[1]);
        gsl_matrix_set(j, k, 2, sqrt(w) * gradient[2] * parameters.longevity);
    }
    return GSL_SUCCESS;
}

/* Least squares by GSL's Levenberg-Marquardt, until the cost stops falling. Returns the cost. */
static double reference_squares(struct problem *problem, const struct growth_parameters *start,
                                struct growth_parameters *found)
{
    gsl_multifit_nlinear_parameters settings = gsl_multifit_nlinear_default_parameters();
    gsl_multifit_nlinear_workspace *workspace =
        gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &settings, problem->count, 3);
    gsl_multifit_nlinear_fdf fdf = {
        .f = residuals, .df = jacobian, .n = problem->count, .p = 3, .params = problem};
    double x[3] = {log(start->fitness), start->immediacy, log(start->longevity)};
    gsl_vector_view begin = gsl_vector_view_array(x, 3);
    gsl_multifit_nlinear_init(&begin.vector, &fdf, workspace);
    double cost = INFINITY;
    for (int step = 0, still = 0; step < 2000 && still < 5; step++) {
        if (gsl_multifit_nlinear_iterate(workspace) != GSL_SUCCESS) {
            break;
        }
        double squares;
        gsl_blas_ddot(workspace->f, workspace->f, &squares);
        still = cost - 0.5 * squares <= 1e-14 * cost ? still + 1 : 0;
        cost = 0.5 * squares;
    }
    *found = parameters_at(workspace->x);
    gsl_multifit_nlinear_free(workspace);
    return cost;
}

/* Minus ln likelihood of whole increments with variance M + alpha M^2, by
 * ln Gamma(d + r) - ln Gamma(r) = sum over j < d of ln(r + j), which has a limit at alpha = 0. */
static double reference_likelihood(const struct problem *problem,
                                   const struct growth_parameters *parameters, double alpha)
{
    double cost = 0.0;
    for (size_t k = 1; k < problem->count; k++) {
        double mean = fmax(1e-9, growth_count(parameters, scale, problem->time[k]) -
                                     growth_count(parameters, scale, problem->time[k - 1]));
        double d = problem->observed[k] - problem->observed[k - 1];
        double w = problem->weight != NULL ? problem->weight[k] : 1.0;
        double log_p =
            d * log(mean) - (d + 1.0 / alpha) * log1p(alpha * mean) - gsl_sf_lngamma(d + 1.0);
        for (double j = 0.0; j < d; j += 1.0) {
            log_p += log1p(alpha * j);
        }
        cost -= w * log_p;
    }
    return cost;
}

static double likelihood_at(const gsl_vector *x, void *opaque)
{
    struct growth_parameters parameters = parameters_at(x);
    double alpha = exp(fmin(6.9, fmax(-20.0, gsl_vector_get(x, 3))));
    double cost = reference_likelihood(opaque, &parameters, alpha);
    return isfinite(cost) ? cost : 1e100;
}

static double bounded_squares_at(const gsl_vector *x, void *opaque)
{
    const struct problem *problem = opaque;
    struct growth_parameters parameters = parameters_at(x);
    parameters.immediacy *= parameters.immediacy; /* mu = x^2 */
    double sum = 0.0;
    for (size_t k = 0; k < problem->count; k++) {
        double f = growth_count(&parameters, scale, problem->time[k]) - problem->observed[k];
        sum += 0.5 * f * f;
    }
    return isfinite(sum) ? sum : 1e100;
}

/* The lowest value that simplexes restarted from x find. */
static double reference_minimum(double (*function)(const gsl_vector *, void *), void *opaque,
                                size_t dimension, double *x)
{
    gsl_multimin_function target = {function, dimension, opaque};
    gsl_multimin_fminimizer *minimizer =
        gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, dimension);
    gsl_vector *size = gsl_vector_alloc(dimension);
    gsl_vector_view point = gsl_vector_view_array(x, dimension);
    double lowest = INFINITY;
    for (int restart = 0; restart < 6; restart++) {
        gsl_vector_set_all(size, 0.1);
        gsl_multimin_fminimizer_set(minimizer, &target, &point.vector, size);
        for (int step = 0; step < 400; step++) {
            if (gsl_multimin_fminimizer_iterate(minimizer) != GSL_SUCCESS) {
                break;
            }
        }
        gsl_vector_memcpy(&point.vector, minimizer->x);
        lowest = fmin(lowest, minimizer->fval);
    }
    gsl_vector_free(size);
    gsl_multimin_fminimizer_free(minimizer);
    return lowest;
}

#endif
