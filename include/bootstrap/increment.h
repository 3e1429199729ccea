/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Fast exact draws of one increment: many draws from one negative binomial distribution
 *
 *     NB(x; M, r) = Gamma(x + r) / (Gamma(r) x!) (r / (r + M))^r (M / (r + M))^x,  x = 0, 1, ...
 *
 * with mean M and variance M + M^2 / r; r = infinity is the Poisson distribution.
 *
 * A sampler is built once for (M, r) and drawn from many times. Where the distribution is narrow
 * enough it is a table of the distribution function with a guide table (inversion, Chen and Asau
 * 1974, doi 10.1080/05695557408974949). Where it is wide it is a rejection from strips: the
 * integers are divided into runs in which the probability changes little; a run is drawn by the
 * same kind of table from the runs' bounding rectangles, an integer uniformly within it, and it is
 * accepted with the ratio of its probability to the rectangle's height. Both end in a tail that is
 * drawn by rejection from a geometric distribution that bounds it. All of it is exact up to the
 * rounding of doubles (relative error about 1e-13 of a probability), with no approximation by
 * another distribution.
 */
#ifndef GROWCAST_INCREMENT_H
#define GROWCAST_INCREMENT_H

#include "random.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The distribution of one increment, with what its formulas need. A plain value. */
struct increment_law {
    double mean;                /**< M >= 0, finite */
    double dispersion;          /**< r > 0, infinite: Poisson */
    double log_zero;            /**< ln NB(0; M, r) */
    double stirling_dispersion; /**< remainder of Stirling's formula at r; 0 for Poisson */
};

/** The law of mean M and dispersion r. */
struct increment_law increment_law_make(double mean, double dispersion);

/** ln NB(x; M, r), x a non-negative integer; -infinity for x > 0 where M = 0. */
double increment_log_mass(const struct increment_law *law, double x);

/** NB(x + 1; M, r) / NB(x; M, r), computed as (x + r) / (x + 1) * M / (M + r). */
double increment_mass_ratio(const struct increment_law *law, double x);

/** The smallest of the most probable values. */
double increment_mode(const struct increment_law *law);

/** Draws from a fixed law. */
struct increment_sampler;

/** An empty sampler; the caller owns it. Its memory is reused by every build and does not depend
 *  on the law (at most about 40 KB). */
struct increment_sampler *increment_sampler_create(void);
void increment_sampler_free(struct increment_sampler *sampler);

/** Prepares draws from NB(mean, dispersion); mean finite, >= 0; dispersion > 0 or infinite. */
void increment_sampler_build(struct increment_sampler *sampler, double mean, double dispersion);

/**
 * The random bits of draws. Making them takes most of the time of a draw from a table, and 32 of
 * them nearly always decide it: a word of the stream serves two draws, and the one draw in millions
 * that needs more takes more.
 */
struct increment_source {
    struct random_stream *stream; /**< borrowed */
    uint64_t word;
    bool has_half; /**< the upper half of word has not been used */
};

/** One draw, a non-negative integer. source: the stream alone set, before the first draw. */
double increment_draw(const struct increment_sampler *sampler, struct increment_source *source);

#endif
