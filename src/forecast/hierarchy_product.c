/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hierarchy_product.h"

#include "vector_clones.h"

#include <assert.h>
#include <string.h>

enum { ROWS = HIERARCHY_PRODUCT_ROWS, COLUMNS = HIERARCHY_PRODUCT_COLUMNS, LANES = 4 };

/** Doubles that stand anywhere. */
typedef double vector __attribute__((vector_size(LANES * sizeof(double)), aligned(sizeof(double))));

/** The tile [ROWS][COLUMNS] of the product, whose sums stay in registers; panel [depth][COLUMNS]
 * are its columns of the right matrix. */
VECTOR_CLONES static void multiply_tile(size_t depth, size_t columns, const double *left,
                                        const double *panel, double *product)
{
    vector sum[ROWS][COLUMNS / LANES] = {{{0}}};
    for (size_t k = 0; k < depth; k++) {
        const vector *right = (const vector *)(panel + k * COLUMNS);
#pragma GCC unroll 4
        for (size_t i = 0; i < ROWS; i++) {
#pragma GCC unroll 2
            for (size_t j = 0; j < COLUMNS / LANES; j++) {
                sum[i][j] += left[i * depth + k] * right[j];
            }
        }
    }
    for (size_t i = 0; i < ROWS; i++) {
        memcpy(product + i * columns, sum[i], sizeof sum[i]);
    }
}

void hierarchy_product(size_t rows, size_t depth, size_t columns, const double *left,
                       const double *right, double *scratch, double *product)
{
    assert(rows % ROWS == 0 && columns % COLUMNS == 0);
    for (size_t column = 0; column < columns; column += COLUMNS) {
        for (size_t k = 0; k < depth; k++) {
            memcpy(scratch + k * COLUMNS, right + k * columns + column, COLUMNS * sizeof *scratch);
        }
        for (size_t row = 0; row < rows; row += ROWS) {
            multiply_tile(depth, columns, left + row * depth, scratch,
                          product + row * columns + column);
        }
    }
}
