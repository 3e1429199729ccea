/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The moments of a posterior on a grid by the plain double sum over nodes and increments, in
 * extended precision and straight from the definitions.
 */
#ifndef GROWCAST_TESTS_HIERARCHY_REFERENCE_H
#define GROWCAST_TESTS_HIERARCHY_REFERENCE_H

#include "grid.h"
#include "hierarchy.h"
#include "memory.h"

#include <math.h>
#include <stdlib.h>

/** ln NB(d; M, r). */
static inline long double hierarchy_reference_log_nb(long double d, long double mean, long double r)
{
    return lgammal(d + r) - lgammal(r) - lgammal(d + 1) + r * logl(r / (r + mean)) +
           d * logl(mean / (r + mean));
}

/** c(t) of the growth curve at age t in months. */
static inline long double hierarchy_reference_curve(long double a, long double mu,
                                                    long double sigma, long double m, long double t)
{
    if (t == 0) {
        return 0;
    }
    long double lambda = log1pl(expl(a) / m);
    long double z = (logl(t) - mu) / sigma;
    return m * expm1l(lambda * 0.5L * erfcl(-z / sqrtl(2.0L)));
}

/** ln of the posterior of a node, without the prior of theta. step: [count] means of increments. */
static inline long double hierarchy_reference_log_likelihood(const struct hierarchy_model *model,
                                                             double discount,
                                                             const struct hierarchy_series *series,
                                                             const long double *step, double r)
{
    long double pi = model->shock_probability;
    long double sum = 0;
    for (size_t k = 1; k < series->count; k++) {
        long double d = series->observed[k] - series->observed[k - 1];
        long double density = (1 - pi) * expl(hierarchy_reference_log_nb(d, step[k], r));
        long double shock = model->shock_factor * step[k] + model->shock_offset;
        density +=
            pi > 0 ? pi * expl(hierarchy_reference_log_nb(d, shock, model->shock_dispersion)) : 0;
        long double months = (series->age[series->count - 1] - series->age[k]) * model->step_months;
        sum += powl(discount, months) * logl(density);
    }
    return sum;
}

/** V^-1 as in hierarchy.h; returns the determinant of V. */
static inline long double hierarchy_reference_precision(const double *v, long double p[6])
{
    long double u[6] = {v[0], v[1], v[2], v[3], v[4], v[5]};
    long double determinant = u[0] * (u[3] * u[5] - u[4] * u[4]) -
                              u[1] * (u[1] * u[5] - u[4] * u[2]) +
                              u[2] * (u[1] * u[4] - u[3] * u[2]);
    p[0] = (u[3] * u[5] - u[4] * u[4]) / determinant;
    p[1] = (u[2] * u[4] - u[1] * u[5]) / determinant;
    p[2] = (u[1] * u[4] - u[2] * u[3]) / determinant;
    p[3] = (u[0] * u[5] - u[2] * u[2]) / determinant;
    p[4] = (u[1] * u[2] - u[0] * u[4]) / determinant;
    p[5] = (u[0] * u[3] - u[1] * u[1]) / determinant;
    return determinant;
}

static inline struct hierarchy_moments
hierarchy_reference_moments(const struct grid *grid, const struct hierarchy_model *model,
                            const struct hierarchy_prior *prior, double discount,
                            const double *mean, const struct hierarchy_series *series)
{
    long double total = 0;
    long double first[3] = {0};
    long double second[6] = {0};
    long double by_dispersion[GRID_DISPERSION_MAX] = {0};
    long double p[6];
    long double determinant = hierarchy_reference_precision(prior->covariance, p);
    long double *step = memory_array(series->count, sizeof *step);
    for (size_t cell = 0; cell < grid->cells; cell++) {
        long double theta[3];
        long double u[3];
        for (size_t axis = 0; axis < 3; axis++) {
            theta[axis] = grid->coordinate[axis][cell];
            u[axis] = theta[axis] - mean[axis];
        }
        long double square = p[0] * u[0] * u[0] + p[3] * u[1] * u[1] + p[5] * u[2] * u[2] +
                             2 * (p[1] * u[0] * u[1] + p[2] * u[0] * u[2] + p[4] * u[1] * u[2]);
        long double log_prior = -square / 2 - 1.5L * logl(2 * acosl(-1.0L)) -
                                logl(determinant) / 2 + (long double)grid->log_volume;
        long double before = 0;
        for (size_t k = 0; k < series->count; k++) {
            long double after =
                hierarchy_reference_curve(theta[0], theta[1], expl(theta[2]), model->scale,
                                          series->age[k] * model->step_months);
            step[k] = fmaxl(after - before, 1e-9L);
            before = after;
        }
        for (size_t r = 0; r < grid->dispersions; r++) {
            long double weight = expl(log_prior + logl((long double)prior->dispersion[r]) +
                                      hierarchy_reference_log_likelihood(
                                          model, discount, series, step, grid->dispersion[r]));
            total += weight;
            by_dispersion[r] += weight;
            for (size_t j = 0, pair = 0; j < 3; j++) {
                first[j] += weight * theta[j];
                for (size_t k = j; k < 3; k++, pair++) {
                    second[pair] += weight * theta[j] * theta[k];
                }
            }
        }
    }
    free(step);
    struct hierarchy_moments moments = {.log_evidence = (double)logl(total)};
    for (size_t j = 0; j < 6; j++) {
        moments.second[j] = (double)(second[j] / total);
        if (j < 3) {
            moments.mean[j] = (double)(first[j] / total);
        }
    }
    for (size_t r = 0; r < grid->dispersions; r++) {
        moments.dispersion[r] = (double)(by_dispersion[r] / total);
    }
    return moments;
}

/** Largest difference of two results, of second moments relative to their size. */
static inline double hierarchy_reference_difference(const struct grid *grid,
                                                    const struct hierarchy_moments *a,
                                                    const struct hierarchy_moments *b)
{
    double worst = fabs(a->log_evidence - b->log_evidence);
    for (size_t j = 0; j < 6; j++) {
        worst = fmax(worst, fabs(a->second[j] - b->second[j]) / fmax(1, fabs(b->second[j])));
    }
    for (size_t j = 0; j < 3; j++) {
        worst = fmax(worst, fabs(a->mean[j] - b->mean[j]));
    }
    for (size_t r = 0; r < grid->dispersions; r++) {
        worst = fmax(worst, fabs(a->dispersion[r] - b->dispersion[r]));
    }
    return worst;
}

#endif
