/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The pools: lanes that are refilled with the next replicate as soon as theirs has ended.
 *
 * Replicates need from one to some dozens of evaluations, so a batch that waited for its slowest
 * member would idle most of the time. BATCH_GROUPS vectors of lanes are in flight, so that the
 * chains of one step overlap with those of the other. As many are prepared at a time and wait until
 * lanes are free. Least-squares refits from a common start nearly all need two evaluations: they
 * have these where they wait, in whole vectors, and only those that go on are moved.
 *
 * A request runs through pools of the same lanes (enum batch_phase): all replicates first; those
 * that had not ended within BATCH_EVALUATIONS_FIRST, from their best point; those whose lambda
 * passed FIT_FITNESS_LIMIT, with lambda held there; the same with lambda free again, since a long
 * step may pass the limit and yet have a minimum behind it, whose cost decides; late ones that see
 * their plateau, mostly steps, which straight coordinates may shut in at their lower bound; and,
 * for the paper's protocol, those whose mu came out below 0, with mu held at 0. A replicate's way
 * through them depends on itself alone.
 */
#ifndef GROWCAST_BATCH_POOL_H
#define GROWCAST_BATCH_POOL_H

#include "batch_first.h"

enum {
    BATCH_GROUPS = VECTOR_LANES < 8 ? 3 : 2,
    BATCH_EVALUATIONS_FIRST = 20,
    BATCH_EVALUATIONS_LATER = 300,
};

/** Phi of it is REFIT_RIDGE_SHARE. */
#define BATCH_RIDGE_ARGUMENT (-2.3263478740408411)

/** A start this close to the bound mu = 0 stands at it. */
#define BATCH_PINNED_NEAR 1e-6

/** In the order in which they run. */
enum batch_phase {
    BATCH_PHASE_ALL,
    BATCH_PHASE_LATE,
    BATCH_PHASE_LIMIT,   /**< lambda = FIT_FITNESS_LIMIT */
    BATCH_PHASE_RELEASE, /**< from there inside again */
    BATCH_PHASE_STEP,    /**< plateau seen, in natural coordinates */
    BATCH_PHASE_PINNED,  /**< mu = 0 */
    BATCH_PHASE_COUNT,
};

#define BATCH_IDLE SIZE_MAX

/** One vector of refits with their data. */
struct batch_group {
    struct batch_lanes lanes;
    size_t replicate[VECTOR_LANES]; /**< or BATCH_IDLE */
    struct batch_data data;
    /* at the trial: */
    struct batch_curve curve;
    struct batch_turn turn;
    struct batch_normal normal;
    struct batch_dispersion dispersion;
    struct batch_block block; /**< of its last points */
    /* from there: */
    struct batch_model model;
    vector step[BATCH_DIMENSION_MOST];
    vector_mask indefinite; /**< lanes whose H at a new best point is not positive definite */
};

/** Indices of the replicates of a phase. */
struct batch_list {
    size_t count;
    size_t *replicate; /**< [replicates] */
};

struct batch_pool {
    struct batch_problem problem;
    struct batch_first first;
    enum batch_phase phase;
    const struct batch_coordinates *coordinates; /**< of the phase */
    /** Values in coordinates while a phase runs, in parameters between phases. */
    const struct refit_result *result;
    struct batch_list list[BATCH_PHASE_COUNT];
    struct batch_list ended; /**< of the phase: those with new values */
    struct batch_group group[BATCH_GROUPS];
    struct batch_group ready[BATCH_GROUPS]; /**< prepared, waiting for lanes */
    int ready_lanes;                        /**< of them; of all groups, one after the other */
    int ready_next;                         /**< the next to be taken */
    double evaluations;                     /**< of the cost, so far */
    size_t next; /**< index into the phase's list of the next to be prepared */
};

/* What of the likelihood's cost no parameter changes. */
static inline vector batch_constant_likelihood(const struct batch_problem *problem,
                                               const struct batch_data *data)
{
    vector constant = vector_of(0.0);
    for (size_t k = problem->increment; k < problem->points; k++) {
        vector w = data->weight != NULL ? data->weight[k] : vector_of(1.0);
        constant = vector_fma(w, batch_log_factorial(data->target[k]), constant);
    }
    return constant;
}

/* Sums over the points of a group: of their squares over m^2, and of those with a weight; and the
 * largest. */
struct batch_totals {
    vector squares, points, largest;
};

BATCH_UNROLLED struct batch_totals batch_totals_of(const struct batch_problem *problem,
                                                   const vector *target, const vector *weight)
{
    size_t begin = problem->likelihood ? problem->increment : 0;
    vector zero = vector_of(problem->likelihood ? 0.0 : 1.0); /* target of a count of 0 */
    struct batch_totals totals = {vector_of(0.0), vector_of((double)(problem->points - begin)),
                                  vector_of(0.0)};
    totals.points = weight != NULL ? vector_of(0.0) : totals.points;
    for (size_t k = begin; k < problem->points; k++) {
        vector y = target[k] - zero;
        vector weighted = weight != NULL ? weight[k] * y : y;
        if (weight != NULL) {
            totals.points += vector_select(weight[k] > 0.0, vector_of(1.0), vector_of(0.0));
        }
        totals.largest = vector_at_least(totals.largest, weighted);
        totals.squares = vector_fma(weighted, y, totals.squares);
    }
    return totals;
}

/* Sets what of the cost no parameter changes, and the cost that counts as nothing. Returns which
 * lanes have something to fit. */
static inline vector_mask batch_prepare_constants(const struct batch_pool *pool,
                                                  struct batch_group *group)
{
    const struct batch_problem *problem = &pool->problem;
    const struct batch_data *data = &group->data;
    struct batch_totals totals = data->weight != NULL
                                     ? batch_totals_of(problem, data->target, data->weight)
                                     : batch_totals_of(problem, data->target, NULL);
    if (problem->likelihood) {
        group->lanes.constant = batch_constant_likelihood(problem, data);
        group->lanes.floor = vector_of(BATCH_FLOOR_LIKELIHOOD);
    } else {
        group->lanes.constant = batch_constant_cost(problem, group->replicate);
        group->lanes.floor = BATCH_FLOOR_SQUARES * totals.squares;
    }
    return (totals.points > 2.0) & ~(totals.largest <= 0.0);
}

/* Where each lane's replicate begins: what an earlier phase left, a start of its own, or the
 * request's start, to which the bound mu = 0 returns if it held there, or nearly. */
static inline void batch_beginnings(const struct batch_pool *pool, const struct batch_group *group,
                                    vector parameters[3])
{
    const struct refit_request *request = pool->problem.request;
    bool pinned_start = pool->phase == BATCH_PHASE_PINNED && request->starts == NULL &&
                        request->start.immediacy < BATCH_PINNED_NEAR;
    for (int lane = 0; lane < VECTOR_LANES; lane++) {
        size_t replicate = group->replicate[lane];
        struct growth_parameters begin = request->start;
        if (pool->phase == BATCH_PHASE_ALL) {
            begin = request->starts != NULL ? request->starts[replicate] : begin;
        } else if (!pinned_start) {
            begin.fitness = pool->result->fitness[replicate];
            begin.immediacy = pool->result->immediacy[replicate];
            begin.longevity = pool->result->longevity[replicate];
        }
        parameters[0][lane] = begin.fitness;
        parameters[1][lane] = begin.immediacy;
        parameters[2][lane] = begin.longevity;
    }
}

/* Fills the replicates of a group. A lane without one repeats the last. Returns how many
 * there are. */
static inline int batch_take(struct batch_pool *pool, struct batch_group *group)
{
    const struct batch_list *list = &pool->list[pool->phase];
    int taken = 0;
    for (int lane = 0; lane < VECTOR_LANES; lane++) {
        size_t at = pool->next + (size_t)lane;
        taken += at < list->count ? 1 : 0;
        group->replicate[lane] = list->replicate[at < list->count ? at : list->count - 1];
    }
    batch_data_load(&pool->problem, group->replicate, &group->data);
    pool->next += (size_t)taken;
    return taken;
}

/* Gives a replicate its status and no values. */
static inline void batch_give_up(const struct batch_pool *pool, size_t replicate,
                                 enum refit_status status)
{
    const struct refit_result *result = pool->result;
    result->fitness[replicate] = result->immediacy[replicate] = NAN;
    result->longevity[replicate] = result->cost[replicate] = NAN;
    result->status[replicate] = (unsigned char)status;
}

/** Whether the replicates of the phase begin at the shared start, where the derivatives of their
 *  cost are known. */
static inline bool batch_opens(const struct batch_pool *pool)
{
    return pool->phase == BATCH_PHASE_ALL && pool->problem.request->starts == NULL &&
           !pool->problem.likelihood;
}

/* Prepares the next replicates: their data and constants, and their first trial, but for that of
 * replicates that begin at the shared start. */
static inline void batch_prepare(struct batch_pool *pool, struct batch_group *group)
{
    const struct batch_problem *problem = &pool->problem;
    struct batch_lanes *lanes = &group->lanes;
    int taken = batch_take(pool, group);
    lanes->exact = vector_of(1.0);
    lanes->expected = vector_of(BATCH_EXPECTED_FIRST);
    lanes->radius = vector_of(BATCH_RADIUS_MOST);
    lanes->fitness = vector_of(0.0);
    lanes->evaluations = vector_of(0.0);
    vector_mask usable = batch_prepare_constants(pool, group);
    if (!batch_opens(pool)) {
        vector parameters[3] = {vector_of(0.0), vector_of(0.0), vector_of(0.0)};
        batch_beginnings(pool, group, parameters);
        pool->coordinates->enter(problem->pivot, parameters, lanes->point);
        lanes->point[BATCH_ETA] = batch_dispersion_coordinate(vector_of(problem->dispersion));
        memcpy(lanes->trial, lanes->point, sizeof lanes->trial);
        batch_normal_clear(&lanes->normal, vector_of(INFINITY));
        lanes->promised = vector_of(0.0);
        lanes->length = vector_of(0.0);
        lanes->done = vector_of(0.0);
    }
    for (int lane = 0; lane < VECTOR_LANES; lane++) {
        if (lane < taken && !usable[lane]) {
            batch_give_up(pool, group->replicate[lane], REFIT_DEGENERATE);
        }
        if (lane >= taken || !usable[lane]) {
            group->replicate[lane] = BATCH_IDLE;
        }
    }
}

#endif
