/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep_order.h"

#include "memory.h"

#include <stdlib.h>

/* The items of a shard, combination by combination. */
struct part {
    size_t models;
    size_t begin, end;
    size_t first, last; /* combinations, last excluded */
};

static struct part part_of(size_t combinations, size_t models, size_t shard, size_t shards)
{
    size_t items = combinations * models;
    struct part part = {
        .models = models,
        .begin = items * (shard - 1) / shards,
        .end = items * shard / shards,
    };
    if (part.end > part.begin) {
        part.first = part.begin / models;
        part.last = (part.end - 1) / models + 1;
    }
    return part;
}

/* pass: [combinations], written; the groups of forecasters are numbered as they come. Returns the
   number of passes. */
static size_t divide(const struct sweep_grid *grid, const struct part *part, size_t forecasters,
                     size_t *pass)
{
    size_t groups = 0;
    for (size_t c = part->first; c < part->last; c++) {
        size_t same = sweep_grid_same(grid, SWEEP_STAGE_FORECASTER, c);
        size_t other = part->first;
        while (sweep_grid_same(grid, SWEEP_STAGE_FORECASTER, other) != same) {
            other++;
        }
        pass[c] = other < c ? pass[other] : groups++ / forecasters;
    }
    return (groups + forecasters - 1) / forecasters;
}

static void add_pass(struct sweep_order *order, const struct part *part, const size_t *pass_of)
{
    size_t number = order->passes++;
    struct sweep_pass *pass = &order->pass[number];
    pass->combination = memory_array(part->last - part->first, sizeof *pass->combination);
    for (size_t c = part->first; c < part->last; c++) {
        if (pass_of[c] == number) {
            pass->combination[pass->combinations++] = c;
        }
    }
    for (size_t model = 0; model < part->models; model++) {
        for (size_t place = 0; place < pass->combinations; place++) {
            size_t combination = pass->combination[place];
            size_t item = combination * part->models + model;
            if (item >= part->begin && item < part->end) {
                order->item[order->count++] =
                    (struct sweep_item){(uint32_t)combination, (uint32_t)place, (uint32_t)model};
            }
        }
    }
    pass->end = order->count;
}

struct sweep_order sweep_order_make(const struct sweep_grid *grid, size_t models, size_t shard,
                                    size_t shards, size_t forecasters)
{
    struct part part = part_of(grid->combinations, models, shard, shards);
    size_t *pass_of = memory_array(grid->combinations, sizeof *pass_of);
    size_t passes = divide(grid, &part, forecasters, pass_of);
    struct sweep_order order = {
        .item = memory_array(part.end - part.begin, sizeof *order.item),
        .pass = memory_array(passes, sizeof *order.pass),
    };
    while (order.passes < passes) {
        add_pass(&order, &part, pass_of);
    }
    free(pass_of);
    return order;
}

void sweep_order_free(struct sweep_order *order)
{
    for (size_t i = 0; i < order->passes; i++) {
        free(order->pass[i].combination);
    }
    free(order->pass);
    free(order->item);
    *order = (struct sweep_order){0};
}
