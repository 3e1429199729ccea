/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * One iteration of some vectors of lanes: the cost and its derivatives at the trials, which trials
 * become points, and the next trials. And how least squares begins.
 */
#ifndef GROWCAST_BATCH_ITERATE_H
#define GROWCAST_BATCH_ITERATE_H

#include "batch_pool.h"

/* The likelihood of a group at its trial, and its derivatives by (ln lambda, alpha, beta, ln r). */
static void batch_evaluate_likelihood(const struct batch_problem *problem,
                                      struct batch_group *group)
{
    const struct batch_data *data = &group->data;
    double scale = problem->request->scale;
    struct batch_values before = {.level = vector_of(scale)};
    vector r = batch_dispersion_of(group->lanes.trial[BATCH_ETA]);
    struct batch_gamma at_r = batch_gamma_at(r);
    batch_normal_clear(&group->normal, group->lanes.constant);
    group->dispersion = (struct batch_dispersion){.gradient = vector_of(0.0)};
    for (size_t begin = 0; begin < problem->points; begin += BATCH_BLOCK) {
        size_t count = batch_block_count(problem, begin);
        const double *distance = problem->distance + begin;
        const vector *weight = data->weight != NULL ? data->weight + begin : NULL;
        batch_curve_evaluate(&group->curve, count, distance, &group->block);
        batch_likelihood_add(&group->curve, &group->block, scale,
                             begin == 0 ? problem->increment : 0, count, distance,
                             data->target + begin, weight, r, &at_r, &before, &group->normal,
                             &group->dispersion);
    }
}

/* The weighted sum of squares of a group at its trial, and its derivatives likewise. */
static void batch_evaluate_squares(const struct batch_problem *problem, struct batch_group *group)
{
    const struct batch_data *data = &group->data;
    struct batch_normal sum; /* in registers */
    batch_normal_clear(&sum, group->lanes.constant);
    for (size_t begin = 0; begin < problem->points; begin += BATCH_BLOCK) {
        size_t count = batch_block_count(problem, begin);
        const double *distance = problem->distance + begin;
        const vector *target = data->target + begin;
        batch_curve_evaluate(&group->curve, count, distance, &group->block);
        if (data->weight != NULL) {
            batch_squares_add(&group->curve, &group->block, count, distance, target,
                              data->weight + begin, &sum);
        } else {
            batch_squares_add(&group->curve, &group->block, count, distance, target, NULL, &sum);
        }
    }
    batch_normal_copy(&sum, &group->normal);
}

/* A of a group at its trial, which has been evaluated, by (ln lambda, alpha, beta). */
static void batch_evaluate_plain(const struct batch_problem *problem, struct batch_group *group,
                                 vector plain[6])
{
    double scale = problem->request->scale;
    struct batch_values before = {.level = vector_of(scale)};
    vector r = batch_dispersion_of(group->lanes.trial[BATCH_ETA]);
    for (int i = 0; i < 6; i++) {
        plain[i] = vector_of(0.0);
    }
    for (size_t begin = 0; begin < problem->points; begin += BATCH_BLOCK) {
        size_t count = batch_block_count(problem, begin);
        const double *distance = problem->distance + begin;
        const vector *weight = group->data.weight != NULL ? group->data.weight + begin : NULL;
        if (problem->points > BATCH_BLOCK) { /* else the block is still there */
            batch_curve_evaluate(&group->curve, count, distance, &group->block);
        }
        if (problem->likelihood) {
            batch_likelihood_plain(&group->curve, &group->block, scale,
                                   begin == 0 ? problem->increment : 0, count, distance, weight, r,
                                   &before, plain);
        } else {
            batch_squares_plain(&group->block, count, distance, weight, plain);
        }
    }
}

/* Accepts or rejects a group's evaluated trial, and takes Newton's step from the better point. */
BATCH_UNROLLED void batch_advance(const struct batch_coordinates *coordinates, bool likelihood,
                                  struct batch_group *group)
{
    struct batch_lanes *lanes = &group->lanes;
    batch_turn_normal(coordinates, &group->turn, &group->normal);
    if (likelihood) {
        vector r = batch_dispersion_of(lanes->trial[BATCH_ETA]);
        batch_dispersion_turn(coordinates, &group->turn, r, &group->dispersion);
    }
    vector_mask moved = batch_accept(lanes, &group->normal, group->curve.fitness,
                                     likelihood ? &group->dispersion : NULL);
    group->indefinite = batch_direct(coordinates, lanes, &group->model, group->step) & moved;
}

/* Repeats the step with A in the lanes whose H is not positive definite. */
BATCH_UNROLLED void batch_advance_plain(const struct batch_problem *problem,
                                        const struct batch_coordinates *coordinates,
                                        struct batch_group *group)
{
    vector plain[6];
    batch_evaluate_plain(problem, group, plain);
    batch_turn_matrix(coordinates, &group->turn, plain);
    batch_replace(&group->lanes, group->indefinite, plain);
    (void)batch_direct(coordinates, &group->lanes, &group->model, group->step);
}

/* The trial after Newton's step. third: T, or NULL for 0. */
BATCH_UNROLLED void batch_try(const struct batch_coordinates *coordinates, bool likelihood,
                              const double *third, struct batch_group *group)
{
    group->model.n = likelihood ? BATCH_DIMENSION_MOST : BATCH_COORDINATES;
    vector before = batch_expect(&group->model, group->step, &group->lanes);
    if (third != NULL) {
        batch_correct(coordinates, &group->model, third, &group->lanes, group->step);
    }
    batch_propose(coordinates, &group->model, before, group->step, &group->lanes);
}

/* One iteration of some groups. third: T, or NULL for 0. Stage by stage, so that the groups' chains
 * of dependent operations overlap. */
BATCH_UNROLLED void batch_iterate_in(const struct batch_coordinates *coordinates, bool likelihood,
                                     const double *third, const struct batch_problem *problem,
                                     struct batch_group *const running[], int count)
{
    for (int g = 0; g < count; g++) {
        struct batch_group *group = running[g];
        group->model.n = likelihood ? BATCH_DIMENSION_MOST : BATCH_COORDINATES;
        coordinates->curve(problem->pivot, group->lanes.trial, &group->curve, &group->turn);
    }
    for (int g = 0; g < count; g++) {
        if (likelihood) {
            batch_evaluate_likelihood(problem, running[g]);
        } else {
            batch_evaluate_squares(problem, running[g]);
        }
    }
    for (int g = 0; g < count; g++) {
        batch_advance(coordinates, likelihood, running[g]);
    }
    for (int g = 0; g < count; g++) {
        if (vector_any(running[g]->indefinite)) {
            batch_advance_plain(problem, coordinates, running[g]);
        }
    }
    for (int g = 0; g < count; g++) {
        batch_try(coordinates, likelihood, third, running[g]);
    }
}

/* The same; the coordinates of most refits are constants, so that their functions are inlined and
 * products with zeros vanish. */
static void batch_iterate(const struct batch_problem *problem,
                          const struct batch_coordinates *coordinates,
                          struct batch_group *const group[], int count)
{
    if (problem->likelihood) {
        batch_iterate_in(coordinates, true, NULL, problem, group, count);
    } else if (coordinates == &batch_straight) {
        batch_iterate_in(&batch_straight, false, NULL, problem, group, count);
    } else if (coordinates == &batch_natural) {
        batch_iterate_in(&batch_natural, false, NULL, problem, group, count);
    } else {
        batch_iterate_in(coordinates, false, NULL, problem, group, count);
    }
}

/* The first trials of groups that begin at the shared start. */
BATCH_UNROLLED void batch_begin_in(const struct batch_coordinates *coordinates,
                                   const struct batch_problem *problem,
                                   const struct batch_first *first,
                                   struct batch_group *const group[], int count)
{
    for (int g = 0; g < count; g++) {
        struct batch_lanes *lanes = &group[g]->lanes;
        memcpy(lanes->point, first->point, sizeof first->point);
        batch_first_normal(problem, first, &group[g]->data, &lanes->normal);
        lanes->normal.cost += lanes->constant;
        group[g]->model.n = BATCH_COORDINATES;
        group[g]->indefinite = batch_direct(coordinates, lanes, &group[g]->model, group[g]->step);
    }
    for (int g = 0; g < count; g++) {
        if (vector_any(group[g]->indefinite)) {
            vector plain[6];
            batch_first_plain(problem, first, group[g]->data.weight, plain);
            batch_replace(&group[g]->lanes, group[g]->indefinite, plain);
            (void)batch_direct(coordinates, &group[g]->lanes, &group[g]->model, group[g]->step);
        }
    }
    for (int g = 0; g < count; g++) {
        batch_try(coordinates, false, first->third, group[g]);
    }
}

static void batch_begin(const struct batch_problem *problem, const struct batch_first *first,
                        struct batch_group *const group[], int count)
{
    if (problem->coordinates == &batch_straight) {
        batch_begin_in(&batch_straight, problem, first, group, count);
    } else {
        batch_begin_in(&batch_natural, problem, first, group, count);
    }
}

/* An iteration of groups near the shared start, with its T. */
static void batch_iterate_bent(const struct batch_problem *problem, const struct batch_first *first,
                               struct batch_group *const group[], int count)
{
    if (problem->coordinates == &batch_straight) {
        batch_iterate_in(&batch_straight, false, first->third, problem, group, count);
    } else {
        batch_iterate_in(&batch_natural, false, first->third, problem, group, count);
    }
}

#endif
