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
static inline void batch_gauss_add(const vector row[3], const vector weighted[3], vector residual,
                                   vector gradient[3], vector gauss[6])
{
    for (int i = 0, at = 0; i < 3; i++) {
        gradient[i] = vector_fma(weighted[i], residual, gradient[i]);
        for (int j = i; j < 3; j++, at++) {
            gauss[at] = vector_fma(weighted[i], row[j], gauss[at]);
        }
    }
}

/** Adds the points of one block. observed, weight (or NULL): [count] vectors. Two loops: the sums
 *  of one fit into the registers. */
static inline void batch_squares_add(const struct batch_curve *curve,
                                     const struct batch_block *block, double scale, size_t count,
                                     const double *distance, const vector *observed,
                                     const vector *weight, struct batch_normal *normal)
{
    vector cost = normal->cost;
    vector gradient[3];
    vector matrix[6];
    vector bend[6];
    vector factor[BATCH_BLOCK]; /* w f */
    memcpy(gradient, normal->gradient, sizeof gradient);
    memcpy(matrix, normal->gauss, sizeof matrix);
    memcpy(bend, normal->bend, sizeof bend);
    for (size_t k = 0; k < count; k++) {
        vector row[3];
        batch_row(block, k, distance[k], row);
        vector residual = (block->exponential[k] - scale) - observed[k];
        vector weighted[3] = {row[0], row[1], row[2]};
        factor[k] = residual;
        if (weight != NULL) {
            factor[k] = weight[k] * residual;
            for (int i = 0; i < 3; i++) {
                weighted[i] = weight[k] * row[i];
            }
        }
        cost = vector_fma(0.5 * factor[k], residual, cost);
        batch_gauss_add(row, weighted, residual, gradient, matrix);
    }
    for (size_t k = 0; k < count; k++) {
        vector row[3];
        vector second[6];
        batch_row(block, k, distance[k], row);
        batch_bend(curve, block, k, distance[k], row, second);
        for (int i = 0; i < 6; i++) {
            bend[i] = vector_fma(factor[k], second[i], bend[i]);
        }
    }
    normal->cost = cost;
    memcpy(normal->gradient, gradient, sizeof gradient);
    memcpy(normal->gauss, matrix, sizeof matrix);
    memcpy(normal->bend, bend, sizeof bend);
}

#endif
