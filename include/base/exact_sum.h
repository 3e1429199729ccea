/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Sums of doubles whose bits do not depend on the order of the terms.
 *
 * Every term is rounded to the nearest multiple of a quantum q, a power of two, before it is
 * added. A double holds every multiple of q up to 2^53 q exactly, so as long as the magnitudes of
 * all terms together stay within the bound from which q was chosen, no addition rounds: partial
 * sums may be formed on any rank, in any order, and added with plain addition (MPI_SUM).
 *
 * Range and precision: q is the smallest power of two with bound <= 2^51 q (and never below
 * 2^-1000). Rounding moves a term by at most q / 2 <= bound * 2^-51, so N terms are off by at most
 * N * bound * 2^-51: for a million terms less than 1e-9 of the bound.
 *
 * Saturation: a term beyond its limit is replaced by the limit. The caller gives each term a limit
 * so that the limits of all terms of one sum add up to no more than the bound.
 */
#ifndef GROWCAST_EXACT_SUM_H
#define GROWCAST_EXACT_SUM_H

/** How the terms of one sum are rounded. A plain value, equal on all ranks. */
struct exact_sum {
    double quantum; /**< q */
    double shift;   /**< 1.5 * 2^52 q: adding and subtracting it rounds to a multiple of q */
};

/** The rounding for terms whose limits add up to at most bound, finite, >= 0. */
struct exact_sum exact_sum_make(double bound);

/** The term to be added for value: clamped to [-limit, limit] and rounded. NaN stays NaN.
 *  limit: finite, 0 <= limit <= bound. */
static inline double exact_sum_term(const struct exact_sum *sum, double value, double limit)
{
    value = value > limit ? limit : value;
    value = value < -limit ? -limit : value;
    return (value + sum->shift) - sum->shift;
}

#endif
