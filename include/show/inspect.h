/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What is in an input, before anything is fitted: tables for `growcast show SERIES`.
 *
 * Rows with defects do not end the reading here: they are counted and shown. A series can be fitted
 * if it has a count above zero and at least fit_fewest_points() points after release.
 */
#ifndef GROWCAST_INSPECT_H
#define GROWCAST_INSPECT_H

#include "config.h"
#include "error.h"
#include "reader.h"
#include "series.h"
#include "show.h"
#include "table.h"

#include <stdbool.h>
#include <stddef.h>

enum inspect_table { INSPECT_INPUT, INSPECT_MODELS, INSPECT_ORGANIZATIONS, INSPECT_TABLE_COUNT };

/** Names of the tables, by value, NULL-terminated. */
extern const char *const inspect_table_names[INSPECT_TABLE_COUNT + 1];

/** What one series looks like. */
struct inspect_series {
    size_t zero_steps;   /**< points without a new count, age 0 aside */
    size_t gaps;         /**< ages between the first and the last that were not observed */
    size_t shocks;       /**< see inspect_series() */
    double largest_step; /**< largest share of the last count that came within one step */
    const char *defect;  /**< why it cannot be fitted, a static text, or NULL */
};

/** An input that was read; owns its catalog and report. */
struct inspect {
    const struct config *config; /**< borrowed */
    const char *path;            /**< borrowed */
    struct catalog catalog;
    struct reader_report report;
};

/** Reads a file or folder. ERROR_INPUT if there is no series in it. On success the caller owns
 *  *inspect (inspect_free()). */
bool inspect_read(const struct config *config, const char *path, struct inspect *inspect,
                  struct error *error);
void inspect_free(struct inspect *inspect);

/**
 * Describes a series. A shock is a step to the next observed age that brings at least 10 counts and
 * more than hierarchy.shock_factor times the mean of the three steps before it (as many as there
 * are, at least one) plus hierarchy.shock_offset; after a gap, steps are taken as evenly filled.
 */
struct inspect_series inspect_series(const struct config *config, const struct series *series);

/** The table, owned by the caller. NULL with ERROR_USAGE for an unknown organization or an order
 *  that needs estimates. */
struct table *inspect_table(const struct inspect *inspect, enum inspect_table which,
                            const struct show_selection *selection, struct error *error);

#endif
