/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Log-probabilities of monthly (or daily) increments under a mean M.
 *
 * The negative binomial NB(d; M, r) has mean M and variance M + M^2/r = M + alpha M^2:
 *
 *     ln NB(d; M, r) = lnG(d + r) - lnG(r) - lnG(d + 1) + r ln(r / (r + M)) + d ln(M / (r + M))
 *
 * with lnG the logarithm of the gamma function, r > 0 the dispersion and alpha = 1/r the
 * overdispersion. r = infinity (alpha = 0) is the Poisson distribution and is an ordinary argument
 * everywhere. Values follow Loader's saddle-point form (C. Loader, Fast and Accurate Computation
 * of Binomial Probabilities, 2000), which does not subtract large numbers: nothing is lost for
 * counts of 1e9 and more, or as r goes to infinity. Increments d >= 0 need not be whole numbers.
 */
#ifndef GROWCAST_LIKELIHOOD_H
#define GROWCAST_LIKELIHOOD_H

#include "growth.h"

#include <stddef.h>

/** Smallest mean of an increment, counts: M = max(c(t_k) - c(t_{k-1}), 1e-9). */
#define LIKELIHOOD_MEAN_FLOOR 1e-9

/** ln p(d) and its derivatives by the mean M and the overdispersion alpha = 1/r. */
struct likelihood_point {
    double value;
    double by_mean;           /**< (d - M) / (M (1 + alpha M)) */
    double by_overdispersion; /**< at alpha = 0: ((d - M)^2 - d) / 2 */
    double by_mean_mean;
    double by_mean_overdispersion;
    double by_overdispersion_overdispersion;
};

/** First and second derivative of ln p(d) by the overdispersion alone. */
struct likelihood_by_overdispersion {
    double first;
    double second;
};

/** ln of the Poisson probability of d >= 0 at mean M > 0. */
double likelihood_poisson(double d, double mean);

/** ln NB(d; M, r) for d >= 0, M > 0, 0 < r <= infinity. */
double likelihood_negative_binomial(double d, double mean, double dispersion);

/** ln NB(d; M, r) with first and second derivatives; dispersion = infinity allowed. */
struct likelihood_point likelihood_negative_binomial_derivatives(double d, double mean,
                                                                 double dispersion);

/** Those by the overdispersion alone, for a third of the time. */
struct likelihood_by_overdispersion likelihood_by_overdispersion(double d, double mean,
                                                                 double dispersion);

/**
 * Log-likelihood of a series' increments under a curve, conditional on the first point:
 *
 *     sum over k >= 1 of weight[k] ln NB(max(y_k - y_{k-1}, 0); M_k, r)
 *
 * time, observed, weight: [count], ages in the unit of mu, cumulative counts, weights (NULL: 1).
 * A falling count, which only a resampled series can hold, is an increment of 0.
 */
double likelihood_increments(const struct growth_parameters *parameters, double scale,
                             double dispersion, size_t count, const double *time,
                             const double *observed, const double *weight);

#endif
