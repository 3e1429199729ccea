/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collect_series.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>

static bool is_wanted(const struct collect_link *link, unsigned wanted)
{
    unsigned relations =
        link->relations == COLLECT_UNSPECIFIED ? COLLECT_FINETUNE : link->relations;
    return (relations & wanted) != 0;
}

/* A stamp that no model carries yet. */
static uint32_t new_stamp(struct collect_lineage *lineage)
{
    if (++lineage->stamp == 0) {
        memset(lineage->seen, 0, lineage->model_count * sizeof *lineage->seen);
        lineage->stamp = 1;
    }
    return lineage->stamp;
}

/* Goes through the distinct bases that a model has by a wanted relation: counts the model among
   their children, or stores it there. */
static void visit_bases(struct collect_lineage *lineage, const struct collect *collect,
                        uint32_t model, unsigned wanted, bool store)
{
    uint32_t stamp = new_stamp(lineage);
    for (uint32_t i = collect->model[model].first_link; i != COLLECT_NONE;
         i = collect->link[i].next) {
        uint32_t base = collect->link[i].base;
        if (!is_wanted(&collect->link[i], wanted) || lineage->seen[base] == stamp) {
            continue;
        }
        lineage->seen[base] = stamp;
        if (base == model) {
            lineage->self_references += store ? 0 : 1;
        } else if (store) {
            lineage->child[lineage->offset[base]++] = model;
        } else {
            lineage->offset[base + 1]++;
            lineage->base_count[model]++;
        }
    }
}

void collect_lineage_make(struct collect_lineage *lineage, const struct collect *collect,
                          unsigned relations, size_t depth)
{
    size_t count = collect->model_count;
    *lineage = (struct collect_lineage){
        .model_count = count,
        .depth = depth,
        .offset = memory_array(count + 1, sizeof *lineage->offset),
        .base_count = memory_array(count, sizeof *lineage->base_count),
        .seen = memory_array(count, sizeof *lineage->seen),
        .queue = memory_array(count, sizeof *lineage->queue),
    };
    for (uint32_t model = 0; model < count; model++) {
        visit_bases(lineage, collect, model, relations, false);
    }
    for (size_t i = 0; i < count; i++) {
        bool missing = lineage->offset[i + 1] > 0 && !collect->model[i].described;
        lineage->missing_bases += missing ? 1 : 0;
        lineage->offset[i + 1] += lineage->offset[i];
    }
    lineage->child = memory_array(lineage->offset[count], sizeof *lineage->child);
    for (uint32_t model = 0; model < count; model++) {
        visit_bases(lineage, collect, model, relations, true);
    }
    /* Storing has moved each offset to the beginning of the next model's children. */
    memmove(lineage->offset + 1, lineage->offset, count * sizeof *lineage->offset);
    lineage->offset[0] = 0;
}

/* Appends the children of a model that the search has not come by yet; returns the new count. */
static size_t append_children(struct collect_lineage *lineage, uint32_t model, size_t count)
{
    for (uint32_t i = lineage->offset[model]; i < lineage->offset[model + 1]; i++) {
        uint32_t child = lineage->child[i];
        if (lineage->seen[child] != lineage->stamp) {
            lineage->seen[child] = lineage->stamp;
            lineage->queue[count++] = child;
        }
    }
    return count;
}

size_t collect_lineage_descendants(struct collect_lineage *lineage, uint32_t model,
                                   const uint32_t **models)
{
    lineage->seen[model] = new_stamp(lineage);
    size_t count = append_children(lineage, model, 0);
    size_t done = 0;
    for (size_t generation = 1; generation < lineage->depth && done < count; generation++) {
        size_t end = count;
        for (; done < end; done++) {
            count = append_children(lineage, lineage->queue[done], count);
        }
    }
    *models = lineage->queue;
    return count;
}

void collect_lineage_free(struct collect_lineage *lineage)
{
    free(lineage->offset);
    free(lineage->child);
    free(lineage->base_count);
    free(lineage->seen);
    free(lineage->queue);
    *lineage = (struct collect_lineage){0};
}
