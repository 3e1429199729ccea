/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The output file of `growcast fit`.
 *
 * Order of use: store_run_create(), then store_run_rows() for slabs of STORE_SLAB consecutive
 * models (and store_run_replicates() where they are kept), the functions of store_summary.h for
 * organizations, densities and the prior, and store_complete(). What a file holds is a function of
 * the arguments alone; only the attribute `history` tells one execution from another.
 *
 * Per-model variables are those of result_table; all others are described in store_table.h.
 */
#ifndef GROWCAST_STORE_RUN_H
#define GROWCAST_STORE_RUN_H

#include "config.h"
#include "provenance.h"
#include "result.h"
#include "series.h"
#include "store.h"

/** The values along a dimension; borrowed, increasing. None: the dimension is left out. */
struct store_axis {
    size_t count;
    const double *value;
};

/** What is written; everything is borrowed and must outlive the store. */
struct store_run {
    const char *command; /**< "fit" */
    const struct config *config;
    const struct catalog *catalog; /**< one model a series, in this order */
    const struct result_layout *layout;
    const struct provenance *provenance;
    const char *history;         /**< of provenance_history() */
    double step_time;            /**< a step of the input in the unit of t: 1/12, month and year */
    size_t age_count;            /**< ages are 0, 1, ... in steps; beyond the largest observed */
    struct store_axis horizon;   /**< steps after the last observation */
    struct store_axis quantile;  /**< probabilities */
    struct store_axis milestone; /**< ages in steps */
    struct store_axis threshold; /**< counts */
    size_t skipped_rows;         /**< bad rows of the inputs that were left out */
};

/** A field of result_table as a variable of a file. */
struct store_variable store_run_variable(const struct result_descriptor *field);

/** Name of the unit of t: "month", "day" or "year". */
const char *store_run_time_unit(const struct config *config, enum series_step step);

/**
 * Opens the output and writes what is known beforehand: attributes, coordinates, labels, and the
 * definitions of all per-model variables. NULL on failure, with nothing left on disk.
 */
struct store *store_run_create(const char *path, const struct store_run *run, struct error *error);

/**
 * Writes models first .. first + count - 1: the per-model variables, observed_count and
 * fitted_count. rows: [count][layout->length].
 */
bool store_run_rows(struct store *store, const struct store_run *run, size_t first, size_t count,
                    const double *rows, struct error *error);

/**
 * Writes the bootstrap replicates of models first .. first + count - 1 to group /bootstrap.
 * fitness, immediacy, longevity: [count][replicates], NaN where a replicate has no fit.
 */
bool store_run_replicates(struct store *store, size_t first, size_t count, size_t replicates,
                          const double *fitness, const double *immediacy, const double *longevity,
                          struct error *error);

#endif
