/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The steps of the reflective trust region: what trust_region_reflective.c tries next. All steps
 * and lengths are in the scaled coordinates, in which the trust region is a ball.
 */
#ifndef GROWCAST_TRUST_REGION_STEP_H
#define GROWCAST_TRUST_REGION_STEP_H

#include "trust_region_reflective.h"

#include <stdbool.h>

/** Vectors of one iteration, each of max_parameters or max_residuals (+ max_parameters). */
struct trust_region_workspace {
    size_t max_residuals;
    size_t max_parameters;
    double *residual, *trial_residual;
    double *jacobian;        /**< [residuals][n] */
    double *scaled;          /**< [residuals][n], jacobian times root */
    double *left;            /**< [residuals + n][n], augmented matrix, then its left vectors */
    double *right;           /**< [n][n] */
    double *singular;        /**< [n] */
    double *projection;      /**< [n], left vectors times the residuals */
    double *gradient;        /**< [n] */
    double *root;            /**< [n], square root of v */
    double *scaled_gradient; /**< [n], in the scaled coordinates */
    double *diagonal;        /**< [n], of the model beside the squared Jacobian */
    double *newton;          /**< [n], step of the trust-region problem, scaled */
    double *reflected, *downhill; /**< [n], its rivals, scaled */
    double *direction;            /**< [n], in x */
    double *trial;                /**< [n] */
};

/** Where the search stands. */
struct trust_region_state {
    const struct trust_region_problem *problem;
    struct trust_region_workspace *workspace;
    double *x;
    double cost;
    double optimality; /**< largest v_i |g_i| */
    double radius;     /**< of the trust region, in scaled coordinates */
    double damping;    /**< multiplier of the last trust-region problem */
};

/** The Euclidean length of vector[n]. */
double trust_region_step_length(const double *vector, size_t n);

/** step[n] in the coordinates of x. */
void trust_region_step_unscale(const struct trust_region_state *state, const double *scaled,
                               double *step);

/** Solves the trust-region problem, after More (1978), into w->newton: the Gauss-Newton step if it
 *  is short enough, else the damped step whose length is the radius. Updates state->damping. */
void trust_region_step_solve(struct trust_region_state *state);

/** Chooses among that step (cut at the bounds), its reflection and the step down the gradient;
 *  *value is the model's change of the cost. hit[n] is scratch. The step is borrowed from w. */
const double *trust_region_step_choose(struct trust_region_state *state, bool *hit, double *value);

#endif
