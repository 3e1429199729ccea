/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Quantiles of a sample by linear interpolation between order statistics (type 7 of Hyndman and
 * Fan 1996, doi 10.1080/00031305.1996.10473566; the default of R and numpy):
 *
 *     Q(p) = x_(j) + f (x_(j+1) - x_(j)),   (n - 1) p = j + f,  j integer, 0 <= f < 1
 *
 * with x_(0) <= ... <= x_(n-1) the values that are not NaN. NaN marks a failed replicate: it is
 * left out, and how many are left is returned. Infinite values are ordinary: a quantile that
 * reaches one is infinite. The result is a function of the values alone, not of their order.
 */
#ifndef GROWCAST_QUANTILE_H
#define GROWCAST_QUANTILE_H

#include <stddef.h>

/** The two order statistics around one quantile, and how far it lies between them. */
struct quantile_bracket {
    double lower;    /**< x_(j) */
    double upper;    /**< x_(j+1), or x_(j) where f is 0 */
    double fraction; /**< f, in [0, 1) */
};

/** Moves the values that are not NaN to the front of values[count], keeping their order, and
 *  returns their number. */
size_t quantile_compact(double *values, size_t count);

/**
 * The brackets of count values, none of them NaN, count >= 1; values is reordered.
 * probability: [quantiles], in [0, 1]. bracket: [quantiles], written.
 *
 * A bracket serves every increasing function g of the values: quantile_of of (g(lower), g(upper),
 * fraction) is the quantile of the g(x), without computing g for the whole sample.
 */
void quantile_brackets(double *values, size_t count, const double *probability, size_t quantiles,
                       struct quantile_bracket *bracket);

/** The quantile of a bracket. */
double quantile_of(const struct quantile_bracket *bracket);

/**
 * The quantiles of values[count], which is reordered; NaN if no value is left.
 * probability: [quantiles], as above. quantile: [quantiles], written.
 * Returns the number of values that are not NaN.
 */
size_t quantile_sample(double *values, size_t count, const double *probability, size_t quantiles,
                       double *quantile);

#endif
