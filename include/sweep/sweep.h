/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * A sweep: the grid of all combinations of the values in section [sweep], and what the results
 * over the grid say.
 *
 * Combinations are numbered with the last setting running fastest, as the dimensions of the
 * output. Functions of results take one number a combination, NaN where there is none.
 */
#ifndef GROWCAST_SWEEP_H
#define GROWCAST_SWEEP_H

#include "config.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>

enum { SWEEP_COMBINATIONS_MAX = 512, SWEEP_SHARDS_MAX = 100000 };

/** The parts of the work that combinations can have in common. */
enum sweep_stage {
    SWEEP_STAGE_WINDOW,     /**< the series as far as they are seen */
    SWEEP_STAGE_ESTIMATE,   /**< the point estimate of a model */
    SWEEP_STAGE_BOOTSTRAP,  /**< its bootstrap */
    SWEEP_STAGE_PRIOR,      /**< what the hierarchy learns from all series */
    SWEEP_STAGE_FORECASTER, /**< the hierarchical model with its tables */
    SWEEP_STAGE_FORECAST,   /**< posterior and forecast of a model */
    SWEEP_STAGES,
};

/** The shape of the grid. A plain value. */
struct sweep_grid {
    size_t settings;
    size_t extent[CONFIG_SWEEP_MAX];    /**< values of each setting */
    unsigned changes[CONFIG_SWEEP_MAX]; /**< 1 << stage for each stage that the setting changes */
    size_t combinations;                /**< product of the extents */
};

/** The grid of config.sweep. ERROR_USAGE without any setting, with more combinations than
 *  SWEEP_COMBINATIONS_MAX, or when a setting cannot be varied within one output. */
bool sweep_grid_make(const struct config *config, struct sweep_grid *grid, struct error *error);

/** Position of a combination's value among those of a setting. */
size_t sweep_grid_value(const struct sweep_grid *grid, size_t combination, size_t setting);

/** The first combination that has the same values of all settings that change the stage: the
 *  stage's result is the same for both. */
size_t sweep_grid_same(const struct sweep_grid *grid, enum sweep_stage stage, size_t combination);

/** Applies a combination's values to *config, which then sweeps nothing. */
void sweep_grid_apply(const struct sweep_grid *grid, size_t combination, struct config *config);

/** Reads "I/N", the I-th of N parts of a sweep's work, 1 <= I <= N <= SWEEP_SHARDS_MAX; false, and
 *  nothing changed, for anything else. */
bool sweep_read_shard(const char *text, size_t *shard, size_t *shards);

/**
 * Shares of the variance over the grid, all combinations weighing the same (Sobol 1993; Homma and
 * Saltelli 1996):
 *
 *     first_i = Var(E[y | x_i]) / Var(y),    total_i = 1 - Var(E[y | all x but x_i]) / Var(y).
 *
 * value: [combinations]. first, total: [settings], written; NaN if a value is NaN or all values
 * are the same. Returns Var(y), NaN if a value is NaN.
 */
double sweep_variance_shares(const struct sweep_grid *grid, const double *value, double *first,
                             double *total);

/** Least-squares slope of y against x over the pairs that are both finite; NaN without two
 *  different x. */
double sweep_slope(size_t count, const double *x, const double *y);

/** Spearman's and Kendall's (tau-b) rank correlations of the pairs that are both not NaN, ties
 *  taken into account; NaN with fewer than 3 pairs or only ties. */
double sweep_spearman(size_t count, const double *x, const double *y);
double sweep_kendall(size_t count, const double *x, const double *y);

#endif
