/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Reading a shard of a sweep back, to join it with the others. */
#ifndef GROWCAST_STORE_SWEEP_READ_H
#define GROWCAST_STORE_SWEEP_READ_H

#include "provenance.h"
#include "store_read.h"
#include "sweep_result.h"

/** Which part a file is: part *shard of `shards`. ERROR_INPUT if it is not one. */
bool store_sweep_read_shard(const struct store_reader *reader, size_t *shard, size_t *shards,
                            struct error *error);

/**
 * The models of a shard as series of a single point, all that a sweep's output needs of them, with
 * the dates of the data. *catalog, empty before, is the caller's in any case.
 */
bool store_sweep_read_catalog(const struct store_reader *reader, struct catalog *catalog,
                              struct error *error);

/** Where a shard comes from. *provenance is the caller's if there was no error. */
bool store_sweep_read_provenance(const struct store_reader *reader, struct provenance *provenance,
                                 struct error *error);

/** Copies the rows of items begin .. end - 1 (combination * models + model) into result->row. */
bool store_sweep_read_rows(const struct store_reader *reader, struct sweep_result *result,
                           size_t begin, size_t end, struct error *error);

#endif
