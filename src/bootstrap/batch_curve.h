/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The growth curve of VECTOR_LANES parameter triples at all ages of a series.
 *
 * With d = ln t - ln t_p (t_p: the pivot age), alpha = (ln t_p - mu)/sigma and beta = 1/sigma,
 *
 *     z = alpha + beta d,   v = lambda Phi(z),   c = m (e^v - 1).
 *
 * Phi(z) is never formed: on a ridge it underflows while lambda overflows. What the data determine
 * is u = lambda Phi(alpha), the rise at the pivot, and with R = phi(alpha)/Phi(alpha)
 *
 *     lambda phi(z) = u R exp(-beta d (alpha + beta d/2)) =: D
 *     v             = D M(-z) for z <= 0,   lambda - D M(z) for z > 0,
 *
 * M being Mills' ratio. The exponent is small where it matters, so nothing is lost in squaring z,
 * and the form stays exact in the limit alpha -> -infinity, where v = u (t/t_p)^(beta R).
 */
#ifndef GROWCAST_BATCH_CURVE_H
#define GROWCAST_BATCH_CURVE_H

#include "batch_math.h"

/** Points that are worked on together: the arrays of a block stay in the first-level cache. */
enum { BATCH_BLOCK = 32 };

/** One curve a lane. */
struct batch_curve {
    vector pivot_argument; /**< alpha */
    vector steepness;      /**< beta = 1/sigma */
    vector density_scale;  /**< u R */
    vector fitness;        /**< lambda; may be infinite on a ridge */
};

/** The curve at a block of points. */
struct batch_block {
    vector rise[BATCH_BLOCK];        /**< v */
    vector density[BATCH_BLOCK];     /**< D = lambda phi(z) */
    vector exponential[BATCH_BLOCK]; /**< e^v */
};

/** u -> u R and lambda: completes a curve whose pivot argument is set. Returns R. */
static inline vector batch_curve_complete(struct batch_curve *curve, vector rise)
{
    vector alpha = curve->pivot_argument;
    vector density = batch_normal_density(alpha);
    vector tail = density * batch_mills(vector_absolute(alpha));
    vector inverse = 1.0 / vector_select(alpha > 0.0, 1.0 - tail, tail);
    vector ratio = density * inverse;
    curve->density_scale = rise * ratio;
    curve->fitness = rise * inverse;
    return ratio;
}

/** Fills the block with the curve at `count` points, distance[k] = d. Three passes, each a loop of
 *  independent points with few live values, run 1.6 times as fast as one. */
static inline void batch_curve_evaluate(const struct batch_curve *curve, size_t count,
                                        const double *distance, struct batch_block *block)
{
    vector falling = -curve->steepness;
    vector half_steepness = 0.5 * curve->steepness;
    for (size_t k = 0; k < count; k++) {
        vector d = vector_of(distance[k]);
        vector exponent = (falling * d) * vector_fma(half_steepness, d, curve->pivot_argument);
        exponent = vector_at_most(vector_of(BATCH_EXP_HIGH),
                                  vector_at_least(vector_of(BATCH_EXP_LOW), exponent));
        block->density[k] = curve->density_scale * batch_exp_bounded(exponent);
    }
    for (size_t k = 0; k < count; k++) {
        vector z = vector_fma(curve->steepness, vector_of(distance[k]), curve->pivot_argument);
        vector tail = block->density[k] * batch_mills(vector_absolute(z));
        block->rise[k] = vector_select(z > 0.0, curve->fitness - tail, tail);
    }
    for (size_t k = 0; k < count; k++) {
        vector v = vector_at_most(vector_of(BATCH_EXP_HIGH), block->rise[k]);
        block->exponential[k] = batch_exp_bounded(v);
    }
}

/** Derivatives of e^v by (ln lambda, alpha, beta) at point k: e^v (v, D, d D). */
static inline void batch_row(const struct batch_block *block, size_t k, double distance,
                             vector row[3])
{
    row[0] = block->exponential[k] * block->rise[k];
    row[1] = block->exponential[k] * block->density[k];
    row[2] = row[1] * distance;
}

/**
 * Its second derivatives, e^v (v_i v_j + v_ij), as 00 01 02 11 12 22:
 *
 *     e^v (v (1 + v), D (1 + v), d D (1 + v), D (D - z), d D (D - z), d^2 D (D - z))
 */
static inline void batch_bend(const struct batch_curve *curve, const struct batch_block *block,
                              size_t k, double distance, const vector row[3], vector bend[6])
{
    vector z = vector_fma(curve->steepness, vector_of(distance), curve->pivot_argument);
    vector above = 1.0 + block->rise[k];
    bend[0] = row[0] * above;
    bend[1] = row[1] * above;
    bend[2] = row[2] * above;
    bend[3] = row[1] * (block->density[k] - z);
    bend[4] = bend[3] * distance;
    bend[5] = bend[4] * distance;
}

#endif
