/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The negative binomial against a table of mpmath (tests/reference/likelihood.py makes it). */
#include "likelihood.h"
#include "tap.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>

enum { INPUTS = 3, VALUES = 6, COLUMNS = INPUTS + VALUES };

/** |actual - expected| relative to the size of what is added up to give it. */
static double error_against(double actual, double expected, double size)
{
    if (actual == expected) {
        return 0.0;
    }
    const double error = fabs(actual - expected) / fmax(fabs(expected), size);
    return isnan(error) ? INFINITY : error;
}

/** The sizes of the terms of which each column is the sum: nothing smaller can be asked for. */
static void sizes_of(const double row[COLUMNS], double size[VALUES])
{
    const double d = row[0], mean = row[1], alpha = 1.0 / row[2];
    const double widening = 1.0 + alpha * mean;
    const double gap = fabs(d - mean);
    size[0] = 1.0;
    size[1] = 0.0;
    size[2] = 0.5 * (gap * gap / (widening * (1.0 + alpha * d)) + d / (1.0 + alpha * d));
    size[3] = d / (mean * mean);
    size[4] = 0.0;
    size[5] = INFINITY; /* has its own tolerance, below */
}

static void test_table(void)
{
    static const char *const name[VALUES] = {
        "value", "by mean", "by overdispersion", "by mean twice", "by mean and overdispersion",
    };
    static const double tolerance[VALUES] = {1e-14, 1e-14, 1e-12, 1e-14, 1e-14, 0.0};
    FILE *file = fopen("tests/reference/likelihood.csv", "r");
    if (!tap_ok(file != NULL, "table of the negative binomial is there")) {
        return;
    }
    double worst[VALUES] = {0.0};
    double worst_curvature = 0.0;
    double row[COLUMNS];
    size_t rows = 0;
    while (fscanf(file, " %lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf", &row[0], &row[1], &row[2], &row[3],
                  &row[4], &row[5], &row[6], &row[7], &row[8]) == COLUMNS) {
        const struct likelihood_point point =
            likelihood_negative_binomial_derivatives(row[0], row[1], row[2]);
        const double actual[VALUES] = {point.value,
                                       point.by_mean,
                                       point.by_overdispersion,
                                       point.by_mean_mean,
                                       point.by_mean_overdispersion,
                                       point.by_overdispersion_overdispersion};
        double size[VALUES];
        sizes_of(row, size);
        for (size_t k = 0; k < VALUES - 1; k++) {
            worst[k] = fmax(worst[k], error_against(actual[k], row[INPUTS + k], size[k]));
        }
        /* The second derivative by alpha only steers steps: r times the first is its scale. */
        const double r_or_less = fmin(row[2], 1e9 * fmax(row[0], row[1]));
        const double scale = r_or_less * fabs(row[INPUTS + 2]) + r_or_less * row[0];
        worst_curvature = fmax(worst_curvature, error_against(actual[5], row[INPUTS + 5], scale));
        rows++;
    }
    (void)fclose(file);
    tap_ok(rows == 600, "%zu rows", rows);
    for (size_t k = 0; k < VALUES - 1; k++) {
        tap_ok(worst[k] < tolerance[k], "%s, worst error %.1e", name[k], worst[k]);
    }
    tap_ok(worst_curvature < 1e-6, "by overdispersion twice, worst error %.1e", worst_curvature);
}

static void test_sums_to_one(void)
{
    static const double dispersion[] = {0.3, 2.0, 50.0, INFINITY};
    for (size_t k = 0; k < 4; k++) {
        double sum = 0.0, mean = 0.0;
        for (int d = 0; d < 5000; d++) {
            const double p = exp(likelihood_negative_binomial(d, 12.5, dispersion[k]));
            sum += p;
            mean += d * p;
        }
        tap_close(sum, 1.0, 1e-12, "probabilities sum to 1");
        tap_close(mean, 12.5, 1e-12, "the mean is M");
    }
}

static void test_increments(void)
{
    const struct growth_parameters parameters = {4.0, 2.0, 1.0};
    const double time[] = {0.0, 1.0, 2.0, 5.0};
    const double observed[] = {0.0, 3.0, 2.0, 90.0};
    const double weight[] = {9.0, 1.0, 0.5, 2.0};
    double expected = 0.0;
    const double increment[] = {0.0, 3.0, 0.0, 88.0};
    for (size_t k = 1; k < 4; k++) {
        const double mean =
            growth_count(&parameters, 30.0, time[k]) - growth_count(&parameters, 30.0, time[k - 1]);
        /* lgamma form of the definition */
        expected +=
            weight[k] * (lgamma(increment[k] + 2.5) - lgamma(2.5) - lgamma(increment[k] + 1.0) +
                         2.5 * log(2.5 / (2.5 + mean)) + increment[k] * log(mean / (2.5 + mean)));
    }
    tap_close(likelihood_increments(&parameters, 30.0, 2.5, 4, time, observed, weight), expected,
              1e-12, "weighted increments, a falling count taken as 0");
    const struct growth_parameters late = {4.0, 900.0, 1.0};
    tap_close(likelihood_increments(&late, 30.0, INFINITY, 2, time, observed, NULL),
              3.0 * log(1e-9) - 1e-9 - log(6.0), 1e-13, "the mean has a floor of 1e-9");
    tap_ok(likelihood_increments(&late, 30.0, 1.0, 1, time, observed, NULL) == 0.0,
           "one point has no increments");
}

int main(void)
{
    (void)gsl_set_error_handler_off();
    test_table();
    test_sums_to_one();
    test_increments();
    return tap_done();
}
