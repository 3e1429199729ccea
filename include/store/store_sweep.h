/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The output file of `growcast sweep`: one dimension for each varied setting, then the model; and
 * that of one shard of it, which has the same without the summaries.
 */
#ifndef GROWCAST_STORE_SWEEP_H
#define GROWCAST_STORE_SWEEP_H

#include "provenance.h"
#include "store.h"
#include "sweep_result.h"

/** What is written; everything is borrowed for the call. */
struct store_sweep {
    const struct sweep_result *result;
    const struct sweep_summary *summary; /**< NULL: a shard */
    const struct provenance *provenance;
    const char *history;
    const char *shard; /**< "2/8", or NULL: the whole */
};

enum { STORE_SWEEP_DIMENSIONS_SIZE = (CONFIG_SWEEP_MAX + 2) * CONFIG_SWEEP_NAME_SIZE };

/** Writes the dimensions of a field of the rows: the settings', then its own. */
void store_sweep_dimensions(const struct sweep_result *result, size_t field,
                            char dimensions[STORE_SWEEP_DIMENSIONS_SIZE]);

/** Writes the file, which then exists whole or not at all. */
bool store_sweep_write(const char *path, const struct store_sweep *sweep, struct error *error);

#endif
