/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Tables of a complete output file of `growcast backtest`.
 */
#ifndef GROWCAST_SHOW_BACKTEST_H
#define GROWCAST_SHOW_BACKTEST_H

#include "store_read.h"
#include "table.h"

#include <stdbool.h>
#include <stdio.h>

enum show_backtest {
    SHOW_BACKTEST_METHODS,  /**< all metrics by origin and method, over all horizons */
    SHOW_BACKTEST_HORIZONS, /**< the ratio to drift3 by horizon */
    SHOW_BACKTEST_LENGTHS,  /**< the ratio to drift3 by the length known at the origin */
    SHOW_BACKTEST_CHOICES,  /**< what auto chose */
    SHOW_BACKTEST_NUMBER,
};

/** The words of enum show_backtest, by value, NULL-terminated. */
extern const char *const show_backtest_names[SHOW_BACKTEST_NUMBER + 1];

/** Whether the file is a backtest's. */
bool show_is_backtest(const struct store_reader *reader);

/** A table that the caller owns, or NULL with an ERROR_INPUT that names the variable which is
 *  missing or not as it should be. */
struct table *show_backtest(const struct store_reader *reader, enum show_backtest which,
                            struct error *error);

/** Writes all of them as text. */
bool show_backtest_write(const struct store_reader *reader, FILE *file, struct error *error);

#endif
