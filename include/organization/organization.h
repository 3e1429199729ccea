/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What is known about organizations: observed counts summed over their models by age and by
 * calendar date, and quantiles of the models' parameters. organization_sums.h has the sums of
 * bootstrap replicates.
 *
 * Every array with an organization dimension has one row for each of the catalog's organizations,
 * in its order, and a last row "all" over all series.
 */
#ifndef GROWCAST_ORGANIZATION_H
#define GROWCAST_ORGANIZATION_H

#include "series.h"

#include <stddef.h>
#include <stdint.h>

/** The name of the last entry of the organization dimension. */
#define ORGANIZATION_ALL "all"

/**
 * The ages and dates at which sums are taken.
 *
 * Ages are 0, 1, ..., age_count - 1 steps; a point belongs to the nearest. Dates go in steps of a
 * month (the same day of the month as the end date, or the month's last day) or a day back from
 * the catalog's end date, the last of them, to the first one not after the earliest release. There
 * are none if no series has a release date.
 */
struct organization_grid {
    enum series_step step;
    size_t organization_count; /**< rows: the catalog's organizations and "all" */
    size_t age_count;
    size_t date_count;
    int32_t *date; /**< [date_count] days since 1970-01-01, increasing; owned */
};

/** The grid of a finished catalog. Release with organization_grid_free(). */
struct organization_grid organization_grid_make(const struct catalog *catalog);
void organization_grid_free(struct organization_grid *grid);

/** Index of the age of a point, in steps. */
size_t organization_age_index(double age);

/**
 * Index of the first date of the grid that is not before a point, from which on the point counts;
 * date_count if there is none. The point at age k of a series with monthly steps stands k calendar
 * months after its release (calendar_add_months), a fraction of a month as that share of 30.4375
 * days; with daily steps k days. release_date must not be SERIES_NO_DATE.
 */
size_t organization_date_index(const struct organization_grid *grid, int32_t release_date,
                               double age);

/** Sums of observed counts. All arrays are owned. */
struct organization_counts {
    double *model_count; /**< [organization] number of series */
    double *by_age;      /**< [organization][age] sum over the series observed at that age; NaN
                              where there are none */
    double *by_age_n;    /**< [organization][age] number of series observed at that age */
    double *by_date;     /**< [organization][date] sum of each series' last count at or before the
                              date; after its last point a series keeps its last count; series
                              without a release date are left out */
    double *by_date_n;   /**< [organization][date] number of series released and observed by then */
};

/** The sums over a catalog, in its order. Release with organization_counts_free(). */
struct organization_counts organization_counts_make(const struct catalog *catalog,
                                                    const struct organization_grid *grid);
void organization_counts_free(struct organization_counts *counts);

/** The models of each organization. Arrays are owned. */
struct organization_groups {
    size_t rows;   /**< organizations and "all" */
    size_t models; /**< all models */
    size_t *model; /**< [models] indices of models, organization by organization */
    size_t *begin; /**< [rows] where each organization begins in it; begin[rows - 1] is its end */
};

/** Groups models by the index of their organization, organization[models], each below rows - 1.
 *  Release with organization_groups_free(). */
struct organization_groups organization_groups_make(const size_t *organization, size_t models,
                                                    size_t rows);
void organization_groups_free(struct organization_groups *groups);

/** Copies the values of a row's models (of all models for the last row) that are not NaN to
 *  sample, room for [models], and returns their number. value: [models]. */
size_t organization_sample(const struct organization_groups *groups, size_t row,
                           const double *value, double *sample);

/**
 * Quantiles of the models' point estimates by organization.
 * value: [models] an estimate, NaN for models without one (not fitted). probability: [quantiles],
 * not decreasing. quantile: [rows][quantiles], written, NaN for rows without a value. value_count:
 * [rows], written: how many values each row has (organization_fitted_count).
 */
void organization_value_quantiles(const struct organization_groups *groups, const double *value,
                                  const double *probability, size_t quantiles, double *quantile,
                                  double *value_count);

#endif
