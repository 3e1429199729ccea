/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "grid.h"

#include "memory.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { PADDING = 8 };

/** Dispersions that only daily series need: their days vary little around a large mean. */
static const double daily_dispersion[] = {100, 1000, 10000};
enum { DAILY_DISPERSIONS = sizeof daily_dispersion / sizeof *daily_dispersion };

static double spacing(const struct grid *grid, size_t axis)
{
    size_t nodes = grid->shape[axis];
    return nodes > 1 ? (grid->upper[axis] - grid->lower[axis]) / (double)(nodes - 1) : 1;
}

/** Fills what follows from shape, bounds and dispersions. */
static void complete(struct grid *grid)
{
    grid->cells = grid->shape[0] * grid->shape[1] * grid->shape[2];
    grid->stride = (grid->cells + PADDING - 1) / PADDING * PADDING;
    grid->nodes = grid->dispersions * grid->stride;
    grid->log_volume = 0;
    size_t repeat = 1;
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        double step = spacing(grid, axis);
        grid->log_volume += log(step);
        grid->coordinate[axis] = memory_array(grid->stride, sizeof(double));
        for (size_t cell = 0; cell < grid->stride; cell++) {
            size_t inside = cell < grid->cells ? cell : grid->cells - 1;
            size_t index = inside / repeat % grid->shape[axis];
            grid->coordinate[axis][cell] = grid->lower[axis] + step * (double)index;
        }
        repeat *= grid->shape[axis];
    }
}

static void set_dispersions(struct grid *grid, const struct config_list *list)
{
    assert(list->count >= 1 && list->count + DAILY_DISPERSIONS <= GRID_DISPERSION_MAX);
    for (size_t r = 0; r < list->count; r++) {
        grid->dispersion[r] = list->value[r];
    }
    grid->dispersions = list->count;
}

struct grid *grid_create(const struct config_hierarchy *config, enum series_step step,
                         double largest_count)
{
    struct grid *grid = memory_array(1, sizeof *grid);
    *grid = (struct grid){
        .shape = {config->ultimate_nodes, config->immediacy_nodes, config->longevity_nodes},
        .lower = {config->ultimate_range.value[0], config->immediacy_range.value[0],
                  log(config->longevity_range.value[0])},
        .upper = {config->ultimate_range.value[1], config->immediacy_range.value[1],
                  log(config->longevity_range.value[1])},
    };
    set_dispersions(grid, &config->dispersions);
    if (step == SERIES_STEP_DAY) {
        double needed = largest_count > 0 ? log(10 * largest_count) : 0;
        double width = spacing(grid, GRID_ULTIMATE);
        while (grid->shape[GRID_ULTIMATE] > 1 && grid->upper[GRID_ULTIMATE] < needed) {
            grid->shape[GRID_ULTIMATE]++;
            grid->upper[GRID_ULTIMATE] += width;
        }
        for (size_t r = 0; r < DAILY_DISPERSIONS; r++) {
            if (daily_dispersion[r] > grid->dispersion[grid->dispersions - 1]) {
                grid->dispersion[grid->dispersions++] = daily_dispersion[r];
            }
        }
    }
    complete(grid);
    return grid;
}

struct grid *grid_create_line(double lower, double upper, size_t nodes,
                              const struct config_list *dispersions)
{
    struct grid *grid = memory_array(1, sizeof *grid);
    *grid = (struct grid){.shape = {nodes, 1, 1}, .lower = {lower}, .upper = {upper}};
    set_dispersions(grid, dispersions);
    complete(grid);
    return grid;
}

void grid_free(struct grid *grid)
{
    if (grid != NULL) {
        for (size_t axis = 0; axis < GRID_AXES; axis++) {
            free(grid->coordinate[axis]);
        }
        free(grid);
    }
}
