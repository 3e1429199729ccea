/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Weighted least squares: half the sum of w_k f_k^2 with the residuals f_k = c_k - y_k, its
 * gradient J'wf and its Gauss-Newton matrix J'wJ, in the columns of batch_columns().
 */
#ifndef GROWCAST_BATCH_SQUARES_H
#define GROWCAST_BATCH_SQUARES_H

#include "batch_coordinates.h"

/** Adds one row of the Jacobian and its residual, both already weighted on one side. */
static inline void batch_normal_add(struct batch_normal *normal, const vector row[3],
                                    const vector weighted[3], vector residual)
{
    for (int i = 0, at = 0; i < 3; i++) {
        normal->gradient[i] = vector_fma(weighted[i], residual, normal->gradient[i]);
        for (int j = i; j < 3; j++, at++) {
            normal->matrix[at] = vector_fma(weighted[i], row[j], normal->matrix[at]);
        }
    }
}

/** Adds the points of one block. observed, weight (or NULL): [count] vectors. */
static inline void batch_squares_add(const struct batch_curve *curve,
                                     const struct batch_block *block, double scale, size_t count,
                                     const double *distance, const vector *observed,
                                     const vector *weight, struct batch_normal *normal)
{
    struct batch_normal sum = *normal;
    for (size_t k = 0; k < count; k++) {
        vector row[3];
        vector weighted[3];
        batch_columns(curve, block, k, distance[k], row);
        vector residual = (block->exponential[k] - scale) - observed[k];
        vector w = weight != NULL ? weight[k] : vector_of(1.0);
        for (int i = 0; i < 3; i++) {
            weighted[i] = weight != NULL ? w * row[i] : row[i];
        }
        sum.cost = vector_fma(0.5 * w * residual, residual, sum.cost);
        batch_normal_add(&sum, row, weighted, residual);
    }
    *normal = sum;
}

#endif
