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
 * makes that linear. The search stops at BATCH_SHAPE_LOW, where lambda is still a finite double.
 *
 *     u = ln(1 + y),   s = (1 + y) u R beta/y   with R = phi(alpha)/Phi(alpha)
 *     d ln u    = tau dp_0,                              tau = y/((1 + y) u)
 *     d ln beta = (1/(1 + y) - tau) dp_0 + dp_1 + (alpha + R) d alpha
 *
 * Natural coordinates, for curves whose plateau is seen:
 *
 *     p = (ln lambda, mu, ln sigma)
 *
 * Coordinates on the limit lambda = FIT_FITNESS_LIMIT, where a ridge ends: height and slope as
 * above, alpha following from Phi(alpha) = u/lambda, so that d alpha = d ln u/R.
 *
 * Coordinates on the bound mu = 0 of the paper's protocol: p = (ln y, ln sigma), alpha =
 * ln t_p/sigma.
 */
#ifndef GROWCAST_BATCH_COORDINATES_H
#define GROWCAST_BATCH_COORDINATES_H

#include "batch_curve.h"
#include "fit.h"

/** q(-37.45): there Phi(alpha) = 3e-307, so that lambda is still a finite double. */
#define BATCH_SHAPE_LOW (-0.99964368492735479)

/** ln of FIT_LONGEVITY_MINIMUM. */
#define BATCH_LOG_LONGEVITY_MINIMUM (-9.2103403719761836)

/** From alpha = -sqrt(-2 ln share) Newton's method is exact after this many steps. */
enum { BATCH_ARGUMENT_STEPS = 6 };

/** Normal equations in the curve's columns or in coordinates: symmetric 3 x 3 as 00 01 02 11 12 22.
 */
struct batch_normal {
    vector cost;        /**< the cost */
    vector gradient[3]; /**< its gradient */
    vector matrix[6];   /**< its second derivative, or the part made of first ones */
};

/** A coordinate system. */
struct batch_coordinates {
    int fixed;         /**< index of the coordinate that is not used, or -1 */
    int bounded;       /**< index of the coordinate that has a lower bound */
    double low;        /**< the bound */
    double longest[3]; /**< no step is longer than this */
    /** Coordinates of lambda, mu, sigma. */
    void (*enter)(double pivot, const vector parameters[3], vector point[3]);
    /** lambda, mu, sigma at a point. */
    void (*leave)(double pivot, const vector point[3], vector parameters[3]);
    /** The curve at a point, and the matrix entries that turn() needs. */
    void (*curve)(double pivot, const vector point[3], struct batch_curve *curve, vector turn[4]);
    /** Turns normal equations in columns into normal equations in coordinates. */
    void (*turn)(const vector turn[4], struct batch_normal *normal);
};

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

static void batch_straight_curve(double pivot, const vector point[3], struct batch_curve *curve,
                                 vector turn[4])
{
    (void)pivot;
    vector height = batch_exp(point[0]);
    vector rise = batch_log1p(height);
    vector above = 1.0 + height;
    vector tau = height / (above * rise);
    vector alpha = batch_shape_argument(point[2]);
    curve->pivot_argument = alpha;
    vector ratio = batch_curve_complete(curve, rise);
    curve->steepness = batch_steepness(batch_exp(point[1]) * tau / ratio);
    curve->mix_slope = (alpha + ratio) * curve->steepness;
    curve->mix_height = ratio;
    vector square = 1.0 + alpha * alpha;
    turn[0] = tau;
    turn[1] = (1.0 / above - tau) * curve->steepness;
    turn[2] = curve->steepness;
    turn[3] = vector_select(alpha < 0.0, square * vector_sqrt(square), vector_of(1.0));
}

static void batch_straight_leave(double pivot, const vector point[3], vector parameters[3])
{
    struct batch_curve curve;
    vector turn[4];
    batch_straight_curve(pivot, point, &curve, turn);
    parameters[0] = curve.fitness;
    parameters[1] = pivot - curve.pivot_argument / curve.steepness;
    parameters[2] = 1.0 / curve.steepness;
}

/* New columns: turn_0 c_0 + turn_1 c_1, turn_2 c_1, turn_3 c_2. */
static void batch_straight_turn(const vector turn[4], struct batch_normal *normal)
{
    vector *a = normal->matrix;
    vector *g = normal->gradient;
    vector a00 = turn[0] * a[0] + turn[1] * a[1];
    vector a01 = turn[0] * a[1] + turn[1] * a[3];
    a[0] = turn[0] * a00 + turn[1] * a01;
    a[1] = turn[2] * a01;
    a[2] = turn[3] * (turn[0] * a[2] + turn[1] * a[4]);
    a[3] = turn[2] * turn[2] * a[3];
    a[4] = turn[2] * turn[3] * a[4];
    a[5] = turn[3] * turn[3] * a[5];
    g[0] = turn[0] * g[0] + turn[1] * g[1];
    g[1] = turn[2] * g[1];
    g[2] = turn[3] * g[2];
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
                                vector turn[4])
{
    curve->steepness = batch_exp(-point[2]);
    curve->pivot_argument = (pivot - point[1]) * curve->steepness;
    vector rise = batch_exp(point[0]) * batch_normal_distribution(curve->pivot_argument);
    (void)batch_curve_complete(curve, rise);
    curve->mix_slope = curve->mix_height = vector_of(0.0);
    turn[0] = curve->steepness;
    turn[1] = curve->pivot_argument;
}

/* New columns: c_0, -beta c_2, -beta c_1 - alpha c_2. */
static void batch_natural_turn(const vector turn[4], struct batch_normal *normal)
{
    vector *a = normal->matrix;
    vector *g = normal->gradient;
    vector beta = turn[0];
    vector alpha = turn[1];
    vector mixed = beta * a[4] + alpha * a[5];
    vector a22 = beta * (beta * a[3] + alpha * a[4]) + alpha * mixed;
    vector a02 = -(beta * a[1] + alpha * a[2]);
    a[1] = -beta * a[2];
    a[2] = a02;
    a[3] = beta * beta * a[5];
    a[4] = beta * mixed;
    a[5] = a22;
    vector g2 = -(beta * g[1] + alpha * g[2]);
    g[1] = -beta * g[2];
    g[2] = g2;
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
                              vector turn[4])
{
    (void)pivot;
    vector height = batch_exp(point[0]);
    vector rise = batch_log1p(height);
    vector above = 1.0 + height;
    vector tau = height / (above * rise);
    vector alpha = batch_argument_of_share(rise / FIT_FITNESS_LIMIT);
    curve->pivot_argument = alpha;
    vector ratio = batch_curve_complete(curve, rise);
    curve->steepness = batch_steepness(batch_exp(point[1]) * tau / ratio);
    curve->mix_slope = (alpha + ratio) * curve->steepness;
    curve->mix_height = ratio;
    turn[0] = tau;
    turn[1] = (1.0 / above - tau) * curve->steepness;
    turn[2] = curve->steepness;
    turn[3] = tau / ratio;
}

static void batch_limit_leave(double pivot, const vector point[3], vector parameters[3])
{
    struct batch_curve curve;
    vector turn[4];
    batch_limit_curve(pivot, point, &curve, turn);
    parameters[0] = vector_of(FIT_FITNESS_LIMIT);
    parameters[1] = pivot - curve.pivot_argument / curve.steepness;
    parameters[2] = 1.0 / curve.steepness;
}

/* New columns: turn_0 c_0 + turn_1 c_1 + turn_3 c_2, turn_2 c_1. */
static void batch_limit_turn(const vector turn[4], struct batch_normal *normal)
{
    vector *a = normal->matrix;
    vector *g = normal->gradient;
    vector a00 = turn[0] * a[0] + turn[1] * a[1] + turn[3] * a[2];
    vector a01 = turn[0] * a[1] + turn[1] * a[3] + turn[3] * a[4];
    vector a02 = turn[0] * a[2] + turn[1] * a[4] + turn[3] * a[5];
    a[0] = turn[0] * a00 + turn[1] * a01 + turn[3] * a02;
    a[1] = turn[2] * a01;
    a[3] = turn[2] * turn[2] * a[3];
    g[0] = turn[0] * g[0] + turn[1] * g[1] + turn[3] * g[2];
    g[1] = turn[2] * g[1];
}

static void batch_pinned_enter(double pivot, const vector parameters[3], vector point[3])
{
    batch_straight_enter(pivot, parameters, point);
    point[1] = batch_log(parameters[2]);
}

static void batch_pinned_curve(double pivot, const vector point[3], struct batch_curve *curve,
                               vector turn[4])
{
    vector height = batch_exp(point[0]);
    vector rise = batch_log1p(height);
    curve->steepness = batch_exp(-point[1]);
    curve->pivot_argument = pivot * curve->steepness;
    curve->mix_slope = vector_of(0.0);
    curve->mix_height = batch_curve_complete(curve, rise);
    turn[0] = height / ((1.0 + height) * rise);
    turn[1] = curve->steepness;
    turn[2] = curve->pivot_argument;
}

static void batch_pinned_leave(double pivot, const vector point[3], vector parameters[3])
{
    struct batch_curve curve;
    vector turn[4];
    batch_pinned_curve(pivot, point, &curve, turn);
    parameters[0] = curve.fitness;
    parameters[1] = vector_of(0.0);
    parameters[2] = 1.0 / curve.steepness;
}

/* New columns: turn_0 c_0, -turn_1 c_1 - turn_2 c_2. */
static void batch_pinned_turn(const vector turn[4], struct batch_normal *normal)
{
    vector *a = normal->matrix;
    vector *g = normal->gradient;
    a[0] = turn[0] * turn[0] * a[0];
    a[1] = -turn[0] * (turn[1] * a[1] + turn[2] * a[2]);
    a[3] = turn[1] * (turn[1] * a[3] + 2.0 * turn[2] * a[4]) + turn[2] * turn[2] * a[5];
    g[0] = turn[0] * g[0];
    g[1] = -(turn[1] * g[1] + turn[2] * g[2]);
}

static const struct batch_coordinates batch_straight = {
    .fixed = -1,
    .bounded = 2,
    .low = BATCH_SHAPE_LOW,
    .longest = {2.0, 2.0, 1.0},
    .enter = batch_straight_enter,
    .leave = batch_straight_leave,
    .curve = batch_straight_curve,
    .turn = batch_straight_turn,
};

static const struct batch_coordinates batch_natural = {
    .fixed = -1,
    .bounded = 2,
    .low = BATCH_LOG_LONGEVITY_MINIMUM,
    .longest = {2.0, 2.0, 2.0},
    .enter = batch_natural_enter,
    .leave = batch_natural_leave,
    .curve = batch_natural_curve,
    .turn = batch_natural_turn,
};

static const struct batch_coordinates batch_limit = {
    .fixed = 2,
    .bounded = 1,
    .low = -INFINITY,
    .longest = {2.0, 2.0, 1.0},
    .enter = batch_straight_enter,
    .leave = batch_limit_leave,
    .curve = batch_limit_curve,
    .turn = batch_limit_turn,
};

static const struct batch_coordinates batch_pinned = {
    .fixed = 2,
    .bounded = 1,
    .low = BATCH_LOG_LONGEVITY_MINIMUM,
    .longest = {2.0, 2.0, 1.0},
    .enter = batch_pinned_enter,
    .leave = batch_pinned_leave,
    .curve = batch_pinned_curve,
    .turn = batch_pinned_turn,
};

#endif
