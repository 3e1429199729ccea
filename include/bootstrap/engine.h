/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Refitting many replicates of one model: the inner loop of the bootstrap.
 *
 * An engine is one `const struct engine`: `gsl` (the reference, one replicate at a time) and
 * `batched` (replicates as SIMD lanes). Both minimise the same cost from the same start, so that
 * they agree wherever the minimum is determined.
 *
 * The cost, over all points k of a replicate with weights w_k (1 where NULL):
 *
 *     least-squares      1/2 sum w_k (c(t_k) - y_k)^2
 *     paper              the same, with mu >= 0
 *     negative-binomial  - sum over k >= 1 of w_k ln NB(max(y_k - y_{k-1}, 0); M_k, r), minimised
 *                        over r in [FIT_DISPERSION_MINIMUM, infinity] too; M_k of likelihood.h
 *
 * It is minimised over lambda <= FIT_FITNESS_LIMIT (fit.h), where a minimum always exists: a
 * descent that passes the limit goes on with lambda held there, and that is its point of the ridge.
 *
 * The bits of the batched engine's results depend on its instruction set and on the replicate
 * alone: not on the position in a request, nor on the number of replicates.
 */
#ifndef GROWCAST_ENGINE_H
#define GROWCAST_ENGINE_H

#include "config.h"
#include "fit.h"
#include "growth.h"
#include "instruction_set.h"

#include <stdbool.h>
#include <stddef.h>

/**
 * How one refit ended.
 *
 * On a ridge lambda, mu and sigma grow without bound while height and slope of the curve stay what
 * the data say, and the cost falls ever more slowly. Engines stop at different places of it, so
 * the verdict is taken from the curve, not from the path: a refit is on a ridge when its curve has
 * at the last age covered less than REFIT_RIDGE_SHARE of its logarithmic rise,
 *     Phi((ln t_last - mu) / sigma) < REFIT_RIDGE_SHARE.
 * (With 20 counts at m = 30 this asks for lambda > 51, an ultimate count above 1e23.) The values
 * of such a refit are finite and describe a curve of the stated cost; they are one point of the
 * ridge, so lambda is to be read as "larger than any bound".
 */
enum refit_status {
    REFIT_CONVERGED = 0,
    REFIT_RIDGE = 1,      /**< converged in cost, but lambda is not identified by this replicate */
    REFIT_FAILED = 2,     /**< no minimum within the allowed evaluations; values are NaN */
    REFIT_DEGENERATE = 3, /**< nothing to fit: no count above 0 (likelihood: no increment above 0)
                               or fewer than 3 points of positive weight and age; values are NaN */
};

#define REFIT_RIDGE_SHARE 0.01

/**
 * One model's replicates, or many starts of one problem. All arrays are borrowed.
 *
 * A bootstrap has many `observed` and one `start`. A multi-start fit has one `observed` (shared)
 * and many `starts`.
 */
struct refit_request {
    enum config_fit_method method;
    size_t count;                   /**< points per replicate */
    const double *time;             /**< [count] ages in the unit of mu, shared by all replicates */
    double scale;                   /**< m, in counts */
    struct growth_parameters start; /**< the point estimate, where every refit begins */
    const struct growth_parameters *starts; /**< [replicates], or NULL: all begin at `start` */
    double dispersion; /**< r of the point estimate, start of the likelihood method's r */
    size_t replicates;
    bool rough;  /**< few evaluations are enough, and values are kept whatever the status: they are
                      where another descent goes on (batched engine only) */
    bool shared; /**< observed and weight are one [count], the same for all replicates */
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
    /** Room for replicates of up to max_points points; `set` is for engines with vector code. */
    void *(*create)(size_t max_points, enum instruction_set set);
    void (*free)(void *workspace);
    void (*refit)(void *workspace, const struct refit_request *request,
                  const struct refit_result *result);
    /** A scout for point estimates that works in this workspace, and dies with it; NULL: none. */
    const struct fit_scout *(*scout)(void *workspace);
};

const struct engine *engine_of(enum config_engine engine);

#endif
