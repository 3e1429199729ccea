/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecaster_private.h"
#include "memory.h"

#include <stdlib.h>
#include <string.h>

/* The sample in blocks, and the likelihoods of this rank's blocks, kept through all EM steps: below
 * the largest of their series and in single precision, which is exact to 1e-6 where they carry
 * weight and takes half the memory. */
struct lesson {
    struct forecaster *forecaster;
    const struct forecaster_exchange *exchange;
    size_t count;
    const struct forecaster_series *series;
    size_t blocks;
    size_t held;                       /* series in this rank's blocks */
    double *largest;                   /* [held] the largest ln L */
    float *below;                      /* [held][nodes] ln L - largest */
    float *peak;                       /* [held][stride] hierarchy_peak() of below */
    struct hierarchy_moments *own;     /* [held] */
    struct hierarchy_moments *packed;  /* rank 0: [count] one rank after the other */
    struct hierarchy_moments *moments; /* rank 0: [count] in sample order */
};

static size_t block_count(const struct lesson *lesson, size_t block)
{
    size_t rest = lesson->count - block * HIERARCHY_BLOCK;
    return rest < HIERARCHY_BLOCK ? rest : HIERARCHY_BLOCK;
}

/* One series: log_likelihood and peak are scratch. */
static void hold_series(struct lesson *lesson, size_t place, double *log_likelihood, double *peak)
{
    const struct grid *grid = lesson->forecaster->grid;
    float *below = lesson->below + place * grid->nodes;
    double largest = log_likelihood[0];
    for (size_t k = 1; k < grid->nodes; k++) {
        largest = log_likelihood[k] > largest ? log_likelihood[k] : largest;
    }
    for (size_t k = 0; k < grid->nodes; k++) {
        below[k] = (float)(log_likelihood[k] - largest);
        log_likelihood[k] = (double)below[k];
    }
    hierarchy_peak(grid, log_likelihood, peak);
    for (size_t cell = 0; cell < grid->stride; cell++) {
        lesson->peak[place * grid->stride + cell] = (float)peak[cell];
    }
    lesson->largest[place] = largest;
}

/* The likelihoods of a block, from one of the held series on; log_likelihood and peak are scratch.
 */
static void hold_block(struct lesson *lesson, size_t block, size_t first, double *log_likelihood,
                       double *peak)
{
    const struct forecaster *forecaster = lesson->forecaster;
    struct hierarchy_series points[HIERARCHY_BLOCK] = {{0}};
    size_t count = block_count(lesson, block);
    for (size_t i = 0; i < count; i++) {
        points[i] = lesson->series[block * HIERARCHY_BLOCK + i].points;
    }
    hierarchy_likelihood_block(forecaster->likelihood, 1, count, points, log_likelihood);
    for (size_t i = 0; i < count; i++) {
        hold_series(lesson, first + i, log_likelihood + i * forecaster->grid->nodes, peak);
    }
}

static void hold(struct lesson *lesson)
{
    const struct grid *grid = lesson->forecaster->grid;
    size_t rank = lesson->exchange->rank;
    size_t size = lesson->exchange->size;
    for (size_t b = rank; b < lesson->blocks; b += size) {
        lesson->held += block_count(lesson, b);
    }
    lesson->largest = memory_array(lesson->held, sizeof *lesson->largest);
    lesson->below = memory_pages(lesson->held * grid->nodes, sizeof *lesson->below);
    lesson->peak = memory_pages(lesson->held * grid->stride, sizeof *lesson->peak);
    lesson->own = memory_array(lesson->held, sizeof *lesson->own);
    double *log_likelihood = memory_pages(HIERARCHY_BLOCK * grid->nodes, sizeof *log_likelihood);
    double *peak = memory_array(grid->stride, sizeof *peak);
    for (size_t b = rank, first = 0; b < lesson->blocks; b += size) {
        hold_block(lesson, b, first, log_likelihood, peak);
        first += block_count(lesson, b);
    }
    free(peak);
    free(log_likelihood);
}

static void expect(struct lesson *lesson)
{
    struct forecaster *forecaster = lesson->forecaster;
    const struct grid *grid = forecaster->grid;
    double *log_likelihood = memory_array(grid->nodes, sizeof *log_likelihood);
    double *peak = memory_array(grid->stride, sizeof *peak);
    size_t next = 0;
    for (size_t b = lesson->exchange->rank; b < lesson->blocks; b += lesson->exchange->size) {
        for (size_t i = 0; i < block_count(lesson, b); i++, next++) {
            double mean[GRID_AXES];
            forecaster_mean(forecaster, &lesson->series[b * HIERARCHY_BLOCK + i], mean);
            for (size_t k = 0; k < grid->nodes; k++) {
                log_likelihood[k] = (double)lesson->below[next * grid->nodes + k];
            }
            for (size_t cell = 0; cell < grid->stride; cell++) {
                peak[cell] = (double)lesson->peak[next * grid->stride + cell];
            }
            lesson->own[next] = hierarchy_expect(forecaster->field, mean, log_likelihood, peak);
            lesson->own[next].log_evidence += lesson->largest[next];
        }
    }
    free(peak);
    free(log_likelihood);
}

/* Rank 0: from one rank after the other to the order of the sample. */
static void unpack(struct lesson *lesson)
{
    const struct hierarchy_moments *next = lesson->packed;
    for (size_t rank = 0; rank < lesson->exchange->size; rank++) {
        for (size_t b = rank; b < lesson->blocks; b += lesson->exchange->size) {
            size_t count = block_count(lesson, b);
            memcpy(lesson->moments + b * HIERARCHY_BLOCK, next, count * sizeof *next);
            next += count;
        }
    }
}

static double maximise(struct lesson *lesson)
{
    struct forecaster *forecaster = lesson->forecaster;
    struct hierarchy_member *member = memory_array(lesson->count, sizeof *member);
    for (size_t i = 0; i < lesson->count; i++) {
        (void)forecaster_covariates(forecaster, &lesson->series[i], member[i].covariate);
        member[i].organization = lesson->series[i].organization;
    }
    size_t organizations =
        forecaster->settings.pool == POOL_ORGANIZATION ? forecaster->organizations : 0;
    double value = hierarchy_maximise(forecaster->grid, lesson->count, lesson->moments, member,
                                      organizations, forecaster->offset, &forecaster->prior);
    free(member);
    return value;
}

static double learn_step(struct lesson *lesson)
{
    const struct forecaster_exchange *exchange = lesson->exchange;
    struct forecaster *forecaster = lesson->forecaster;
    double value = 0;
    expect(lesson);
    exchange->gather(exchange->context, lesson->own, lesson->held * sizeof *lesson->own,
                     lesson->packed);
    if (exchange->rank == 0) {
        unpack(lesson);
        value = maximise(lesson);
    }
    struct hierarchy_prior prior = forecaster->prior;
    exchange->broadcast(exchange->context, &prior, sizeof prior);
    exchange->broadcast(exchange->context, forecaster->offset,
                        forecaster->organizations * GRID_AXES * sizeof(double));
    forecaster_set_prior(forecaster, &prior);
    return value;
}

static void gather_alone(void *context, const void *bytes, size_t size, void *all)
{
    (void)context;
    memcpy(all, bytes, size);
}

static void broadcast_alone(void *context, void *bytes, size_t size)
{
    (void)context;
    (void)bytes;
    (void)size;
}

void forecaster_learn(struct forecaster *forecaster, size_t count,
                      const struct forecaster_series *series,
                      const struct forecaster_exchange *exchange, double *objective)
{
    static const struct forecaster_exchange alone = {
        .size = 1, .gather = gather_alone, .broadcast = broadcast_alone};
    if (count == 0) {
        return;
    }
    struct lesson lesson = {
        .forecaster = forecaster,
        .exchange = exchange != NULL ? exchange : &alone,
        .count = count,
        .series = series,
        .blocks = (count + HIERARCHY_BLOCK - 1) / HIERARCHY_BLOCK,
    };
    hold(&lesson);
    bool first = lesson.exchange->rank == 0;
    lesson.packed = memory_array(first ? count : 0, sizeof *lesson.packed);
    lesson.moments = memory_array(first ? count : 0, sizeof *lesson.moments);
    for (size_t step = 0; step < forecaster->settings.em_steps; step++) {
        double value = learn_step(&lesson);
        if (first && objective != NULL) {
            objective[step] = value;
        }
    }
    free(lesson.largest);
    free(lesson.below);
    free(lesson.peak);
    free(lesson.own);
    free(lesson.packed);
    free(lesson.moments);
}
