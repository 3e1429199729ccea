/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store_summary.h"

#include "memory.h"
#include "store_summary_table.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/** Writes a variable unless it was not computed. */
static bool put_known(struct store *store, const struct store_variable *variable,
                      const double *values, struct error *error)
{
    return values == NULL || store_put(store, variable, values, error);
}

static bool put_dates(struct store *store, const struct organization_grid *grid,
                      struct error *error)
{
    double *date = memory_array(grid->date_count, sizeof *date);
    for (size_t i = 0; i < grid->date_count; i++) {
        date[i] = grid->date[i];
    }
    bool done = store_dimension(store, "date", grid->date_count, error) &&
                store_put(store, &store_organization_table[STORE_DATE], date, error);
    free(date);
    return done;
}

bool store_put_organizations(struct store *store, const struct store_organizations *organizations,
                             struct error *error)
{
    const struct organization_counts *counts = organizations->counts;
    const double *const values[STORE_ORGANIZATION_FIELD_COUNT] = {
        [STORE_ORGANIZATION_MODEL_COUNT] = counts->model_count,
        [STORE_ORGANIZATION_FITTED_COUNT] = organizations->fitted_count,
        [STORE_ORGANIZATION_COUNT] = counts->by_age,
        [STORE_ORGANIZATION_COUNT_N] = counts->by_age_n,
        [STORE_ORGANIZATION_COUNT_QUANTILE] = organizations->age_quantile,
        [STORE_ORGANIZATION_CALENDAR_COUNT] = counts->by_date,
        [STORE_ORGANIZATION_CALENDAR_COUNT_N] = counts->by_date_n,
        [STORE_ORGANIZATION_CALENDAR_COUNT_QUANTILE] = organizations->date_quantile,
        [STORE_ORGANIZATION_FITNESS_QUANTILE] = organizations->fitness_quantile,
        [STORE_ORGANIZATION_IMMEDIACY_QUANTILE] = organizations->immediacy_quantile,
        [STORE_ORGANIZATION_LONGEVITY_QUANTILE] = organizations->longevity_quantile,
        [STORE_ORGANIZATION_FORECAST_QUANTILE] = organizations->forecast_quantile,
    };
    bool done = put_dates(store, organizations->grid, error);
    for (size_t i = 0; i < STORE_ORGANIZATION_FIELD_COUNT && done; i++) {
        done = put_known(store, &store_organization_table[i], values[i], error);
    }
    return done;
}

/** The bins' edges as bounds, and their middles on the axis of the density. */
static bool put_bins(struct store *store, const struct store_variable *table,
                     const struct store_distribution *distribution, struct error *error)
{
    size_t bins = distribution->bins;
    const double *edge = distribution->edge;
    double *middle = memory_array(bins, sizeof *middle);
    double *bounds = memory_array(2 * bins, sizeof *bounds);
    for (size_t i = 0; i < bins; i++) {
        bounds[2 * i] = edge[i];
        bounds[2 * i + 1] = edge[i + 1];
        middle[i] = distribution->grid->logarithmic ? sqrt(edge[i]) * sqrt(edge[i + 1])
                                                    : (edge[i] + edge[i + 1]) / 2;
    }
    bool done = store_dimension(store, table[STORE_BIN].name, bins, error) &&
                store_put(store, &table[STORE_BIN], middle, error) &&
                store_put(store, &table[STORE_BIN_BOUNDS], bounds, error);
    free(middle);
    free(bounds);
    return done;
}

static bool put_distribution(struct store *store, enum store_parameter parameter,
                             const struct store_distribution *distribution, struct error *error)
{
    const struct store_variable *table = store_distribution_table[parameter];
    const struct density_grid *grid = distribution->grid;
    const struct density_rows *rows = distribution->rows;
    return store_dimension(store, table[STORE_GRID].name, grid->points, error) &&
           store_put(store, &table[STORE_GRID], grid->value, error) &&
           store_put(store, &table[STORE_DENSITY], rows->density, error) &&
           store_put(store, &table[STORE_BANDWIDTH], rows->bandwidth, error) &&
           store_put(store, &table[STORE_DENSITY_N], rows->n, error) &&
           put_bins(store, table, distribution, error) &&
           store_put(store, &table[STORE_HISTOGRAM], distribution->histogram, error);
}

/** [milestone][organization][width] of separate arrays as [organization][milestone][width]. */
static double *interleave(const double *const *values, size_t milestones, size_t organizations,
                          size_t width)
{
    double *all = memory_array(organizations * milestones * width, sizeof *all);
    for (size_t i = 0; i < organizations; i++) {
        for (size_t j = 0; j < milestones; j++) {
            memcpy(all + (i * milestones + j) * width, values[j] + i * width, width * sizeof *all);
        }
    }
    return all;
}

static bool put_counts(struct store *store, const struct store_densities *densities,
                       struct error *error)
{
    const struct density_grid *grid = densities->count_grid;
    size_t milestones = densities->milestones;
    const double **parts = memory_array(4 * milestones, sizeof *parts);
    for (size_t j = 0; j < milestones; j++) {
        parts[j] = densities->count[j].density;
        parts[milestones + j] = densities->count[j].bandwidth;
        parts[2 * milestones + j] = densities->count[j].n;
        parts[3 * milestones + j] = densities->count[j].zeros;
    }
    bool done = store_dimension(store, "count_grid", grid->points, error) &&
                store_put(store, &store_density_table[STORE_COUNT_GRID], grid->value, error);
    static const enum store_density_field fields[4] = {
        STORE_COUNT_DENSITY, STORE_COUNT_DENSITY_BANDWIDTH, STORE_COUNT_DENSITY_N,
        STORE_COUNT_DENSITY_ZEROS};
    for (size_t k = 0; k < 4 && done; k++) {
        double *all = interleave(parts + k * milestones, milestones, densities->organizations,
                                 k == 0 ? grid->points : 1);
        done = store_put(store, &store_density_table[fields[k]], all, error);
        free(all);
    }
    free(parts);
    return done;
}

bool store_put_densities(struct store *store, const struct store_densities *densities,
                         struct error *error)
{
    static const char *const names[STORE_PARAMETER_COUNT] = {
        [STORE_FITNESS] = "fitness",
        [STORE_IMMEDIACY] = "immediacy",
        [STORE_LONGEVITY] = "longevity",
    };
    const struct store_variable *table = store_density_table;
    return store_dimension(store, "bound", 2, error) &&
           store_dimension(store, "parameter", STORE_PARAMETER_COUNT, error) &&
           store_dimension(store, "other_parameter", STORE_PARAMETER_COUNT, error) &&
           put_distribution(store, STORE_FITNESS, &densities->fitness, error) &&
           put_distribution(store, STORE_IMMEDIACY, &densities->immediacy, error) &&
           put_distribution(store, STORE_LONGEVITY, &densities->longevity, error) &&
           put_counts(store, densities, error) &&
           store_put_text(store, &table[STORE_PARAMETER_NAME], names, error) &&
           store_put_text(store, &table[STORE_OTHER_PARAMETER_NAME], names, error) &&
           store_put(store, &table[STORE_RANK_CORRELATION], densities->rank_correlation, error) &&
           store_put(store, &table[STORE_RANK_CORRELATION_N], densities->rank_correlation_n, error);
}

/** The symmetric matrix of the pairs 00 01 02 11 12 22, [3][3]. */
static void fill_covariance(const double pairs[HIERARCHY_PAIRS],
                            double matrix[GRID_AXES * GRID_AXES])
{
    size_t pair = 0;
    for (size_t i = 0; i < GRID_AXES; i++) {
        for (size_t j = i; j < GRID_AXES; j++) {
            matrix[i * GRID_AXES + j] = pairs[pair];
            matrix[j * GRID_AXES + i] = pairs[pair];
            pair++;
        }
    }
}

bool store_put_prior(struct store *store, const struct hierarchy_prior *prior,
                     const struct grid *grid, size_t models, struct error *error)
{
    static const char *const parameters[GRID_AXES] = {
        [GRID_ULTIMATE] = "log_ultimate_count",
        [GRID_IMMEDIACY] = "immediacy",
        [GRID_LONGEVITY] = "log_longevity",
    };
    static const char *const covariates[HIERARCHY_COVARIATES_MAX] = {
        "constant", "cohort", "size_known", "log_size", "instruct"};
    assert(prior->covariates <= HIERARCHY_COVARIATES_MAX);
    const struct store_variable *table = store_prior_table;
    double covariance[GRID_AXES * GRID_AXES];
    const double count = (double)models;
    fill_covariance(prior->covariance, covariance);
    return store_dimension(store, "prior_parameter", GRID_AXES, error) &&
           store_dimension(store, "other_prior_parameter", GRID_AXES, error) &&
           store_dimension(store, "prior_covariate", prior->covariates, error) &&
           store_dimension(store, "prior_size", grid->dispersions, error) &&
           store_put_text(store, &table[STORE_PRIOR_PARAMETER_NAME], parameters, error) &&
           store_put_text(store, &table[STORE_PRIOR_COVARIATE_NAME], covariates, error) &&
           store_put(store, &table[STORE_PRIOR_MEAN], prior->coefficient[0], error) &&
           store_put(store, &table[STORE_PRIOR_COEFFICIENT], prior->coefficient[0], error) &&
           store_put(store, &table[STORE_PRIOR_COVARIANCE], covariance, error) &&
           store_put(store, &table[STORE_PRIOR_SIZE], grid->dispersion, error) &&
           store_put(store, &table[STORE_PRIOR_SIZE_WEIGHT], prior->dispersion, error) &&
           store_put(store, &table[STORE_PRIOR_DORMANT_SHARE], &prior->dormant, error) &&
           store_put(store, &table[STORE_PRIOR_MODEL_COUNT], &count, error);
}
