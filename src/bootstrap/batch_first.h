/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What all least-squares refits that begin at the same point share, and so is computed once a
 * request.
 *
 * At the start p the curve and its derivatives do not depend on the replicate; only the residuals
 * f_k = e^v_k - (1 + y_k/m) do, and the derivatives of the cost are linear in them:
 *
 *     g_i   = sum w f c_i
 *     H_ij  = sum w (c_i c_j + f c_ij)
 *     T_ijk = sum w (c_i c_jk + c_j c_ik + c_k c_ij + f c_ijk)
 *
 * So a replicate's first step costs a few multiplications a point. T only improves steps, for which
 * one for all replicates is good enough: that with weights of 1, which they are on average, and
 * without residuals.
 */
#ifndef GROWCAST_BATCH_FIRST_H
#define GROWCAST_BATCH_FIRST_H

#include "batch_step.h"

/** One point of the shared start; symmetric arrays as in batch_normal. */
struct batch_first_point {
    double level;     /**< e^v */
    double slope[3];  /**< c_i */
    double bend[6];   /**< c_ij */
    double square[6]; /**< c_i c_j */
};

struct batch_first {
    vector point[3];
    struct batch_first_point *points; /**< [problem->points] */
    double square[6];                 /**< sums over the points, for replicates without weights */
    double third[BATCH_THIRD];        /**< T */
};

/* The products of a point's derivatives, and their sums. */
static void batch_first_multiply(struct batch_first *first, struct batch_first_point *point)
{
    const double *slope = point->slope;
    const double *bend = point->bend;
    for (int i = 0; i < 3; i++) {
        for (int j = i; j < 3; j++) {
            int at = batch_at[i][j];
            point->square[at] = slope[i] * slope[j];
            first->square[at] += point->square[at];
            for (int k = j; k < 3; k++) {
                first->third[batch_third_at[i][batch_at[j][k]]] += slope[i] * bend[batch_at[j][k]] +
                                                                   slope[j] * bend[batch_at[i][k]] +
                                                                   slope[k] * bend[at];
            }
        }
    }
}

/* e^v, its first and its second derivatives in coordinates at a point of a block. */
static void batch_first_take(const struct batch_coordinates *coordinates,
                             const struct batch_curve *curve, const struct batch_turn *turn,
                             const struct batch_block *block, size_t k, double distance,
                             struct batch_first_point *point)
{
    struct batch_normal normal;
    batch_row(block, k, distance, normal.gradient);
    batch_bend(curve, block, k, distance, normal.gradient, normal.matrix);
    batch_turn_normal(coordinates, turn, &normal);
    point->level = block->exponential[k][0];
    for (int i = 0; i < 3; i++) {
        point->slope[i] = normal.gradient[i][0];
    }
    for (int i = 0; i < 6; i++) {
        point->bend[i] = normal.matrix[i][0];
    }
}

/** Fills the table of the request's shared start. */
static inline void batch_first_open(const struct batch_problem *problem, struct batch_first *first)
{
    const struct growth_parameters *start = &problem->request->start;
    const struct batch_coordinates *coordinates = problem->coordinates;
    vector parameters[3] = {vector_of(start->fitness), vector_of(start->immediacy),
                            vector_of(start->longevity)};
    struct batch_curve curve;
    struct batch_turn turn;
    struct batch_block block;
    batch_turn_clear(&turn);
    coordinates->enter(problem->pivot, parameters, first->point);
    coordinates->curve(problem->pivot, first->point, &curve, &turn);
    memset(first->square, 0, sizeof first->square);
    memset(first->third, 0, sizeof first->third);
    for (size_t begin = 0; begin < problem->points; begin += BATCH_BLOCK) {
        size_t count = batch_block_count(problem, begin);
        const double *distance = problem->distance + begin;
        batch_curve_evaluate(&curve, count, distance, &block);
        for (size_t k = 0; k < count; k++) {
            struct batch_first_point *point = &first->points[begin + k];
            batch_first_take(coordinates, &curve, &turn, &block, k, distance[k], point);
            batch_first_multiply(first, point);
        }
    }
}

/** A, the part of H that does not depend on the residuals. */
static inline void batch_first_plain(const struct batch_problem *problem,
                                     const struct batch_first *first, const vector *weight,
                                     vector plain[6])
{
    for (int i = 0; i < 6; i++) {
        plain[i] = vector_of(weight == NULL ? first->square[i] : 0.0);
    }
    for (size_t k = 0; weight != NULL && k < problem->points; k++) {
        for (int i = 0; i < 6; i++) {
            plain[i] = vector_fma(weight[k], vector_of(first->points[k].square[i]), plain[i]);
        }
    }
}

/* Adds sum w f (f, c_i, c_ij). weight: NULL for 1. */
BATCH_UNROLLED void batch_first_add(const struct batch_problem *problem,
                                    const struct batch_first *first, const vector *target,
                                    const vector *weight, struct batch_normal *normal)
{
    for (size_t k = 0; k < problem->points; k++) {
        const struct batch_first_point *point = &first->points[k];
        vector f = point->level - target[k];
        vector weighted = weight != NULL ? weight[k] * f : f;
        normal->cost = vector_fma(weighted, f, normal->cost);
        for (int i = 0; i < 3; i++) {
            normal->gradient[i] =
                vector_fma(weighted, vector_of(point->slope[i]), normal->gradient[i]);
        }
        for (int i = 0; i < 6; i++) {
            normal->matrix[i] = vector_fma(weighted, vector_of(point->bend[i]), normal->matrix[i]);
        }
    }
}

/** Cost, g and H of VECTOR_LANES replicates at the shared start. */
static inline void batch_first_normal(const struct batch_problem *problem,
                                      const struct batch_first *first,
                                      const struct batch_data *data, struct batch_normal *normal)
{
    struct batch_normal sum; /* in registers */
    vector plain[6];
    batch_normal_clear(&sum, vector_of(0.0));
    if (data->weight != NULL) {
        batch_first_add(problem, first, data->target, data->weight, &sum);
    } else {
        batch_first_add(problem, first, data->target, NULL, &sum);
    }
    batch_first_plain(problem, first, data->weight, plain);
    sum.cost *= 0.5;
    for (int i = 0; i < 6; i++) {
        sum.matrix[i] += plain[i];
    }
    batch_normal_copy(&sum, normal);
}

#endif
