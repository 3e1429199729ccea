/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What every output says about itself: its subject, where it comes from, and the data's dates. */
#ifndef GROWCAST_STORE_IDENTITY_H
#define GROWCAST_STORE_IDENTITY_H

#include "provenance.h"
#include "series.h"
#include "store.h"

/** Everything is borrowed for the call. */
struct store_identity {
    const char *title;
    const char *summary;
    const char *keywords;
    const char *comment;
    const char *command; /**< "fit" */
    const struct provenance *provenance;
    const char *history; /**< of provenance_history() */
    const struct catalog *catalog;
};

/** Writes the attributes of the file. */
bool store_identity_put(struct store *store, const struct store_identity *identity,
                        struct error *error);

#endif
