/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The coordinates in which a step is taken, and the way from them to the curve and back.
 *
 * Straight coordinates, for least squares and the likelihood: what the data say about the curve at
 * a pivot age t_p where it has risen a good part, and one number for its shape:
 *
 *     p_0 = ln y,  y = c(t_p)/m                  height
 *     p_1 = ln s,  s = d ln c/d ln t at t_p      slope
 *     p_2 = q(alpha),  q = alpha for alpha >= 0, alpha/sqrt(1 + alpha^2) below    shape
 *
 * In (lambda, mu, sigma) the cost has a curved, flat-bottomed valley; here height and slope lie
 * across it and the shape alone along it. The valley's far end, lambda -> infinity, is at finite
 * distance: the curve depends on alpha through 1/alpha^2 there, and q = -1 + 1/(2 alpha^2) + ...
 * makes that linear. q stays above BATCH_SHAPE_LOW; a refit whose lambda passes FIT_FITNESS_LIMIT
 * is handed on before.
 *
 *     u = ln(1 + y),   s = (1 + y) u R beta/y   with R = phi(alpha)/Phi(alpha)
 *
 * Natural coordinates, for curves whose plateau is seen:
 *
 *     p = (ln lambda, mu, ln sigma)
 *
 * Coordinates on the limit lambda = FIT_FITNESS_LIMIT, where a ridge ends: height and slope as
 * above, alpha following from Phi(alpha) = u/lambda.
 *
 * Coordinates on the bound mu = 0 of the paper's protocol: p = (ln y, ln sigma), alpha =
 * ln t_p/sigma. The bound is kept by an active set of one: a refit is free first, and one that
 * comes out with mu < 0 is repeated on the bound.
 *
 * Every system knows the first and second derivatives of (ln lambda, alpha, beta) by p. What they
 * are made of:
 *
 *     d ln u/dp_0 = tau = y/((1 + y) u)       d ln tau/dp_0 = kappa = 1/(1 + y) - tau
 *     d kappa/dp_0 = -y/(1 + y)^2 - tau kappa     dR/d alpha = -R (alpha + R)
 */
#ifndef GROWCAST_BATCH_COORDINATES_H
#define GROWCAST_BATCH_COORDINATES_H

#include "batch_curve.h"
#include "fit.h"

#include <stdbool.h>

/** q(-8): there Phi(alpha) = 6e-16, and a curve that rises at all has passed FIT_FITNESS_LIMIT.
 * Much further out H, turned from derivatives that nearly cancel, would be made of rounding.
 */
#define BATCH_SHAPE_LOW (-0.99227787671366763)

/** ln of FIT_LONGEVITY_MINIMUM. */
#define BATCH_LOG_LONGEVITY_MINIMUM (-9.2103403719761836)

/** From alpha = -sqrt(-2 ln share) Newton's method is exact after this many steps. */
enum { BATCH_ARGUMENT_STEPS = 6 };

/** Index into a symmetric matrix, which is kept as 00 01 02 11 12 22. */
static const int batch_at[3][3] = {{0, 1, 2}, {1, 3, 4}, {2, 4, 5}};

/** A cost, its gradient and its second derivative H, by (ln lambda, alpha, beta) or by
 *  coordinates. */
struct batch_normal {
    vector cost;
    vector gradient[3];
    vector matrix[6];
};

static inline void batch_normal_clear(struct batch_normal *normal, vector cost)
{
    normal->cost = cost;
    for (int i = 0; i < 3; i++) {
        normal->gradient[i] = vector_of(0.0);
    }
    for (int i = 0; i < 6; i++) {
        normal->matrix[i] = vector_of(0.0);
    }
}

/** By elements, since compilers copy structures of this size by slow string instructions. */
static inline void batch_normal_copy(const struct batch_normal *from, struct batch_normal *to)
{
    to->cost = from->cost;
    for (int i = 0; i < 3; i++) {
        to->gradient[i] = from->gradient[i];
    }
    for (int i = 0; i < 6; i++) {
        to->matrix[i] = from->matrix[i];
    }
}

/** Derivatives of (ln lambda, alpha, beta) =: a by coordinates p. */
struct batch_turn {
    vector first[3][3];  /**< da_i/dp_j */
    vector second[3][6]; /**< d2a_i/dp2 */
};

static inline void batch_turn_clear(struct batch_turn *turn)
{
    memset(turn, 0, sizeof *turn); /* all bits 0 is 0.0 */
}

/** A coordinate system. */
struct batch_coordinates {
    bool uses[3][3]; /**< whether a_i depends on p_j */
    int fixed;       /**< index of the coordinate that is not used, or -1 */
    int shape;       /**< index of the coordinate that falls along a ridge, or -1 */
    int bounded;     /**< index of the coordinate that has a lower bound */
    double low;      /**< the bound */
    double reach[3]; /**< no step is longer than 1/reach */
    /** Coordinates of lambda, mu, sigma. */
    void (*enter)(double pivot, const vector parameters[3], vector point[3]);
    /** lambda, mu, sigma at a point. */
    void (*leave)(double pivot, const vector point[3], vector parameters[3]);
    /** The curve at a point, and its derivatives by the coordinates. Of *turn only what is not
     *  always 0 is written: the rest is the caller's to clear, once. */
    void (*curve)(double pivot, const vector point[3], struct batch_curve *curve,
                  struct batch_turn *turn);
};

/** Inlined, so that constant arguments become constants of its loops. */
#define BATCH_UNROLLED __attribute__((always_inline)) static inline

/* sum of coefficient[i] value[i] over those i that `uses` names; at least one. */
BATCH_UNROLLED vector batch_combine(const bool uses[3], const vector coefficient[3],
                                    const vector value[3])
{
    vector sum = vector_of(0.0);
    bool empty = true;
    for (int i = 0; i < 3; i++) {
        if (uses[i]) {
            sum = empty ? coefficient[i] * value[i] : vector_fma(coefficient[i], value[i], sum);
            empty = false;
        }
    }
    return sum;
}

/** A gradient by a becomes one by p: g_p = T'g. */
BATCH_UNROLLED void batch_turn_gradient(const struct batch_coordinates *coordinates,
                                        const struct batch_turn *turn, vector g[3])
{
    vector turned[3];
    for (int j = 0; j < 3; j++) {
        const bool uses[3] = {coordinates->uses[0][j], coordinates->uses[1][j],
                              coordinates->uses[2][j]};
        const vector column[3] = {turn->first[0][j], turn->first[1][j], turn->first[2][j]};
        turned[j] = batch_combine(uses, column, g);
    }
    for (int j = 0; j < 3; j++) {
        g[j] = turned[j];
    }
}

/** T'MT of a symmetric matrix. */
BATCH_UNROLLED void batch_turn_matrix(const struct batch_coordinates *coordinates,
                                      const struct batch_turn *turn, vector m[6])
{
    vector product[3][3]; /* transposed: [j] is M times column j of T */
    for (int j = 0; j < 3; j++) {
        const bool uses[3] = {coordinates->uses[0][j], coordinates->uses[1][j],
                              coordinates->uses[2][j]};
        const vector column[3] = {turn->first[0][j], turn->first[1][j], turn->first[2][j]};
        for (int i = 0; i < 3; i++) {
            const vector row[3] = {m[batch_at[i][0]], m[batch_at[i][1]], m[batch_at[i][2]]};
            product[j][i] = batch_combine(uses, column, row);
        }
    }
    for (int i = 0; i < 3; i++) {
        const bool uses[3] = {coordinates->uses[0][i], coordinates->uses[1][i],
                              coordinates->uses[2][i]};
        const vector column[3] = {turn->first[0][i], turn->first[1][i], turn->first[2][i]};
        for (int j = i; j < 3; j++) {
            m[batch_at[i][j]] = batch_combine(uses, column, product[j]);
        }
    }
}

/** From derivatives by a to derivatives by p: g_p = T'g, H_p = T'HT + sum g_i d2a_i. */
BATCH_UNROLLED void batch_turn_normal(const struct batch_coordinates *coordinates,
                                      const struct batch_turn *turn, struct batch_normal *normal)
{
    batch_turn_matrix(coordinates, turn, normal->matrix);
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            for (int k = j; k < 3; k++) {
                if (coordinates->uses[i][j] && coordinates->uses[i][k]) {
                    int at = batch_at[j][k];
                    normal->matrix[at] =
                        vector_fma(normal->gradient[i], turn->second[i][at], normal->matrix[at]);
                }
            }
        }
    }
    batch_turn_gradient(coordinates, turn, normal->gradient);
}

/* e^x, where x far out need only be far out. */
static inline vector batch_exp_within(vector x)
{
    return batch_exp_bounded(
        vector_at_most(vector_of(BATCH_EXP_HIGH), vector_at_least(vector_of(BATCH_EXP_LOW), x)));
}

/* What the coordinate ln y gives: y, u and the derivatives named above. */
struct batch_height {
    vector height, rise, tau, kappa, kappa_slope;
};

static inline struct batch_height batch_height_at(vector log_height)
{
    struct batch_height at;
    at.height = batch_exp_within(log_height);
    vector sum = 1.0 + at.height;
    vector share = 1.0 / sum;
    vector lost = at.height - (sum - 1.0);
    at.rise = vector_fma(lost, share, batch_log_normal_range(sum, vector_of(0.0)));
    at.tau = at.height * share / at.rise;
    at.kappa = share - at.tau;
    at.kappa_slope = -at.height * share * share - at.tau * at.kappa;
    return at;
}

/* beta, with sigma not below its minimum. */
static inline vector batch_steepness(vector beta)
{
    return vector_at_most(vector_of(1.0 / FIT_LONGEVITY_MINIMUM), beta);
}

static inline vector batch_shape_argument(vector shape)
{
    return vector_select(shape < 0.0, shape / vector_sqrt((1.0 - shape) * (1.0 + shape)), shape);
}

static void batch_straight_enter(double pivot, const vector parameters[3], vector point[3])
{
    vector alpha = (pivot - parameters[1]) / parameters[2];
    vector below = vector_at_most(vector_of(0.0), alpha);
    vector mills = batch_mills(-below);
    /* lambda Phi(alpha), where Phi(alpha) itself may underflow: by logarithms */
    vector log_share = batch_log(mills * BATCH_1_SQRT_2PI) - 0.5 * below * below;
    vector_mask upper = alpha > 0.0;
    vector distribution = batch_normal_distribution(alpha);
    vector rise = vector_select(upper, parameters[0] * distribution,
                                batch_exp(batch_log(parameters[0]) + log_share));
    vector ratio = vector_select(upper, batch_normal_density(alpha) / distribution, 1.0 / mills);
    vector height = batch_exp(rise) - 1.0;
    point[0] = batch_log(height);
    point[1] = batch_log((1.0 + height) * rise * ratio / (height * parameters[2]));
    vector shape = vector_select(upper, alpha, alpha / vector_sqrt(1.0 + alpha * alpha));
    point[2] = vector_at_least(vector_of(BATCH_SHAPE_LOW), shape);
}

/* The curve alone; returns R. */
static inline vector batch_straight_shape(const struct batch_height *at, const vector point[3],
                                          struct batch_curve *curve)
{
    curve->pivot_argument = batch_shape_argument(point[2]);
    vector ratio = batch_curve_complete(curve, at->rise);
    curve->steepness = batch_steepness(batch_exp_within(point[1]) * at->tau / ratio);
    return ratio;
}

static void batch_straight_curve(double pivot, const vector point[3], struct batch_curve *curve,
                                 struct batch_turn *turn)
{
    (void)pivot;
    struct batch_height at = batch_height_at(point[0]);
    vector ratio = batch_straight_shape(&at, point, curve);
    vector alpha = curve->pivot_argument;
    vector beta = curve->steepness;

    vector square = 1.0 + alpha * alpha;
    vector_mask below = alpha < 0.0;
    vector slope = vector_select(below, square * vector_sqrt(square), vector_of(1.0));
    vector curvature = vector_select(below, 3.0 * alpha * square * square, vector_of(0.0));
    vector sum = alpha + ratio;
    vector ratio_slope = -ratio * sum;
    vector steeper = sum * slope; /* d ln beta/dp_2 */
    turn->first[0][0] = at.tau;
    turn->first[0][2] = -ratio * slope;
    turn->first[1][2] = slope;
    turn->first[2][0] = beta * at.kappa;
    turn->first[2][1] = beta;
    turn->first[2][2] = beta * steeper;
    turn->second[0][0] = at.tau * at.kappa;
    turn->second[0][5] = -(ratio_slope * slope * slope + ratio * curvature);
    turn->second[1][5] = curvature;
    turn->second[2][0] = beta * (at.kappa * at.kappa + at.kappa_slope);
    turn->second[2][1] = beta * at.kappa;
    turn->second[2][2] = beta * at.kappa * steeper;
    turn->second[2][3] = beta;
    turn->second[2][4] = beta * steeper;
    turn->second[2][5] =
        beta * (steeper * steeper + (1.0 + ratio_slope) * slope * slope + sum * curvature);
}

static void batch_straight_leave(double pivot, const vector point[3], vector parameters[3])
{
    struct batch_curve curve;
    struct batch_height at = batch_height_at(point[0]);
    (void)batch_straight_shape(&at, point, &curve);
    parameters[0] = curve.fitness;
    parameters[1] = pivot - curve.pivot_argument / curve.steepness;
    parameters[2] = 1.0 / curve.steepness;
}

static void batch_natural_enter(double pivot, const vector parameters[3], vector point[3])
{
    (void)pivot;
    point[0] = batch_log(parameters[0]);
    point[1] = parameters[1];
    point[2] = batch_log(parameters[2]);
}

static void batch_natural_leave(double pivot, const vector point[3], vector parameters[3])
{
    (void)pivot;
    parameters[0] = batch_exp(point[0]);
    parameters[1] = point[1];
    parameters[2] = batch_exp(point[2]);
}

static void batch_natural_curve(double pivot, const vector point[3], struct batch_curve *curve,
                                struct batch_turn *turn)
{
    vector beta = batch_exp(-point[2]);
    vector alpha = (pivot - point[1]) * beta;
    curve->steepness = beta;
    curve->pivot_argument = alpha;
    vector rise = batch_exp(point[0]) * batch_normal_distribution(alpha);
    (void)batch_curve_complete(curve, rise);
    turn->first[0][0] = vector_of(1.0);
    turn->first[1][1] = -beta;
    turn->first[1][2] = -alpha;
    turn->first[2][2] = -beta;
    turn->second[1][4] = beta;
    turn->second[1][5] = alpha;
    turn->second[2][5] = beta;
}

/* alpha with Phi(alpha) = share < 1/2: Newton's method on ln Phi, which is concave and so is
 * climbed from below without overshooting. */
static inline vector batch_argument_of_share(vector share)
{
    vector target = batch_log(share);
    vector alpha = -vector_sqrt(-2.0 * target);
    for (int i = 0; i < BATCH_ARGUMENT_STEPS; i++) {
        vector mills = batch_mills(-alpha);
        vector value = batch_log(mills * BATCH_1_SQRT_2PI) - 0.5 * alpha * alpha;
        alpha = vector_at_most(vector_of(0.0), alpha - (value - target) * mills);
    }
    return alpha;
}

static void batch_limit_curve(double pivot, const vector point[3], struct batch_curve *curve,
                              struct batch_turn *turn)
{
    (void)pivot;
    struct batch_height at = batch_height_at(point[0]);
    vector alpha = batch_argument_of_share(at.rise / FIT_FITNESS_LIMIT);
    curve->pivot_argument = alpha;
    vector ratio = batch_curve_complete(curve, at.rise);
    vector beta = batch_steepness(batch_exp(point[1]) * at.tau / ratio);
    curve->steepness = beta;

    vector sum = alpha + ratio;
    vector slope = at.tau / ratio; /* d alpha/dp_0 */
    vector curvature = slope * (at.kappa + sum * slope);
    vector steeper = at.kappa + sum * slope; /* d ln beta/dp_0 */
    vector steepening = at.kappa_slope + (1.0 - ratio * sum) * slope * slope + sum * curvature;
    turn->first[1][0] = slope;
    turn->first[2][0] = beta * steeper;
    turn->first[2][1] = beta;
    turn->second[1][0] = curvature;
    turn->second[2][0] = beta * (steeper * steeper + steepening);
    turn->second[2][1] = beta * steeper;
    turn->second[2][3] = beta;
}

static void batch_limit_leave(double pivot, const vector point[3], vector parameters[3])
{
    struct batch_curve curve;
    struct batch_turn turn;
    batch_limit_curve(pivot, point, &curve, &turn);
    parameters[0] = vector_of(FIT_FITNESS_LIMIT);
    parameters[1] = pivot - curve.pivot_argument / curve.steepness;
    parameters[2] = 1.0 / curve.steepness;
}

static void batch_pinned_enter(double pivot, const vector parameters[3], vector point[3])
{
    batch_straight_enter(pivot, parameters, point);
    point[1] = batch_log(parameters[2]);
}

static void batch_pinned_curve(double pivot, const vector point[3], struct batch_curve *curve,
                               struct batch_turn *turn)
{
    struct batch_height at = batch_height_at(point[0]);
    vector beta = batch_exp(-point[1]);
    vector alpha = pivot * beta;
    curve->steepness = beta;
    curve->pivot_argument = alpha;
    vector ratio = batch_curve_complete(curve, at.rise);
    turn->first[0][0] = at.tau;
    turn->first[0][1] = ratio * alpha;
    turn->first[1][1] = -alpha;
    turn->first[2][1] = -beta;
    turn->second[0][0] = at.tau * at.kappa;
    turn->second[0][3] = ratio * alpha * (alpha * (alpha + ratio) - 1.0);
    turn->second[1][3] = alpha;
    turn->second[2][3] = beta;
}

static void batch_pinned_leave(double pivot, const vector point[3], vector parameters[3])
{
    struct batch_curve curve;
    struct batch_turn turn;
    batch_pinned_curve(pivot, point, &curve, &turn);
    parameters[0] = curve.fitness;
    parameters[1] = vector_of(0.0);
    parameters[2] = 1.0 / curve.steepness;
}

static const struct batch_coordinates batch_straight = {
    .uses = {{true, false, true}, {false, false, true}, {true, true, true}},
    .fixed = -1,
    .shape = 2,
    .bounded = 2,
    .low = BATCH_SHAPE_LOW,
    .reach = {0.5, 0.5, 3.0},
    .enter = batch_straight_enter,
    .leave = batch_straight_leave,
    .curve = batch_straight_curve,
};

static const struct batch_coordinates batch_natural = {
    .uses = {{true, false, false}, {false, true, true}, {false, false, true}},
    .fixed = -1,
    .shape = -1,
    .bounded = 2,
    .low = BATCH_LOG_LONGEVITY_MINIMUM,
    .reach = {0.5, 0.5, 0.5},
    .enter = batch_natural_enter,
    .leave = batch_natural_leave,
    .curve = batch_natural_curve,
};

static const struct batch_coordinates batch_limit = {
    .uses = {{false, false, false}, {true, false, false}, {true, true, false}},
    .fixed = 2,
    .shape = -1,
    .bounded = 1,
    .low = -INFINITY,
    .reach = {0.5, 0.5, 1.0},
    .enter = batch_straight_enter,
    .leave = batch_limit_leave,
    .curve = batch_limit_curve,
};

static const struct batch_coordinates batch_pinned = {
    .uses = {{true, true, false}, {false, true, false}, {false, true, false}},
    .fixed = 2,
    .shape = -1,
    .bounded = 1,
    .low = BATCH_LOG_LONGEVITY_MINIMUM,
    .reach = {0.5, 0.5, 1.0},
    .enter = batch_pinned_enter,
    .leave = batch_pinned_leave,
    .curve = batch_pinned_curve,
};

#endif
