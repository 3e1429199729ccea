/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Weighted least squares, in counts over m: half the sum of w_k f_k^2 with the residuals f_k =
 * e^v_k - (1 + y_k/m), and its first and second derivatives by a = (ln lambda, alpha, beta). With
 * the rows c_i of first derivatives, e^v (v, D, d D), and with the second ones
 *
 *     e^v (v_i v_j + v_ij) = e^v (v (1 + v), D (1 + v), d D (1 + v), D (D - z), d D (D - z),
 *                                 d^2 D (D - z))
 *
 * the second derivative sum w (c_i c_j + f c_ij) has common factors: with q_0 = c_0 + f (1 + v) and
 * q_1 = c_1 + f (D - z) it is
 *
 *     H = sum w (c_0 q_0, c_1 q_0, c_2 q_0, c_1 q_1, c_2 q_1, d c_2 q_1)
 *
 * Its part A = sum w c_i c_j, Gauss and Newton's approximation, is never negative. It takes the
 * place of H where H is not positive, which is seldom, and so is summed only there.
 */
#ifndef GROWCAST_BATCH_SQUARES_H
#define GROWCAST_BATCH_SQUARES_H

#include "batch_coordinates.h"

/** Adds the points of one block. target: [count], 1 + y/m; weight: [count] or NULL for 1. */
BATCH_UNROLLED void batch_squares_add(const struct batch_curve *curve,
                                      const struct batch_block *block, size_t count,
                                      const double *distance, const vector *target,
                                      const vector *weight, struct batch_normal *normal)
{
    vector squares = vector_of(0.0);
    for (size_t k = 0; k < count; k++) {
        vector d = vector_of(distance[k]);
        vector z = vector_fma(curve->steepness, d, curve->pivot_argument);
        vector f = block->exponential[k] - target[k];
        vector row[3] = {block->exponential[k] * block->rise[k],
                         block->exponential[k] * block->density[k]};
        vector q[2] = {vector_fma(f, 1.0 + block->rise[k], row[0]),
                       vector_fma(f, block->density[k] - z, row[1])};
        vector weighted = f;
        if (weight != NULL) {
            weighted *= weight[k];
            row[0] *= weight[k];
            row[1] *= weight[k];
        }
        row[2] = row[1] * d;
        squares = vector_fma(weighted, f, squares);
        for (int i = 0; i < 3; i++) {
            normal->gradient[i] = vector_fma(row[i], f, normal->gradient[i]);
            normal->matrix[i] = vector_fma(row[i], q[0], normal->matrix[i]);
        }
        normal->matrix[3] = vector_fma(row[1], q[1], normal->matrix[3]);
        normal->matrix[4] = vector_fma(row[2], q[1], normal->matrix[4]);
        normal->matrix[5] = vector_fma(row[2] * d, q[1], normal->matrix[5]);
    }
    normal->cost = vector_fma(vector_of(0.5), squares, normal->cost);
}

/** Adds the points of one block to A. */
static inline void batch_squares_plain(const struct batch_block *block, size_t count,
                                       const double *distance, const vector *weight,
                                       vector plain[6])
{
    for (size_t k = 0; k < count; k++) {
        vector row[3];
        batch_row(block, k, distance[k], row);
        vector w = weight != NULL ? weight[k] : vector_of(1.0);
        for (int i = 0, at = 0; i < 3; i++) {
            vector weighted = w * row[i];
            for (int j = i; j < 3; j++, at++) {
                plain[at] = vector_fma(weighted, row[j], plain[at]);
            }
        }
    }
}

#endif
