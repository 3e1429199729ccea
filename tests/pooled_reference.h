/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The posterior of one series by the plainest quadrature: the midpoint rule on a regular grid over
 * the box that holds the posterior, refined until it stands still.
 */
#ifndef GROWCAST_TESTS_POOLED_REFERENCE_H
#define GROWCAST_TESTS_POOLED_REFERENCE_H

#include "grid.h"
#include "hierarchy.h"
#include "memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pooled_reference {
    struct grid grid;
    double *weight; /* [stride] summed over r, adding up to 1 */
    double mean[GRID_AXES];
    double deviation[GRID_AXES];
};

/** nodes cells an axis, filling the box. */
static inline void pooled_reference_lay(struct grid *grid, size_t nodes, double box[GRID_AXES][2])
{
    grid->cells = nodes * nodes * nodes;
    grid->stride = (grid->cells + 7) / 8 * 8;
    grid->nodes = grid->stride * grid->dispersions;
    size_t repeat = 1;
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        double step = (box[axis][1] - box[axis][0]) / (double)nodes;
        grid->shape[axis] = nodes;
        grid->lower[axis] = box[axis][0] + step / 2;
        grid->upper[axis] = box[axis][1] - step / 2;
        grid->coordinate[axis] = memory_array(grid->stride, sizeof(double));
        for (size_t cell = 0; cell < grid->stride; cell++) {
            size_t index = (cell < grid->cells ? cell : grid->cells - 1) / repeat % nodes;
            grid->coordinate[axis][cell] = grid->lower[axis] + step * (double)index;
        }
        repeat *= nodes;
    }
}

static inline void pooled_reference_free(struct pooled_reference *reference)
{
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        free(reference->grid.coordinate[axis]);
    }
    free(reference->weight);
}

/** ln of the posterior at all nodes, up to a constant, less its largest; -infinity at padding. */
static inline double *pooled_reference_logs(const struct hierarchy_model *model,
                                            const struct grid *grid,
                                            const struct hierarchy_prior *prior, const double *mean,
                                            const struct hierarchy_series *series)
{
    const double *v = prior->covariance;
    double *sum = memory_array(grid->nodes, sizeof *sum);
    double *vector = memory_array(grid->nodes, sizeof *vector);
    double *step = memory_array(grid->stride, sizeof *step);
    for (size_t k = 1; k < series->count; k++) {
        hierarchy_mean(model, grid, series->age[k - 1], series->age[k], series->observed[k - 1],
                       step);
        hierarchy_increment_log_probability(model, grid, step,
                                            series->observed[k] - series->observed[k - 1], vector);
        for (size_t node = 0; node < grid->nodes; node++) {
            sum[node] += vector[node];
        }
    }
    double p[6] = {v[3] * v[5] - v[4] * v[4], v[2] * v[4] - v[1] * v[5], v[1] * v[4] - v[2] * v[3],
                   v[0] * v[5] - v[2] * v[2], v[1] * v[2] - v[0] * v[4], v[0] * v[3] - v[1] * v[1]};
    double determinant = v[0] * p[0] + v[1] * p[1] + v[2] * p[2];
    double largest = -HUGE_VAL;
    for (size_t node = 0; node < grid->nodes; node++) {
        size_t cell = node % grid->stride;
        double u[GRID_AXES];
        for (size_t axis = 0; axis < GRID_AXES; axis++) {
            u[axis] = grid->coordinate[axis][cell] - mean[axis];
        }
        double square = p[0] * u[0] * u[0] + p[3] * u[1] * u[1] + p[5] * u[2] * u[2] +
                        2 * (p[1] * u[0] * u[1] + p[2] * u[0] * u[2] + p[4] * u[1] * u[2]);
        sum[node] += log(prior->dispersion[node / grid->stride]) - square / determinant / 2;
        sum[node] = cell < grid->cells ? sum[node] : -HUGE_VAL;
        largest = fmax(largest, sum[node]);
    }
    for (size_t node = 0; node < grid->nodes; node++) {
        sum[node] -= largest;
    }
    free(vector);
    free(step);
    return sum;
}

/** Shrinks the box to the cells of nodes whose log is above -depth, and one around them. */
static inline void pooled_reference_shrink(const struct grid *grid, const double *logs,
                                           double depth, double box[GRID_AXES][2])
{
    size_t repeat = 1;
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        size_t nodes = grid->shape[axis];
        size_t least = nodes;
        size_t most = 0;
        for (size_t node = 0; node < grid->nodes; node++) {
            size_t cell = node % grid->stride;
            size_t index = cell / repeat % nodes;
            if (cell < grid->cells && logs[node] > -depth) {
                least = index < least ? index : least;
                most = index > most ? index : most;
            }
        }
        double step = (box[axis][1] - box[axis][0]) / (double)nodes;
        double lower = box[axis][0];
        box[axis][0] = least > 1 ? lower + step * (double)(least - 1) : lower;
        box[axis][1] = most + 2 < nodes ? lower + step * (double)(most + 2) : box[axis][1];
        repeat *= nodes;
    }
}

static inline void pooled_reference_weigh(struct pooled_reference *reference, const double *logs)
{
    const struct grid *grid = &reference->grid;
    double total = 0;
    reference->weight = memory_array(grid->stride, sizeof(double));
    for (size_t node = 0; node < grid->nodes; node++) {
        double weight = exp(logs[node]);
        reference->weight[node % grid->stride] += weight;
        total += weight;
    }
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        double mean = 0;
        double square = 0;
        for (size_t cell = 0; cell < grid->cells; cell++) {
            mean += reference->weight[cell] / total * grid->coordinate[axis][cell];
        }
        for (size_t cell = 0; cell < grid->cells; cell++) {
            double rest = grid->coordinate[axis][cell] - mean;
            square += reference->weight[cell] / total * rest * rest;
        }
        reference->mean[axis] = mean;
        reference->deviation[axis] = sqrt(square);
    }
    for (size_t cell = 0; cell < grid->stride; cell++) {
        reference->weight[cell] /= total;
    }
}

/** The posterior on nodes^3 cells, all increments with weight 1. The caller frees it. */
static inline struct pooled_reference
pooled_reference_make(const struct hierarchy_model *model, const struct grid *bounds,
                      const struct hierarchy_prior *prior, const double *mean,
                      const struct hierarchy_series *series, size_t nodes)
{
    enum { SEARCH = 24, SEARCHES = 7 };
    /* How far below the top a node is kept: generously while nodes are far apart. */
    static const double depth[SEARCHES] = {400, 200, 100, 60, 40, 25, 20};
    double box[GRID_AXES][2];
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        box[axis][0] = bounds->lower[axis];
        box[axis][1] = bounds->upper[axis];
    }
    struct pooled_reference reference = {.grid.dispersions = bounds->dispersions};
    memcpy(reference.grid.dispersion, bounds->dispersion, sizeof bounds->dispersion);
    for (size_t i = 0; i <= SEARCHES; i++) {
        pooled_reference_lay(&reference.grid, i < SEARCHES ? SEARCH : nodes, box);
        double *logs = pooled_reference_logs(model, &reference.grid, prior, mean, series);
        if (i < SEARCHES) {
            pooled_reference_shrink(&reference.grid, logs, depth[i], box);
            pooled_reference_free(&reference);
        } else {
            pooled_reference_weigh(&reference, logs);
        }
        free(logs);
    }
    return reference;
}

/** The posterior below x on one axis, a cell's own in the share of it that is below. */
static inline double pooled_reference_below(const struct pooled_reference *reference, size_t axis,
                                            double x)
{
    const struct grid *grid = &reference->grid;
    double width = (grid->upper[axis] - grid->lower[axis]) / (double)(grid->shape[axis] - 1);
    double share = 0;
    for (size_t cell = 0; cell < grid->cells; cell++) {
        double part = (x - grid->coordinate[axis][cell]) / width + 0.5;
        share += reference->weight[cell] * fmin(fmax(part, 0), 1);
    }
    return share;
}

#endif
