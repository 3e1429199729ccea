/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Refitting many replicates of one model: the inner loop of the bootstrap.
 *
 * An engine is one `const struct engine`: `gsl` (the reference, one replicate at a time) and
 * `batched` (replicates as SIMD lanes). Both minimise the same cost from the same start, so that
 * they agree wherever the minimum is determined.
 */
#ifndef GROWCAST_ENGINE_H
#define GROWCAST_ENGINE_H

#include "config.h"
#include "fit.h"
#include "growth.h"

#include <stddef.h>

/** How one refit ended. */
enum refit_status {
    REFIT_CONVERGED = 0,
    REFIT_RIDGE = 1,      /**< converged in cost, but lambda is not identified by this replicate */
    REFIT_FAILED = 2,     /**< no minimum within the allowed evaluations; values are NaN */
    REFIT_DEGENERATE = 3, /**< the replicate has nothing to fit, e.g. all zero; values are NaN */
};

/** One model's replicates. All arrays are borrowed. */
struct refit_request {
    enum config_fit_method method;
    size_t count;                   /**< points per replicate */
    const double *time;             /**< [count] ages in the unit of mu, shared by all replicates */
    double scale;                   /**< m, in counts */
    struct growth_parameters start; /**< the point estimate, where every refit begins */
    double dispersion; /**< r of the point estimate, start of the likelihood method's r */
    size_t replicates;
    const double *observed; /**< [replicates][count] cumulative counts of each replicate */
    const double *weight;   /**< [replicates][count] or NULL for 1 (case bootstrap) */
};

/** Results, one element a replicate; arrays are the caller's. */
struct refit_result {
    double *fitness;   /**< [replicates] lambda */
    double *immediacy; /**< [replicates] mu */
    double *longevity; /**< [replicates] sigma */
    double *cost;      /**< [replicates] half the weighted sum of squares, or minus ln likelihood */
    unsigned char *status; /**< [replicates] enum refit_status */
};

struct engine {
    const char *name; /**< its word in fit.engine */
    void *(*create)(size_t max_points);
    void (*free)(void *workspace);
    void (*refit)(void *workspace, const struct refit_request *request,
                  const struct refit_result *result);
};

const struct engine *engine_of(enum config_engine engine);

#endif
