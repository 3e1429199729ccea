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
 * Tables fill as they are needed; those of large increments serve one series only. An entry does
 * not depend on when it is filled, so results do not depend on the series that came before.
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
    int32_t *first;    /**< [count] */
    double *weight[4]; /**< [count] each, of the entries first ... first + 3 */
};

struct increment_tables;

/** Tables for those first r of a grid that are at most `most`, and means up to exp(its largest A).
 *  Larger r take a denser table. grid is not kept. Caller owns. */
struct increment_tables *increment_tables_create(const struct hierarchy_model *model,
                                                 const struct grid *grid, double most);
void increment_tables_free(struct increment_tables *tables);

/** How many r of the grid the tables are for. */
size_t increment_tables_dispersions(const struct increment_tables *tables);

/** They are padded to a multiple of this. */
enum { INCREMENT_TABLE_LANES = VECTOR_CLONES_LANES };

/** Numbers a node takes in a sum: these r, padded. */
size_t increment_tables_lanes(const struct increment_tables *tables);

/** Begins another series. */
void increment_tables_open(struct increment_tables *tables);

/** Positions of ln M, [count]. */
void increment_tables_place(const struct increment_tables *tables, size_t count,
                            const double *log_mean, const struct increment_position *position);

/** sum[i * lanes + r] += ln p(increment | M_i, r) for count positions; padding gets 0. number: of
 *  the increment in its series, always the same until another series begins. */
void increment_tables_add(struct increment_tables *tables, size_t number, double increment,
                          size_t count, const struct increment_position *position, double *sum);

#endif
