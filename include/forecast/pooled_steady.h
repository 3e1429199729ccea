/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * ln p(d | M, r) of the large r, which daily series have and whose distributions are narrow, summed
 * over the increments of a series at many points: from the formula, not from tables.
 *
 * With a = ln[(1 - pi) NB(d; M, r)], b = ln[pi NB(d; f M + g, s)], u the larger and v the smaller,
 *     ln p = u + ln(1 + exp(v - u)),
 * and the sum over increments is that of u plus the logarithm of the product of 1 + exp(v - u),
 * each between 1 and 2: one logarithm for hundreds of increments.
 */
#ifndef GROWCAST_POOLED_STEADY_H
#define GROWCAST_POOLED_STEADY_H

#include "hierarchy.h"

#include <stdbool.h>
#include <stddef.h>

struct pooled_steady;

/** For dispersion [dispersions], which is copied and may have none, and up to `most` points. Caller
 *  owns. */
struct pooled_steady *pooled_steady_create(const struct hierarchy_model *model, size_t dispersions,
                                           const double *dispersion, size_t most);
void pooled_steady_free(struct pooled_steady *steady);

/** The series whose increments are added next. */
void pooled_steady_open(struct pooled_steady *steady, const struct hierarchy_series *series);

/** All r take part again, until their probability is next to nothing at all of some 64 points. */
void pooled_steady_restart(struct pooled_steady *steady);

/** Sums of count points begin at 0. */
void pooled_steady_begin(struct pooled_steady *steady, size_t count);

/** Adds the increment that ends at point k of the series. mean: [count] M, all above 0. */
void pooled_steady_add(struct pooled_steady *steady, size_t k, size_t count, const double *mean);

/** log_sum[i] = ln(exp(log_sum[i]) + sum_r exp(log_probability_r + sum_ri)); without the first term
 *  unless `more`. */
void pooled_steady_join(struct pooled_steady *steady, const double *log_probability, bool more,
                        size_t count, double *log_sum);

#endif
