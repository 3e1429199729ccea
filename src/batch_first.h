/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What all refits that begin at the same point share, and so is computed once a request.
 *
 * At the start p the curve and its derivatives do not depend on the replicate; only the residuals
 * f_k = mean_k - y_k do, and gradient and second derivative of the cost are linear in them:
 *
 *     g = sum w_k f_k slope_k,   A = sum w_k slope_k (d mean_k/dp)',   S = sum w_k f_k bend_k
 *
 * with, for least squares, slope = dc/dp and bend = d2c/dp2, and for the likelihood of increments
 * with W = 1/(M + M^2/r), slope = W dM/dp and
 *
 *     bend = W d2M/dp2 - (1/M^2 - 1/(r + M)^2) dM/dp dM/dp',
 *
 * since -d2 ln p/dM2 = W - f (1/M^2 - 1/(r + M)^2). The first step of a replicate thus costs a few
 * multiplications a point and is a full Newton step. Second derivatives of the curve come from
 * central differences of its exact first ones: they only steer.
 */
#ifndef GROWCAST_BATCH_FIRST_H
#define GROWCAST_BATCH_FIRST_H

#include "batch_step.h"

/** Displacement of a coordinate in the central difference, relative to its distance to the bound.
 */
#define BATCH_DIFFERENCE 1e-4

/** One point of the shared start. */
struct batch_first_point {
    double mean;     /**< count or increment */
    double slope[3]; /**< its derivative, times W */
    double bend[6];  /**< see above; 00 01 02 11 12 22 */
    double cross[6]; /**< slope times derivative */
};

struct batch_first {
    vector point[3];
    struct batch_first_point *points; /**< [problem->points] */
};

/* Counts (without -m) and derivatives in coordinates at all points, first lane of `point` and its
 * second; value: [points][8] as count, 3 derivatives, the same of the second lane. */
static void batch_first_evaluate(const struct batch_problem *problem, const vector point[3],
                                 double (*value)[8])
{
    struct batch_curve curve;
    vector turn[4];
    problem->coordinates->curve(problem->pivot, point, &curve, turn);
    struct batch_block block;
    for (size_t begin = 0; begin < problem->points; begin += BATCH_BLOCK) {
        size_t rest = problem->points - begin;
        size_t count = rest < BATCH_BLOCK ? rest : BATCH_BLOCK;
        const double *distance = problem->distance + begin;
        batch_curve_evaluate(&curve, problem->request->scale, count, distance, &block);
        for (size_t k = 0; k < count; k++) {
            struct batch_normal row = {.cost = vector_of(0.0)};
            batch_columns(&curve, &block, k, distance[k], row.gradient);
            problem->coordinates->turn(turn, &row);
            double *to = value[begin + k];
            for (int lane = 0; lane < 2; lane++) {
                to[4 * lane] = block.exponential[k][lane] - problem->request->scale;
                for (int i = 0; i < 3; i++) {
                    to[4 * lane + 1 + i] = row.gradient[i][lane];
                }
            }
        }
    }
}

/* Replaces cumulative values by increments, from the last to the first. */
static void batch_first_increments(const struct batch_problem *problem, double (*value)[8])
{
    for (size_t k = problem->points; k-- > 1;) {
        for (int i = 0; i < 8; i++) {
            value[k][i] -= value[k - 1][i];
        }
    }
}

static void batch_first_difference(const struct batch_problem *problem, struct batch_first *first,
                                   double (*value)[8], int coordinate)
{
    const struct batch_coordinates *coordinates = problem->coordinates;
    vector point[3] = {first->point[0], first->point[1], first->point[2]};
    double room = point[coordinate][0] - coordinates->low;
    double step = coordinate == coordinates->bounded && room < 1.0 ? BATCH_DIFFERENCE * room
                                                                   : BATCH_DIFFERENCE;
    if (step <= 0.0) {
        return;
    }
    point[coordinate][0] += step;
    point[coordinate][1] -= step;
    batch_first_evaluate(problem, point, value);
    if (problem->likelihood) {
        batch_first_increments(problem, value);
    }
    static const int at[3][3] = {{0, 1, 2}, {1, 3, 4}, {2, 4, 5}};
    for (size_t k = 0; k < problem->points; k++) {
        for (int i = 0; i < 3; i++) {
            double second = (value[k][1 + i] - value[k][5 + i]) / (2.0 * step);
            /* Each mixed derivative comes twice, from either side. */
            double share = i == coordinate ? 1.0 : 0.5;
            first->points[k].bend[at[coordinate][i]] += share * second;
        }
    }
}

/* Likelihood weights of a point whose bend so far is that of its mean. */
static void batch_first_weigh(double r, const double derivative[3], struct batch_first_point *point)
{
    double mean = point->mean > BATCH_MEAN_LOW ? point->mean : BATCH_MEAN_LOW;
    double fisher = r / (mean * (r + mean));
    double change = 1.0 / (mean * mean) - 1.0 / ((r + mean) * (r + mean));
    for (int i = 0, at = 0; i < 3; i++) {
        point->slope[i] *= fisher;
        for (int j = i; j < 3; j++, at++) {
            point->bend[at] = fisher * point->bend[at] - change * derivative[i] * derivative[j];
        }
    }
}

/** Fills the table of the request's shared start. scratch: [points][8]. */
static inline void batch_first_open(const struct batch_problem *problem, struct batch_first *first,
                                    double (*scratch)[8])
{
    const struct growth_parameters *start = &problem->request->start;
    vector parameters[3] = {vector_of(start->fitness), vector_of(start->immediacy),
                            vector_of(start->longevity)};
    problem->coordinates->enter(problem->pivot, parameters, first->point);
    memset(first->points, 0, problem->points * sizeof *first->points);
    for (int i = 0; i < 3; i++) {
        batch_first_difference(problem, first, scratch, i);
    }
    batch_first_evaluate(problem, first->point, scratch);
    if (problem->likelihood) {
        batch_first_increments(problem, scratch);
    }
    for (size_t k = 0; k < problem->points; k++) {
        struct batch_first_point *point = &first->points[k];
        point->mean = scratch[k][0];
        memcpy(point->slope, scratch[k] + 1, sizeof point->slope);
        if (problem->likelihood) {
            batch_first_weigh(problem->dispersion, scratch[k] + 1, point);
        }
        for (int i = 0, at = 0; i < 3; i++) {
            for (int j = i; j < 3; j++, at++) {
                point->cross[at] = point->slope[i] * scratch[k][1 + j];
            }
        }
    }
}

/** Cost (least squares), gradient, A and S of VECTOR_LANES replicates at the shared start. */
static inline void batch_first_normal(const struct batch_problem *problem,
                                      const struct batch_first *first,
                                      const struct batch_data *data, struct batch_normal *normal,
                                      vector correction[6])
{
    struct batch_normal sum = {.cost = vector_of(0.0)};
    vector bend[6] = {vector_of(0.0)};
    for (size_t k = problem->likelihood ? problem->increment : 0; k < problem->points; k++) {
        const struct batch_first_point *point = &first->points[k];
        vector w = data->weight != NULL ? data->weight[k] : vector_of(1.0);
        vector residual = point->mean - data->observed[k];
        vector weighted = data->weight != NULL ? w * residual : residual;
        sum.cost = vector_fma(0.5 * weighted, residual, sum.cost);
        for (int i = 0; i < 3; i++) {
            sum.gradient[i] = vector_fma(weighted, vector_of(point->slope[i]), sum.gradient[i]);
        }
        for (int i = 0; i < 6; i++) {
            bend[i] = vector_fma(weighted, vector_of(point->bend[i]), bend[i]);
            sum.matrix[i] = vector_fma(w, vector_of(point->cross[i]), sum.matrix[i]);
        }
    }
    *normal = sum;
    memcpy(correction, bend, sizeof bend);
}

#endif
