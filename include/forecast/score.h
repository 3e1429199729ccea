/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * How good forecasts are. Errors of counts are taken on ln(1 + count), so that a small series
 * weighs as much as a large one.
 */
#ifndef GROWCAST_SCORE_H
#define GROWCAST_SCORE_H

#include "random.h"

#include <stddef.h>
#include <stdint.h>

/** Probabilities of the quantiles that a scored forecast carries, and their number. */
enum { SCORE_QUANTILES = 7 };
extern const double score_probability[SCORE_QUANTILES]; /**< .025 .1 .25 .5 .75 .9 .975 */

/** One forecast of one method with what came true. A plain value. */
struct score_forecast {
    uint32_t model;   /**< index of the series */
    uint32_t origin;  /**< index of the origin */
    uint32_t method;  /**< index of the method */
    uint32_t horizon; /**< index of the horizon */
    uint32_t length;  /**< class of the length known at the origin */
    uint32_t known;   /**< increments known at the origin */
    double last;      /**< count at the origin */
    double value;     /**< the forecast (median) */
    double truth;     /**< the count that was reached */
    double scale;     /**< mean |increment| at the origin, counts a step */
    double pit_lower; /**< P(Y < truth); NaN without a distribution, as all that follows */
    double pit_upper; /**< P(Y <= truth) */
    double pit;       /**< randomised probability integral transform: uniform between the two */
    double quantile[SCORE_QUANTILES];
};

/** |ln(1 + value) - ln(1 + truth)|. */
double score_log_error(double value, double truth);

/** |value - truth| / truth; NaN when truth is 0. */
double score_percentage_error(double value, double truth);

/** |value - truth| / max(scale, 1/2), at most 50. */
double score_scaled_error(double value, double truth, double scale);

/**
 * Weighted interval score (Bracher et al. 2021, doi 10.1371/journal.pcbi.1008618) of the quantiles
 * at score_probability on ln(1 + count):
 *     (|y - median| / 2 + sum_k alpha_k / 2 IS_k) / 3.5,
 *     IS_k = (u - l) + 2/alpha (l - y)+ + 2/alpha (y - u)+,  alpha = .05, .2, .5.
 */
double score_weighted_interval(const double quantile[SCORE_QUANTILES], double truth);

/**
 * The ends of the range over which the randomised probability integral transform of the truth is
 * uniform (Czado et al. 2009): P(Y < truth) and P(Y <= truth) over draws, [count]. Written.
 */
void score_pit_range(const double *draw, size_t count, double truth, double *lower, double *upper);

/**
 * The share of a range of transforms that lies in (1 - level) / 2 ... (1 + level) / 2: the
 * probability that the central interval holds the truth by the randomised transform. An integer tie
 * counts in part, and the mean over forecasts has the transform's expectation without its noise. A
 * range without length is in or out.
 */
double score_inside(double lower, double upper, double level);

/** Quantile p of sorted values, [count], linear between order statistics (type 7). */
double score_sorted_quantile(const double *sorted, size_t count, double p);

/** Summary of the forecasts of one method, possibly at one origin and one horizon. */
struct score_summary {
    size_t count;
    double mean_absolute_log_error;
    size_t percentages; /**< forecasts whose truth is above 0 */
    double median_absolute_percentage_error;
    double scaled_error; /**< mean */
    double win_rate; /**< share closer to the truth than the baseline; ties (within 1e-9) half */
    size_t distributions;           /**< forecasts that have a distribution */
    double coverage[3];             /**< of the central 50, 80 and 95%: mean score_inside() */
    double weighted_interval_score; /**< mean */
    double ratio;                   /**< mean absolute log error over the baseline's */
    double ratio_lower;             /**< 2.5% of the ratio over resampled models */
    double ratio_upper;             /**< 97.5% */
};

/**
 * Summarises paired forecasts: baseline[i] is the baseline's forecast of the same target as
 * forecast[i]. Both [count]. The ratio's interval comes from a bootstrap that draws models, not
 * forecasts, since the forecasts of one model fail together. stream: borrowed, advanced.
 */
struct score_summary score_summarise(size_t count, const struct score_forecast *forecast,
                                     const struct score_forecast *baseline, size_t resamples,
                                     struct random_stream *stream);

#endif
