/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Bootstrap replicates of one series.
 *
 * Replicate b of a series is a pure function of (seed, name, b), the data and the fit: it is drawn
 * from the stream (seed, RANDOM_BOOTSTRAP, name hash, b), wherever and in whatever order.
 *
 *   parametric-nb       y*_0 = y_0, y*_k = y*_(k-1) + d_k, d_k ~ NB(M_k, r), independent,
 *                       M_k = max(c(t_k) - c(t_(k-1)), 1e-9), r the fit's dispersion
 *                       (infinite or missing: Poisson)
 *   parametric-poisson  the same with r infinite
 *   residual            y*_k = c(t_k) + e_j, j uniform over the points after age 0, e the residuals
 *                       y - c(t) of those points minus their mean
 *   block               the same with e taken in runs of block_length successive residuals whose
 *                       beginnings are uniform over all possible ones (moving blocks, Kuensch 1989,
 *                       doi 10.1214/aos/1176347265); the last run is cut
 *   case                y* = y with weights: how often each point after age 0 came up among as
 *                       many uniform draws as there are such points
 *
 * The point at age 0, where every curve is 0, is no source of information: it keeps its count (and
 * weight 1), and its residual is not among those that are resampled.
 *
 * The residual methods may give falling or negative counts. Least squares needs no more than real
 * numbers, and cutting them would bias the replicates upwards, so they are left as they are; for
 * likelihoods of increments (source.monotone) each count is raised to the largest one before it,
 * and to the first count at least 0.
 */
#ifndef GROWCAST_REPLICATE_H
#define GROWCAST_REPLICATE_H

#include "config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What replicates are drawn from. Arrays are borrowed as long as replicates are generated. */
struct replicate_source {
    enum config_bootstrap_method method;
    size_t count;           /**< points, at least 1 */
    const double *time;     /**< [count] ages, increasing, >= 0, in any unit */
    const double *observed; /**< [count] cumulative counts */
    const double *fitted;   /**< [count] the fitted curve at the ages, finite */
    double dispersion;      /**< r of the fit; infinite or NaN: Poisson */
    size_t block_length;    /**< of method block, at least 1; cut to the number of residuals */
    bool monotone;          /**< counts must not fall, see above */
    uint64_t seed;          /**< run.seed */
    uint64_t name_hash;     /**< random_name_hash() of the model */
};

/** The generator's tables, reused from series to series; its memory is at most about 40 KB a point
 *  of the longest series, and typically a tenth of it. */
struct replicate_generator;

struct replicate_generator *replicate_generator_create(void);
void replicate_generator_free(struct replicate_generator *generator);

/** Whether the method expresses replicates by weights. */
bool replicate_is_weighted(enum config_bootstrap_method method);

/** Builds the tables for source, which is copied (its arrays are not). */
void replicate_prepare(struct replicate_generator *generator,
                       const struct replicate_source *source);

/**
 * Replicates first, ..., first + replicates - 1 of the prepared source.
 * observed: [replicates][count], written. weight: [replicates][count], written if the method is
 * weighted, else not used and may be NULL.
 */
void replicate_generate(const struct replicate_generator *generator, uint64_t first,
                        size_t replicates, double *observed, double *weight);

#endif
