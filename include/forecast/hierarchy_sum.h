/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Weighted sums of vectors over the nodes: what a likelihood is, with shocks and without.
 *
 * A BLAS library chooses its kernel by the processor that it finds, and each kernel rounds in its
 * own order. Here every element is one sum in the order of the terms, products and sums rounded
 * apart, so that its bits depend neither on the processor nor on what else is summed.
 */
#ifndef GROWCAST_HIERARCHY_SUM_H
#define GROWCAST_HIERARCHY_SUM_H

#include <stddef.h>

/** A vector, borrowed, and its weight. */
struct hierarchy_term {
    const double *vector;
    double weight;
};

/** sum[i] += sum_j weight_j vector_j[i] for i = first ... first + count - 1. */
void hierarchy_sum_add(size_t first, size_t count, size_t terms, const struct hierarchy_term *term,
                       double *sum);

#endif
