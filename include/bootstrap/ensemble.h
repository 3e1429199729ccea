/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The bootstrap of one model: replicates (replicate.h), their refits (engine.h), and what is
 * reported of them.
 *
 * How a refit enters, by its status (enum refit_status):
 *
 *   converged   as it is
 *   ridge       a valid minimum that says "fitness is larger than any bound", and so are immediacy
 *               and longevity, which grow with it; where an engine stopped on the ridge means
 *               nothing. It enters the quantiles as +infinity: the quantile of probability p is
 *               infinite exactly when the ridge replicates reach down to it, and finite quantiles
 *               are independent of the engine. Counted in bootstrap_ridges.
 *   failed, degenerate   left out of the quantiles and counted in bootstrap_failures. (Degenerate
 *               replicates, e.g. all zero, have nothing to fit; the quantiles are conditional on a
 *               replicate that has.)
 *
 * Within the observed ages a ridge replicate's curve is as well determined as any: it enters sums
 * of curves as it is. A replicate without a fit enters them with the curve of the point estimate,
 * so that every replicate of a sum has the same models.
 */
#ifndef GROWCAST_ENSEMBLE_H
#define GROWCAST_ENSEMBLE_H

#include "config.h"
#include "engine.h"
#include "fit.h"
#include "result.h"

#include <stdbool.h>
#include <stddef.h>

/** The data and the fit of one model. All is borrowed for the call. */
struct ensemble_problem {
    const char *name;       /**< the model; keys its random streams */
    size_t count;           /**< points */
    const double *time;     /**< [count] ages in the unit of mu */
    const double *observed; /**< [count] cumulative counts */
    double scale;           /**< m, in counts */
    const struct fit_estimate *estimate;
};

/** Takes the replicates' curves of one model. */
struct ensemble_sink {
    void *context;
    /** Called for every point in turn. curve: [replicates] fitted cumulative counts at the
     * problem's age `point`, finite, valid during the call. */
    void (*add)(void *context, size_t point, const double *curve, size_t replicates);
};

/** Workspace of bootstraps, reused from model to model. */
struct ensemble;

/**
 * A workspace for series of up to max_points points, of
 * about 8 replicates (max_points + 10) bytes (2 max_points for method case) plus the engine's and
 * the tables of replicate.h. config and engine are borrowed as long as it lives. The caller owns
 * it.
 */
struct ensemble *ensemble_create(const struct config *config, const struct engine *engine,
                                 size_t max_points, enum instruction_set set);
void ensemble_free(struct ensemble *ensemble);

/** The engine's scout for point estimates, which dies with the ensemble; NULL: none. */
const struct fit_scout *ensemble_scout(const struct ensemble *ensemble);

/**
 * Bootstraps one model and writes the quantiles and the counts of failures and ridges to its row
 * (length layout->length). sink: NULL if nobody needs the curves.
 *
 * Returns false, with row untouched and nothing given to the sink, if there is nothing to do: no
 * replicates configured, or no fitted, finite point estimate.
 */
bool ensemble_run(struct ensemble *ensemble, const struct ensemble_problem *problem,
                  const struct result_layout *layout, double *row,
                  const struct ensemble_sink *sink);

/** The refits of the last model that ensemble_run() returned true for, by replicate; owned by the
 *  ensemble and valid until the next run. */
const struct refit_result *ensemble_refits(const struct ensemble *ensemble);

#endif
