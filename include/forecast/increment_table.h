/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * ln p(d | M, r) of the hierarchy as a function of ln M alone, for all r at once.
 *
 * Whatever the age and the parameters of the curve, an increment's probability depends on its mean
 * M and on r. So one table over ln M for every increment serves all series, ages and nodes, however
 * these are placed. Between entries it is interpolated by cubics (Lagrange, four entries); entries
 * stand so densely that the error in ln p stays below about 0.004 where the distribution switches
 * between ordinary steps and shocks, and far below elsewhere. That is enough for posteriors that
 * are published to a few percent of their width, not for those that learn or forecast.
 *
 * Tables fill as they are needed. An entry does not depend on when that is, so results do not
 * depend on the series that came before.
 */
#ifndef GROWCAST_INCREMENT_TABLE_H
#define GROWCAST_INCREMENT_TABLE_H

#include "grid.h"
#include "hierarchy.h"
#include "vector_clones.h"

#include <stddef.h>
#include <stdint.h>

/** Where a mean stands in a table: between entries first + 1 and first + 2. */
struct increment_position {
    int32_t *first;   /**< [count] */
    double *fraction; /**< [count] of the way from first + 1 to first + 2 */
};

struct increment_tables;

/** Tables for the r of a grid and means up to exp(its largest A). grid is not kept. Caller owns. */
struct increment_tables *increment_tables_create(const struct hierarchy_model *model,
                                                 const struct grid *grid);
void increment_tables_free(struct increment_tables *tables);

/** The r of a grid are padded to a multiple of this. */
enum { INCREMENT_TABLE_LANES = VECTOR_CLONES_LANES };

/** Numbers a node takes in a sum: the r of the grid, padded. */
size_t increment_tables_lanes(const struct increment_tables *tables);

/** Positions of ln M, [count]. */
void increment_tables_place(const struct increment_tables *tables, size_t count,
                            const double *log_mean, const struct increment_position *position);

/** sum[i * lanes + r] += ln p(increment | M_i, r) for count positions; padding gets 0. */
void increment_tables_add(struct increment_tables *tables, double increment, size_t count,
                          const struct increment_position *position, double *sum);

#endif
