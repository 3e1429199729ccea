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

#endif
