/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gamma_table.h"

#include "memory.h"
#include "octave.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

/** The shape from which steady_quantile() is used, and its steps. */
enum { STEADY = 100, NEWTON_STEPS = 4 };
static const double largest_exact_shape = 5e4;

/** Tails reach from 2^-53 to 2^-6. */
enum { OCTAVES = 47, TAIL_KNOTS = OCTAVE_CELLS * OCTAVES + 1 };
static const double least = 0x1p-53;

/**
 * Quantile of Gamma(shape, mean 1) for a large shape: Wilson and Hilferty's (1931) approximation,
 * then Newton's method on the logarithm of the smaller tail, which is concave. GSL's own inverse is
 * wrong there at single points (1.30 in place of 1.07 for shape 1000 at 0.98218). Above the largest
 * shape its incomplete gamma function may fail, and the approximation is good to 2e-7.
 */
static double steady_quantile(double shape, double lower, double upper)
{
    bool low = lower < 0.5;
    double z = low ? gsl_cdf_ugaussian_Pinv(lower) : gsl_cdf_ugaussian_Qinv(upper);
    double x = pow(1 - 1 / (9 * shape) + z / (3 * sqrt(shape)), 3);
    for (int i = 0; i < NEWTON_STEPS && shape <= largest_exact_shape; i++) {
        double density = gsl_ran_gamma_pdf(x, shape, 1 / shape);
        double tail =
            low ? gsl_cdf_gamma_P(x, shape, 1 / shape) : gsl_cdf_gamma_Q(x, shape, 1 / shape);
        double step = log(tail / (low ? lower : upper)) * tail / density;
        x += low ? -step : step;
    }
    return x;
}

static double quantile(double shape, double lower, double upper)
{
    if (shape >= STEADY) {
        return steady_quantile(shape, lower, upper);
    }
    return lower < 0.5 ? gsl_cdf_gamma_Pinv(lower, shape, 1 / shape)
                       : gsl_cdf_gamma_Qinv(upper, shape, 1 / shape);
}

static void fill_table(double shape, double *inner, double *lower, double *upper)
{
    for (size_t i = GAMMA_TABLE_OUTER; i <= GAMMA_TABLE_CELLS - GAMMA_TABLE_OUTER; i++) {
        double u = (double)i / GAMMA_TABLE_CELLS;
        inner[i] = quantile(shape, u, 1 - u);
    }
    for (size_t i = 0; i < TAIL_KNOTS; i++) {
        double p = octave_knot(least, i);
        lower[i] = quantile(shape, p, 1 - p);
        upper[i] = quantile(shape, 1 - p, p);
    }
}

struct gamma_tables gamma_tables_create(size_t count, const double *shape)
{
    struct gamma_tables tables = {
        .count = count,
        .inner = memory_array(count * GAMMA_TABLE_KNOTS, sizeof(double)),
        .tail = memory_array(count * 2 * TAIL_KNOTS, sizeof(double)),
    };
    for (size_t i = 0; i < count; i++) {
        double *lower = tables.tail + i * 2 * TAIL_KNOTS;
        fill_table(shape[i], tables.inner + i * GAMMA_TABLE_KNOTS, lower, lower + TAIL_KNOTS);
    }
    return tables;
}

void gamma_tables_free(struct gamma_tables *tables)
{
    free(tables->inner);
    free(tables->tail);
    *tables = (struct gamma_tables){0};
}

double gamma_tables_tail(const struct gamma_tables *tables, size_t table, bool upper, double p)
{
    const double *tail = tables->tail + (2 * table + upper) * TAIL_KNOTS;
    if (p < least) {
        return tail[0];
    }
    size_t cell = octave_cell(least, p);
    cell = cell < TAIL_KNOTS - 1 ? cell : TAIL_KNOTS - 2;
    double knot = octave_knot(least, cell);
    double fraction = (p - knot) / (octave_knot(least, cell + 1) - knot);
    return tail[cell] + (tail[cell + 1] - tail[cell]) * fraction;
}
