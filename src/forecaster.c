/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecaster.h"

#include "forecaster_private.h"
#include "memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct forecaster_settings forecaster_settings_make(const struct config_hierarchy *config,
                                                    double scale, enum series_step step)
{
    return (struct forecaster_settings){
        .model = hierarchy_model_make(config, scale, step),
        .pool = config->pool,
        .covariates = config->covariates,
        .min_count = config->min_count,
        .sample = config->sample,
        .em_steps = config->em_steps,
        .discount = config->discount,
        .random_walk = config->random_walk,
    };
}

struct forecaster {
    struct forecaster_settings settings;
    const struct grid *grid;
    struct hierarchy_likelihood *likelihood;
    struct hierarchy_field *field;
    struct hierarchy_prior prior;
    size_t organizations;
    double *offset; /* [organizations][GRID_AXES] */
    struct forecaster_sampler *sampler;
};

struct forecaster_block {
    size_t count;
    const struct forecaster_series *series;
    double *log_likelihood; /* [count][nodes] */
};

struct forecaster *forecaster_create(const struct forecaster_settings *settings,
                                     const struct grid *grid, size_t max_age, size_t max_horizon,
                                     size_t organizations)
{
    struct forecaster *forecaster = memory_array(1, sizeof *forecaster);
    double covariate[HIERARCHY_COVARIATES_MAX];
    size_t covariates = hierarchy_covariates(settings->covariates, "", 0, covariate);
    forecaster->settings = *settings;
    forecaster->grid = grid;
    forecaster->likelihood = hierarchy_likelihood_create(&settings->model, grid, max_age);
    forecaster->field = hierarchy_field_create(grid);
    forecaster->organizations = organizations;
    forecaster->offset = memory_array(organizations * GRID_AXES, sizeof(double));
    double walk = settings->random_walk * sqrt(settings->model.step_months);
    forecaster->sampler =
        forecaster_sampler_create(&settings->model, grid, walk, max_age, max_horizon);
    struct hierarchy_prior start = hierarchy_prior_start(grid, covariates);
    forecaster_set_prior(forecaster, &start);
    return forecaster;
}

void forecaster_free(struct forecaster *forecaster)
{
    if (forecaster != NULL) {
        hierarchy_likelihood_free(forecaster->likelihood);
        hierarchy_field_free(forecaster->field);
        forecaster_sampler_free(forecaster->sampler);
        free(forecaster->offset);
        free(forecaster);
    }
}

const struct hierarchy_prior *forecaster_prior(const struct forecaster *forecaster)
{
    return &forecaster->prior;
}

double *forecaster_offset(struct forecaster *forecaster)
{
    return forecaster->offset;
}

void forecaster_set_prior(struct forecaster *forecaster, const struct hierarchy_prior *prior)
{
    forecaster->prior = *prior;
    hierarchy_field_set(forecaster->field, prior);
}

static size_t covariates_of(const struct forecaster *forecaster,
                            const struct forecaster_series *series, double *covariate)
{
    double age = series->points.age[series->points.count - 1];
    return hierarchy_covariates(forecaster->settings.covariates, series->name,
                                age * forecaster->settings.model.step_months, covariate);
}

/** The mean of the series' own prior. */
static void mean_of(const struct forecaster *forecaster, const struct forecaster_series *series,
                    double mean[GRID_AXES])
{
    double covariate[HIERARCHY_COVARIATES_MAX];
    covariates_of(forecaster, series, covariate);
    hierarchy_prior_mean(&forecaster->prior, covariate, mean);
    if (forecaster->settings.pool == POOL_ORGANIZATION) {
        for (size_t axis = 0; axis < GRID_AXES; axis++) {
            mean[axis] += forecaster->offset[series->organization * GRID_AXES + axis];
        }
    }
}

struct hierarchy_sample forecaster_sample(const struct forecaster *forecaster, size_t count,
                                          const struct forecaster_series *series, uint64_t seed)
{
    struct hierarchy_series *points = memory_array(count, sizeof *points);
    const char **name = memory_array(count, sizeof *name);
    for (size_t i = 0; i < count; i++) {
        points[i] = series[i].points;
        name[i] = series[i].name;
    }
    struct hierarchy_sample sample = hierarchy_sample_choose(
        count, points, name, forecaster->settings.min_count, forecaster->settings.sample, seed);
    free(points);
    free(name);
    return sample;
}

struct forecaster_block *forecaster_block_create(struct forecaster *forecaster, size_t count,
                                                 const struct forecaster_series *series)
{
    struct hierarchy_series points[HIERARCHY_BLOCK] = {{0}};
    for (size_t i = 0; i < count; i++) {
        points[i] = series[i].points;
    }
    struct forecaster_block *block = memory_array(1, sizeof *block);
    size_t nodes = forecaster->grid->nodes;
    block->count = count;
    block->series = series;
    block->log_likelihood = memory_array(HIERARCHY_BLOCK * nodes, sizeof(double));
    hierarchy_likelihood_block(forecaster->likelihood, 1, count, points, block->log_likelihood);
    return block;
}

void forecaster_block_free(struct forecaster_block *block)
{
    if (block != NULL) {
        free(block->log_likelihood);
        free(block);
    }
}

void forecaster_block_expect(struct forecaster *forecaster, const struct forecaster_block *block,
                             struct hierarchy_moments *moments)
{
    size_t nodes = forecaster->grid->nodes;
    double *weight = memory_array(nodes, sizeof *weight);
    for (size_t i = 0; i < block->count; i++) {
        double mean[GRID_AXES];
        mean_of(forecaster, &block->series[i], mean);
        moments[i] = hierarchy_posterior_compute(forecaster->field, mean,
                                                 block->log_likelihood + i * nodes, weight);
    }
    free(weight);
}

double forecaster_maximise(struct forecaster *forecaster, size_t count,
                           const struct forecaster_series *series,
                           const struct hierarchy_moments *moments)
{
    struct hierarchy_member *member = memory_array(count, sizeof *member);
    for (size_t i = 0; i < count; i++) {
        covariates_of(forecaster, &series[i], member[i].covariate);
        member[i].organization = series[i].organization;
    }
    size_t organizations =
        forecaster->settings.pool == POOL_ORGANIZATION ? forecaster->organizations : 0;
    struct hierarchy_prior prior = forecaster->prior;
    double value = hierarchy_maximise(forecaster->grid, count, moments, member, organizations,
                                      forecaster->offset, &prior);
    free(member);
    forecaster_set_prior(forecaster, &prior);
    return value;
}

size_t forecaster_learn(struct forecaster *forecaster, size_t count,
                        const struct forecaster_series *series, uint64_t seed, double *objective)
{
    if (forecaster->settings.pool == POOL_NONE) {
        return 0;
    }
    struct hierarchy_sample sample = forecaster_sample(forecaster, count, series, seed);
    struct forecaster_series *chosen = memory_array(sample.count, sizeof *chosen);
    for (size_t i = 0; i < sample.count; i++) {
        chosen[i] = series[sample.index[i]];
    }
    size_t blocks = (sample.count + HIERARCHY_BLOCK - 1) / HIERARCHY_BLOCK;
    struct forecaster_block **block = memory_array(blocks, sizeof *block);
    struct hierarchy_moments *moments = memory_array(sample.count, sizeof *moments);
    for (size_t b = 0; b < blocks; b++) {
        size_t first = b * HIERARCHY_BLOCK;
        size_t rest = sample.count - first;
        block[b] = forecaster_block_create(
            forecaster, rest < HIERARCHY_BLOCK ? rest : HIERARCHY_BLOCK, chosen + first);
    }
    for (size_t step = 0; step < forecaster->settings.em_steps; step++) {
        for (size_t b = 0; b < blocks; b++) {
            forecaster_block_expect(forecaster, block[b], moments + b * HIERARCHY_BLOCK);
        }
        double value = forecaster_maximise(forecaster, sample.count, chosen, moments);
        if (objective != NULL) {
            objective[step] = value;
        }
    }
    for (size_t b = 0; b < blocks; b++) {
        forecaster_block_free(block[b]);
    }
    size_t taught = sample.count;
    free(block);
    free(moments);
    free(chosen);
    hierarchy_sample_free(&sample);
    return taught;
}

void forecaster_posterior_block(struct forecaster *forecaster, size_t count,
                                const struct forecaster_series *series, double *log_likelihood,
                                double *weight, struct hierarchy_moments *moments)
{
    struct hierarchy_series points[HIERARCHY_BLOCK] = {{0}};
    size_t nodes = forecaster->grid->nodes;
    for (size_t i = 0; i < count; i++) {
        points[i] = series[i].points;
    }
    hierarchy_likelihood_block(forecaster->likelihood, forecaster->settings.discount, count, points,
                               log_likelihood);
    for (size_t i = 0; i < count; i++) {
        double mean[GRID_AXES];
        mean_of(forecaster, &series[i], mean);
        moments[i] = hierarchy_posterior_compute(forecaster->field, mean,
                                                 log_likelihood + i * nodes, weight + i * nodes);
    }
}

struct hierarchy_moments forecaster_posterior(struct forecaster *forecaster,
                                              const struct forecaster_series *series,
                                              double *log_likelihood, double *weight)
{
    struct hierarchy_moments moments;
    forecaster_posterior_block(forecaster, 1, series, log_likelihood, weight, &moments);
    return moments;
}

void forecaster_draw(struct forecaster *forecaster, const struct forecaster_series *series,
                     const double *weight, struct random_stream *stream, size_t steps, size_t draws,
                     double *path)
{
    forecaster_sampler_draw(forecaster->sampler, &series->points, weight, stream, steps, draws,
                            path);
}
