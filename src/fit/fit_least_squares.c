/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Unweighted (or weighted) least squares on the cumulative counts: a Levenberg-Marquardt trust
 * region of GSL from several starts, in the coordinates of fit_coordinates.c.
 */
#include "fit_internal.h"
#include "memory.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ITERATIONS = 300, PATIENCE = 50, COORDINATES = 3 };

/** Relative step at which a descent has arrived; convergence is fast, so the error is below. */
static const double step_tolerance = 1e-9;

/**
 * When the residuals' norm has arrived: its relative decrease over a step is no progress any more,
 * or it is rounding, in units of the largest count. Where a curve can only tend to the data, as a
 * step does with sigma to 0, the norm falls for ever by less: the second pair holds after PATIENCE
 * iterations.
 */
struct tolerance {
    double progress;
    double norm;
};
static const struct tolerance strict = {1e-15, 1e-14}, patient = {1e-8, 1e-7};

/** Largest cosine between the residuals and a column of the Jacobian at a minimum: one coordinate
 *  alone would lower the cost by its square, relative. */
static const double stationary_cosine = 1e-10;

/** Once the cost exceeds a threshold by so many times what the linear model would lower it by, its
 *  minimum is taken to lie above, too. */
static const double decided_gains = 1e4;

/** In place of a residual that is not finite: GSL ends at an error, but rejects a high cost. */
static const double rejected_residual = 1e100;

struct fit_solver {
    /** One per number of coordinates; of so many points, rebuilt when that changes. */
    gsl_multifit_nlinear_workspace *workspace[COORDINATES + 1];
    size_t points[COORDINATES + 1];
};

/** What the residuals' callbacks read, and the derivatives that come with the values: GSL asks for
 *  both at the same positions. */
struct residuals {
    const struct fit_data *data;
    const struct fit_coordinates *coordinates;
    double unit; /**< residuals are divided by it, so that the cost is of order 1 */
    double position[COORDINATES]; /**< of the derivatives; NaN: none yet */
    double *gradient;             /**< [count][3] of the counts there, by lambda, mu and sigma */
};

struct fit_solver *fit_solver_create(void)
{
    return memory_array(1, sizeof(struct fit_solver));
}

void fit_solver_free(struct fit_solver *solver)
{
    if (solver == NULL) {
        return;
    }
    for (size_t p = 0; p <= COORDINATES; p++) {
        if (solver->workspace[p] != NULL) {
            gsl_multifit_nlinear_free(solver->workspace[p]);
        }
    }
    free(solver);
}

static gsl_multifit_nlinear_workspace *solver_of(struct fit_solver *solver, size_t points,
                                                 size_t coordinates)
{
    if (solver->points[coordinates] != points) {
        if (solver->workspace[coordinates] != NULL) {
            gsl_multifit_nlinear_free(solver->workspace[coordinates]);
        }
        gsl_multifit_nlinear_parameters parameters = gsl_multifit_nlinear_default_parameters();
        parameters.trs = gsl_multifit_nlinear_trs_lm;
        parameters.solver = gsl_multifit_nlinear_solver_qr;
        parameters.scale = gsl_multifit_nlinear_scale_marquardt;
        solver->workspace[coordinates] = gsl_multifit_nlinear_alloc(
            gsl_multifit_nlinear_trust, &parameters, points, coordinates);
        solver->points[coordinates] = points;
    }
    return solver->workspace[coordinates];
}

static double root_weight(const struct fit_data *data, size_t k)
{
    return data->weight != NULL ? sqrt(data->weight[k]) : 1.0;
}

static int residual_values(const gsl_vector *position, void *context, gsl_vector *residual)
{
    struct residuals *residuals = context;
    const struct fit_data *data = residuals->data;
    const struct growth_parameters parameters =
        fit_coordinates_parameters(residuals->coordinates, position->data, NULL);
    memcpy(residuals->position, position->data, position->size * sizeof(double));
    for (size_t k = 0; k < data->count; k++) {
        const double count = growth_gradient_at_log(&parameters, data->scale, data->log_time[k],
                                                    &residuals->gradient[3 * k]);
        const double value = root_weight(data, k) * (count - data->observed[k]) / residuals->unit;
        gsl_vector_set(residual, k, isfinite(value) ? value : rejected_residual);
    }
    return GSL_SUCCESS;
}

static int residual_derivatives(const gsl_vector *position, void *context, gsl_matrix *jacobian)
{
    struct residuals *residuals = context;
    const struct fit_data *data = residuals->data;
    double chain[3][3];
    const struct growth_parameters parameters =
        fit_coordinates_parameters(residuals->coordinates, position->data, chain);
    const size_t bytes = position->size * sizeof(double);
    const bool known = memcmp(residuals->position, position->data, bytes) == 0;
    memcpy(residuals->position, position->data, bytes);
    for (size_t k = 0; k < data->count; k++) {
        double *gradient = &residuals->gradient[3 * k];
        if (!known) {
            (void)growth_gradient_at_log(&parameters, data->scale, data->log_time[k], gradient);
        }
        const double factor = root_weight(data, k) / residuals->unit;
        for (size_t j = 0; j < residuals->coordinates->count; j++) {
            gsl_matrix_set(jacobian, k, j,
                           factor * (gradient[0] * chain[0][j] + gradient[1] * chain[1][j] +
                                     gradient[2] * chain[2][j]));
        }
    }
    return GSL_SUCCESS;
}

/** The longest component of the last step; coordinates are logarithms and normal arguments, so
 *  that a step of 1 is large in all of them. */
static double step_length(const gsl_multifit_nlinear_workspace *solver)
{
    double longest = 0.0;
    for (size_t j = 0; j < solver->x->size; j++) {
        const double scale = 1.0 + fabs(gsl_vector_get(solver->x, j));
        longest = fmax(longest, fabs(gsl_vector_get(solver->dx, j)) / scale);
    }
    return longest;
}

/** What the linear model of the residuals promises to lower half their square by: g' (J'J)^-1 g / 2
 *  of two coordinates. Infinite or NaN where their columns are parallel. */
static double linear_gain(const gsl_multifit_nlinear_workspace *solver)
{
    double a = 0.0, b = 0.0, c = 0.0;
    for (size_t k = 0; k < solver->f->size; k++) {
        const double first = gsl_matrix_get(solver->J, k, 0);
        const double second = gsl_matrix_get(solver->J, k, 1);
        a += first * first;
        b += first * second;
        c += second * second;
    }
    const double g = gsl_vector_get(solver->g, 0), h = gsl_vector_get(solver->g, 1);
    return 0.5 * (c * g * g - 2.0 * b * g * h + a * h * h) / (a * c - b * b);
}

/** Whether the norm is at a minimum, for all that its first derivatives tell. */
static bool is_stationary(const gsl_multifit_nlinear_workspace *solver, double norm)
{
    for (size_t j = 0; j < solver->x->size; j++) {
        const gsl_vector_const_view column = gsl_matrix_const_column(solver->J, j);
        if (fabs(gsl_vector_get(solver->g, j)) >
            stationary_cosine * norm * gsl_blas_dnrm2(&column.vector)) {
            return false;
        }
    }
    return true;
}

/** Whether it is known on which side of a threshold the least norm lies. */
static bool is_decided(const gsl_multifit_nlinear_workspace *solver, double norm, double threshold)
{
    return norm <= threshold ||
           0.5 * (norm * norm - threshold * threshold) > decided_gains * linear_gain(solver);
}

/** Iterates to convergence, until lambda passes its limit, or until it is known on which side of a
 *  threshold, unless NaN, the least norm lies; false when iterations run out. */
static bool iterate(gsl_multifit_nlinear_workspace *solver, const struct residuals *residuals,
                    double threshold)
{
    double norm = gsl_blas_dnrm2(solver->f);
    int idle = 0;
    for (int iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
        const struct tolerance *tolerance = iteration < PATIENCE ? &strict : &patient;
        if (is_stationary(solver, norm) ||
            (!isnan(threshold) && is_decided(solver, norm, threshold))) {
            return true;
        }
        const int status = gsl_multifit_nlinear_iterate(solver);
        if (status == GSL_ENOPROG) {
            return true; /* no step of any length lowers the cost */
        }
        if (status != GSL_SUCCESS) {
            return false;
        }
        const double lower = gsl_blas_dnrm2(solver->f);
        idle = norm - lower <= tolerance->progress * norm ? idle + 1 : 0;
        norm = lower;
        if (norm <= tolerance->norm || idle == 2 || step_length(solver) <= step_tolerance) {
            return true;
        }
        if (fit_coordinates_parameters(residuals->coordinates, solver->x->data, NULL).fitness >
            FIT_FITNESS_LIMIT) {
            return true;
        }
    }
    return false;
}

/** What residuals are divided by: the largest count, at least 1. */
static double unit_of(const struct fit_data *data)
{
    double unit = 1.0;
    for (size_t k = 0; k < data->count; k++) {
        unit = fmax(unit, data->observed[k]);
    }
    return unit;
}

static void descend(const struct fit_data *data, struct fit_workspace *workspace,
                    const struct fit_coordinates *coordinates, double position[3], double threshold,
                    struct fit_descent *descent)
{
    const double unit = unit_of(data);
    struct residuals residuals = {
        data, coordinates, unit, {NAN, NAN, NAN}, workspace->mean_gradient};
    gsl_multifit_nlinear_fdf system = {.f = residual_values,
                                       .df = residual_derivatives,
                                       .n = data->count,
                                       .p = coordinates->count,
                                       .params = &residuals};
    gsl_multifit_nlinear_workspace *solver =
        solver_of(workspace->solver, data->count, coordinates->count);
    const gsl_vector_const_view start = gsl_vector_const_view_array(position, coordinates->count);
    const bool arrived = gsl_multifit_nlinear_init(&start.vector, &system, solver) == GSL_SUCCESS &&
                         iterate(solver, &residuals, sqrt(2.0 * threshold) / unit);
    for (size_t j = 0; j < coordinates->count; j++) {
        position[j] = gsl_vector_get(solver->x, j);
    }
    const double norm = gsl_blas_dnrm2(solver->f) * unit;
    descent->parameters = fit_coordinates_parameters(coordinates, position, NULL);
    descent->dispersion = NAN;
    descent->cost = 0.5 * norm * norm;
    descent->status = arrived ? FIT_DESCENT_CONVERGED : FIT_DESCENT_FAILED;
}

static void descend_free(const struct fit_data *data, struct fit_workspace *workspace,
                         const struct growth_parameters *start, double dispersion,
                         struct fit_descent *descent)
{
    (void)dispersion;
    double position[3];
    const struct fit_coordinates coordinates = fit_coordinates_free(start, data, position);
    descend(data, workspace, &coordinates, position, NAN, descent);
}

static void descend_fixed(const struct fit_data *data, struct fit_workspace *workspace,
                          const struct growth_parameters *start, double fitness, double dispersion,
                          double threshold, struct fit_descent *descent)
{
    (void)dispersion;
    double position[3];
    const struct fit_coordinates coordinates =
        fit_coordinates_fitness_fixed(start, data, fitness, position);
    descend(data, workspace, &coordinates, position, threshold, descent);
}

/** A start this close to the bound mu = 0 stands at it. */
static const double bound_margin = 1e-6;

/** As descend_free(); where mu would be negative, the minimum over lambda and sigma at mu = 0, from
 *  the start if that stands there, else from where the free descent ended. */
static void descend_bounded(const struct fit_data *data, struct fit_workspace *workspace,
                            const struct growth_parameters *start, double dispersion,
                            struct fit_descent *descent)
{
    descend_free(data, workspace, start, dispersion, descent);
    if (descent->parameters.immediacy < 0.0) {
        double position[3];
        const struct growth_parameters near =
            start->immediacy < bound_margin ? *start : descent->parameters;
        const struct fit_coordinates coordinates =
            fit_coordinates_immediacy_fixed(&near, data, 0.0, position);
        descend(data, workspace, &coordinates, position, NAN, descent);
    }
}

static double slope(const struct fit_data *data, const struct growth_parameters *parameters,
                    double dispersion)
{
    (void)dispersion;
    double sum = 0.0;
    for (size_t k = 0; k < data->count; k++) {
        double gradient[3];
        const double count =
            growth_gradient_at_log(parameters, data->scale, data->log_time[k], gradient);
        sum += (data->weight != NULL ? data->weight[k] : 1.0) * (count - data->observed[k]) *
               gradient[0];
    }
    return sum;
}

static double start_cost(const struct fit_data *data, const double *curve)
{
    double sum = 0.0;
    for (size_t k = 0; k < data->count; k++) {
        const double residual = curve[k] - data->observed[k];
        sum += (data->weight != NULL ? data->weight[k] : 1.0) * residual * residual;
    }
    return sum;
}

/** A curve that is within 1e-8 of the largest count, altogether, meets the data. */
static double least_cost(const struct fit_data *data)
{
    const double error = 1e-8 * unit_of(data);
    return 0.5 * error * error;
}

const struct fit_objective fit_squares = {
    .method = FIT_LEAST_SQUARES,
    .start_cost = start_cost,
    .least_cost = least_cost,
    .descend = descend_free,
    .descend_fixed = descend_fixed,
    .slope = slope,
};

const struct fit_objective fit_bounded_squares = {
    .method = FIT_PAPER,
    .start_cost = start_cost,
    .least_cost = least_cost,
    .descend = descend_bounded,
    .descend_fixed = descend_fixed,
    .slope = slope,
};

static void estimate(const struct config_fit *config, const struct fit_problem *problem,
                     struct fit_workspace *workspace, struct fit_estimate *estimate)
{
    (void)config;
    fit_search_estimate(&fit_squares, problem, workspace, estimate);
}

const struct fit_method fit_least_squares = {
    .name = "least-squares",
    .description = "least squares on cumulative counts, the lowest minimum from many starts",
    .estimate = estimate,
};
