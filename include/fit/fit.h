/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Point estimates of the growth curve's three parameters.
 *
 * A method is one `const struct fit_method` in a file of its own (fit_least_squares.c,
 * fit_negative_binomial.c, fit_paper.c). It maps a problem to an estimate; it never fails
 * otherwise than by a status, and it never reports a start value as a result without saying so.
 */
#ifndef GROWCAST_FIT_H
#define GROWCAST_FIT_H

#include "config.h"
#include "growth.h"

#include <stddef.h>

/**
 * Where estimation stops. As lambda and sigma (or lambda and mu) grow together the curve tends to a
 * finite limit, so that a cost may fall for ever while the parameters mean nothing. Least squares
 * and maximum likelihood are therefore taken over lambda <= FIT_FITNESS_LIMIT: a minimum always
 * exists, and one on the limit is a stated stopping place. Likewise sigma >= FIT_LONGEVITY_MINIMUM,
 * where the curve is a step between any two ages, and r >= FIT_DISPERSION_MINIMUM.
 */
#define FIT_FITNESS_LIMIT      1e6
#define FIT_LONGEVITY_MINIMUM  1e-4
#define FIT_DISPERSION_MINIMUM 1e-3

/** How a fit ended; the values are written to the output, append only. */
enum fit_status {
    FIT_FITTED = 0,          /**< converged to a minimum */
    FIT_ALL_ZERO = 1,        /**< no count above zero: nothing to fit */
    FIT_TOO_SHORT = 2,       /**< fewer observations than parameters */
    FIT_NOT_CONVERGED = 3,   /**< the optimiser stopped without reaching a minimum */
    FIT_NUMERICAL_ERROR = 4, /**< no finite cost anywhere on the start grid */
    FIT_STATUS_COUNT,
};

/** What a reader of the estimate must know; bits written to the output, append only. */
enum fit_flag {
    FIT_FITNESS_UNBOUNDED = 1 << 0, /**< the profile likelihood has no upper bound on lambda */
    FIT_AT_BOUND = 1 << 1,          /**< a parameter stands at a bound of the method */
    FIT_START_RETURNED = 1 << 2,    /**< zero gradient at the start value, which was returned */
    FIT_STEP_LIKE = 1 << 3,         /**< one step holds most of the total count */
    FIT_SHORT_SERIES = 1 << 4,      /**< fewer observations than fit.short_series */
    FIT_LOW_COUNT = 1 << 5,         /**< last count below fit.low_count */
    FIT_LEFT_CENSORED = 1 << 6,     /**< the release date is not known, only bounded */
    FIT_PRIOR_ONLY = 1 << 7,        /**< no increments: the pooled values are the prior's */
    FIT_GRID_EDGE = 1 << 8,         /**< the pooled posterior piles up at the edge of its grid */
};

/**
 * The data of one fit. All arrays are borrowed. Points at t = 0 are allowed: the curve is 0 there
 * and they add a constant to the cost. Likelihood methods use the increments between successive
 * points, conditional on the first.
 */
struct fit_problem {
    size_t count;           /**< number of points */
    const double *time;     /**< [count] ages in the unit of mu, increasing, >= 0 */
    const double *observed; /**< [count] cumulative counts */
    const double *weight;   /**< [count] weights >= 0, or NULL for 1 */
    double scale;           /**< m, in counts */
};

struct fit_estimate {
    enum fit_status status;
    unsigned flags;                      /**< enum fit_flag */
    struct growth_parameters parameters; /**< NaN unless there is an estimate */
    double dispersion;     /**< r of NB(M, r), variance M + M^2/r; infinite: Poisson; NaN: none.
                                Where the method has none: the most likely given its curve */
    double rmse;           /**< root mean squared error over all points, counts */
    double log_likelihood; /**< of the increments under the fitted curve and dispersion */
};

/** Scratch memory of fits, reused from series to series. */
struct fit_workspace;

/** Fewest points after release that a series needs to be fitted. */
size_t fit_fewest_points(const struct config_fit *config);

/** Room for problems of up to max_points points. The caller owns it. */
struct fit_workspace *fit_workspace_create(size_t max_points);
void fit_workspace_free(struct fit_workspace *workspace);

/**
 * Goes ahead of a search, many starts at a time. What it finds is confirmed by a descent of the
 * search's own, which decides. Arrays are the caller's.
 */
struct fit_scout {
    void *context;
    /** Ranks starts. For each node (mu, sigma) the closed-form lambda, sum w Phi ln(1 + y/m) /
     *  sum w Phi^2 with w = weight (1 + y/m)^2, and what the method ranks the curve by: lower is
     *  better, infinite for a lambda that is not in (0, FIT_FITNESS_LIMIT]. */
    void (*score)(void *context, enum config_fit_method method, const struct fit_problem *problem,
                  size_t nodes, const double *immediacy, const double *longevity, double *fitness,
                  double *cost);
    /** Goes down from starts; the cost is infinite where that failed. */
    void (*descend)(void *context, enum config_fit_method method, const struct fit_problem *problem,
                    size_t count, const struct growth_parameters *starts,
                    struct growth_parameters *ends, double *cost);
};

/** Gives a workspace a scout for its searches, borrowed; NULL takes it away. */
void fit_workspace_set_scout(struct fit_workspace *workspace, const struct fit_scout *scout);

/** A fitting method: documentation and function pointers. */
struct fit_method {
    const char *name;        /**< its word in fit.method */
    const char *description; /**< one line for --help and the output's attributes */
    /** Fits problem; fills status, parameters, dispersion and method flags of *estimate. */
    void (*estimate)(const struct config_fit *config, const struct fit_problem *problem,
                     struct fit_workspace *workspace, struct fit_estimate *estimate);
};

const struct fit_method *fit_method_of(enum config_fit_method method);

/**
 * The estimate of one series by the configured method, complete: status, flags (data flags and
 * the profile likelihood's verdict included), parameters, dispersion, rmse, log-likelihood.
 */
void fit_series(const struct config_fit *config, const struct fit_problem *problem,
                struct fit_workspace *workspace, struct fit_estimate *estimate);

#endif
