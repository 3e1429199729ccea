/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Weighted least squares: half the sum of w_k f_k^2 with the residuals f_k = c_k - y_k, its
 * gradient J'wf, its Gauss-Newton matrix A = J'wJ and the rest of its second derivative,
 * S = sum of w_k f_k d2c_k; all by (ln lambda, alpha, beta).
 */
#ifndef GROWCAST_BATCH_SQUARES_H
#define GROWCAST_BATCH_SQUARES_H

#include "batch_coordinates.h"

/** Adds a residual and its derivative to gradient and A; weighted = w row. */
static inline void batch_normal_add(struct batch_normal *normal, const vector row[3],
                                    const vector weighted[3], vector residual)
{
    for (int i = 0, at = 0; i < 3; i++) {
        normal->gradient[i] = vector_fma(weighted[i], residual, normal->gradient[i]);
        for (int j = i; j < 3; j++, at++) {
            normal->gauss[at] = vector_fma(weighted[i], row[j], normal->gauss[at]);
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
        vector bend[6];
        vector weighted[3];
        batch_derivatives(curve, block, k, distance[k], row, bend);
        vector residual = (block->exponential[k] - scale) - observed[k];
        vector factor = residual;
        memcpy(weighted, row, sizeof weighted);
        if (weight != NULL) {
            factor = weight[k] * residual;
            for (int i = 0; i < 3; i++) {
                weighted[i] = weight[k] * row[i];
            }
        }
        sum.cost = vector_fma(0.5 * factor, residual, sum.cost);
        batch_normal_add(&sum, row, weighted, residual);
        for (int i = 0; i < 6; i++) {
            sum.bend[i] = vector_fma(factor, bend[i], sum.bend[i]);
        }
    }
    *normal = sum;
}

#endif
