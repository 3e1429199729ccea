/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the files of the forecaster share. */
#ifndef GROWCAST_FORECASTER_PRIVATE_H
#define GROWCAST_FORECASTER_PRIVATE_H

#include "forecaster.h"
#include "grid.h"
#include "hierarchy.h"
#include "random.h"

#include <stddef.h>

struct forecaster_sampler;

struct forecaster {
    struct forecaster_settings settings;
    const struct grid *grid;
    struct hierarchy_likelihood *likelihood;
    struct hierarchy_field *field;
    struct hierarchy_prior prior;
    size_t organizations;
    double *offset; /* [organizations][GRID_AXES] */
    struct forecaster_sampler *sampler;
    struct pooled *pooled; /* NULL until it is needed */
    struct memo *memo;     /* of forecaster_pooled(); NULL until then */
    size_t memo_quantiles; /* that its results have */
    struct memo *dormant;  /* of forecaster_dormant(); NULL until it is needed */
};

/** The covariates of a series; returns their number. */
size_t forecaster_covariates(const struct forecaster *forecaster,
                             const struct forecaster_series *series, double *covariate);

/** forecaster_sample() from series with a last count of at least min_count. */
struct hierarchy_sample forecaster_sample_from(const struct forecaster *forecaster,
                                               double min_count, size_t count,
                                               const struct forecaster_series *series,
                                               uint64_t seed);

/** The mean of the series' own prior. */
void forecaster_mean(const struct forecaster *forecaster, const struct forecaster_series *series,
                     double mean[GRID_AXES]);

/** Tables for ages up to max_age + max_horizon. grid is borrowed; the caller owns the sampler. */
struct forecaster_sampler *forecaster_sampler_create(const struct forecaster_settings *settings,
                                                     const struct grid *grid, size_t max_age,
                                                     size_t max_horizon);
void forecaster_sampler_free(struct forecaster_sampler *sampler);

/** forecaster_draw(), where a share `dormant` of the paths stays where it is. */
void forecaster_sampler_draw(struct forecaster_sampler *sampler,
                             const struct hierarchy_series *series, const double *weight,
                             double dormant, struct random_stream *stream, size_t steps,
                             double *path);

#endif
