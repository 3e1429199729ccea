/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What a run found beyond its single models, in the file of store_run.h: organizations, densities
 * of the parameters and of the counts, and the prior of the hierarchy.
 *
 * Each function writes one group of variables, with their dimensions, and is called at most once.
 * Everything is borrowed for the call. Missing values are NaN.
 */
#ifndef GROWCAST_STORE_SUMMARY_H
#define GROWCAST_STORE_SUMMARY_H

#include "density.h"
#include "grid.h"
#include "hierarchy.h"
#include "organization.h"
#include "store.h"

/** Sums and quantiles by organization; rows as in organization.h. NULL: not computed, left out. */
struct store_organizations {
    const struct organization_grid *grid;
    const struct organization_counts *counts;
    const double *fitted_count;       /**< [organization] models with fit_status fitted */
    const double *fitness_quantile;   /**< [organization][quantile] of the point estimates */
    const double *immediacy_quantile; /**< [organization][quantile] */
    const double *longevity_quantile; /**< [organization][quantile] */
    const double *age_quantile;       /**< [organization][age][quantile] of replicate sums */
    const double *date_quantile;      /**< [organization][date][quantile] of replicate sums */
    const double *forecast_quantile;  /**< [organization][horizon][quantile] of joint forecasts */
};

bool store_put_organizations(struct store *store, const struct store_organizations *organizations,
                             struct error *error);

/** The distribution of one parameter over models, by organization. */
struct store_distribution {
    const struct density_grid *grid;
    const struct density_rows *rows;
    size_t bins;
    const double *edge;      /**< [bins + 1] of density_histogram_edges() */
    const double *histogram; /**< [organization][bins] numbers of models */
};

struct store_densities {
    struct store_distribution fitness;
    struct store_distribution immediacy;
    struct store_distribution longevity;
    const double *rank_correlation;   /**< [organization][3][3] of density_rank_correlation() */
    const double *rank_correlation_n; /**< [organization] */
    size_t organizations;             /**< rows of everything */
    size_t milestones;
    const struct density_grid *count_grid;
    const struct density_rows *count; /**< [milestones] with zeros; of the models inside
                                           density.fitness_range */
};

bool store_put_densities(struct store *store, const struct store_densities *densities,
                         struct error *error);

/** The prior that the models of this run share. models: how many taught it. */
bool store_put_prior(struct store *store, const struct hierarchy_prior *prior,
                     const struct grid *grid, size_t models, struct error *error);

#endif
