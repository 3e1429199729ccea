/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * One Levenberg-Marquardt step of VECTOR_LANES refits at once.
 *
 * At a point p with gradient g the step minimises the quadratic model
 *
 *     Q(delta) = cost + g'delta + delta'(A + S)delta/2
 *
 * A is the Gauss-Newton (or Fisher) matrix and S the rest of the exact second derivative at p: the
 * step is Newton's, which near the minimum squares the error, where Gauss-Newton gains one digit or
 * two. Where A + S is not positive definite S is left out. With Marquardt's scaling
 *
 *     (A + S + nu diag A) delta = -g
 *
 * nu is 0 until a step is rejected. With e = -g'delta/2, what the model promises undamped, e' the
 * same one step earlier and convergence at least linear, the step after this one will promise at
 * most e^2/e'. The refit is done when that is nothing,
 *
 *     e^2 <= (BATCH_TOLERANCE cost + floor) e'   and   e <= BATCH_LAST_STEP cost + floor,
 *
 * with nu <= BATCH_DAMPING_SMALL, or, for the first condition, when rounding rejects even steps of
 * nu > BATCH_DAMPING_MOST. This last step is taken without another evaluation of the cost, which is
 * then the model's.
 */
#ifndef GROWCAST_BATCH_STEP_H
#define GROWCAST_BATCH_STEP_H

#include "batch_likelihood.h"

/** Reductions of the cost, relative: what is left when a refit ends, and what its last step may
 *  bring without being verified. */
#define BATCH_TOLERANCE 1e-14
#define BATCH_LAST_STEP 1e-8

/** A cost that counts as nothing: least squares, relative to the sum of squared counts; likelihood,
 *  in nats. */
#define BATCH_FLOOR_SQUARES    1e-18
#define BATCH_FLOOR_LIKELIHOOD 1e-13

/** Smallest pivot of a positive definite matrix, relative to its diagonal. */
#define BATCH_PIVOT 1e-13

#define BATCH_DAMPING_FIRST 0.01  /* after the first rejected step */
#define BATCH_DAMPING_SMALL 0.011 /* a damping that leaves the promised reduction credible */
#define BATCH_DAMPING_MOST  1e8   /* only rounding rejects a step this short */

/** e before the first step, about which nothing is known: no first step is the last, unless none is
 *  needed. */
#define BATCH_EXPECTED_FIRST 1e-300

/**
 * The state of VECTOR_LANES refits. Vectors only: batch_pool.h moves single lanes between two of
 * these by index.
 */
struct batch_lanes {
    vector point[3];            /**< best so far, in coordinates */
    struct batch_normal normal; /**< cost, g, A and S there */
    vector trial[3];            /**< next to be evaluated, or the result of a lane that is done */
    vector expected;            /**< e of the step to trial */
    vector promised;            /**< reduction of the cost that the model promises for trial */
    vector damping;             /**< nu */
    vector floor;               /**< a cost that counts as 0 */
    vector constant;            /**< cost of points that do not depend on the parameters */
    vector dispersion;          /**< eta of the likelihood, moved beside the three coordinates */
    vector trial_dispersion;    /**< eta of trial */
    vector dispersion_gradient; /**< derivative of the cost by eta */
    vector dispersion_matrix;   /**< its second derivative, positive */
    vector fitness;             /**< lambda at the best point */
    vector evaluations;         /**< so far */
    vector done;                /**< 1: trial and cost are final; 0: not yet */
};

/* Solves (matrix + damping diag) step = -gradient by LDL'. Returns where the matrix is positive
 * definite; elsewhere the step is not to be used. */
static inline vector_mask batch_solve(const vector matrix[6], const vector damped[3],
                                      const vector gradient[3], vector step[3])
{
    vector d0 = damped[0];
    vector i0 = 1.0 / d0;
    vector l1 = matrix[1] * i0;
    vector l2 = matrix[2] * i0;
    vector d1 = vector_fnma(l1, matrix[1], damped[1]);
    vector i1 = 1.0 / d1;
    vector m2 = vector_fnma(l1, matrix[2], matrix[4]);
    vector l3 = m2 * i1;
    vector d2 = vector_fnma(l3, m2, vector_fnma(l2, matrix[2], damped[2]));
    vector y0 = -gradient[0];
    vector y1 = vector_fnma(l1, y0, -gradient[1]);
    vector y2 = vector_fnma(l3, y1, vector_fnma(l2, y0, -gradient[2]));
    step[2] = y2 / d2;
    step[1] = vector_fnma(l3, step[2], y1 * i1);
    step[0] = vector_fnma(l1, step[1], vector_fnma(l2, step[2], y0 * i0));
    return (d0 > 0.0) & (d1 > BATCH_PIVOT * damped[1]) & (d2 > BATCH_PIVOT * damped[2]);
}

static inline vector batch_dot(const vector a[3], const vector b[3])
{
    return vector_fma(a[2], b[2], vector_fma(a[1], b[1], a[0] * b[0]));
}

/* Takes a coordinate out of the system where it is held: unit diagonal, no coupling. */
static inline void batch_hold(vector_mask held, int coordinate, vector matrix[6])
{
    for (int i = 0, at = 0; i < 3; i++) {
        for (int j = i; j < 3; j++, at++) {
            if (i == coordinate || j == coordinate) {
                matrix[at] = vector_select(held, vector_of(i == j ? 1.0 : 0.0), matrix[at]);
            }
        }
    }
}

/* The step of A + S where that is positive definite, else of A, whose zero pivots are lifted. */
static inline void batch_step(const struct batch_coordinates *coordinates,
                              const struct batch_lanes *lanes, const vector gradient[3],
                              vector_mask held, vector step[3])
{
    static const int diagonal[3] = {0, 3, 5};
    vector gauss[6];
    vector full[6];
    for (int i = 0; i < 6; i++) {
        gauss[i] = lanes->normal.gauss[i];
        full[i] = gauss[i] + lanes->normal.bend[i];
    }
    if (vector_any(held)) {
        batch_hold(held, coordinates->bounded, gauss);
        batch_hold(held, coordinates->bounded, full);
    }
    if (coordinates->fixed >= 0) {
        batch_hold(~(vector_mask){0}, coordinates->fixed, gauss);
        batch_hold(~(vector_mask){0}, coordinates->fixed, full);
    }
    vector damped[3];
    for (int i = 0; i < 3; i++) {
        int at = diagonal[i];
        damped[i] = vector_fma(lanes->damping, gauss[at], full[at]);
    }
    vector_mask definite = batch_solve(full, damped, gradient, step);
    if (vector_any(~definite)) {
        vector plain[3];
        for (int i = 0; i < 3; i++) {
            vector lift = gauss[diagonal[i]] * (lanes->damping + 1e-10) + 1e-300;
            damped[i] = gauss[diagonal[i]] + lift;
        }
        (void)batch_solve(gauss, damped, gradient, plain);
        for (int i = 0; i < 3; i++) {
            step[i] = vector_select(definite, step[i], plain[i]);
        }
    }
}

/* The step of eta, cut at its bounds. */
static inline vector batch_move_dispersion(struct batch_lanes *lanes)
{
    vector move = -lanes->dispersion_gradient / (lanes->dispersion_matrix * (1.0 + lanes->damping));
    move = vector_at_least(vector_of(-1.0), vector_at_most(vector_of(1.0), move));
    vector target = lanes->dispersion + move;
    target = vector_at_least(vector_of(BATCH_DISPERSION_LOW), target);
    lanes->trial_dispersion = vector_at_most(vector_of(BATCH_DISPERSION_HIGH), target);
    return lanes->trial_dispersion - lanes->dispersion;
}

/**
 * Computes the next trial of each lane from its best point, and whether that ends the lane. A step
 * is shortened to the longest allowed and cut at the bound.
 */
static inline void batch_propose(const struct batch_coordinates *coordinates,
                                 struct batch_lanes *lanes)
{
    int bounded = coordinates->bounded;
    vector gradient[3] = {lanes->normal.gradient[0], lanes->normal.gradient[1],
                          lanes->normal.gradient[2]};
    vector_mask held = (lanes->point[bounded] <= coordinates->low) & (gradient[bounded] > 0.0);
    gradient[bounded] = vector_select(held, vector_of(0.0), gradient[bounded]);
    vector step[3];
    if (coordinates->fixed >= 0) {
        gradient[coordinates->fixed] = vector_of(0.0);
    }
    batch_step(coordinates, lanes, gradient, held, step);

    vector excess = vector_of(1.0);
    for (int i = 0; i < 3; i++) {
        excess = vector_at_least(excess, vector_absolute(step[i]) * coordinates->reach[i]);
    }
    vector shortening = 1.0 / excess;
    for (int i = 0; i < 3; i++) {
        lanes->trial[i] = vector_fma(shortening, step[i], lanes->point[i]);
    }
    lanes->trial[bounded] = vector_at_least(vector_of(coordinates->low), lanes->trial[bounded]);

    vector descent = -batch_dot(gradient, step);
    vector move = batch_move_dispersion(lanes);
    descent = vector_fnma(lanes->dispersion_gradient, move, descent);
    lanes->promised = descent * shortening * (1.0 - 0.5 * shortening);
    vector cost = lanes->normal.cost;
    vector expected = 0.5 * descent;
    vector left = expected * expected / lanes->expected;
    vector_mask spent = (left <= vector_fma(vector_of(BATCH_TOLERANCE), cost, lanes->floor)) &
                        (lanes->damping <= BATCH_DAMPING_SMALL);
    spent |= lanes->damping > BATCH_DAMPING_MOST;
    vector_mask done =
        spent & (expected <= vector_fma(vector_of(BATCH_LAST_STEP), cost, lanes->floor));
    lanes->expected = expected;
    lanes->done = vector_select(done, vector_of(1.0), vector_of(0.0));
}

/** Moves each lane to its trial, whose normal equations are given, if that lowered the cost, and
 *  sets the damping. A cost that is not a number never lowers anything. */
static inline void batch_accept(struct batch_lanes *lanes, const struct batch_normal *at_trial,
                                vector fitness, vector dispersion_gradient,
                                vector dispersion_matrix)
{
    vector gain = (lanes->normal.cost - at_trial->cost) / lanes->promised;
    vector_mask better = at_trial->cost < lanes->normal.cost;
    vector_mask good = better & (gain > 0.25);
    for (int i = 0; i < 3; i++) {
        lanes->point[i] = vector_select(better, lanes->trial[i], lanes->point[i]);
        lanes->normal.gradient[i] =
            vector_select(better, at_trial->gradient[i], lanes->normal.gradient[i]);
    }
    for (int i = 0; i < 6; i++) {
        lanes->normal.gauss[i] = vector_select(better, at_trial->gauss[i], lanes->normal.gauss[i]);
        lanes->normal.bend[i] = vector_select(better, at_trial->bend[i], lanes->normal.bend[i]);
    }
    lanes->normal.cost = vector_select(better, at_trial->cost, lanes->normal.cost);
    lanes->fitness = vector_select(better, fitness, lanes->fitness);
    lanes->dispersion = vector_select(better, lanes->trial_dispersion, lanes->dispersion);
    lanes->dispersion_gradient =
        vector_select(better, dispersion_gradient, lanes->dispersion_gradient);
    lanes->dispersion_matrix = vector_select(better, dispersion_matrix, lanes->dispersion_matrix);

    vector smaller = vector_select(lanes->damping > 1e-4, 0.25 * lanes->damping, vector_of(0.0));
    vector larger = vector_at_least(vector_of(BATCH_DAMPING_FIRST), 8.0 * lanes->damping);
    lanes->damping = vector_select(better, vector_select(good, smaller, lanes->damping), larger);
    lanes->evaluations += 1.0;
}

#endif
