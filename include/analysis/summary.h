/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What a run says beyond its single models: organizations, densities, histograms, correlations,
 * computed from the models' point estimates and the replicate sums, and written to the store.
 */
#ifndef GROWCAST_SUMMARY_H
#define GROWCAST_SUMMARY_H

#include "analysis.h"
#include "series.h"
#include "store.h"

#include <stdbool.h>
#include <stddef.h>

/** Three numbers of each model, all that summaries need of its row. */
struct summary_estimates {
    size_t models;
    double *fitness;   /**< [models] lambda, NaN unless fit_status is fitted; owned */
    double *immediacy; /**< [models] mu; owned */
    double *longevity; /**< [models] sigma; owned */
    bool *bounded;     /**< [models] the data bound lambda from above; owned */
};

/** Room for `models` estimates. Release with summary_estimates_free(). */
struct summary_estimates summary_estimates_make(size_t models);
void summary_estimates_free(struct summary_estimates *estimates);

/** Takes the estimates of models first .. first + count - 1 from their rows, [count][row_length].
 */
void summary_estimates_take(struct summary_estimates *estimates, const struct result_layout *layout,
                            size_t first, size_t count, size_t row_length, const double *rows);

/** Sums by age and date with their replicate quantiles, joint forecasts, and quantiles of the
 * fitted models' parameters, by organization. A fitness without upper bound counts as infinite in
 * them, and so do its immediacy and longevity. */
bool summary_write_organizations(struct store *store, const struct analysis_plan *plan,
                                 const struct catalog *catalog,
                                 const struct summary_estimates *estimates,
                                 const struct analysis *analysis, struct error *error);

/**
 * Densities, histograms and rank correlations of the parameters, and densities of the counts at
 * the milestones. Of the parameters, only models whose fitness is bounded by their data take part:
 * the others' values say where an optimiser stopped.
 */
bool summary_write_densities(struct store *store, const struct analysis_plan *plan,
                             const struct catalog *catalog,
                             const struct summary_estimates *estimates, struct error *error);

#endif
