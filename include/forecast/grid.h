/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The nodes on which the hierarchical posterior lives.
 *
 * A cell is a point (A, mu, ln sigma): A = ln(ultimate count), mu in ln(months), so that
 * lambda = ln(1 + exp(A) / m). A node is a cell together with a dispersion r. A, not ln lambda, is
 * the coordinate because it stays identified along the ridge on which lambda does not.
 */
#ifndef GROWCAST_GRID_H
#define GROWCAST_GRID_H

#include "config.h"
#include "series.h"

#include <stddef.h>

enum { GRID_AXES = 3, GRID_DISPERSION_MAX = 12 };

enum grid_axis { GRID_ULTIMATE, GRID_IMMEDIACY, GRID_LONGEVITY };

/**
 * Cells run with A fastest, ln sigma slowest, and are padded to `stride`, a multiple of 8, by
 * copies of the last cell, which every weight leaves out. Node (r, cell) has index
 * r * stride + cell.
 */
struct grid {
    size_t shape[GRID_AXES]; /**< nodes an axis */
    double lower[GRID_AXES]; /**< first node */
    double upper[GRID_AXES]; /**< last node; equal to lower when the axis has one node */
    size_t cells;
    size_t stride;
    size_t dispersions;
    double dispersion[GRID_DISPERSION_MAX]; /**< r, increasing */
    size_t nodes;                           /**< dispersions * stride */
    double log_volume;                      /**< ln of a cell's volume; a single node counts 1 */
    double *coordinate[GRID_AXES];          /**< [stride] each, owned */
};

/**
 * The configured grid for series of a step. Daily series reach larger counts and have steadier
 * days: their A extends to ln(10 * largest_count) at the configured spacing, and r goes up to 1e4.
 * The caller owns it.
 */
struct grid *grid_create(const struct config_hierarchy *config, enum series_step step,
                         double largest_count);

/** A grid over A alone, a single (mu, ln sigma): for models whose mean is exp(A). */
struct grid *grid_create_line(double lower, double upper, size_t nodes,
                              const struct config_list *dispersions);

void grid_free(struct grid *grid);

#endif
