/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "memory.h"
#include "sweep.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { PAIRS_MIN = 3 };

/* Variance of the means of groups of equal size; group[combination] < groups. From the first value
   on, so that equal values have none. */
static double variance_of_means(size_t combinations, const double *value, size_t groups,
                                const size_t *group)
{
    double *mean = memory_array(groups, sizeof *mean);
    double overall = 0;
    double variance = 0;
    for (size_t c = 0; c < combinations; c++) {
        double difference = value[c] - value[0];
        mean[group[c]] += difference * (double)groups / (double)combinations;
        overall += difference / (double)combinations;
    }
    for (size_t g = 0; g < groups; g++) {
        variance += (mean[g] - overall) * (mean[g] - overall) / (double)groups;
    }
    free(mean);
    return variance;
}

/* Numbers the combinations without setting i: those that differ in it alone are one group. */
static void group_others(const struct sweep_grid *grid, size_t i, size_t *group)
{
    size_t inner = 1;
    for (size_t j = i + 1; j < grid->settings; j++) {
        inner *= grid->extent[j];
    }
    for (size_t c = 0; c < grid->combinations; c++) {
        group[c] = c / (inner * grid->extent[i]) * inner + c % inner;
    }
}

double sweep_variance_shares(const struct sweep_grid *grid, const double *value, double *first,
                             double *total)
{
    size_t *group = memory_array(grid->combinations, sizeof *group);
    for (size_t c = 0; c < grid->combinations; c++) {
        group[c] = c;
    }
    double variance = variance_of_means(grid->combinations, value, grid->combinations, group);
    bool varies = variance > 0;
    for (size_t i = 0; i < grid->settings; i++) {
        for (size_t c = 0; c < grid->combinations; c++) {
            group[c] = sweep_grid_value(grid, c, i);
        }
        double own = variance_of_means(grid->combinations, value, grid->extent[i], group);
        group_others(grid, i, group);
        double others = variance_of_means(grid->combinations, value,
                                          grid->combinations / grid->extent[i], group);
        first[i] = varies ? own / variance : (double)NAN;
        total[i] = varies ? 1 - others / variance : (double)NAN;
    }
    free(group);
    return variance;
}

double sweep_slope(size_t count, const double *x, const double *y)
{
    size_t pairs = 0;
    double mean_x = 0;
    double mean_y = 0;
    for (size_t i = 0; i < count; i++) {
        if (isfinite(x[i]) && isfinite(y[i])) {
            pairs++;
            mean_x += (x[i] - mean_x) / (double)pairs;
            mean_y += (y[i] - mean_y) / (double)pairs;
        }
    }
    double squares = 0;
    double products = 0;
    for (size_t i = 0; i < count; i++) {
        if (isfinite(x[i]) && isfinite(y[i])) {
            squares += (x[i] - mean_x) * (x[i] - mean_x);
            products += (x[i] - mean_x) * (y[i] - mean_y);
        }
    }
    return squares > 0 ? products / squares : (double)NAN;
}

/* The pairs without NaN, in memory that the caller frees. */
static size_t complete_pairs(size_t count, const double *x, const double *y, double **pair_x,
                             double **pair_y)
{
    *pair_x = memory_array(count, sizeof **pair_x);
    *pair_y = memory_array(count, sizeof **pair_y);
    size_t pairs = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isnan(x[i]) && !isnan(y[i])) {
            (*pair_x)[pairs] = x[i];
            (*pair_y)[pairs++] = y[i];
        }
    }
    return pairs;
}

double sweep_spearman(size_t count, const double *x, const double *y)
{
    double *a;
    double *b;
    size_t pairs = complete_pairs(count, x, y, &a, &b);
    double *work = memory_array(2 * pairs, sizeof *work);
    double correlation =
        pairs < PAIRS_MIN ? (double)NAN : gsl_stats_spearman(a, 1, b, 1, pairs, work);
    free(a);
    free(b);
    free(work);
    /* Rounding must not take it out of its range. */
    return isnan(correlation) ? correlation : fmax(-1, fmin(1, correlation));
}

/* -1, 0 or 1; infinite values are ordinary. */
static int order(double a, double b)
{
    return (a > b) - (a < b);
}

double sweep_kendall(size_t count, const double *x, const double *y)
{
    double *a;
    double *b;
    size_t pairs = complete_pairs(count, x, y, &a, &b);
    double agreement = 0;
    double untied_x = 0;
    double untied_y = 0;
    for (size_t i = 1; i < pairs; i++) {
        for (size_t j = 0; j < i; j++) {
            int order_x = order(a[i], a[j]);
            int order_y = order(b[i], b[j]);
            agreement += order_x * order_y;
            untied_x += order_x != 0;
            untied_y += order_y != 0;
        }
    }
    free(a);
    free(b);
    bool defined = pairs >= PAIRS_MIN && untied_x > 0 && untied_y > 0;
    return defined ? agreement / sqrt(untied_x * untied_y) : (double)NAN;
}
