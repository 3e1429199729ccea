/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Gamma deviates of mean 1 by inversion, from tables of a few shapes.
 *
 * A deviate is the linear interpolation of the quantile function between knots, so that its
 * distribution function is the gamma's at every knot. Knots are the 1024ths of the probability and,
 * in the outermost 16 cells of both sides, sixteenths of powers of two of the smaller tail, down to
 * 2^-53. Between knots the smaller tail is off by less than 0.002 of itself for shapes from 1/4,
 * and never by more than 3e-5.
 */
#ifndef GROWCAST_GAMMA_TABLE_H
#define GROWCAST_GAMMA_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum {
    GAMMA_TABLE_CELLS = 1024,
    GAMMA_TABLE_OUTER = 16, /**< cells of each side that the tails take over */
    GAMMA_TABLE_KNOTS = GAMMA_TABLE_CELLS + 1,
};

/** Tables of Gamma(shape, mean 1). */
struct gamma_tables {
    size_t count;
    double *inner; /**< [count][GAMMA_TABLE_KNOTS] at i / 1024; unused in the outer cells; owned */
    double *tail;  /**< owned */
};

/** Makes tables; shape: [count], above 0. Free them with gamma_tables_free(). */
struct gamma_tables gamma_tables_create(size_t count, const double *shape);
void gamma_tables_free(struct gamma_tables *tables);

/** The deviate of a table whose lower (upper) tail is p: p at most that of the outer cells, give or
 *  take rounding; below 2^-53 the deviate is that at 2^-53. */
double gamma_tables_tail(const struct gamma_tables *tables, size_t table, bool upper, double p);

#endif
