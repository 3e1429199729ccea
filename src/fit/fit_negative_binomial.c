/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Maximum likelihood on increments with negative binomial noise. The dispersion is profiled out
 * (fit_dispersion.c), and the curve's coordinates climb the profile by Fisher scoring: expected
 * information of NB about its mean is 1 / (M (1 + M/r)), and that about mean and dispersion
 * together is 0. Damping as in Levenberg and Marquardt makes every step lower the cost.
 */
#include "fit_internal.h"
#include "likelihood.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <string.h>

enum { COORDINATES = 3, MAX_ITERATIONS = 500 };

/** A predicted gain in ln likelihood below this (plus rounding) ends a descent. */
static const double gain_tolerance = 1e-15;

/** First damping, relative to the information's diagonal, and the largest before giving up. */
static const double first_damping = 1e-3, largest_damping = 1e16;

/** The profile likelihood at a position. */
struct score {
    double cost;                  /**< minus ln L */
    double dispersion;            /**< the most likely r there */
    double gradient[COORDINATES]; /**< of ln L */
    double information[COORDINATES * COORDINATES];
};

/** Fills the means of the increments and their derivatives by the coordinates. */
static void fill_means(const struct fit_data *data, struct fit_workspace *workspace,
                       const struct fit_coordinates *coordinates, const double position[3])
{
    double chain[3][3];
    const struct growth_parameters parameters =
        fit_coordinates_parameters(coordinates, position, chain);
    double before[3], now[3];
    double count_before =
        growth_gradient_at_log(&parameters, data->scale, data->log_time[0], before);
    for (size_t k = 1; k < data->count; k++) {
        const double count =
            growth_gradient_at_log(&parameters, data->scale, data->log_time[k], now);
        const double mean = count - count_before;
        double *gradient = &workspace->mean_gradient[COORDINATES * k];
        for (size_t j = 0; j < coordinates->count; j++) {
            gradient[j] = 0.0;
            for (size_t i = 0; i < 3 && mean > LIKELIHOOD_MEAN_FLOOR; i++) {
                gradient[j] += (now[i] - before[i]) * chain[i][j];
            }
        }
        /* written so that a mean that is not a number stays one and spoils the cost */
        workspace->mean[k] = mean < LIKELIHOOD_MEAN_FLOOR ? LIKELIHOOD_MEAN_FLOOR : mean;
        memcpy(before, now, sizeof before);
        count_before = count;
    }
}

static void evaluate(const struct fit_data *data, struct fit_workspace *workspace,
                     const struct fit_coordinates *coordinates, const double position[3],
                     double guess, struct score *score)
{
    const size_t n = coordinates->count;
    *score = (struct score){.dispersion = guess};
    fill_means(data, workspace, coordinates, position);
    for (size_t k = 1; k < data->count; k++) {
        if (!isfinite(workspace->mean[k])) {
            score->cost = INFINITY;
            return;
        }
    }
    score->dispersion = fit_dispersion_maximise(data, workspace, guess, &score->cost);
    for (size_t k = 1; k < data->count; k++) {
        const double mean = workspace->mean[k];
        const double *gradient = &workspace->mean_gradient[COORDINATES * k];
        const double information = (data->weight != NULL ? data->weight[k] : 1.0) /
                                   (mean * (1.0 + mean / score->dispersion));
        for (size_t i = 0; i < n; i++) {
            const double part = information * gradient[i];
            score->gradient[i] += part * (workspace->increment[k] - mean);
            for (size_t j = 0; j <= i; j++) {
                score->information[n * i + j] += part * gradient[j];
            }
        }
    }
}

/**
 * Solves (I + damping diag(I)) step = gradient for the lower triangle I; returns the gain in ln L
 * that the quadratic model predicts, or NaN.
 */
static double damped_step(const struct score *score, size_t n, double damping, double step[3])
{
    double matrix[COORDINATES * COORDINATES];
    double largest = 0.0;
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, score->information[(n + 1) * i]);
    }
    memcpy(matrix, score->information, sizeof matrix);
    double diagonal[COORDINATES];
    for (size_t i = 0; i < n; i++) {
        /* a floor, for a coordinate that the cost does not depend on here */
        diagonal[i] = damping * fmax(score->information[(n + 1) * i], 1e-12 * largest + 1e-200);
        matrix[(n + 1) * i] += diagonal[i];
    }
    gsl_matrix_view factor = gsl_matrix_view_array(matrix, n, n);
    const gsl_vector_const_view gradient = gsl_vector_const_view_array(score->gradient, n);
    gsl_vector_view solution = gsl_vector_view_array(step, n);
    if (gsl_linalg_cholesky_decomp1(&factor.matrix) != GSL_SUCCESS ||
        gsl_linalg_cholesky_solve(&factor.matrix, &gradient.vector, &solution.vector) !=
            GSL_SUCCESS) {
        return NAN;
    }
    double gain = 0.0;
    for (size_t i = 0; i < n; i++) {
        gain += 0.5 * step[i] * (score->gradient[i] + diagonal[i] * step[i]);
    }
    return gain;
}

/** Climbs to a maximum, until lambda passes its limit, or until the cost is not above a threshold,
 *  unless that is NaN; false when iterations run out. */
static bool climb(const struct fit_data *data, struct fit_workspace *workspace,
                  const struct fit_coordinates *coordinates, double position[3], double threshold,
                  struct score *score)
{
    double damping = first_damping, growth = 2.0;
    for (int iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
        double step[COORDINATES];
        const double gain = damped_step(score, coordinates->count, damping, step);
        if (gain <= gain_tolerance + 1e-16 * fabs(score->cost) || score->cost <= threshold) {
            return true;
        }
        double trial_position[3] = {0.0, 0.0, 0.0};
        struct score trial = {.cost = INFINITY};
        if (isfinite(gain)) {
            for (size_t j = 0; j < coordinates->count; j++) {
                trial_position[j] = position[j] + step[j];
            }
            evaluate(data, workspace, coordinates, trial_position, score->dispersion, &trial);
        }
        if (!(trial.cost < score->cost)) {
            damping *= growth;
            growth *= 2.0;
            if (damping > largest_damping) {
                return true; /* no step of any length lowers the cost */
            }
            continue;
        }
        /* Nielsen's rule */
        const double ratio = (score->cost - trial.cost) / gain;
        const double cubed = 2.0 * ratio - 1.0;
        damping *= fmax(1.0 / 3.0, 1.0 - cubed * cubed * cubed);
        growth = 2.0;
        memcpy(position, trial_position, sizeof trial_position);
        *score = trial;
        if (fit_coordinates_parameters(coordinates, position, NULL).fitness > FIT_FITNESS_LIMIT) {
            return true;
        }
    }
    return false;
}

static void descend(const struct fit_data *data, struct fit_workspace *workspace,
                    const struct fit_coordinates *coordinates, double position[3],
                    double dispersion, double threshold, struct fit_descent *descent)
{
    for (size_t k = 1; k < data->count; k++) {
        workspace->increment[k] = fmax(data->observed[k] - data->observed[k - 1], 0.0);
    }
    struct score score;
    evaluate(data, workspace, coordinates, position, dispersion, &score);
    bool arrived =
        isfinite(score.cost) && climb(data, workspace, coordinates, position, threshold, &score);
    if (arrived && isinf(score.dispersion)) {
        /* the Poisson limit may be one of two maxima over r */
        evaluate(data, workspace, coordinates, position, NAN, &score);
        if (!isinf(score.dispersion)) {
            arrived = climb(data, workspace, coordinates, position, threshold, &score);
        }
    }
    descent->parameters = fit_coordinates_parameters(coordinates, position, NULL);
    descent->dispersion = score.dispersion;
    descent->cost = score.cost;
    descent->status = arrived ? FIT_DESCENT_CONVERGED : FIT_DESCENT_FAILED;
}

static void descend_free(const struct fit_data *data, struct fit_workspace *workspace,
                         const struct growth_parameters *start, double dispersion,
                         struct fit_descent *descent)
{
    double position[3];
    const struct fit_coordinates coordinates = fit_coordinates_free(start, data, position);
    descend(data, workspace, &coordinates, position, dispersion, NAN, descent);
}

static void descend_fixed(const struct fit_data *data, struct fit_workspace *workspace,
                          const struct growth_parameters *start, double fitness, double dispersion,
                          double threshold, struct fit_descent *descent)
{
    double position[3];
    const struct fit_coordinates coordinates =
        fit_coordinates_fitness_fixed(start, data, fitness, position);
    descend(data, workspace, &coordinates, position, dispersion, threshold, descent);
}

static double slope(const struct fit_data *data, const struct growth_parameters *parameters,
                    double dispersion)
{
    double before[3], now[3];
    double count_before =
        growth_gradient_at_log(parameters, data->scale, data->log_time[0], before);
    double sum = 0.0;
    for (size_t k = 1; k < data->count; k++) {
        const double count =
            growth_gradient_at_log(parameters, data->scale, data->log_time[k], now);
        const double mean = count - count_before;
        const double increment = fmax(data->observed[k] - data->observed[k - 1], 0.0);
        if (mean > LIKELIHOOD_MEAN_FLOOR) {
            sum -= (data->weight != NULL ? data->weight[k] : 1.0) * (increment - mean) /
                   (mean * (1.0 + mean / dispersion)) * (now[0] - before[0]);
        }
        before[0] = now[0];
        count_before = count;
    }
    return sum;
}

/** Minus the part of ln L that depends on the curve, at a typical dispersion. */
static double start_cost(const struct fit_data *data, const double *curve)
{
    const double dispersion = 2.0;
    double sum = 0.0;
    for (size_t k = 1; k < data->count; k++) {
        const double mean = fmax(curve[k] - curve[k - 1], LIKELIHOOD_MEAN_FLOOR);
        const double increment = fmax(data->observed[k] - data->observed[k - 1], 0.0);
        sum += (data->weight != NULL ? data->weight[k] : 1.0) *
               ((increment + dispersion) * log(dispersion + mean) - increment * log(mean));
    }
    return sum;
}

/** The likelihood has no such bound. */
static double least_cost(const struct fit_data *data)
{
    (void)data;
    return -INFINITY;
}

const struct fit_objective fit_likelihood = {
    .method = FIT_NEGATIVE_BINOMIAL,
    .start_cost = start_cost,
    .least_cost = least_cost,
    .descend = descend_free,
    .descend_fixed = descend_fixed,
    .slope = slope,
};

static void estimate(const struct config_fit *config, const struct fit_problem *problem,
                     struct fit_workspace *workspace, struct fit_estimate *estimate)
{
    (void)config;
    fit_search_estimate(&fit_likelihood, problem, workspace, estimate);
}

const struct fit_method fit_negative_binomial = {
    .name = "negative-binomial",
    .description = "maximum likelihood on increments with negative binomial noise",
    .estimate = estimate,
};
