/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * One hierarchical model from learning to forecasting: the posterior of hierarchy.h with a prior
 * learned from a sample of series, and draws from the predictive distribution.
 *
 * Learning is written so that it can be spread over ranks without changing a bit. The sample is cut
 * into blocks of HIERARCHY_BLOCK series; whoever holds a block calls forecaster_block_expect() in
 * every EM step; the moments of all series, in sample order, go to forecaster_maximise(), whose
 * result (forecaster_prior(), and the offsets) goes back to everyone. forecaster_learn() is that
 * loop in one process.
 */
#ifndef GROWCAST_FORECASTER_H
#define GROWCAST_FORECASTER_H

#include "config.h"
#include "grid.h"
#include "hierarchy.h"
#include "random.h"

#include <stddef.h>

/** What distinguishes one hierarchical model from another. A plain value. */
struct forecaster_settings {
    struct hierarchy_model model;
    enum config_pool pool;
    enum config_covariates covariates;
    double min_count;
    size_t sample;
    size_t em_steps;
    double discount;    /**< a month, when forecasting */
    double random_walk; /**< standard deviation a month */
};

/** The configured settings for series of a step. */
struct forecaster_settings forecaster_settings_make(const struct config_hierarchy *config,
                                                    double scale, enum series_step step);

/** A series as far as it is known, with what the prior needs to know of it. Borrowed. */
struct forecaster_series {
    struct hierarchy_series points;
    const char *name;
    size_t organization;
};

struct forecaster;

/**
 * max_age: largest age in the data, max_horizon: farthest forecast, both in steps; organizations:
 * their number. grid is borrowed and must outlive it; the caller owns the forecaster.
 */
struct forecaster *forecaster_create(const struct forecaster_settings *settings,
                                     const struct grid *grid, size_t max_age, size_t max_horizon,
                                     size_t organizations);
void forecaster_free(struct forecaster *forecaster);

/** The sample of series that teach the prior. */
struct hierarchy_sample forecaster_sample(const struct forecaster *forecaster, size_t count,
                                          const struct forecaster_series *series, uint64_t seed);

/** The likelihoods of up to HIERARCHY_BLOCK series of the sample, kept through all EM steps. */
struct forecaster_block;

/** series: [count], borrowed until the block is freed. The caller owns the block, which holds
 *  count * grid->nodes doubles. */
struct forecaster_block *forecaster_block_create(struct forecaster *forecaster, size_t count,
                                                 const struct forecaster_series *series);
void forecaster_block_free(struct forecaster_block *block);

/** E step of a block under the present prior. moments: [count], written. */
void forecaster_block_expect(struct forecaster *forecaster, const struct forecaster_block *block,
                             struct hierarchy_moments *moments);

/** M step (hierarchy_maximise): moments and series of the whole sample, [count], in its order.
 *  Changes the present prior; returns J of the one before. */
double forecaster_maximise(struct forecaster *forecaster, size_t count,
                           const struct forecaster_series *series,
                           const struct hierarchy_moments *moments);

/** The present prior, and a place for one received from another rank. */
const struct hierarchy_prior *forecaster_prior(const struct forecaster *forecaster);
/** offset: [organizations][GRID_AXES], zero unless pool = organization; read and write. */
double *forecaster_offset(struct forecaster *forecaster);
void forecaster_set_prior(struct forecaster *forecaster, const struct hierarchy_prior *prior);

/** Learns the prior from series [count] in this process. objective: [em_steps] J, or NULL. Returns
 *  the number of series that taught it. */
size_t forecaster_learn(struct forecaster *forecaster, size_t count,
                        const struct forecaster_series *series, uint64_t seed, double *objective);

/**
 * The posterior of one series with the forecasting discount. weight: [grid->nodes], written.
 * log_likelihood: [HIERARCHY_BLOCK * grid->nodes], scratch.
 */
struct hierarchy_moments forecaster_posterior(struct forecaster *forecaster,
                                              const struct forecaster_series *series,
                                              double *log_likelihood, double *weight);

/** The same for up to HIERARCHY_BLOCK series at once, which is how to be fast without shocks.
 *  weight: [count][grid->nodes], moments: [count], written. */
void forecaster_posterior_block(struct forecaster *forecaster, size_t count,
                                const struct forecaster_series *series, double *log_likelihood,
                                double *weight, struct hierarchy_moments *moments);

/**
 * Draws paths of the count after the last observation, given the posterior weights of the series.
 *
 * A node is drawn from the posterior (systematically, then in random order); then for h = 1, 2, ...
 *     e_h = e_(h-1) + tau N(0, 1),  e_0 = 0,
 *     with probability pi the step is a shock of mean f M exp(e_h) + g and r = s, otherwise its
 *     mean is M exp(e_h) with the node's r,
 *     d ~ Poisson(Gamma(mean, r)),  y_h = y_(h-1) + d,
 * with the mean M of the step from the node's curve, e on top of the node's level, and tau the
 * random walk of a step. Draws of different series are independent.
 *
 * path: [steps][draws], written: path[h - 1][i] is draw i of the count h steps ahead.
 * steps <= max_horizon.
 */
void forecaster_draw(struct forecaster *forecaster, const struct forecaster_series *series,
                     const double *weight, struct random_stream *stream, size_t steps, size_t draws,
                     double *path);

#endif
