/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * One trust-region step of VECTOR_LANES refits at once.
 *
 * At a point p with gradient g and second derivative H Newton's step minimises the quadratic model
 *
 *     Q(delta) = cost + g'delta + delta'H delta/2
 *
 * and near the minimum squares the error. Where H is not positive definite it is replaced by its
 * part A that never is negative, the Gauss-Newton (or Fisher) matrix. The likelihood has a fourth
 * coordinate, eta of the dispersion.
 *
 * Least squares knows the third derivative T at the common start of all refits (batch_first.h).
 * Halley's step, the solution of (H + T delta/2) delta' = -g with Newton's delta, leaves there an
 * error of third order. The second step uses the same T, which is then wrong by as much as the way
 * from the start: of second order still, but with a smaller factor. Later it would do harm. A
 * correction is not taken where it is large or the cubic model, Q + T delta^3/6, promises little.
 *
 * The model is trusted in a box, |delta_i| reach_i <= radius, which also ends at the bounds of the
 * coordinates. A component that leaves the box is set on its side, the one furthest out first, and
 * the others are solved for again: a coordinate that the data do not determine is then no reason to
 * shorten the step of one that they do. The radius shrinks when a step is rejected, and grows again
 * when a step to the side of the box does what the model says.
 *
 * With e what Newton's step promises in the largest box, e' the same one step earlier and
 * convergence at least linear, the step after this one will promise at most e^2/e'. The refit is
 * done when that is nothing,
 *
 *     e^2 <= (BATCH_TOLERANCE cost + floor) e'   and   e <= BATCH_LAST_STEP cost + floor,
 *
 * or when e is less than the rounding of the cost, about sqrt(cost floor). This last step is taken
 * without another evaluation of the cost, which is then the model's. A curve may also tend to the
 * data without end, as a step does with sigma to 0: after BATCH_PATIENCE evaluations e <=
 * BATCH_PATIENT cost is enough. And where even the shortest step is rejected nothing is left to do.
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

/** What is added to the diagonal of A, relative. */
#define BATCH_LIFT 1e-10

/** Smallest pivot of a positive definite matrix, relative to its diagonal. */
#define BATCH_PIVOT 1e-13

/** The most that a correction may change Newton's step by, relative to it, and the least part of
 *  what that promised that must be left. */
#define BATCH_CORRECTION_MOST  1.5
#define BATCH_CORRECTION_LEAST 0.3

/** When and how a refit that will not end is let go. */
#define BATCH_PATIENCE       40.0
#define BATCH_PATIENT        1e-9
#define BATCH_PATIENT_FLOORS 1e4 /* so many floors count as nothing then */

/** The rounding of the cost, over the square root of cost times floor. */
#define BATCH_ROUNDING 4e-7

/** The radius of the box: the largest, and where only rounding can still reject a step. */
#define BATCH_RADIUS_MOST  1.0
#define BATCH_RADIUS_LEAST 1e-12

/** e before the first step, about which nothing is known: no first step is the last, unless none is
 *  needed. */
#define BATCH_EXPECTED_FIRST 1e-300

/** Coordinates of the curve, and one more of the likelihood. */
enum { BATCH_COORDINATES = 3, BATCH_ETA = 3, BATCH_DIMENSION_MOST = 4 };

/** Index into a symmetric tensor, kept as 000 001 002 011 012 022 111 112 122 222, by its first
 * index and batch_at of the others. */
enum { BATCH_THIRD = 10 };
static const int batch_third_at[3][6] = {
    {0, 1, 2, 3, 4, 5}, {1, 3, 4, 6, 7, 8}, {2, 4, 5, 7, 8, 9}};

/**
 * The state of VECTOR_LANES refits. Vectors only: batch_pool.h moves single lanes between two of
 * these by index, those of the dispersion only for the likelihood.
 */
struct batch_lanes {
    vector point[BATCH_DIMENSION_MOST]; /**< best so far, in coordinates */
    struct batch_normal normal;         /**< cost, g and H there; or A for H */
    vector exact;                       /**< 1: H; 0: A stands in its place */
    vector trial[BATCH_DIMENSION_MOST]; /**< next to be evaluated; the result of a done lane */
    vector expected;                    /**< e at the best point */
    vector promised;                    /**< reduction of the cost promised for trial */
    vector length;                      /**< of the step to trial: the radius that just holds it */
    vector radius;                      /**< of the box */
    vector floor;                       /**< a cost that counts as 0 */
    vector constant;                    /**< cost of what does not depend on the parameters */
    vector fitness;                     /**< lambda at the best point */
    vector evaluations;                 /**< so far */
    vector done;                        /**< 1: trial and cost are final; 0: not yet */
    struct batch_dispersion dispersion; /**< of the likelihood: derivatives by eta */
};

/* The quadratic model of a step, of dimension n: upper triangle of H, and g. */
struct batch_model {
    int n;
    vector matrix[BATCH_DIMENSION_MOST][BATCH_DIMENSION_MOST];
    vector gradient[BATCH_DIMENSION_MOST];
};

/* Where the components of a step must be: lower and upper side, and the size of 1 in the radius. */
struct batch_box {
    vector low[BATCH_DIMENSION_MOST];
    vector high[BATCH_DIMENSION_MOST];
    double reach[BATCH_DIMENSION_MOST];
};

/* Minimises the model, H delta = -g, by LDL'. Returns where H is positive definite; elsewhere the
 * step is not to be used. */
BATCH_UNROLLED vector_mask batch_solve(const struct batch_model *model, vector step[])
{
    vector raised[BATCH_DIMENSION_MOST][BATCH_DIMENSION_MOST]; /* L D */
    vector lower[BATCH_DIMENSION_MOST][BATCH_DIMENSION_MOST];  /* L */
    vector inverse[BATCH_DIMENSION_MOST];                      /* 1/D */
    vector_mask definite = ~(vector_mask){0};
    for (int j = 0; j < model->n; j++) {
        vector pivot = model->matrix[j][j];
        vector right = -model->gradient[j];
        for (int k = 0; k < j; k++) {
            pivot = vector_fnma(lower[j][k], raised[j][k], pivot);
            right = vector_fnma(lower[j][k], step[k], right);
        }
        definite &= pivot > BATCH_PIVOT * model->matrix[j][j];
        inverse[j] = 1.0 / pivot;
        step[j] = right;
        for (int i = j + 1; i < model->n; i++) {
            vector below = model->matrix[j][i];
            for (int k = 0; k < j; k++) {
                below = vector_fnma(lower[i][k], raised[j][k], below);
            }
            raised[i][j] = below;
            lower[i][j] = below * inverse[j];
        }
    }
    for (int j = model->n - 1; j >= 0; j--) {
        step[j] *= inverse[j];
        for (int i = j + 1; i < model->n; i++) {
            step[j] = vector_fnma(lower[i][j], step[i], step[j]);
        }
    }
    return definite;
}

BATCH_UNROLLED vector batch_dot(int n, const vector a[], const vector b[])
{
    vector sum = a[0] * b[0];
    for (int i = 1; i < n; i++) {
        sum = vector_fma(a[i], b[i], sum);
    }
    return sum;
}

/* delta'H delta. */
BATCH_UNROLLED vector batch_curvature(const struct batch_model *model, const vector step[])
{
    vector sum = vector_of(0.0);
    for (int i = 0; i < model->n; i++) {
        vector product = 0.5 * model->matrix[i][i] * step[i];
        for (int j = i + 1; j < model->n; j++) {
            product = vector_fma(model->matrix[i][j], step[j], product);
        }
        sum = vector_fma(2.0 * step[i], product, sum);
    }
    return sum;
}

/* What the model promises for a step. */
static inline vector batch_promise(const struct batch_model *model, const vector step[])
{
    return -(batch_dot(model->n, model->gradient, step) + 0.5 * batch_curvature(model, step));
}

/* Sets a component of the step where the mask says so: the others' gradients move with it. */
static inline void batch_fix(vector_mask where, int component, vector value,
                             struct batch_model *model)
{
    for (int i = 0; i < model->n; i++) {
        vector *coupling =
            i < component ? &model->matrix[i][component] : &model->matrix[component][i];
        if (i == component) {
            *coupling = vector_select(where, vector_of(1.0), *coupling);
            model->gradient[i] = vector_select(where, -value, model->gradient[i]);
        } else {
            vector moved = vector_fma(*coupling, value, model->gradient[i]);
            model->gradient[i] = vector_select(where, moved, model->gradient[i]);
            *coupling = vector_select(where, vector_of(0.0), *coupling);
        }
    }
}

/* The model at the best point. */
BATCH_UNROLLED void batch_model_fill(const struct batch_coordinates *coordinates,
                                     const struct batch_lanes *lanes, struct batch_model *model)
{
    for (int i = 0, at = 0; i < BATCH_COORDINATES; i++) {
        model->gradient[i] = lanes->normal.gradient[i];
        for (int j = i; j < BATCH_COORDINATES; j++, at++) {
            model->matrix[i][j] = lanes->normal.matrix[at];
        }
    }
    if (model->n > BATCH_ETA) {
        model->gradient[BATCH_ETA] = lanes->dispersion.gradient;
        model->matrix[BATCH_ETA][BATCH_ETA] = lanes->dispersion.matrix;
        for (int i = 0; i < BATCH_COORDINATES; i++) {
            model->matrix[i][BATCH_ETA] = lanes->dispersion.cross[i];
        }
    }
    if (coordinates->fixed >= 0) {
        batch_fix(~(vector_mask){0}, coordinates->fixed, vector_of(0.0), model);
    }
}

/** Puts A in the place of H in the lanes of a mask: zero pivots are lifted, and eta stands beside
 *  the curve's coordinates, since the expected mixed derivative is 0. */
static inline void batch_replace(struct batch_lanes *lanes, vector_mask where,
                                 const vector plain[6])
{
    for (int i = 0, at = 0; i < BATCH_COORDINATES; i++) {
        lanes->dispersion.cross[i] =
            vector_select(where, vector_of(0.0), lanes->dispersion.cross[i]);
        for (int j = i; j < BATCH_COORDINATES; j++, at++) {
            vector a = plain[at];
            a = i == j ? vector_fma(a, vector_of(BATCH_LIFT), a) + 1e-300 : a;
            lanes->normal.matrix[at] = vector_select(where, a, lanes->normal.matrix[at]);
        }
    }
    lanes->exact = vector_select(where, vector_of(0.0), lanes->exact);
}

/* The box around the point of each lane. */
BATCH_UNROLLED void batch_box_fill(const struct batch_coordinates *coordinates,
                                   const struct batch_lanes *lanes, vector radius, int n,
                                   struct batch_box *box)
{
    for (int i = 0; i < n; i++) {
        box->reach[i] = i == BATCH_ETA ? 1.0 : coordinates->reach[i];
        box->high[i] = radius * (1.0 / box->reach[i]);
        box->low[i] = -box->high[i];
    }
    int bounded = coordinates->bounded;
    vector low = coordinates->low - lanes->point[bounded];
    box->low[bounded] = vector_at_least(low, box->low[bounded]);
    if (n > BATCH_ETA) {
        vector least = BATCH_DISPERSION_LOW - lanes->point[BATCH_ETA];
        vector most = BATCH_DISPERSION_HIGH - lanes->point[BATCH_ETA];
        box->low[BATCH_ETA] = vector_at_least(least, box->low[BATCH_ETA]);
        box->high[BATCH_ETA] = vector_at_most(most, box->high[BATCH_ETA]);
    }
}

static inline vector batch_inside(const struct batch_box *box, int i, vector component)
{
    return vector_at_least(box->low[i], vector_at_most(box->high[i], component));
}

/* How far a component is outside of the box, as a radius; NaN counts as infinite. */
static inline vector batch_excess(const struct batch_box *box, int i, vector component)
{
    vector excess = vector_absolute(component - batch_inside(box, i, component)) * box->reach[i];
    return vector_select(excess >= 0.0, excess, vector_of(INFINITY));
}

/* The minimum of the model along the scaled negative gradient, within the box. */
static inline void batch_steepest(const struct batch_box *box, const struct batch_model *model,
                                  vector step[])
{
    for (int i = 0; i < model->n; i++) {
        step[i] = batch_inside(box, i, -model->gradient[i] / model->matrix[i][i]);
    }
    vector descent = -batch_dot(model->n, model->gradient, step);
    vector curvature = batch_curvature(model, step);
    vector along = vector_select(curvature > descent, descent / curvature, vector_of(1.0));
    for (int i = 0; i < model->n; i++) {
        step[i] *= along;
    }
}

/* Brings steps into the box. Their components are set on its sides one after the other; where that
 * promises nothing, the steepest descent always does. Lanes that are not in the mask, whose steps
 * are inside, keep theirs to the bit. */
BATCH_UNROLLED void batch_cut(const struct batch_box *box, const struct batch_model *model,
                              vector_mask where, vector whole[])
{
    struct batch_model rest = {.n = model->n};
    vector step[BATCH_DIMENSION_MOST];
    for (int i = 0; i < model->n; i++) {
        step[i] = whole[i];
        rest.gradient[i] = model->gradient[i];
        for (int j = i; j < model->n; j++) {
            rest.matrix[i][j] = model->matrix[i][j];
        }
    }
    for (int round = 0; round < model->n; round++) {
        vector furthest = vector_of(0.0);
        for (int i = 0; i < model->n; i++) {
            furthest = vector_at_least(furthest, batch_excess(box, i, step[i]));
        }
        if (!vector_any((furthest > 0.0) & where)) {
            break;
        }
        for (int i = 0; i < model->n; i++) {
            vector_mask fixed = (furthest > 0.0) & (batch_excess(box, i, step[i]) >= furthest);
            batch_fix(fixed, i, batch_inside(box, i, step[i]), &rest);
        }
        (void)batch_solve(&rest, step);
    }
    for (int i = 0; i < model->n; i++) {
        step[i] = batch_inside(box, i, step[i]);
    }
    vector_mask useless = ~(batch_promise(model, step) > 0.0);
    if (vector_any(useless & where)) {
        vector plain[BATCH_DIMENSION_MOST];
        batch_steepest(box, model, plain);
        for (int i = 0; i < model->n; i++) {
            step[i] = vector_select(useless, plain[i], step[i]);
        }
    }
    for (int i = 0; i < model->n; i++) {
        whole[i] = vector_select(where, step[i], whole[i]);
    }
}

/* Which steps leave the box. */
BATCH_UNROLLED vector_mask batch_outside(const struct batch_box *box, int n, const vector step[])
{
    vector_mask outside = (vector_mask){0};
    for (int i = 0; i < n; i++) {
        outside |= ~((step[i] >= box->low[i]) & (step[i] <= box->high[i]));
    }
    return outside;
}

/* The radius that just holds a step. */
BATCH_UNROLLED vector batch_length(const struct batch_box *box, int n, const vector step[])
{
    vector length = vector_of(0.0);
    for (int i = 0; i < n; i++) {
        length = vector_at_least(length, vector_absolute(step[i]) * box->reach[i]);
    }
    return length;
}

/* T delta in the place of H. */
BATCH_UNROLLED void batch_third_matrix(const double third[BATCH_THIRD], const vector step[3],
                                       struct batch_model *bend)
{
    for (int i = 0; i < BATCH_COORDINATES; i++) {
        for (int j = i; j < BATCH_COORDINATES; j++) {
            int at = batch_at[i][j];
            vector m = third[batch_third_at[0][at]] * step[0];
            m = vector_fma(vector_of(third[batch_third_at[1][at]]), step[1], m);
            bend->matrix[i][j] = vector_fma(vector_of(third[batch_third_at[2][at]]), step[2], m);
        }
    }
}

/* Halley's step: from Newton's step delta to the solution of (H + T delta/2) delta' = -g, where
 * that changes it by a part of itself and the cubic model promises a reduction. */
BATCH_UNROLLED void batch_correct(const struct batch_coordinates *coordinates,
                                  const struct batch_model *model, const double third[BATCH_THIRD],
                                  struct batch_lanes *lanes, vector step[3])
{
    struct batch_model bent = {.n = BATCH_COORDINATES};
    struct batch_model bend = {.n = BATCH_COORDINATES};
    vector corrected[BATCH_COORDINATES];
    batch_third_matrix(third, step, &bend);
    for (int i = 0; i < BATCH_COORDINATES; i++) {
        bent.gradient[i] = model->gradient[i];
        for (int j = i; j < BATCH_COORDINATES; j++) {
            bent.matrix[i][j] = vector_fma(vector_of(0.5), bend.matrix[i][j], model->matrix[i][j]);
        }
    }
    vector_mask where = batch_solve(&bent, corrected) & (lanes->exact > 0.0);
    vector length = vector_of(0.0);
    vector change = vector_of(0.0);
    for (int i = 0; i < BATCH_COORDINATES; i++) {
        double reach = coordinates->reach[i];
        length = vector_at_least(length, vector_absolute(step[i]) * reach);
        change = vector_at_least(change, vector_absolute(corrected[i] - step[i]) * reach);
    }
    batch_third_matrix(third, corrected, &bend);
    vector promised =
        batch_promise(model, corrected) - (1.0 / 6.0) * batch_curvature(&bend, corrected);
    where &= change < BATCH_CORRECTION_MOST * length;
    where &= promised > BATCH_CORRECTION_LEAST * lanes->expected;
    lanes->promised = vector_select(where, promised, lanes->promised);
    for (int i = 0; i < BATCH_COORDINATES; i++) {
        step[i] = vector_select(where, corrected[i], step[i]);
    }
}

/* Which lanes need no evaluation after the step that they are about to take; before: e'. */
static inline vector_mask batch_converged(const struct batch_lanes *lanes, vector before)
{
    vector cost = vector_absolute(lanes->normal.cost);
    vector e = lanes->expected;
    vector nothing = vector_fma(vector_of(BATCH_TOLERANCE), cost, lanes->floor);
    vector last = vector_fma(vector_of(BATCH_LAST_STEP), cost, lanes->floor);
    vector patient =
        vector_fma(vector_of(BATCH_PATIENT), cost, BATCH_PATIENT_FLOORS * lanes->floor);
    vector rounding = (BATCH_ROUNDING * BATCH_ROUNDING) * cost * lanes->floor;
    vector_mask spent = (e * e <= nothing * before) | (e * e <= rounding);
    return (spent & (e <= last)) | ((e <= patient) & (lanes->evaluations >= BATCH_PATIENCE));
}

/** Newton's step from the best point of each lane; fills the model. Returns which lanes lack a
 *  positive definite matrix: batch_replace() it and call again. */
BATCH_UNROLLED vector_mask batch_direct(const struct batch_coordinates *coordinates,
                                        const struct batch_lanes *lanes, struct batch_model *model,
                                        vector step[])
{
    batch_model_fill(coordinates, lanes, model);
    return ~batch_solve(model, step);
}

/** What Newton's step promises. Returns e'. */
BATCH_UNROLLED vector batch_expect(const struct batch_model *model, const vector step[],
                                   struct batch_lanes *lanes)
{
    vector before = lanes->expected;
    lanes->expected = -0.5 * batch_dot(model->n, model->gradient, step);
    lanes->promised = lanes->expected;
    return before;
}

/** Computes the next trial of each lane from its step, and whether that ends the lane. before: e'.
 */
BATCH_UNROLLED void batch_propose(const struct batch_coordinates *coordinates,
                                  const struct batch_model *model, vector before, vector step[],
                                  struct batch_lanes *lanes)
{
    struct batch_box box;
    batch_box_fill(coordinates, lanes, vector_of(BATCH_RADIUS_MOST), model->n, &box);
    vector_mask outside = batch_outside(&box, model->n, step) | ~(lanes->expected >= 0.0);
    if (vector_any(outside)) { /* also where rounding made a singular A indefinite */
        batch_cut(&box, model, outside, step);
        lanes->expected = vector_select(outside, batch_promise(model, step), lanes->expected);
        lanes->promised = vector_select(outside, lanes->expected, lanes->promised);
    }
    vector whole = batch_length(&box, model->n, step);
    lanes->length = whole;
    vector_mask shortened = whole > lanes->radius;
    if (vector_any(shortened)) {
        batch_box_fill(coordinates, lanes, lanes->radius, model->n, &box);
        batch_cut(&box, model, shortened, step);
        lanes->promised = vector_select(shortened, batch_promise(model, step), lanes->promised);
        lanes->length = batch_length(&box, model->n, step);
    }
    for (int i = 0; i < model->n; i++) {
        lanes->trial[i] = lanes->point[i] + step[i];
    }
    vector_mask done = batch_converged(lanes, before) & (whole < 0.999 * BATCH_RADIUS_MOST);
    done |= lanes->radius < BATCH_RADIUS_LEAST;
    lanes->done = vector_select(done, vector_of(1.0), vector_of(0.0));
}

static inline void batch_accept_dispersion(struct batch_lanes *lanes, vector_mask better,
                                           const struct batch_dispersion *at_trial)
{
    struct batch_dispersion *best = &lanes->dispersion;
    lanes->point[BATCH_ETA] =
        vector_select(better, lanes->trial[BATCH_ETA], lanes->point[BATCH_ETA]);
    best->gradient = vector_select(better, at_trial->gradient, best->gradient);
    best->matrix = vector_select(better, at_trial->matrix, best->matrix);
    for (int i = 0; i < BATCH_COORDINATES; i++) {
        best->cross[i] = vector_select(better, at_trial->cross[i], best->cross[i]);
    }
}

/** Moves each lane to its trial, whose normal equations are given, if that lowered the cost, and
 *  sets the radius. A cost that is not a number never lowers anything. dispersion: by eta, NULL for
 *  least squares. Returns which lanes moved. */
BATCH_UNROLLED vector_mask batch_accept(struct batch_lanes *lanes,
                                        const struct batch_normal *at_trial, vector fitness,
                                        const struct batch_dispersion *dispersion)
{
    vector gain = lanes->normal.cost - at_trial->cost;
    vector_mask better = at_trial->cost < lanes->normal.cost;
    for (int i = 0; i < 3; i++) {
        lanes->point[i] = vector_select(better, lanes->trial[i], lanes->point[i]);
        lanes->normal.gradient[i] =
            vector_select(better, at_trial->gradient[i], lanes->normal.gradient[i]);
    }
    for (int i = 0; i < 6; i++) {
        lanes->normal.matrix[i] =
            vector_select(better, at_trial->matrix[i], lanes->normal.matrix[i]);
    }
    lanes->exact = vector_select(better, vector_of(1.0), lanes->exact);
    lanes->normal.cost = vector_select(better, at_trial->cost, lanes->normal.cost);
    lanes->fitness = vector_select(better, fitness, lanes->fitness);
    if (dispersion != NULL) {
        batch_accept_dispersion(lanes, better, dispersion);
    }

    vector_mask poor = gain < 0.25 * lanes->promised;
    vector_mask bold = (gain > 0.75 * lanes->promised) & (lanes->length >= 0.99 * lanes->radius);
    vector larger = vector_at_most(vector_of(BATCH_RADIUS_MOST), 3.0 * lanes->radius);
    vector smaller = vector_select(better, 0.5 * lanes->length, 0.25 * lanes->length);
    vector radius = vector_select(bold, larger, lanes->radius);
    lanes->radius = vector_select(better & ~poor, radius, smaller);
    lanes->evaluations += 1.0;
    return better;
}

#endif
