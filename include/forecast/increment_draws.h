/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Increments drawn from their distribution, many at a time:
 *
 *     d ~ Poisson(G f M + G g),  G ~ Gamma(s, mean 1),  with probability pi (a shock),
 *     d ~ Poisson(G M),          G ~ Gamma(r, mean 1),  otherwise,
 *
 * which is (1 - pi) NB(d; M, r) + pi NB(d; f M + g, s). Gamma deviates come from tables of their
 * quantiles, Poisson deviates from tables of their probabilities, and both for all the increments
 * of a step in one loop. pi counts in multiples of 2^-32.
 */
#ifndef GROWCAST_INCREMENT_DRAWS_H
#define GROWCAST_INCREMENT_DRAWS_H

#include "grid.h"
#include "hierarchy.h"
#include "random_bulk.h"

#include <stddef.h>
#include <stdint.h>

/** Tables, and scratch memory. */
struct increment_draws;

/** For the dispersions of a grid and up to `most` increments at a time. The caller owns it. */
struct increment_draws *increment_draws_create(const struct hierarchy_model *model,
                                               const struct grid *grid, size_t most);
void increment_draws_free(struct increment_draws *draws);

/** Adds an increment of dispersion grid->dispersion[r] and ordinary mean expected[j] to
 *  total[place[j]], for all j < count. expected, place: [count]; places differ. */
void increment_draws_add(struct increment_draws *draws, struct random_bulk *random, size_t r,
                         size_t count, const double *expected, const uint32_t *place,
                         double *total);

#endif
