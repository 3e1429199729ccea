/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The order in which a sweep is worked on.
 *
 * An item is a model under a combination. A shard is an even part of all items, combination by
 * combination, so that it needs the priors of few. Its items come in passes, each over combinations
 * with no more hierarchical models than fit in memory (most sweeps have one), and in a pass one
 * model after the other, so that what a model's combinations have in common is at hand.
 */
#ifndef GROWCAST_SWEEP_ORDER_H
#define GROWCAST_SWEEP_ORDER_H

#include "sweep.h"

#include <stddef.h>
#include <stdint.h>

/** A plain value, the same bytes on all ranks. */
struct sweep_item {
    uint32_t combination;
    uint32_t place; /**< of the combination among those of the pass */
    uint32_t model;
};

struct sweep_pass {
    size_t end;          /**< of its items in the order; they begin at the end of the pass before */
    size_t combinations; /**< of which the shard has items */
    size_t *combination; /**< [combinations] increasing; owned */
};

struct sweep_order {
    size_t count;
    struct sweep_item *item; /**< [count] owned */
    size_t passes;
    struct sweep_pass *pass; /**< [passes] owned */
};

/** The shard-th of `shards` parts, 1 <= shard <= shards, in passes with at most `forecasters`
 *  groups of SWEEP_STAGE_FORECASTER. Release with sweep_order_free(). */
struct sweep_order sweep_order_make(const struct sweep_grid *grid, size_t models, size_t shard,
                                    size_t shards, size_t forecasters);
void sweep_order_free(struct sweep_order *order);

#endif
