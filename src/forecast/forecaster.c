/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecaster.h"

#include "forecaster_private.h"
#include "memo.h"
#include "memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct forecaster_settings forecaster_settings_make(const struct config *config,
                                                    enum series_step step)
{
    const struct config_hierarchy *hierarchy = &config->hierarchy;
    return (struct forecaster_settings){
        .model = hierarchy_model_make(hierarchy, config->model.scale, step),
        .pool = hierarchy->pool,
        .covariates = hierarchy->covariates,
        .min_count = hierarchy->min_count,
        .sample = hierarchy->sample,
        .em_steps = hierarchy->em_steps,
        .discount = hierarchy->discount,
        .random_walk = hierarchy->random_walk,
        .draws = config->forecast.draws,
        .seed = config->run.seed,
    };
}

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
    forecaster->sampler = forecaster_sampler_create(settings, grid, max_age, max_horizon);
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
        pooled_free(forecaster->pooled);
        memo_free(forecaster->memo);
        memo_free(forecaster->dormant);
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

void forecaster_take_prior(struct forecaster *forecaster, const struct forecaster *other)
{
    memcpy(forecaster->offset, other->offset,
           forecaster->organizations * GRID_AXES * sizeof *forecaster->offset);
    forecaster_set_prior(forecaster, &other->prior);
}

size_t forecaster_covariates(const struct forecaster *forecaster,
                             const struct forecaster_series *series, double *covariate)
{
    double age = series->points.age[series->points.count - 1];
    return hierarchy_covariates(forecaster->settings.covariates, series->name,
                                age * forecaster->settings.model.step_months, covariate);
}

void forecaster_mean(const struct forecaster *forecaster, const struct forecaster_series *series,
                     double mean[GRID_AXES])
{
    double covariate[HIERARCHY_COVARIATES_MAX];
    forecaster_covariates(forecaster, series, covariate);
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
    return forecaster_sample_from(forecaster, forecaster->settings.min_count, count, series, seed);
}

struct hierarchy_sample forecaster_sample_from(const struct forecaster *forecaster,
                                               double min_count, size_t count,
                                               const struct forecaster_series *series,
                                               uint64_t seed)
{
    if (forecaster->settings.pool == POOL_NONE) {
        return (struct hierarchy_sample){0};
    }
    struct hierarchy_series *points = memory_array(count, sizeof *points);
    const char **name = memory_array(count, sizeof *name);
    for (size_t i = 0; i < count; i++) {
        points[i] = series[i].points;
        name[i] = series[i].name;
    }
    struct hierarchy_sample sample =
        hierarchy_sample_choose(count, points, name, min_count, forecaster->settings.sample, seed);
    free(points);
    free(name);
    return sample;
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
        forecaster_mean(forecaster, &series[i], mean);
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
                     const double *weight, struct random_stream *stream, size_t steps, double *path)
{
    forecaster_sampler_draw(forecaster->sampler, &series->points, weight,
                            forecaster_dormant(forecaster, series), stream, steps, path);
}
