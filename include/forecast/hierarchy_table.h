/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * ln p(d | M, r) at all nodes of a grid, for one increment or for a table of ages: what the
 * likelihood of hierarchy.h is put together from.
 */
#ifndef GROWCAST_HIERARCHY_TABLE_H
#define GROWCAST_HIERARCHY_TABLE_H

#include "grid.h"
#include "hierarchy.h"

#include <stddef.h>

/** The logarithms that ln NB needs of a step's means, without the increment. */
struct hierarchy_logarithms {
    double *mean;        /**< [stride] ln M */
    double *ratio;       /**< [nodes] ln(M / (r + M)) */
    double *shock_mean;  /**< [stride] ln S, S = f M + g; NULL without shocks */
    double *shock_ratio; /**< [stride] ln(S / (s + S)); NULL without shocks */
};

/** Room for one step; the caller owns it. */
struct hierarchy_logarithms hierarchy_logarithms_create(const struct hierarchy_model *model,
                                                        const struct grid *grid);
void hierarchy_logarithms_free(struct hierarchy_logarithms *logarithms);

/** Fills *logarithms for means [stride]. */
void hierarchy_logarithms_fill(const struct hierarchy_model *model, const struct grid *grid,
                               const double *mean, const struct hierarchy_logarithms *logarithms);

/**
 * ln[Gamma(d + r) / (Gamma(r) Gamma(d + 1))], the part of ln NB(d; M, r) that no mean enters.
 */
double hierarchy_log_binomial(double increment, double dispersion);

/** ln p(d | M, r) at all nodes. log_probability: [nodes], written; scratch: [stride]. */
void hierarchy_log_probability(const struct hierarchy_model *model, const struct grid *grid,
                               const struct hierarchy_logarithms *logarithms, double increment,
                               double *scratch, double *log_probability);

#endif
