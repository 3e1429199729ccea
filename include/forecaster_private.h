/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Draws from the predictive distribution, for forecaster.c: tables in place of generators. */
#ifndef GROWCAST_FORECASTER_PRIVATE_H
#define GROWCAST_FORECASTER_PRIVATE_H

#include "grid.h"
#include "hierarchy.h"
#include "random.h"

#include <stddef.h>

struct forecaster_sampler;

/** Tables for ages up to max_age + max_horizon; random_walk is the standard deviation of a step.
 *  grid is borrowed; the caller owns the sampler. */
struct forecaster_sampler *forecaster_sampler_create(const struct hierarchy_model *model,
                                                     const struct grid *grid, double random_walk,
                                                     size_t max_age, size_t max_horizon);
void forecaster_sampler_free(struct forecaster_sampler *sampler);

/** forecaster_draw(). */
void forecaster_sampler_draw(struct forecaster_sampler *sampler,
                             const struct hierarchy_series *series, const double *weight,
                             struct random_stream *stream, size_t steps, size_t draws,
                             double *path);

/** A draw of Poisson(mean): by inversion below 12, by Hoermann's transformed rejection (PTRS, 1993,
 *  doi 10.1016/0167-6687(93)90997-4) above. */
double forecaster_poisson(struct random_stream *stream, double mean);

#endif
