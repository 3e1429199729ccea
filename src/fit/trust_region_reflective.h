/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Nonlinear least squares with bounds by the reflective trust region of Branch, Coleman and Li
 * (SIAM J. Sci. Comput. 21, 1999, doi 10.1137/S1064827595289108).
 *
 * Iterates stay strictly inside the bounds. The trust region is a ball in coordinates scaled by
 * the square root of the distance v_i to the bound that the gradient points at (1 where it points
 * at none); the quadratic model gains the diagonal |g_i| of the scaling's own derivative. A step
 * that would leave the bounds competes with its reflection at the first bound it meets and with
 * the step down the gradient.
 */
#ifndef GROWCAST_TRUST_REGION_REFLECTIVE_H
#define GROWCAST_TRUST_REGION_REFLECTIVE_H

#include <stddef.h>

/** What to minimise: the sum of squares of `residuals` functions of `parameters` variables, half.
 *  All pointers are borrowed. */
struct trust_region_problem {
    size_t residuals;
    size_t parameters;
    const double *lower; /**< [parameters], may be -infinity */
    const double *upper; /**< [parameters], may be infinity; lower < upper */
    /** Fills residual[residuals] or, unless NULL, jacobian[residuals][parameters]. */
    void (*evaluate)(const double *x, void *context, double *residual, double *jacobian);
    void *context;
};

struct trust_region_options {
    double cost_tolerance;     /**< relative decrease of the cost over a good step */
    double step_tolerance;     /**< length of a step relative to that of x */
    double gradient_tolerance; /**< largest v_i |g_i| */
    size_t max_evaluations;    /**< of the residuals */
};

enum trust_region_status {
    TRUST_REGION_GRADIENT,    /**< the scaled gradient is below its tolerance */
    TRUST_REGION_COST,        /**< the cost does not decrease any more */
    TRUST_REGION_STEP,        /**< steps have become too short */
    TRUST_REGION_EVALUATIONS, /**< the allowed evaluations are spent */
    TRUST_REGION_NOT_FINITE,  /**< the residuals are not finite at the start */
};

struct trust_region_result {
    enum trust_region_status status;
    double cost; /**< half the sum of squares at the returned x */
    size_t evaluations;
};

/** Scratch memory for problems up to a size. The caller owns it. */
struct trust_region_workspace;

struct trust_region_workspace *trust_region_workspace_create(size_t max_residuals,
                                                             size_t max_parameters);
void trust_region_workspace_free(struct trust_region_workspace *workspace);

/** Minimises from x[parameters], which lies within the bounds and is overwritten by the result. */
void trust_region_minimise(const struct trust_region_problem *problem,
                           const struct trust_region_options *options,
                           struct trust_region_workspace *workspace, double *x,
                           struct trust_region_result *result);

#endif
