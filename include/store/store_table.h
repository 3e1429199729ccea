/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The variables of a run's output other than the per-model ones of result.h: coordinates, labels,
 * organizations, densities, histograms and the prior. One table, as in result.c.
 */
#ifndef GROWCAST_STORE_TABLE_H
#define GROWCAST_STORE_TABLE_H

#include "store.h"

/** In the order of the file; those from STORE_REPLICATE_FITNESS on belong to group /bootstrap. */
enum store_field {
    STORE_MODEL_NAME,
    STORE_ORGANIZATION_NAME,
    STORE_ORGANIZATION_INDEX,
    STORE_RELEASE_DATE,
    STORE_AGE,
    STORE_HORIZON,
    STORE_QUANTILE,
    STORE_MILESTONE,
    STORE_THRESHOLD,
    STORE_OBSERVED_COUNT,
    STORE_FITTED_COUNT,
    STORE_REPLICATE_FITNESS,
    STORE_REPLICATE_IMMEDIACY,
    STORE_REPLICATE_LONGEVITY,
    STORE_FIELD_COUNT,
};

extern const struct store_variable store_table[STORE_FIELD_COUNT];

#endif
