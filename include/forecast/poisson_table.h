/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Poisson deviates of any mean from tables of a few means.
 *
 * Sums of independent Poisson deviates are Poisson: a deviate of mean M is one of the largest
 * tabulated mean below M plus one of the small rest, which is mostly 0. No approximation is made
 * but that of rounding probabilities.
 */
#ifndef GROWCAST_POISSON_TABLE_H
#define GROWCAST_POISSON_TABLE_H

#include "random_bulk.h"

struct poisson_tables;

/** The caller owns the tables. */
struct poisson_tables *poisson_tables_create(void);
void poisson_tables_free(struct poisson_tables *tables);

/**
 * A deviate of Poisson(mean), mean >= 0: from the tables below 32, by Hoermann's transformed
 * rejection (PTRS, 1993, doi 10.1016/0167-6687(93)90997-4) above; the mean itself from 1e15, where
 * doubles do not hold all integers. u: uniform on (0, 1), used up; what more is needed comes from
 * `random`. u <= 1 - mean gives 0.
 */
double poisson_tables_draw(const struct poisson_tables *tables, struct random_bulk *random,
                           double u, double mean);

#endif
