/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The hierarchical posterior of one series' parameters, finely enough to be published.
 *
 * The grid that forecasts well is too coarse for the parameters themselves. Here the posterior of
 * (A, mu, ln sigma), every r, is summed over a regular lattice in coordinates that make it round:
 * mu is sheared along its regression on ln sigma, A along that on both. The steps are fixed parts
 * of widths: of A's standard deviation given the other two, of mu's given ln sigma, of that of ln
 * sigma, less where the posterior is narrow in places. (A sum over A that is exact for every mu and
 * ln sigma leaves a function of these two whose own widths count, and so on.) The sum over such a
 * lattice converges exponentially for smooth densities; at the bounds of the grid cells are cut
 * (midpoint rule). Which points carry weight is found from neighbour to neighbour, so that ridges
 * that bend and lesser modes are followed, and deeper where the outermost points still have a part
 * in a variance. The first lattice is coarse and fills the bounds of the grid; regressions and
 * widths come from the lattice before, until its steps are fine enough.
 */
#ifndef GROWCAST_POOLED_H
#define GROWCAST_POOLED_H

#include "grid.h"
#include "hierarchy.h"

#include <stdbool.h>
#include <stddef.h>

/** What is published of the posterior. */
enum pooled_quantity {
    POOLED_FITNESS,        /**< lambda = ln(1 + exp(A) / m) */
    POOLED_IMMEDIACY,      /**< mu, ln(months) */
    POOLED_LONGEVITY,      /**< sigma */
    POOLED_ULTIMATE_COUNT, /**< exp(A), counts */
    POOLED_IMPACT_TIME,    /**< exp(mu), months */
    POOLED_QUANTITIES,
};

/** The posterior in numbers. A plain value. */
struct pooled_posterior {
    double mean[GRID_AXES];      /**< of A, mu, ln sigma */
    double deviation[GRID_AXES]; /**< their standard deviations */
    bool at_edge; /**< on some axis more than 0.05 is within half a spacing of the grid from its
                       bound, and more than within the next half */
};

/** How fine. */
struct pooled_rule {
    double
        step[GRID_AXES]; /**< of the lattice, in standard deviations given the axes further out */
    double depth; /**< points below exp(-depth) of the largest density are not followed further,
                       unless the outermost still matter for a variance */
    size_t most;  /**< points of a lattice; one that needs more gets larger steps; 512 to 16384 */
};

/** The rules that are used for the output: posteriors of daily series have several peaks more
 *  often. */
extern const struct pooled_rule pooled_monthly_rule, pooled_daily_rule;

/** Tables and scratch memory, reused from series to series. */
struct pooled;

/** model: with the curve HIERARCHY_GROWTH. grid: its bounds and dispersions apply; borrowed, and
 *  must outlive the result, which the caller owns. */
struct pooled *pooled_create(const struct hierarchy_model *model, const struct grid *grid,
                             const struct pooled_rule *rule);
void pooled_free(struct pooled *pooled);

/**
 * The posterior of a series, all increments with weight 1.
 *
 * prior, and prior_mean [GRID_AXES], the series' own B' x. probability: [quantiles], increasing.
 * quantile: [POOLED_QUANTITIES][quantiles], written.
 */
struct pooled_posterior pooled_compute(struct pooled *pooled, const struct hierarchy_prior *prior,
                                       const double *prior_mean,
                                       const struct hierarchy_series *series,
                                       const double *probability, size_t quantiles,
                                       double *quantile);

#endif
