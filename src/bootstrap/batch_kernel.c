/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The kernel of the batched engine: many refits of one growth curve, one a SIMD lane.
 *
 * A bootstrap refits the curve c(t) = m (exp(lambda Phi((ln t - mu)/sigma)) - 1) to a thousand
 * variations of one series, always from the same start. The work is a small nonlinear
 * minimisation, F(p) over three coordinates p, done so often that its constant factor is all that
 * matters. In the order in which a refit meets them:
 *
 * batch_problem.h      The points, and the pivot: the age at which the start's curve has 60% of its
 *                      last count.
 * batch_coordinates.h  p. Height and slope of the curve at the pivot, which the data determine, and
 *                      one number for its shape, along which the ridge of undetermined fitness runs
 *                      straight and has a finite end. Curves whose plateau is seen, with
 *                      Phi's last argument above 2.5, are refitted in (ln lambda, mu, ln sigma).
 * batch_first.h        The first step. At the common start the derivatives of the cost are linear
 *                      in the residuals, so that every replicate has its step for a few products a
 *                      point. Third derivatives, much the same for all of them, improve it.
 * batch_curve.h        The curve at all ages in a form that neither under- nor overflows, and its
 *                      first and second derivatives; exp and Mills' ratio are in batch_math.h.
 * batch_squares.h      F = 1/2 sum w (c - y)^2, its gradient g, its second derivative H, and the
 *                      part A of it that stands in where H is not positive.
 * batch_likelihood.h   F = -sum w ln NB(d; M, r), with r as a fourth coordinate.
 * batch_step.h         H delta = -g by LDL', its correction by third derivatives, the box that it
 *                      must stay in; when to accept a step, and when it is the last.
 * batch_iterate.h      One iteration of some vectors of lanes.
 * batch_pool.h         Lanes are refilled as their refits end; late, unbounded and bounded refits
 *                      go on in pools of their own.
 * batch_start.h        The start grid of a point estimate.
 *
 * Every operation acts on each lane alone and the way of a replicate depends on its own data, so
 * its bits do not depend on its neighbours, its position or the number of replicates.
 */
#include "batch_kernel.h"
#include "batch_iterate.h"
#include "batch_start.h"
#include "memory.h"

#include <assert.h>
#include <stdlib.h>

/* The name of this object's kernel comes from the Makefile with the instruction set's options. */
#ifndef BATCH_KERNEL
#define BATCH_KERNEL batch_kernel_baseline
#endif

struct batch_workspace {
    size_t max_points;
    void *memory;                     /**< of all vectors, unaligned */
    vector *target[2 * BATCH_GROUPS]; /**< of the groups in flight and of those that wait */
    vector *weight[2 * BATCH_GROUPS];
    double *distance;
    struct batch_first_point *first_points;
    struct batch_score_point *score_points;
    size_t *list; /**< [BATCH_PHASE_COUNT + 1][replicates] */
    size_t list_capacity;
    struct batch_pool *pool;
    void *pool_memory;
};

/* The first multiple of a vector's size at or after address; the array must be that much larger. */
static void *batch_aligned(void *address)
{
    uintptr_t misfit = (uintptr_t)address % sizeof(vector);
    return (char *)address + (misfit > 0 ? sizeof(vector) - misfit : 0);
}

static void *batch_create(size_t max_points)
{
    struct batch_workspace *workspace = memory_array(1, sizeof *workspace);
    size_t groups = 2 * BATCH_GROUPS;
    workspace->max_points = max_points;
    workspace->memory = memory_array(2 * groups * max_points + 1, sizeof(vector));
    vector *vectors = batch_aligned(workspace->memory);
    for (size_t g = 0; g < groups; g++) {
        workspace->target[g] = vectors + 2 * g * max_points;
        workspace->weight[g] = vectors + (2 * g + 1) * max_points;
    }
    workspace->distance = memory_array(max_points, sizeof *workspace->distance);
    workspace->first_points = memory_array(max_points, sizeof *workspace->first_points);
    workspace->score_points = memory_array(max_points, sizeof *workspace->score_points);
    workspace->pool_memory = memory_array(1, sizeof *workspace->pool + sizeof(vector));
    workspace->pool = batch_aligned(workspace->pool_memory);
    return workspace;
}

static void batch_free(void *memory)
{
    struct batch_workspace *workspace = memory;
    if (workspace != NULL) {
        free(workspace->memory);
        free(workspace->distance);
        free(workspace->first_points);
        free(workspace->score_points);
        free(workspace->list);
        free(workspace->pool_memory);
        free(workspace);
    }
}

/* Writes the result of one lane, in coordinates. A release that found nothing lower leaves the
 * result that stands. */
static void batch_finish(struct batch_pool *pool, const struct batch_group *group, int lane)
{
    const struct batch_lanes *lanes = &group->lanes;
    const struct refit_result *result = pool->result;
    size_t replicate = group->replicate[lane];
    bool done = lanes->done[lane] > 0.0;
    const vector *point = done ? lanes->trial : lanes->point;
    double cost = lanes->normal.cost[lane] - (done ? lanes->promised[lane] : 0.0);
    cost *= pool->problem.unit;
    pool->evaluations += lanes->evaluations[lane];
    if (pool->phase == BATCH_PHASE_RELEASE &&
        !(done && lanes->fitness[lane] < FIT_FITNESS_LIMIT && cost < result->cost[replicate])) {
        return;
    }
    result->fitness[replicate] = point[0][lane];
    result->immediacy[replicate] = point[1][lane];
    result->longevity[replicate] = point[2][lane];
    result->cost[replicate] = cost;
    result->status[replicate] = done ? REFIT_CONVERGED : REFIT_FAILED;
    pool->ended.replicate[pool->ended.count++] = replicate;
}

/* Which lanes' next step goes further out along a ridge, as far as the coordinates tell. A long
 * step may pass the limit of lambda and yet have a minimum behind it. */
static vector_mask batch_outward(const struct batch_coordinates *coordinates,
                                 const struct batch_lanes *lanes)
{
    int shape = coordinates->shape;
    return shape < 0 ? ~(vector_mask){0} : lanes->trial[shape] <= lanes->point[shape];
}

/* Which lanes are at their end: converged, out of evaluations, beyond the limit of lambda, or
 * without a cost. */
static vector_mask batch_ended(const struct batch_pool *pool, const struct batch_lanes *lanes)
{
    bool first = pool->phase == BATCH_PHASE_ALL || pool->problem.request->rough;
    double most = first ? BATCH_EVALUATIONS_FIRST : BATCH_EVALUATIONS_LATER;
    vector_mask ended = (lanes->done > 0.0) | (lanes->evaluations >= most);
    ended |= ~(lanes->normal.cost < INFINITY);
    if (pool->phase <= BATCH_PHASE_LATE) {
        ended |= (lanes->fitness > FIT_FITNESS_LIMIT) & batch_outward(pool->coordinates, lanes);
    } else if (pool->phase == BATCH_PHASE_RELEASE) {
        /* it begins at the limit, to rounding */
        ended |=
            (lanes->fitness > 0.999 * FIT_FITNESS_LIMIT) & batch_outward(pool->coordinates, lanes);
    }
    return ended;
}

/* Takes a group's ended refits out. */
static void batch_retire(struct batch_pool *pool, struct batch_group *group, vector_mask ended)
{
    for (unsigned lanes = vector_lanes(ended); lanes != 0; lanes &= lanes - 1) {
        int lane = __builtin_ctz(lanes);
        if (group->replicate[lane] != BATCH_IDLE) {
            batch_finish(pool, group, lane);
            group->replicate[lane] = BATCH_IDLE;
        }
    }
}

/* Prepares the next replicates. Those that begin at the shared start stay together as long as the
 * derivatives known there are of use and hardly any of them ends. */
static void batch_make_ready(struct batch_pool *pool)
{
    struct batch_group *ready[BATCH_GROUPS];
    int count = 0;
    while (count < BATCH_GROUPS && pool->next < pool->list[pool->phase].count) {
        ready[count] = &pool->ready[count];
        batch_prepare(pool, ready[count++]);
    }
    pool->ready_lanes = count * VECTOR_LANES;
    pool->ready_next = 0;
    if (!batch_opens(pool)) {
        return;
    }
    batch_begin(&pool->problem, &pool->first, ready, count);
    for (int g = 0; g < count; g++) {
        batch_retire(pool, ready[g], ready[g]->lanes.done > 0.0);
    }
    batch_iterate_bent(&pool->problem, &pool->first, ready, count);
    for (int g = 0; g < count; g++) {
        batch_retire(pool, ready[g], batch_ended(pool, &ready[g]->lanes));
    }
    batch_iterate(&pool->problem, pool->coordinates, ready, count);
    for (int g = 0; g < count; g++) {
        batch_retire(pool, ready[g], batch_ended(pool, &ready[g]->lanes));
    }
}

/* Gives a lane the next prepared replicate, or none. Returns whether it runs. */
static bool batch_refill(struct batch_pool *pool, struct batch_group *group, int lane)
{
    for (;;) {
        if (pool->ready_next == pool->ready_lanes) {
            if (pool->next >= pool->list[pool->phase].count) {
                return false;
            }
            batch_make_ready(pool);
        }
        const struct batch_group *ready = &pool->ready[pool->ready_next / VECTOR_LANES];
        int from = pool->ready_next++ % VECTOR_LANES;
        if (ready->replicate[from] == BATCH_IDLE) {
            continue;
        }
        vector *to = (vector *)&group->lanes;
        const vector *source = (const vector *)&ready->lanes;
        size_t bytes = pool->problem.likelihood ? sizeof group->lanes
                                                : offsetof(struct batch_lanes, dispersion);
        for (size_t i = 0; i < bytes / sizeof(vector); i++) {
            to[i][lane] = source[i][from];
        }
        batch_data_move(&pool->problem, &ready->data, from, &group->data, lane);
        group->replicate[lane] = ready->replicate[from];
        return true;
    }
}

/* Takes a group's ended refits out and refills its idle lanes. Returns whether any lane runs. */
static bool batch_renew(struct batch_pool *pool, struct batch_group *group, vector_mask ended)
{
    batch_retire(pool, group, ended);
    bool running = false;
    for (int lane = 0; lane < VECTOR_LANES; lane++) {
        running |= group->replicate[lane] != BATCH_IDLE || batch_refill(pool, group, lane);
    }
    return running;
}

/* Runs all replicates of the phase's list to their end. */
static void batch_run(struct batch_pool *pool)
{
    struct batch_group *running[BATCH_GROUPS];
    int count = 0;
    pool->next = 0;
    pool->ready_lanes = pool->ready_next = 0;
    for (int g = 0; g < BATCH_GROUPS; g++) {
        struct batch_group *group = &pool->group[g];
        batch_turn_clear(&group->turn);
        batch_turn_clear(&pool->ready[g].turn);
        for (int lane = 0; lane < VECTOR_LANES; lane++) {
            group->replicate[lane] = BATCH_IDLE;
        }
    }
    for (int g = 0; g < BATCH_GROUPS; g++) {
        if (batch_renew(pool, &pool->group[g], (vector_mask){0})) {
            running[count++] = &pool->group[g];
        }
    }
    while (count > 0) {
        int still = 0;
        batch_iterate(&pool->problem, pool->coordinates, running, count);
        for (int g = 0; g < count; g++) {
            if (batch_renew(pool, running[g], batch_ended(pool, &running[g]->lanes))) {
                running[still++] = running[g];
            }
        }
        count = still;
    }
}

/* Where a replicate stands at the end of a phase. */
struct batch_end {
    bool converged;
    bool shut_in;         /**< at the lower bound of a straight shape */
    double parameters[3]; /**< lambda, mu, sigma */
    double last;          /**< Phi's argument at the last age */
};

/* The phase that a replicate needs next, or BATCH_PHASE_COUNT if its result stands. */
static enum batch_phase batch_next_phase(const struct batch_pool *pool, const struct batch_end *end)
{
    bool paper = pool->problem.request->method == FIT_PAPER;
    bool beyond = end->parameters[0] > FIT_FITNESS_LIMIT;
    bool straight = pool->coordinates->shape >= 0;
    bool late = !end->converged || end->shut_in;
    if (pool->phase < BATCH_PHASE_STEP && late && !beyond && end->last > BATCH_SATURATED) {
        return BATCH_PHASE_STEP;
    }
    if (pool->phase < BATCH_PHASE_LATE && (beyond ? !straight : !end->converged)) {
        return BATCH_PHASE_LATE;
    }
    if (pool->phase < BATCH_PHASE_LIMIT && beyond) {
        return BATCH_PHASE_LIMIT;
    }
    if (pool->phase == BATCH_PHASE_LIMIT) {
        return BATCH_PHASE_RELEASE;
    }
    if (pool->phase < BATCH_PHASE_PINNED && paper && end->converged && end->parameters[1] < 0.0) {
        return BATCH_PHASE_PINNED;
    }
    return BATCH_PHASE_COUNT;
}

/* Turns one replicate's result into parameters and either lets it stand or hands it on. */
static void batch_settle(struct batch_pool *pool, size_t replicate, const struct batch_end *end,
                         bool ridge)
{
    const struct refit_result *result = pool->result;
    enum batch_phase next = batch_next_phase(pool, end);
    bool has_cost = result->cost[replicate] < INFINITY;
    bool keep = end->converged || next != BATCH_PHASE_COUNT || pool->problem.request->rough;
    if (!has_cost || !keep) {
        batch_give_up(pool, replicate, REFIT_FAILED);
        return;
    }
    result->fitness[replicate] = end->parameters[0];
    result->immediacy[replicate] = end->parameters[1];
    result->longevity[replicate] = end->parameters[2];
    enum refit_status status = ridge ? REFIT_RIDGE : REFIT_CONVERGED;
    result->status[replicate] = (unsigned char)(end->converged ? status : REFIT_FAILED);
    if (next != BATCH_PHASE_COUNT) {
        struct batch_list *list = &pool->list[next];
        list->replicate[list->count++] = replicate;
    }
}

/* Ends a phase: all its results from coordinates to parameters. */
static void batch_leave(struct batch_pool *pool)
{
    const struct batch_problem *problem = &pool->problem;
    const struct batch_list *list = &pool->ended;
    int shape = pool->coordinates->shape;
    const struct refit_result *result = pool->result;
    for (size_t begin = 0; begin < list->count; begin += VECTOR_LANES) {
        size_t rest = list->count - begin;
        size_t count = rest < VECTOR_LANES ? rest : VECTOR_LANES;
        vector point[3] = {vector_of(0.0), vector_of(0.0), vector_of(0.0)};
        vector parameters[3];
        for (size_t lane = 0; lane < count; lane++) {
            size_t replicate = list->replicate[begin + lane];
            point[0][lane] = result->fitness[replicate];
            point[1][lane] = result->immediacy[replicate];
            point[2][lane] = result->longevity[replicate];
        }
        pool->coordinates->leave(problem->pivot, point, parameters);
        vector last = (problem->pivot + problem->last_distance - parameters[1]) / parameters[2];
        for (size_t lane = 0; lane < count; lane++) {
            size_t replicate = list->replicate[begin + lane];
            const struct batch_end end = {
                .converged = result->status[replicate] == REFIT_CONVERGED,
                .shut_in = shape >= 0 && point[shape][lane] <= BATCH_SHAPE_LOW,
                .parameters = {parameters[0][lane], parameters[1][lane], parameters[2][lane]},
                .last = last[lane],
            };
            batch_settle(pool, replicate, &end, last[lane] < BATCH_RIDGE_ARGUMENT);
        }
    }
}

/* Gives the pool its memory and the first phase's list: all replicates. */
static void batch_open(struct batch_workspace *workspace, const struct refit_request *request,
                       const struct refit_result *result)
{
    struct batch_pool *pool = workspace->pool;
    size_t replicates = request->replicates;
    workspace->list = memory_reserve(workspace->list, &workspace->list_capacity,
                                     (BATCH_PHASE_COUNT + 1) * replicates, sizeof *workspace->list);
    pool->result = result;
    pool->evaluations = 0.0;
    for (size_t phase = 0; phase < BATCH_PHASE_COUNT; phase++) {
        pool->list[phase].replicate = workspace->list + phase * replicates;
        pool->list[phase].count = 0;
    }
    pool->ended.replicate = workspace->list + BATCH_PHASE_COUNT * replicates;
    for (size_t b = 0; b < replicates; b++) {
        pool->list[BATCH_PHASE_ALL].replicate[b] = b;
    }
    pool->list[BATCH_PHASE_ALL].count = replicates;
    for (int g = 0; g < 2 * BATCH_GROUPS; g++) {
        struct batch_group *group =
            g < BATCH_GROUPS ? &pool->group[g] : &pool->ready[g - BATCH_GROUPS];
        group->data.target = workspace->target[g];
        group->data.weight = request->weight != NULL ? workspace->weight[g] : NULL;
    }
    batch_problem_open(&pool->problem, request, workspace->distance);
    if (request->starts == NULL && pool->problem.points > 0 && !pool->problem.likelihood) {
        pool->first.points = workspace->first_points;
        batch_first_open(&pool->problem, &pool->first);
    }
}

static size_t batch_refit(void *memory, const struct refit_request *request,
                          const struct refit_result *result)
{
    struct batch_workspace *workspace = memory;
    struct batch_pool *pool = workspace->pool;
    assert(request->count <= workspace->max_points);
    batch_open(workspace, request, result);
    const struct batch_coordinates *const coordinates[BATCH_PHASE_COUNT] = {
        [BATCH_PHASE_ALL] = pool->problem.coordinates,
        [BATCH_PHASE_LATE] = &batch_straight,
        [BATCH_PHASE_LIMIT] = &batch_limit,
        [BATCH_PHASE_RELEASE] = &batch_straight,
        [BATCH_PHASE_STEP] = &batch_natural,
        [BATCH_PHASE_PINNED] = &batch_pinned,
    };
    for (size_t phase = 0; phase < BATCH_PHASE_COUNT; phase++) {
        pool->phase = (enum batch_phase)phase;
        pool->coordinates = coordinates[phase];
        pool->ended.count = 0;
        if (pool->list[phase].count > 0) {
            batch_run(pool);
            batch_leave(pool);
        }
    }
    return (size_t)pool->evaluations;
}

static void batch_score(void *memory, const struct batch_score_request *request)
{
    struct batch_workspace *workspace = memory;
    assert(request->problem->count <= workspace->max_points);
    batch_score_nodes(request, workspace->score_points, workspace->target[0]);
}

static double batch_evaluate_only(size_t count, size_t repeats)
{
    struct batch_block block;
    double distance[BATCH_BLOCK];
    vector target[BATCH_BLOCK];
    count = count < BATCH_BLOCK ? count : BATCH_BLOCK;
    for (size_t k = 0; k < count; k++) {
        distance[k] = -2.0 + 3.0 * (double)k / (double)count;
        target[k] = vector_of(1.0 + 0.3 * (double)k);
    }
    struct batch_curve curve = {.pivot_argument = vector_of(0.3), .steepness = vector_of(1.1)};
    vector sum = vector_of(0.0);
    for (size_t i = 0; i < repeats; i++) {
        (void)batch_curve_complete(&curve, vector_of(2.0 + 1e-9 * (double)i));
        struct batch_normal normal;
        batch_normal_clear(&normal, vector_of(0.0));
        batch_curve_evaluate(&curve, count, distance, &block);
        batch_squares_add(&curve, &block, count, distance, target, NULL, &normal);
        sum += normal.cost;
        for (int j = 0; j < 3; j++) {
            sum += normal.gradient[j];
        }
        for (int j = 0; j < 6; j++) {
            sum += normal.matrix[j];
        }
    }
    return sum[0];
}

static vector batch_function_value(enum batch_function function, vector x)
{
    struct batch_gamma at_x;
    struct batch_gamma at_sum;
    switch (function) {
    case BATCH_EXP:
        return batch_exp(x);
    case BATCH_EXP_BOUNDED:
        return batch_exp_bounded(x);
    case BATCH_LOG:
        return batch_log(x);
    case BATCH_LOG1P:
        return batch_log1p(x);
    case BATCH_MILLS:
        return batch_mills(x);
    case BATCH_NORMAL_DENSITY:
        return batch_normal_density(x);
    case BATCH_NORMAL_DISTRIBUTION:
        return batch_normal_distribution(x);
    case BATCH_LOG_GAMMA_RATIO:
        at_x = batch_gamma_at(x);
        at_sum = batch_gamma_at(x + 0.5);
        return batch_log_gamma_ratio(&at_sum, &at_x, vector_of(0.5)) +
               0.5 * batch_log(at_x.shifted);
    case BATCH_FUNCTION_COUNT:
        break;
    }
    return vector_of(NAN);
}

static void batch_apply(enum batch_function function, size_t count, const double *argument,
                        double *value)
{
    for (size_t begin = 0; begin < count; begin += VECTOR_LANES) {
        size_t rest = count - begin;
        size_t bytes = (rest < VECTOR_LANES ? rest : VECTOR_LANES) * sizeof(double);
        vector x = vector_of(1.0);
        memcpy(&x, argument + begin, bytes);
        vector y = batch_function_value(function, x);
        memcpy(value + begin, &y, bytes);
    }
}

const struct batch_kernel BATCH_KERNEL = {
    .lanes = VECTOR_LANES,
    .create = batch_create,
    .free = batch_free,
    .refit = batch_refit,
    .score = batch_score,
    .evaluate = batch_evaluate_only,
    .apply = batch_apply,
};
