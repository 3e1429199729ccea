/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Tables of a complete output file of `growcast sweep`. */
#ifndef GROWCAST_SHOW_SWEEP_H
#define GROWCAST_SHOW_SWEEP_H

#include "store_read.h"
#include "table.h"

#include <stdbool.h>

enum show_sweep {
    SHOW_SWEEP_SETTINGS,      /**< shares of variance by quantity and setting */
    SHOW_SWEEP_MODELS,        /**< the most sensitive first */
    SHOW_SWEEP_ORGANIZATIONS, /**< those that change places most often first */
    SHOW_SWEEP_NUMBER,
};

/** The words of enum show_sweep, by value, NULL-terminated. */
extern const char *const show_sweep_names[SHOW_SWEEP_NUMBER + 1];

/** Whether the file is a sweep's, and whole. */
bool show_is_sweep(const struct store_reader *reader);

/** A table that the caller owns, of at most `rows` models or organizations (0: all); or NULL with
 *  an ERROR_INPUT that names the variable which is missing or not as it should be. */
struct table *show_sweep(const struct store_reader *reader, enum show_sweep which, size_t rows,
                         struct error *error);

#endif
