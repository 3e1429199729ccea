/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Ensembles of series with known parameters.
 *
 * A model comes from a row of a table of parameters or from a population, and its monthly counts
 * are drawn around its curve. Model number i is a pure function of the configuration, the table and
 * i: all random numbers come from streams keyed by (run.seed, name), so that ensembles of different
 * sizes share their first models and no model depends on another.
 *
 * The population is Gaussian in (ln ultimate count, mu, ln sigma) with m = 30 and t in months:
 *
 *     mean        4.6, 2.15, 0.51
 *     deviation   2.6, 1.6, 0.47
 *     correlation 0.22 (ultimate, mu), -0.09 (ultimate, sigma), -0.40 (mu, sigma)
 *
 * These are the empirical Bayes estimates (15 EM steps on a grid, shocks included) for the 595
 * fine-tune series with at least 3 steps and 3 fine-tunes in the data published with
 * arXiv 2502.15987. Organization k of K has a share of the models in proportion to 1/k.
 */
#ifndef GROWCAST_SIMULATE_H
#define GROWCAST_SIMULATE_H

#include "config.h"
#include "error.h"
#include "growth.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIMULATE_NAME_SIZE = 256 };

/** Where a model's parameters come from. */
enum simulate_origin { SIMULATE_FROM_TABLE, SIMULATE_FROM_POPULATION };

/** The truth about one simulated series: a plain value. */
struct simulate_model {
    char name[SIMULATE_NAME_SIZE];
    char organization[SIMULATE_NAME_SIZE];
    enum simulate_origin origin;
    struct growth_parameters parameters;
    double scale;               /**< m that the parameters belong to, counts */
    enum config_time_unit unit; /**< unit of t that they belong to; STEP is a month */
    double dispersion;          /**< r of the noise; infinite: Poisson; NaN: no noise */
    int32_t release_date;       /**< days since 1970-01-01; SERIES_NO_DATE: to be drawn */
    size_t length;              /**< months observed after the release */
};

/** A table of parameters. */
struct simulate_table {
    size_t count;
    size_t capacity;
    struct simulate_model *model; /**< [count] owned; origin POPULATION: only the name counts */
};

/**
 * Reads simulate.parameters: a CSV file with a header. Columns, in any order: model, fitness,
 * immediacy, longevity; optional fitted (0: the fit failed, so the row's parameters mean nothing
 * and are replaced by a draw from the population), m and unit (else model.scale and
 * model.time_unit), dispersion (else simulate.dispersion), created_at, organization or company.
 * Other columns are ignored, so a file of truths can be read back. Errors (ERROR_INPUT) name
 * FILE:LINE. simulate_table_free releases *table in any case.
 */
bool simulate_table_read(const char *path, const struct config *config,
                         struct simulate_table *table, struct error *error);

void simulate_table_free(struct simulate_table *table);

/** An ensemble: the configuration and what is computed once from it. */
struct simulate_ensemble;

/** Reads the table, if there is one. NULL with *error filled on failure. config is borrowed. */
struct simulate_ensemble *simulate_ensemble_create(const struct config *config,
                                                   struct error *error);

void simulate_ensemble_free(struct simulate_ensemble *ensemble);

/** Number of models. */
size_t simulate_ensemble_count(const struct simulate_ensemble *ensemble);

/**
 * Model number i and its cumulative counts: count[k] at age k months, k = 0 .. model->length; room
 * for simulate.steps + 1. With noise M_k = c(k) - c(k-1) is the mean of the increment of month k;
 * without, count is the curve itself. Fails (ERROR_INPUT) if the curve exceeds 2^53, beyond which
 * counts are not exact.
 */
bool simulate_ensemble_draw(struct simulate_ensemble *ensemble, size_t i,
                            struct simulate_model *model, double *count, struct error *error);

#endif
