/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What all least-squares refits that begin at the same point share, and so is computed once a
 * request.
 *
 * At the start p the curve and its derivatives do not depend on the replicate; only the residuals
 * f_k = e^v_k - (1 + y_k/m) do, and the first three derivatives of the cost are linear in them:
 *
 *     g_i   = sum w f c_i
 *     H_ij  = sum w (c_i c_j + f c_ij)
 *     T_ijk = sum w (c_i c_jk + c_j c_ik + c_k c_ij + f c_ijk)
 *
 * So a replicate's first step, of third order by T, costs a few multiplications a point. The
 * derivatives c_ijk are central differences of the exact c_ij; T only improves a step, for which
 * their eight digits are plenty.
 */
#ifndef GROWCAST_BATCH_FIRST_H
#define GROWCAST_BATCH_FIRST_H

#include "batch_step.h"

/** How far coordinates are shifted for third derivatives, and the points that this takes. */
#define BATCH_SHIFT 1e-4
enum { BATCH_SHIFTED = 1 + 2 * BATCH_COORDINATES };

/** One point of the shared start; symmetric arrays as in batch_normal and batch_third_at. */
struct batch_first_point {
    double level;              /**< e^v */
    double slope[3];           /**< c_i */
    double bend[6];            /**< c_ij */
    double third[BATCH_THIRD]; /**< c_ijk */
    double square[6];          /**< c_i c_j */
    double mixed[BATCH_THIRD]; /**< c_i c_jk + c_j c_ik + c_k c_ij */
};

struct batch_first {
    vector point[3];
    struct batch_first_point *points; /**< [problem->points] */
    double square[6];                 /**< sums over the points, for replicates without weights */
    double mixed[BATCH_THIRD];
};

/* e^v, its first and its second derivatives in coordinates at all points. value: [points][10]. */
static void batch_first_evaluate(const struct batch_problem *problem, const vector at[3],
                                 vector (*value)[10])
{
    struct batch_curve curve;
    struct batch_turn turn;
    batch_turn_clear(&turn);
    problem->coordinates->curve(problem->pivot, at, &curve, &turn);
    struct batch_block block;
    for (size_t begin = 0; begin < problem->points; begin += BATCH_BLOCK) {
        size_t count = batch_block_count(problem, begin);
        const double *distance = problem->distance + begin;
        batch_curve_evaluate(&curve, count, distance, &block);
        for (size_t k = 0; k < count; k++) {
            struct batch_normal point = {.cost = block.exponential[k]};
            batch_row(&block, k, distance[k], point.gradient);
            batch_bend(&curve, &block, k, distance[k], point.gradient, point.matrix);
            batch_turn_normal(problem->coordinates, &turn, &point);
            memcpy(value[begin + k], &point, sizeof point);
        }
    }
}

/* Takes one lane's value and derivatives at a point: those of the start itself (shifted = 0), or of
 * the start with coordinate (shifted - 1)/2 moved up (shifted odd) or down. */
static void batch_first_take(struct batch_first_point *point, int shifted, int lane,
                             const vector value[10])
{
    int moved = (shifted - 1) / 2;
    double share = (shifted % 2 != 0 ? 0.5 : -0.5) / BATCH_SHIFT;
    if (shifted == 0) {
        point->level = value[0][lane];
    }
    for (int i = 0; i < 3; i++) {
        if (shifted == 0) {
            point->slope[i] = value[1 + i][lane];
        }
        for (int j = i; j < 3; j++) {
            double bend = value[4 + batch_at[i][j]][lane];
            if (shifted == 0) {
                point->bend[batch_at[i][j]] = bend;
            } else if (moved <= i) {
                point->third[batch_third_at[moved][batch_at[i][j]]] += share * bend;
            }
        }
    }
}

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
                int at_third = batch_third_at[i][batch_at[j][k]];
                point->mixed[at_third] = slope[i] * bend[batch_at[j][k]] +
                                         slope[j] * bend[batch_at[i][k]] + slope[k] * bend[at];
                first->mixed[at_third] += point->mixed[at_third];
            }
        }
    }
}

/** Fills the table of the request's shared start. scratch: [points][10]. */
static inline void batch_first_open(const struct batch_problem *problem, struct batch_first *first,
                                    vector (*scratch)[10])
{
    const struct growth_parameters *start = &problem->request->start;
    vector parameters[3] = {vector_of(start->fitness), vector_of(start->immediacy),
                            vector_of(start->longevity)};
    problem->coordinates->enter(problem->pivot, parameters, first->point);
    memset(first->points, 0, problem->points * sizeof *first->points);
    memset(first->square, 0, sizeof first->square);
    memset(first->mixed, 0, sizeof first->mixed);
    for (int begin = 0; begin < BATCH_SHIFTED; begin += VECTOR_LANES) {
        vector at[3] = {first->point[0], first->point[1], first->point[2]};
        for (int lane = 0; lane < VECTOR_LANES && begin + lane < BATCH_SHIFTED; lane++) {
            int shifted = begin + lane;
            if (shifted > 0) {
                at[(shifted - 1) / 2][lane] += shifted % 2 != 0 ? BATCH_SHIFT : -BATCH_SHIFT;
            }
        }
        batch_first_evaluate(problem, at, scratch);
        for (size_t k = 0; k < problem->points; k++) {
            for (int lane = 0; lane < VECTOR_LANES && begin + lane < BATCH_SHIFTED; lane++) {
                batch_first_take(&first->points[k], begin + lane, lane, scratch[k]);
            }
        }
    }
    for (size_t k = 0; k < problem->points; k++) {
        batch_first_multiply(first, &first->points[k]);
    }
}

/* The parts of H and T that do not depend on the residuals. */
static inline void batch_first_constant(const struct batch_problem *problem,
                                        const struct batch_first *first, const vector *weight,
                                        vector plain[6], vector third[BATCH_THIRD])
{
    for (int i = 0; i < 6; i++) {
        plain[i] = vector_of(weight == NULL ? first->square[i] : 0.0);
    }
    for (int i = 0; i < BATCH_THIRD; i++) {
        third[i] = vector_of(weight == NULL ? first->mixed[i] : 0.0);
    }
    for (size_t k = 0; weight != NULL && k < problem->points; k++) {
        const struct batch_first_point *point = &first->points[k];
        for (int i = 0; i < 6; i++) {
            plain[i] = vector_fma(weight[k], vector_of(point->square[i]), plain[i]);
        }
        for (int i = 0; i < BATCH_THIRD; i++) {
            third[i] = vector_fma(weight[k], vector_of(point->mixed[i]), third[i]);
        }
    }
}

/** Cost, g, H, A and T of VECTOR_LANES replicates at the shared start. Two loops: the sums of one
 *  fit into the registers. */
static inline void batch_first_normal(const struct batch_problem *problem,
                                      const struct batch_first *first,
                                      const struct batch_data *data, struct batch_normal *normal,
                                      vector plain[6], vector third[BATCH_THIRD])
{
    struct batch_normal sum;
    batch_normal_clear(&sum, vector_of(0.0));
    batch_first_constant(problem, first, data->weight, plain, third);
    for (size_t k = 0; k < problem->points; k++) {
        const struct batch_first_point *point = &first->points[k];
        vector f = point->level - data->target[k];
        vector weighted = data->weight != NULL ? data->weight[k] * f : f;
        sum.cost = vector_fma(weighted, f, sum.cost);
        for (int i = 0; i < 3; i++) {
            sum.gradient[i] = vector_fma(weighted, vector_of(point->slope[i]), sum.gradient[i]);
        }
        for (int i = 0; i < 6; i++) {
            sum.matrix[i] = vector_fma(weighted, vector_of(point->bend[i]), sum.matrix[i]);
        }
    }
    for (size_t k = 0; k < problem->points; k++) {
        const struct batch_first_point *point = &first->points[k];
        vector f = point->level - data->target[k];
        vector weighted = data->weight != NULL ? data->weight[k] * f : f;
        for (int i = 0; i < BATCH_THIRD; i++) {
            third[i] = vector_fma(weighted, vector_of(point->third[i]), third[i]);
        }
    }
    sum.cost *= 0.5;
    for (int i = 0; i < 6; i++) {
        sum.matrix[i] += plain[i];
    }
    batch_normal_copy(&sum, normal);
}

#endif
