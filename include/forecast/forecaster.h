/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * One hierarchical model from learning to forecasting: the posterior of hierarchy.h with a prior
 * learned from a sample of series, and draws from the predictive distribution.
 *
 * The prior is learned from series that have gained something, and most never do. Beside the series
 * of the model there are therefore dormant ones, whose count stays 0. With their share w and e_i
 * the prior's probability of nothing but zeros for as long as series i is known, such a series is
 * dormant with probability
 *     q_i = w / (w + (1 - w) e_i),
 * and a series that has a count is not. w is the maximum of
 *     prod_(all zeros) (w + (1 - w) e_i) prod_(others) (1 - w).
 *
 * Learning can be spread over ranks without changing a bit. The sample is cut into blocks of
 * HIERARCHY_BLOCK series, and rank r of n holds the blocks r, r + n, ...: it does their E step. The
 * moments of all series, in sample order, come together on rank 0, which does the M step; the prior
 * goes back to everyone.
 */
#ifndef GROWCAST_FORECASTER_H
#define GROWCAST_FORECASTER_H

#include "config.h"
#include "grid.h"
#include "hierarchy.h"
#include "pooled.h"
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
    size_t draws;       /**< paths of a forecast */
    uint64_t seed;      /**< of the walk */
};

/** The configured settings for series of a step. */
struct forecaster_settings forecaster_settings_make(const struct config *config,
                                                    enum series_step step);

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

/** The present prior, and a place for one received from another rank. */
const struct hierarchy_prior *forecaster_prior(const struct forecaster *forecaster);
/** offset: [organizations][GRID_AXES], zero unless pool = organization; read and write. */
double *forecaster_offset(struct forecaster *forecaster);
void forecaster_set_prior(struct forecaster *forecaster, const struct hierarchy_prior *prior);

/** Gives a forecaster the prior and the offsets that another of the same grid and organizations
 *  has learned. */
void forecaster_take_prior(struct forecaster *forecaster, const struct forecaster *other);

/**
 * How the ranks that learn together exchange what they have; learning_exchange() makes one.
 */
struct forecaster_exchange {
    size_t rank;
    size_t size;
    void *context;
    /** Brings every rank's `size` bytes together on rank 0, one rank after the other, in all. Only
     *  rank 0's `all` is written. */
    void (*gather)(void *context, const void *bytes, size_t size, void *all);
    /** Copies rank 0's bytes to all. */
    void (*broadcast)(void *context, void *bytes, size_t size);
};

/** The sample of series that teach the prior; empty when settings.pool is POOL_NONE. */
struct hierarchy_sample forecaster_sample(const struct forecaster *forecaster, size_t count,
                                          const struct forecaster_series *series, uint64_t seed);

/**
 * Learns the prior from a sample, [count] in the order of forecaster_sample(), the same on every
 * rank. exchange: NULL in a single process. objective: [em_steps] J of each step's prior, written
 * on rank 0, or NULL.
 */
void forecaster_learn(struct forecaster *forecaster, size_t count,
                      const struct forecaster_series *series,
                      const struct forecaster_exchange *exchange, double *objective);

/**
 * Learns the share of dormant series from those with at least 3 increments, whatever their count
 * (above settings.sample a fixed random sample of them), once the rest of the prior is there.
 * series: [count], of rank 0; other ranks' are not looked at. exchange: as above. Collective.
 */
void forecaster_learn_dormant(struct forecaster *forecaster, size_t count,
                              const struct forecaster_series *series, uint64_t seed,
                              const struct forecaster_exchange *exchange);

/** q_i of a series; 0 for one that has a count. */
double forecaster_dormant(struct forecaster *forecaster, const struct forecaster_series *series);

/**
 * The posterior of one series with the forecasting discount. weight: [grid->nodes], written.
 * log_likelihood: [grid->nodes], scratch.
 */
struct hierarchy_moments forecaster_posterior(struct forecaster *forecaster,
                                              const struct forecaster_series *series,
                                              double *log_likelihood, double *weight);

/** The same for up to HIERARCHY_BLOCK series at once, whose vectors then are in the cache.
 *  log_likelihood: [count][grid->nodes], scratch; weight: the same, moments: [count], written. */
void forecaster_posterior_block(struct forecaster *forecaster, size_t count,
                                const struct forecaster_series *series, double *log_likelihood,
                                double *weight, struct hierarchy_moments *moments);

/**
 * The published posterior of one series' parameters (pooled.h): all increments with weight 1.
 * quantile: [POOLED_QUANTITIES][quantiles], written, at probability [quantiles], with times in
 * months.
 */
struct pooled_posterior forecaster_pooled(struct forecaster *forecaster,
                                          const struct forecaster_series *series,
                                          const double *probability, size_t quantiles,
                                          double *quantile);

/**
 * Draws paths of the count after the last observation, given the posterior weights of the series.
 *
 * A share forecaster_dormant() of the paths stays where it is. For the others a node is drawn from
 * the posterior (systematically, then in random order); then for h = 1, 2, ...
 *     e_h = e_(h-1) + tau z_h,  e_0 = 0,  z_h standard normal,
 *     with probability pi the step is a shock of mean f M exp(e_h) + g and r = s, otherwise its
 *     mean is M exp(e_h) with the node's r,
 *     d ~ Poisson(Gamma(mean, r)),  y_h = y_(h-1) + d,
 * with the mean M of the step from the node's curve, e on top of the node's level, and tau the
 * random walk of a step. Draw i of all series has the same e: what no curve foresees, such as the
 * growth of the whole ecosystem, comes over all of them, and the sum of many series has to show it.
 * All else is independent between series.
 *
 * path: [steps][draws], written: path[h - 1][i] is draw i of the count h steps ahead, with draws of
 * the settings. steps <= max_horizon.
 */
void forecaster_draw(struct forecaster *forecaster, const struct forecaster_series *series,
                     const double *weight, struct random_stream *stream, size_t steps,
                     double *path);

#endif
