/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Learning together: what forecaster_learn() needs to exchange, over the ranks of a run. */
#ifndef GROWCAST_LEARNING_H
#define GROWCAST_LEARNING_H

#include "error.h"
#include "forecaster.h"
#include "series.h"
#include "transport.h"

#include <stdbool.h>

/** An exchange over all ranks; transport is borrowed and must outlive its use. Every call of its
 *  functions is collective. */
struct forecaster_exchange learning_exchange(struct transport *transport);

/** Gives every rank a copy of rank 0's catalog, which other ranks then own (catalog_free());
 *  theirs must be empty before. Collective. */
bool learning_share_catalog(struct transport *transport, struct catalog *catalog,
                            struct error *error);

/**
 * Learns the forecaster's prior from a sample of rank 0's catalog (forecaster_sample()), over all
 * ranks; the same prior on every rank. *taught, on every rank: how many series taught it. With
 * fewer than min_series there is too little to learn from, and the prior stays the wide one that
 * EM starts from; *taught is then 0. Collective.
 */
bool learning_prior(struct transport *transport, struct forecaster *forecaster,
                    const struct catalog *catalog, uint64_t seed, size_t min_series, size_t *taught,
                    struct error *error);

#endif
