/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "poisson_table.h"

#include "elementary.h"
#include "memory.h"
#include "octave.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    OCTAVES = 9, /* of means, from 2^-4 to 2^5 */
    MEANS = OCTAVES * OCTAVE_CELLS,
    GUIDE = 64,
    COUNTS = 128, /* of a table: less than 1e-30 is beyond */
};

static const double least_mean = 0x1p-4;
static const double largest_mean = 0x1p5;

/** Doubles do not hold all integers above. */
static const double largest_count = 1e15;

struct poisson_tables {
    double mean[MEANS];
    unsigned char guide[MEANS][GUIDE]; /* the least k with P(X <= k) > i / GUIDE */
    double cumulative[MEANS][COUNTS];  /* P(X <= k); the last is 1 */
};

static void fill_table(double mean, double *cumulative, unsigned char *guide)
{
    double term = exp(-mean);
    double sum = 0;
    for (size_t k = 0; k < COUNTS; k++) {
        sum += term;
        cumulative[k] = sum < 1 ? sum : 1;
        term *= mean / (double)(k + 1);
    }
    cumulative[COUNTS - 1] = 1;
    unsigned char k = 0;
    for (size_t i = 0; i < GUIDE; i++) {
        while (cumulative[k] <= (double)i / GUIDE) {
            k++;
        }
        guide[i] = k;
    }
}

struct poisson_tables *poisson_tables_create(void)
{
    struct poisson_tables *tables = memory_array(1, sizeof *tables);
    for (size_t i = 0; i < MEANS; i++) {
        tables->mean[i] = octave_knot(least_mean, i);
        fill_table(tables->mean[i], tables->cumulative[i], tables->guide[i]);
    }
    return tables;
}

void poisson_tables_free(struct poisson_tables *tables)
{
    free(tables);
}

/** By inversion, for a mean below least_mean. */
static double draw_small(double u, double mean)
{
    double count = 0;
    if (u <= 1 - mean) {
        return count; /* 1 - M < exp(-M) */
    }
    double term = elementary_exp(-mean);
    while (u > term && term > 0) {
        u -= term;
        count += 1;
        term *= mean / count;
    }
    return count;
}

static double draw_large(struct random_bulk *random, double mean)
{
    double root = sqrt(mean);
    double b = 0.931 + 2.53 * root;
    double a = -0.059 + 0.02483 * b;
    double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    double squeeze = 0.9277 - 3.6224 / (b - 2);
    for (;;) {
        double u = random_bulk_uniform(random) - 0.5;
        double v = random_bulk_uniform(random);
        double side = 0.5 - fabs(u);
        double k = floor((2 * a / side + b) * u + mean + 0.43);
        if (side >= 0.07 && v <= squeeze) {
            return k;
        }
        if (k < 0 || (side < 0.013 && v > side)) {
            continue;
        }
        if (log(v) + log(inverse_alpha) - log(a / (side * side) + b) <=
            k * log(mean) - mean - lgamma(k + 1)) {
            return k;
        }
    }
}

double poisson_tables_draw(const struct poisson_tables *tables, struct random_bulk *random,
                           double u, double mean)
{
    if (mean >= largest_mean) {
        return mean > largest_count ? mean : draw_large(random, mean);
    }
    double count = 0;
    while (mean >= least_mean) {
        size_t i = octave_cell(least_mean, mean);
        size_t k = tables->guide[i][(size_t)(u * GUIDE)];
        while (u >= tables->cumulative[i][k]) {
            k++;
        }
        count += (double)k;
        mean -= tables->mean[i];
        u = random_bulk_uniform(random);
    }
    return count + draw_small(u, mean);
}
