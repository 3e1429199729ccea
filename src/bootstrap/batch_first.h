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
 * what batch_likelihood.h derives. The first step of a replicate thus costs a few multiplications a
 * point.
 */
#ifndef GROWCAST_BATCH_FIRST_H
#define GROWCAST_BATCH_FIRST_H

#include "batch_step.h"

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

/* Count (without -m), first and second derivatives in coordinates at all points. value: [points]
 * [10]. */
static void batch_first_evaluate(const struct batch_problem *problem, const vector start[3],
                                 double (*value)[10])
{
    struct batch_curve curve;
    struct batch_turn turn;
    batch_turn_clear(&turn);
    problem->coordinates->curve(problem->pivot, start, &curve, &turn);
    struct batch_block block;
    for (size_t begin = 0; begin < problem->points; begin += BATCH_BLOCK) {
        size_t count = batch_block_count(problem, begin);
        const double *distance = problem->distance + begin;
        batch_curve_evaluate(&curve, problem->request->scale, count, distance, &block);
        for (size_t k = 0; k < count; k++) {
            struct batch_normal point = {.cost = block.exponential[k]};
            batch_row(&block, k, distance[k], point.gradient);
            batch_bend(&curve, &block, k, distance[k], point.gradient, point.bend);
            batch_turn_normal(&turn, &point);
            double *to = value[begin + k];
            to[0] = point.cost[0] - problem->request->scale;
            for (int i = 0; i < 3; i++) {
                to[1 + i] = point.gradient[i][0];
            }
            for (int i = 0; i < 6; i++) {
                to[4 + i] = point.bend[i][0];
            }
        }
    }
    /* increments, from the last to the first */
    for (size_t k = problem->points; problem->likelihood && k-- > 1;) {
        for (int i = 0; i < 10; i++) {
            value[k][i] -= value[k - 1][i];
        }
    }
}

/* Turns a point's derivatives into those of the likelihood. */
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

/** Fills the table of the request's shared start. scratch: [points][10]. */
static inline void batch_first_open(const struct batch_problem *problem, struct batch_first *first,
                                    double (*scratch)[10])
{
    const struct growth_parameters *start = &problem->request->start;
    vector parameters[3] = {vector_of(start->fitness), vector_of(start->immediacy),
                            vector_of(start->longevity)};
    problem->coordinates->enter(problem->pivot, parameters, first->point);
    batch_first_evaluate(problem, first->point, scratch);
    for (size_t k = 0; k < problem->points; k++) {
        const double *derivative = scratch[k] + 1;
        struct batch_first_point *point = &first->points[k];
        point->mean = scratch[k][0];
        memcpy(point->slope, derivative, sizeof point->slope);
        memcpy(point->bend, derivative + 3, sizeof point->bend);
        if (problem->likelihood) {
            batch_first_weigh(problem->dispersion, derivative, point);
        }
        for (int i = 0, at = 0; i < 3; i++) {
            for (int j = i; j < 3; j++, at++) {
                point->cross[at] = point->slope[i] * derivative[j];
            }
        }
    }
}

/** Cost (least squares), gradient, A and S of VECTOR_LANES replicates at the shared start. */
static inline void batch_first_normal(const struct batch_problem *problem,
                                      const struct batch_first *first,
                                      const struct batch_data *data, struct batch_normal *normal)
{
    struct batch_normal sum = {.cost = vector_of(0.0)};
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
            sum.bend[i] = vector_fma(weighted, vector_of(point->bend[i]), sum.bend[i]);
            sum.gauss[i] = vector_fma(w, vector_of(point->cross[i]), sum.gauss[i]);
        }
    }
    *normal = sum;
}

#endif
