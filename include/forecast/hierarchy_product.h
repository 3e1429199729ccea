/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The matrix product of the likelihood without shocks.
 *
 * A BLAS library chooses its kernel by the processor that it finds, and each kernel rounds in its
 * own order. Here every element is one sum in the order of k, products and sums rounded apart, so
 * that its bits depend neither on the processor nor on the shape of the matrices.
 */
#ifndef GROWCAST_HIERARCHY_PRODUCT_H
#define GROWCAST_HIERARCHY_PRODUCT_H

#include <stddef.h>

enum {
    HIERARCHY_PRODUCT_ROWS = 4,    /**< rows come in multiples of this */
    HIERARCHY_PRODUCT_COLUMNS = 8, /**< and columns of this */
};

/**
 * product = left right: product[rows][columns], left [rows][depth], right [depth][columns], scratch
 * [depth][HIERARCHY_PRODUCT_COLUMNS]. All borrowed, row by row without gaps.
 */
void hierarchy_product(size_t rows, size_t depth, size_t columns, const double *left,
                       const double *right, double *scratch, double *product);

#endif
