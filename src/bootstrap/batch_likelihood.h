/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The negative binomial likelihood of the increments d_k = y_k - y_(k-1), with mean
 * M_k = max(c_k - c_(k-1), 1e-9) and variance M + M^2/r, where r > 0 is a fourth parameter.
 *
 * Cost: - sum of w_k ln p(d_k; M_k, r), where
 *
 *     ln p = ln Gamma(d + r) - ln Gamma(r) - ln Gamma(d + 1) + d ln(M/(r + M)) - r ln(1 + M/r)
 *
 * With W = 1/(M + M^2/r) the gradient by the curve's parameters is sum w W (M - d) dM and the
 * second derivative, since -d2 ln p/dM2 = W - (M - d) (1/M^2 - 1/(r + M)^2) =: V,
 *
 *     H = sum w (V dM dM' + (M - d) W d2M).
 *
 * Where it is not positive Fisher's matrix A = sum w W dM dM' takes its place.
 *
 * The mixed derivative d2(-ln p)/(dM dr) = (M - d)/(r + M)^2 is 0 in expectation. The coordinate of
 * r is
 *
 *     eta = ln(1 + 1/r),   eta >= 1e-9,
 *
 * like -ln r when r is small, and 1/r when it is large: the Poisson limit of replicates that vary
 * less than Poisson is at a finite distance, where the cost is linear in 1/r.
 *
 * Gamma functions are shifted by BATCH_GAMMA_SHIFT, P(x) = x (x + 1) ... (x + 7), and then expanded
 * by Stirling: with R = r + 8 and sigma the series' tail
 *
 *     ln Gamma(r + d) - ln Gamma(r) = (R + d - 1/2) ln(1 + d/R) - d + d ln R
 *                                     + sigma(R + d) - sigma(R) - ln(P(r + d)/P(r)),
 *
 * which loses nothing when r is large (the Poisson limit) or small.
 */
#ifndef GROWCAST_BATCH_LIKELIHOOD_H
#define GROWCAST_BATCH_LIKELIHOOD_H

#include "batch_problem.h"
#include "batch_squares.h"

/** Least mean of an increment, counts. */
#define BATCH_MEAN_LOW 1e-9

/** Bounds of eta: from what no count can tell from Poisson to r = FIT_DISPERSION_MINIMUM. */
#define BATCH_DISPERSION_LOW  (1.0 / BATCH_DISPERSION_MOST)
#define BATCH_DISPERSION_HIGH 6.9087547793152206

enum { BATCH_GAMMA_SHIFT = 8 };

/** ln Gamma(x) and its derivatives, as far as they are not Stirling's leading terms at x + 8. */
struct batch_gamma {
    vector shifted;  /**< X = x + 8 */
    vector product;  /**< P(x) */
    vector tail;     /**< sigma(X) = 1/(12 X) - 1/(360 X^3) + ... */
    vector digamma;  /**< psi(x) - ln X */
    vector trigamma; /**< psi'(x) */
};

/* Stirling's series at X >= 8: sigma = sum of B_2j/(2j (2j - 1) X^(2j - 1)), to 2e-17. */
static inline struct batch_gamma batch_gamma_at(vector x)
{
    static const double tail[] = {1.0 / 12,   -1.0 / 360,      1.0 / 1260, -1.0 / 1680,
                                  1.0 / 1188, -691.0 / 360360, 1.0 / 156,  -3617.0 / 122400};
    static const double first[] = {1.0 / 12,  -1.0 / 120,     1.0 / 252, -1.0 / 240,
                                   1.0 / 132, -691.0 / 32760, 1.0 / 12,  -3617.0 / 8160};
    static const double second[] = {1.0 / 6,  -1.0 / 30,     1.0 / 42, -1.0 / 30,
                                    5.0 / 66, -691.0 / 2730, 7.0 / 6,  -3617.0 / 510};
    struct batch_gamma gamma;
    /* 1/(x + i) + 1/(x + 7 - i) and their squares by f = (x + i)(x + 7 - i) = x^2 + 7 x + i (7 -
     * i): (2 x + 7)/f and 2/f + (7 - 2 i)^2/f^2, of which all four need one division. */
    vector f0 = x * (x + 7.0);
    vector f1 = f0 + 6.0;
    vector f2 = f0 + 10.0;
    vector f3 = f0 + 12.0;
    vector low = f0 * f1;
    vector high = f2 * f3;
    vector product = low * high;
    vector whole = 1.0 / product;
    vector inverse_low = whole * high;
    vector inverse_high = whole * low;
    vector v0 = inverse_low * f1;
    vector v1 = inverse_low * f0;
    vector v2 = inverse_high * f3;
    vector v3 = inverse_high * f2;
    vector inverses = (v0 + v1) + (v2 + v3);
    vector sum = (2.0 * x + 7.0) * inverses; /* of 1/(x + j) */
    vector squares = vector_fma(49.0 * v0, v0, 2.0 * inverses);
    squares = vector_fma(25.0 * v1, v1, squares);
    squares = vector_fma(9.0 * v2, v2, squares);
    squares = vector_fma(v3, v3, squares);
    vector shifted = x + (double)BATCH_GAMMA_SHIFT;
    vector inverse = 1.0 / shifted;
    vector square = inverse * inverse;
    gamma.shifted = shifted;
    gamma.product = product;
    gamma.tail = inverse * vector_polynomial(tail, 8, square);
    gamma.digamma = -0.5 * inverse - square * vector_polynomial(first, 8, square) - sum;
    gamma.trigamma =
        inverse + 0.5 * square + square * inverse * vector_polynomial(second, 8, square) + squares;
    return gamma;
}

/** ln(Gamma(r + d)/Gamma(r)) - d ln(R), given both ends. */
static inline vector batch_log_gamma_ratio(const struct batch_gamma *at_sum,
                                           const struct batch_gamma *at_r, vector d)
{
    vector growth = batch_log1p(d / at_r->shifted);
    vector leading = vector_fma(at_sum->shifted - 0.5, growth, -d);
    return leading + (at_sum->tail - at_r->tail) - batch_log(at_sum->product / at_r->product);
}

/** What r adds to the normal equations, by ln r while they are summed, then by eta. */
struct batch_dispersion {
    vector gradient; /**< h, the derivative of the cost */
    vector matrix;   /**< m, its second derivative; positive once it is by eta */
    vector squares;  /**< sum of squared scores */
    vector cross[3]; /**< c, the derivative of the cost's gradient */
};

/** The curve, plus m, and its derivatives at a point; or what they change by between two. */
struct batch_values {
    vector level; /**< m e^v */
    vector row[3];
    vector bend[6];
};

/* Changes from the point before to point k, which takes its place. */
static inline struct batch_values batch_increment(const struct batch_curve *curve,
                                                  const struct batch_block *block, double scale,
                                                  size_t k, double distance,
                                                  struct batch_values *before)
{
    struct batch_values now;
    struct batch_values change;
    now.level = scale * block->exponential[k];
    change.level = now.level - before->level;
    batch_row(block, k, distance, now.row);
    batch_bend(curve, block, k, distance, now.row, now.bend);
    for (int i = 0; i < 3; i++) {
        now.row[i] *= scale;
        change.row[i] = now.row[i] - before->row[i];
    }
    for (int i = 0; i < 6; i++) {
        now.bend[i] *= scale;
        change.bend[i] = now.bend[i] - before->bend[i];
    }
    *before = now;
    return change;
}

/* One increment: adds to the normal equations and to the dispersion's. */
static inline void batch_increment_add(const struct batch_values *change, vector d, vector weight,
                                       vector r, const struct batch_gamma *at_r,
                                       struct batch_normal *normal,
                                       struct batch_dispersion *dispersion)
{
    vector_mask low = change->level < BATCH_MEAN_LOW;
    vector mean = vector_at_least(vector_of(BATCH_MEAN_LOW), change->level);
    vector sum = r + mean;
    vector inverse = 1.0 / sum;
    vector fisher = weight * r * inverse / mean;
    vector residual = mean - d;
    vector slope[3];
    for (int i = 0; i < 3; i++) {
        slope[i] = vector_select(low, vector_of(0.0), change->row[i]);
        normal->gradient[i] = vector_fma(fisher * slope[i], residual, normal->gradient[i]);
    }
    vector factor = vector_select(low, vector_of(0.0), residual);
    vector curvature =
        fisher - factor * (weight * (1.0 / (mean * mean) - inverse * inverse)); /* w V */
    for (int i = 0, at = 0; i < 3; i++) {
        for (int j = i; j < 3; j++, at++) {
            vector second = vector_fma(factor * fisher, change->bend[at], normal->matrix[at]);
            normal->matrix[at] = vector_fma(curvature * slope[i], slope[j], second);
        }
    }

    struct batch_gamma at_sum = batch_gamma_at(r + d);
    vector over = batch_log1p(mean / r);
    vector log_ratio = batch_log_gamma_ratio(&at_sum, at_r, d);
    vector log_mean = batch_log(mean * (at_r->shifted * inverse));
    vector log_p = log_ratio + d * log_mean - r * over;
    normal->cost = vector_fma(-weight, log_p, normal->cost);

    /* d2 (-ln p)/(dM d ln r) = r (M - d)/(r + M)^2 */
    vector mixed = weight * r * residual * inverse * inverse;
    for (int i = 0; i < 3; i++) {
        dispersion->cross[i] = vector_fma(mixed, slope[i], dispersion->cross[i]);
    }

    vector digamma = at_sum.digamma - at_r->digamma + batch_log1p(d / at_r->shifted);
    vector score = r * (digamma - over + residual * inverse);
    vector score_slope =
        at_sum.trigamma - at_r->trigamma + mean / (r * sum) - residual * inverse * inverse;
    dispersion->gradient = vector_fma(-weight, score, dispersion->gradient);
    dispersion->matrix =
        vector_fma(-weight, vector_fma(r * r, score_slope, score), dispersion->matrix);
    dispersion->squares = vector_fma(weight * score, score, dispersion->squares);
}

/** Adds the increments of one block; start: 1 if the block's first point ends none. */
static inline void batch_likelihood_add(const struct batch_curve *curve,
                                        const struct batch_block *block, double scale, size_t start,
                                        size_t count, const double *distance,
                                        const vector *observed, const vector *weight, vector r,
                                        const struct batch_gamma *at_r, struct batch_values *before,
                                        struct batch_normal *normal,
                                        struct batch_dispersion *dispersion)
{
    for (size_t k = 0; k < count; k++) {
        struct batch_values change = batch_increment(curve, block, scale, k, distance[k], before);
        if (k >= start) {
            vector w = weight != NULL ? weight[k] : vector_of(1.0);
            batch_increment_add(&change, observed[k], w, r, at_r, normal, dispersion);
        }
    }
}

/** Adds the increments of one block to A. */
static inline void batch_likelihood_plain(const struct batch_curve *curve,
                                          const struct batch_block *block, double scale,
                                          size_t start, size_t count, const double *distance,
                                          const vector *weight, vector r,
                                          struct batch_values *before, vector plain[6])
{
    for (size_t k = 0; k < count; k++) {
        struct batch_values change = batch_increment(curve, block, scale, k, distance[k], before);
        vector w = weight != NULL ? weight[k] : vector_of(1.0);
        vector mean = vector_at_least(vector_of(BATCH_MEAN_LOW), change.level);
        vector fisher = w * r / ((r + mean) * mean);
        fisher = vector_select(change.level < BATCH_MEAN_LOW, vector_of(0.0), fisher);
        for (int i = 0, at = 0; k >= start && i < 3; i++) {
            for (int j = i; j < 3; j++, at++) {
                plain[at] = vector_fma(fisher * change.row[i], change.row[j], plain[at]);
            }
        }
    }
}

static inline vector batch_dispersion_of(vector eta)
{
    return 1.0 / (batch_exp(eta) - 1.0);
}

static inline vector batch_dispersion_coordinate(vector r)
{
    vector eta = batch_log1p(1.0 / r);
    return vector_at_most(vector_of(BATCH_DISPERSION_HIGH),
                          vector_at_least(vector_of(BATCH_DISPERSION_LOW), eta));
}

/** From ln r to eta: d ln r/d eta = -(1 + r), d2 ln r/d eta2 = r (1 + r). Where the second
 *  derivative is not positive the sum of squared scores takes its place, and r stands beside the
 *  mean. turn: as for the gradient by the curve's parameters. */
BATCH_UNROLLED void batch_dispersion_turn(const struct batch_coordinates *coordinates,
                                          const struct batch_turn *turn, vector r,
                                          struct batch_dispersion *dispersion)
{
    vector above = 1.0 + r;
    vector observed = above * (above * dispersion->matrix + r * dispersion->gradient);
    vector squares = above * above * dispersion->squares + 1e-12;
    vector_mask positive = observed > 0.05 * squares;
    dispersion->gradient = -above * dispersion->gradient;
    dispersion->matrix = vector_select(positive, observed, squares);
    batch_turn_gradient(coordinates, turn, dispersion->cross);
    for (int i = 0; i < 3; i++) {
        dispersion->cross[i] =
            vector_select(positive, -above * dispersion->cross[i], vector_of(0.0));
    }
}

/** ln Gamma(d + 1), the part of a point's cost that no parameter changes. */
static inline vector batch_log_factorial(vector d)
{
    vector one = vector_of(1.0);
    struct batch_gamma at_one = batch_gamma_at(one);
    struct batch_gamma at_sum = batch_gamma_at(d + 1.0);
    return batch_log_gamma_ratio(&at_sum, &at_one, d) + d * batch_log(at_one.shifted);
}

#endif
