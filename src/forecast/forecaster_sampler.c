/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecaster_private.h"

#include "increment_draws.h"
#include "memory.h"
#include "random_bulk.h"
#include "vector_clones.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

/** Nodes that are looked at together; a grid's stride is a multiple. */
enum { LANES = VECTOR_CLONES_LANES };

struct forecaster_sampler {
    struct hierarchy_model model;
    const struct grid *grid;
    size_t ages;   /* rows of mean */
    double *mean;  /* [ages][stride] of the step to age k + 1 */
    double *other; /* [max_horizon][stride] of a series beyond the table */
    size_t max_horizon;
    size_t draws;
    double *level; /* [max_horizon][draws] exp(e_h) */
    struct increment_draws *increment;
    /* Of the series at hand, [draws]: */
    uint32_t *node;                        /* increasing */
    uint32_t *place;                       /* of a node's draw in a row of paths */
    double *expected;                      /* mean of a node's next increment */
    size_t awake;                          /* draws that have a node */
    size_t begin[GRID_DISPERSION_MAX + 1]; /* of the nodes of a dispersion */
};

/** Where previous + scale = 1, a reinforced mean is its growth factor. */
static double unit_level(const struct hierarchy_model *model)
{
    return 1 - model->scale;
}

/** Writes 0 ... count - 1 in random order. */
static void shuffle(struct random_bulk *random, size_t count, uint32_t *item)
{
    for (size_t i = 0; i < count; i++) {
        item[i] = (uint32_t)i;
    }
    for (size_t i = count; i > 1; i--) {
        size_t j = random_bulk_below(random, i);
        uint32_t swap = item[i - 1];
        item[i - 1] = item[j];
        item[j] = swap;
    }
}

/**
 * Paths exp(e_h) of the walk. A step's normal deviates are the quantiles (i + 1/2) / draws in
 * random order (a Latin hypercube): all series share these paths, so that a chance mean of theirs
 * would be an error of all forecasts.
 */
static void fill_levels(struct forecaster_sampler *sampler, double random_walk, uint64_t seed)
{
    size_t draws = sampler->draws;
    struct random_stream stream = random_stream_open(seed, RANDOM_LEVEL, 0, 0);
    struct random_bulk random = random_bulk_open(&stream);
    uint32_t *rank = memory_array(draws, sizeof *rank);
    double *walk = memory_array(draws, sizeof *walk);
    for (size_t h = 0; h < sampler->max_horizon; h++) {
        shuffle(&random, draws, rank);
        for (size_t i = 0; i < draws; i++) {
            walk[i] +=
                random_walk * gsl_cdf_ugaussian_Pinv(((double)rank[i] + 0.5) / (double)draws);
            sampler->level[h * draws + i] = exp(walk[i]);
        }
    }
    free(rank);
    free(walk);
}

struct forecaster_sampler *forecaster_sampler_create(const struct forecaster_settings *settings,
                                                     const struct grid *grid, size_t max_age,
                                                     size_t max_horizon)
{
    struct forecaster_sampler *sampler = memory_array(1, sizeof *sampler);
    const struct hierarchy_model *model = &settings->model;
    sampler->model = *model;
    sampler->grid = grid;
    sampler->ages = max_age + max_horizon;
    sampler->max_horizon = max_horizon;
    sampler->draws = settings->draws;
    sampler->level = memory_array(max_horizon * settings->draws, sizeof(double));
    fill_levels(sampler, settings->random_walk * sqrt(model->step_months), settings->seed);
    sampler->mean = memory_array(sampler->ages * grid->stride, sizeof(double));
    sampler->other = memory_array(max_horizon * grid->stride, sizeof(double));
    for (size_t k = 0; k < sampler->ages; k++) {
        hierarchy_mean(model, grid, (double)k, (double)(k + 1), unit_level(model),
                       sampler->mean + k * grid->stride);
    }
    sampler->increment = increment_draws_create(model, grid, settings->draws);
    sampler->node = memory_array(settings->draws, sizeof *sampler->node);
    sampler->place = memory_array(settings->draws, sizeof *sampler->place);
    sampler->expected = memory_array(settings->draws, sizeof *sampler->expected);
    return sampler;
}

void forecaster_sampler_free(struct forecaster_sampler *sampler)
{
    if (sampler != NULL) {
        free(sampler->mean);
        free(sampler->other);
        free(sampler->level);
        increment_draws_free(sampler->increment);
        free(sampler->node);
        free(sampler->place);
        free(sampler->expected);
        free(sampler);
    }
}

/** Means [steps][stride] of the steps after the last age: from the table, or made now. */
static const double *means_after(struct forecaster_sampler *sampler, double last_age, size_t steps)
{
    size_t stride = sampler->grid->stride;
    if (last_age >= 0 && last_age == floor(last_age) &&
        last_age + (double)steps <= (double)sampler->ages) {
        return sampler->mean + (size_t)last_age * stride;
    }
    for (size_t h = 0; h < steps; h++) {
        hierarchy_mean(&sampler->model, sampler->grid, last_age + (double)h,
                       last_age + (double)(h + 1), unit_level(&sampler->model),
                       sampler->other + h * stride);
    }
    return sampler->other;
}

/** Systematic draws of nodes: draw i is the node where the cumulative weight, of which the weights
 *  make up the share `awake`, passes (i + u) / n; beyond it there is none. Returns how many have
 * one. Blocks in which it passes nothing are stepped over whole. */
static size_t draw_nodes(const struct grid *grid, const double *weight, double awake,
                         struct random_bulk *random, size_t draws, uint32_t *node)
{
    double u = random_bulk_uniform(random);
    double step = 1 / ((double)draws * awake);
    double threshold = u * step;
    double cumulative = 0;
    size_t next = 0;
    size_t last = 0;
    for (size_t i = 0; i < grid->nodes && next < draws; i += LANES) {
        double end = cumulative + vector_clones_total(weight + i);
        for (size_t k = i; end > threshold && k < i + LANES; k++) {
            cumulative += weight[k];
            last = weight[k] > 0 ? k : last;
            while (weight[k] > 0 && next < draws && threshold < cumulative) {
                node[next++] = (uint32_t)k;
                threshold = ((double)next + u) * step;
            }
        }
        cumulative = end;
    }
    while (next < draws && threshold < 1) { /* rounding in the last sum */
        node[next++] = (uint32_t)last;
        threshold = ((double)next + u) * step;
    }
    return next;
}

/** Where the nodes of each dispersion begin. */
static void find_dispersions(struct forecaster_sampler *sampler)
{
    size_t next = 0;
    for (size_t r = 0; r < sampler->grid->dispersions; r++) {
        sampler->begin[r] = next;
        while (next < sampler->awake && sampler->node[next] < (r + 1) * sampler->grid->stride) {
            next++;
        }
    }
    sampler->begin[sampler->grid->dispersions] = sampler->awake;
}

/** expected[j] = mean[node[j] - first] level[place[j]]. */
VECTOR_CLONES static void expect(size_t count, const double *restrict mean, uint32_t first,
                                 const double *restrict level, const uint32_t *restrict node,
                                 const uint32_t *restrict place, double *restrict expected)
{
    for (size_t j = 0; j < count; j++) {
        expected[j] = mean[node[j] - first] * level[place[j]];
    }
}

/** Adds the increments of a step to count, [draws], dispersion by dispersion. mean: [stride] of the
 *  step, level: [draws]. */
static void add_increments(struct forecaster_sampler *sampler, struct random_bulk *random,
                           const double *mean, const double *level, double *count)
{
    const struct hierarchy_model *model = &sampler->model;
    size_t stride = sampler->grid->stride;
    for (size_t r = 0; r < sampler->grid->dispersions; r++) {
        size_t begin = sampler->begin[r];
        size_t length = sampler->begin[r + 1] - begin;
        const uint32_t *place = sampler->place + begin;
        double *expected = sampler->expected;
        expect(length, mean, (uint32_t)(r * stride), level, sampler->node + begin, place, expected);
        for (size_t j = 0; model->curve == HIERARCHY_REINFORCED && j < length; j++) {
            expected[j] *= count[place[j]] + model->scale;
        }
        increment_draws_add(sampler->increment, random, r, length, expected, place, count);
    }
}

void forecaster_sampler_draw(struct forecaster_sampler *sampler,
                             const struct hierarchy_series *series, const double *weight,
                             double dormant, struct random_stream *stream, size_t steps,
                             double *path)
{
    size_t draws = sampler->draws;
    struct random_bulk random = random_bulk_open(stream);
    sampler->awake = draw_nodes(sampler->grid, weight, 1 - dormant, &random, draws, sampler->node);
    find_dispersions(sampler);
    shuffle(&random, draws, sampler->place);
    const double *mean = means_after(sampler, series->age[series->count - 1], steps);
    for (size_t h = 0; h < steps; h++) {
        double *row = path + h * draws;
        for (size_t i = 0; i < draws; i++) {
            row[i] = h > 0 ? row[i - draws] : series->observed[series->count - 1];
        }
        add_increments(sampler, &random, mean + h * sampler->grid->stride,
                       sampler->level + h * draws, row);
    }
}
