/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The growth curve of Wang, Song and Barabasi (2013, doi 10.1126/science.1237825), as used for
 * open-weight models by Bhandari, Chen and Gao (2025, arXiv 2502.15987):
 *
 *     c(t) = m (exp(lambda Phi((ln t - mu) / sigma)) - 1),   c(0) = 0
 *
 * with the standard normal distribution function Phi. lambda is the relative fitness, mu the
 * immediacy (exp(mu) is the impact time, in the unit of t), sigma the longevity and m a constant
 * shared by all series. The count that is reached in the end is m (exp(lambda) - 1).
 *
 * All functions are pure. Values and derivatives are accurate to 1e-13 relative, in the lower tail
 * too, where fits on a ridge live. (dc/dsigma crosses 0 at the impact time t = exp(mu); there its
 * error is below 1e-17 |dc/dmu|.)
 */
#ifndef GROWCAST_GROWTH_H
#define GROWCAST_GROWTH_H

#include <stddef.h>

struct growth_parameters {
    double fitness;   /**< lambda > 0 */
    double immediacy; /**< mu, in ln(unit of t) */
    double longevity; /**< sigma > 0, in ln(unit of t) */
};

/** c(t), in counts. t is an age in the unit of mu, t >= 0; scale is m. */
double growth_count(const struct growth_parameters *parameters, double scale, double t);

/**
 * c(t) and its derivatives by (lambda, mu, sigma):
 *     dc/dlambda = m e^(lambda Phi(z)) Phi(z)
 *     dc/dmu     = -m e^(lambda Phi(z)) lambda phi(z) / sigma
 *     dc/dsigma  = z dc/dmu,  z = (ln t - mu) / sigma
 * gradient: [3], written. All zero at t = 0. Returns c(t).
 */
double growth_gradient(const struct growth_parameters *parameters, double scale, double t,
                       double gradient[3]);

/**
 * The same at ln t, for fits, which compute it once per point; log_t may be -infinity (t = 0).
 * Several times faster, for it works in double: that costs about
 * (1 + lambda Phi(z)) (1 + |z| (|z| + (|ln t| + |mu|) / sigma)) 2^-51 of relative accuracy.
 */
double growth_gradient_at_log(const struct growth_parameters *parameters, double scale,
                              double log_t, double gradient[3]);

/** ln(c(t)), also where c(t) itself underflows; -infinity at t = 0. */
double growth_log_count(const struct growth_parameters *parameters, double scale, double t);

/** The count reached in the end, m (exp(lambda) - 1); infinite when it exceeds the range. */
double growth_ultimate(double fitness, double scale);

/** lambda = ln(1 + ultimate / m), the inverse of growth_ultimate. */
double growth_fitness_of_ultimate(double ultimate, double scale);

/** Phi(z) with full relative accuracy in both tails. */
double growth_normal_distribution(double z);

/** ln Phi(z), accurate to the smallest z whose logarithm is finite. */
double growth_log_normal_distribution(double z);

#endif
