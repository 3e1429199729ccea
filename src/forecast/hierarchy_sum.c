/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hierarchy_sum.h"

#include "vector_clones.h"

VECTOR_CLONES static void add_one(size_t count, const double *restrict a, double weight,
                                  double *restrict sum)
{
    for (size_t i = 0; i < count; i++) {
        sum[i] += weight * a[i];
    }
}

/** Four terms, so that the sum is loaded and stored a quarter as often. */
VECTOR_CLONES static void add_four(size_t count, const double *restrict a, const double *restrict b,
                                   const double *restrict c, const double *restrict d,
                                   const double weight[4], double *restrict sum)
{
    double w = weight[0];
    double x = weight[1];
    double y = weight[2];
    double z = weight[3];
    for (size_t i = 0; i < count; i++) {
        sum[i] = (((sum[i] + w * a[i]) + x * b[i]) + y * c[i]) + z * d[i];
    }
}

void hierarchy_sum_add(size_t first, size_t count, size_t terms, const struct hierarchy_term *term,
                       double *sum)
{
    size_t j = 0;
    for (; j + 4 <= terms; j += 4) {
        const double weight[4] = {term[j].weight, term[j + 1].weight, term[j + 2].weight,
                                  term[j + 3].weight};
        add_four(count, term[j].vector + first, term[j + 1].vector + first,
                 term[j + 2].vector + first, term[j + 3].vector + first, weight, sum + first);
    }
    for (; j < terms; j++) {
        add_one(count, term[j].vector + first, term[j].weight, sum + first);
    }
}
