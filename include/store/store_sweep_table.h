/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The variables of a sweep's output that stand neither in result_table nor in store_table. */
#ifndef GROWCAST_STORE_SWEEP_TABLE_H
#define GROWCAST_STORE_SWEEP_TABLE_H

#include "store.h"

enum store_sweep_field {
    STORE_SWEEP_SETTING,
    STORE_SWEEP_QUANTITY,
    STORE_SWEEP_SPEARMAN,
    STORE_SWEEP_KENDALL,
    STORE_SWEEP_VARIANCE,
    STORE_SWEEP_FIRST,
    STORE_SWEEP_TOTAL,
    STORE_SWEEP_COMPARED,
    STORE_SWEEP_SENSITIVITY,
    STORE_SWEEP_ELASTICITY,
    STORE_SWEEP_RANK,
    STORE_SWEEP_CHANGE_SHARE,
    STORE_SWEEP_FIELD_COUNT,
};

extern const struct store_variable store_sweep_table[STORE_SWEEP_FIELD_COUNT];

#endif
