/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The hierarchical posterior of one series' parameters, finely enough to be published.
 *
 * The grid that forecasts well is too coarse for the parameters themselves. Here the posterior of
 * (A, mu, ln sigma), every r, is integrated by nested Gauss-Legendre rules on intervals that follow
 * the posterior: ln sigma around its mean; mu around its mean given ln sigma; A around its mean
 * given both; each within so many standard deviations and the bounds of the grid. The first
 * intervals come from a regression (with squares, since posteriors bend along a ridge) on the
 * coarse grid's weights; later ones from the weights of the pass before, node by node, since the
 * width of the innermost changes along the ridge too.
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
    bool at_edge; /**< on some axis the outermost node of the grid outweighs its neighbour, and
                       weighs more than 0.1 */
};

enum { POOLED_NODES_MAX = 64 };

/** Nodes of the rules. */
struct pooled_rule {
    size_t nodes[GRID_AXES]; /**< for A, mu, ln sigma; 3 to POOLED_NODES_MAX each */
    double reach;            /**< half width of an interval, in standard deviations */
};

/** The rule that is used for the output. */
extern const struct pooled_rule pooled_default_rule;

/**
 * The posterior of a series, all increments with weight 1.
 *
 * grid: its bounds and dispersions apply; prior, and prior_mean [GRID_AXES], the series' own B' x;
 * weight: [grid->nodes], posterior weights on the grid, the start. probability: [quantiles],
 * increasing. quantile: [POOLED_QUANTITIES][quantiles], written.
 */
struct pooled_posterior pooled_compute(const struct hierarchy_model *model, const struct grid *grid,
                                       const struct hierarchy_prior *prior,
                                       const double *prior_mean,
                                       const struct hierarchy_series *series, const double *weight,
                                       const struct pooled_rule *rule, const double *probability,
                                       size_t quantiles, double *quantile);

#endif
