/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The results of a sweep, one row for each combination and model, and what they say together.
 *
 * A row holds the estimates and forecasts of one model under one combination: the fields of
 * sweep_result_fields in their order, each with its extent in sweep_result.extent.
 */
#ifndef GROWCAST_SWEEP_RESULT_H
#define GROWCAST_SWEEP_RESULT_H

#include "config.h"
#include "result.h"
#include "series.h"
#include "sweep.h"

#include <stdbool.h>
#include <stddef.h>

enum { SWEEP_FIELDS = 9 };

/** The fields of a row, of result_table. */
extern const enum result_field sweep_result_fields[SWEEP_FIELDS];

/** Rows of a sweep. */
struct sweep_result {
    struct config config; /**< with its [sweep] */
    struct sweep_grid grid;
    const struct catalog *catalog; /**< the models; borrowed */
    size_t extent[SWEEP_FIELDS];   /**< doubles of each field */
    size_t row_length;
    double *row; /**< [combinations][models][row_length], NaN where not done; owned */
};

/** A result without rows. Release with sweep_result_free(). */
struct sweep_result sweep_result_make(const struct config *config, const struct sweep_grid *grid,
                                      const struct catalog *catalog);
void sweep_result_free(struct sweep_result *result);

/** Length of a row and the extents of its fields, without a result. */
size_t sweep_result_row_length(const struct config *config, size_t extent[SWEEP_FIELDS]);

/** Rows of analysis_model(), each with the fields of the stages of its name. */
struct sweep_result_parts {
    const double *estimate;
    const double *bootstrap;
    const double *forecast;
};

/** Takes a row from its parts. shift is added to mu: ln of a time unit of the combination in that
 *  of the sweep. */
void sweep_result_take(const struct config *config, const struct result_layout *layout,
                       const struct sweep_result_parts *parts, double shift, double *row);

/** Whether a row is that of a fit that failed. */
bool sweep_result_failed(const double *row);

/** The row of a model of which nothing was seen: everything is missing. */
void sweep_result_take_none(const struct config *config, double *row);

/** The numbers that are compared between combinations. */
enum sweep_quantity {
    SWEEP_FITNESS,   /**< ln lambda; missing where the data do not bound it from above */
    SWEEP_IMMEDIACY, /**< mu */
    SWEEP_LONGEVITY, /**< ln sigma */
    SWEEP_FORECAST,  /**< ln(1 + forecast count) at the longest horizon */
    SWEEP_QUANTITIES,
};

extern const char *const sweep_quantity_names[SWEEP_QUANTITIES + 1]; /**< NULL-terminated */

/** What a sweep says. All arrays are owned; Q: SWEEP_QUANTITIES. */
struct sweep_summary {
    double *spearman;     /**< [Q][combinations][combinations] over models */
    double *kendall;      /**< likewise */
    double *variance;     /**< [Q][models] over the grid; NaN unless there under all combinations
                           */
    double *first;        /**< [Q][settings] shares of the variances added up over models */
    double *total;        /**< likewise */
    double *compared;     /**< [Q] models with a variance */
    double *sensitivity;  /**< [models] rank by variance of fitness, 1: the most sensitive */
    double *elasticity;   /**< [models] d ln lambda / d ln m; NaN unless m is varied */
    double *rank;         /**< [combinations][organizations] by median fitness, 1: the largest */
    double *change_share; /**< [organizations] of pairs with another organization and of pairs of
                               combinations: share in which the two change places */
};

/** The summary of a result whose rows are all there. Release with sweep_summary_free(). */
struct sweep_summary sweep_summary_make(const struct sweep_result *result);
void sweep_summary_free(struct sweep_summary *summary);

#endif
