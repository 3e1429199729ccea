/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Signs that daily counts declared cumulative are the running sum of a 30-day counter.
 *
 * With d(t) the true daily increments, the increments of such a sum are sums of 30 days and its
 * second differences x(t) = d(t) - d(t - 30). So
 *
 * - increments are smooth: |x| is a small part of them. True daily counts follow the week and
 *   scatter from day to day by a good part of themselves;
 * - x does not turn back on the next day. Of increments that scatter independently the second
 *   differences have an autocorrelation of -1/2 at lag 1;
 * - each day returns after 30 days with the opposite sign: an autocorrelation of -1/2 at lag 30,
 * less what a weekly rhythm contributes there and at lags 23 and 37, which fall on the same
 * weekday.
 *
 * None of them alone tells one series: the third scatters by 1.5 / sqrt(days) around 0 for
 * cumulative counts. On the download files published with arXiv 2502.15987 all three together tell
 * each file, and 9 of 10 series by themselves.
 */
#ifndef GROWCAST_READER_ECHO_H
#define GROWCAST_READER_ECHO_H

#include <stdbool.h>
#include <stddef.h>

/** What the signs are in one series, or in the median of many. */
struct reader_echo {
    double roughness; /**< mean |x| / mean increment */
    double next;      /**< autocorrelation r(1) of x */
    double echo;      /**< r(30) - (r(23) + r(37)) / 2 */
};

/**
 * Measures a series, count[n] of consecutive days that never decreases. For the autocorrelations x
 * is taken in units of its mean size in the 31 days around, up to 3 of them, so that no jump and no
 * period outweighs the rest. Returns false, *signs not filled, for less than 80 days and where
 * nothing varies.
 */
bool reader_echo_measure(const double *count, size_t n, struct reader_echo *signs);

/** The median of each sign over n > 0 series, whose order is changed. */
struct reader_echo reader_echo_median(struct reader_echo *signs, size_t n);

/** Whether these are the signs of a running sum. */
bool reader_echo_tells(const struct reader_echo *signs);

#endif
