/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The curve against tables of mpmath at 50 digits (tests/reference/growth.py makes them). */
#include "growth.h"
#include "tap.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static const double tolerance = 1e-13;

/** Reads one line of comma-separated numbers; false at the end of the file. */
static bool read_numbers(FILE *file, double *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fscanf(file, i == 0 ? " %lf" : ",%lf", &numbers[i]) != 1) {
            return false;
        }
    }
    return true;
}

static double relative_error(double actual, double expected)
{
    return actual == expected ? 0.0 : fabs(actual - expected) / fabs(expected);
}

/** Keeps the largest error; a NaN counts as infinite. */
static void worst(double *largest, double error)
{
    if (!(error <= *largest)) {
        *largest = isnan(error) ? INFINITY : error;
    }
}

static void test_curve_table(void)
{
    FILE *file = fopen("tests/reference/growth.csv", "r");
    if (!tap_ok(file != NULL, "table of the curve is there")) {
        return;
    }
    enum { COUNT = 5, LOG_COUNT = 9, COLUMNS = 10 };
    double row[COLUMNS];
    double error_count = 0.0, error_alone = 0.0, error_log = 0.0;
    double error_gradient[3] = {0.0, 0.0, 0.0};
    size_t rows = 0;
    while (read_numbers(file, row, COLUMNS)) {
        const struct growth_parameters parameters = {row[0], row[1], row[2]};
        double gradient[3];
        worst(&error_count,
              relative_error(growth_gradient(&parameters, row[3], row[4], gradient), row[COUNT]));
        worst(&error_alone, relative_error(growth_count(&parameters, row[3], row[4]), row[COUNT]));
        for (size_t k = 0; k < 3; k++) {
            worst(&error_gradient[k], relative_error(gradient[k], row[COUNT + 1 + k]));
        }
        const double log_count = growth_log_count(&parameters, row[3], row[4]);
        worst(&error_log, fabs(log_count - row[LOG_COUNT]) / fmax(1.0, fabs(row[LOG_COUNT])));
        rows++;
    }
    (void)fclose(file);
    tap_ok(rows > 500, "%zu rows", rows);
    tap_ok(error_count < tolerance, "growth_gradient's value, worst error %.1e", error_count);
    tap_ok(error_alone < tolerance, "growth_count, worst error %.1e", error_alone);
    tap_ok(error_gradient[0] < tolerance, "derivative by fitness, %.1e", error_gradient[0]);
    tap_ok(error_gradient[1] < tolerance, "derivative by immediacy, %.1e", error_gradient[1]);
    tap_ok(error_gradient[2] < tolerance, "derivative by longevity, %.1e", error_gradient[2]);
    tap_ok(error_log < tolerance, "growth_log_count, worst error %.1e", error_log);
}

static void test_normal_table(void)
{
    FILE *file = fopen("tests/reference/normal.csv", "r");
    if (!tap_ok(file != NULL, "table of the normal distribution is there")) {
        return;
    }
    double row[3];
    double error_value = 0.0, error_log = 0.0;
    size_t rows = 0;
    while (read_numbers(file, row, 3)) {
        const double value = growth_normal_distribution(row[0]);
        if (row[1] >= DBL_MIN) {
            worst(&error_value, relative_error(value, row[1]));
        }
        worst(&error_log, relative_error(growth_log_normal_distribution(row[0]), row[2]));
        rows++;
    }
    (void)fclose(file);
    tap_ok(rows > 100, "%zu rows", rows);
    tap_ok(error_value < tolerance, "Phi, worst error %.1e", error_value);
    tap_ok(error_log < tolerance, "ln Phi, worst error %.1e", error_log);
}

/** growth_gradient_at_log() works in double: its loss is that of rounding ln t, mu and z. */
static void test_at_log(void)
{
    double error = 0.0;
    for (int i = 0; i < 2000; i++) {
        const double fitness = pow(10.0, -3.0 + 0.9 * (i % 10));
        const struct growth_parameters parameters = {fitness, -3.0 + 0.7 * (i % 17),
                                                     0.1 + 0.3 * (i % 13)};
        const double t = 1.0 + i % 35;
        double exact[3], fast[3];
        const double count = growth_gradient(&parameters, 30.0, t, exact);
        const double z = (log(t) - parameters.immediacy) / parameters.longevity;
        if (!(count > 1e-280 && count < 1e280 && fabs(exact[1]) > 1e-280)) {
            continue;
        }
        const double reach = (log(t) + fabs(parameters.immediacy)) / parameters.longevity;
        const double allowed =
            (fabs(z) * (fabs(z) + reach) + 4.0) * (1.0 + fitness * growth_normal_distribution(z));
        const double value = growth_gradient_at_log(&parameters, 30.0, log(t), fast);
        worst(&error, relative_error(value, count) / allowed);
        worst(&error, relative_error(fast[0], exact[0]) / allowed);
        worst(&error, relative_error(fast[1], exact[1]) / allowed);
    }
    tap_ok(error < 4.0 * DBL_EPSILON, "growth_gradient_at_log, %.1e of the allowed loss",
           error / DBL_EPSILON);
    const struct growth_parameters parameters = {5.0, 2.0, 0.8};
    double gradient[3] = {1.0, 1.0, 1.0};
    tap_ok(growth_gradient_at_log(&parameters, 30.0, -INFINITY, gradient) == 0.0 &&
               gradient[0] == 0.0 && gradient[1] == 0.0 && gradient[2] == 0.0,
           "growth_gradient_at_log at t = 0");
}

static void test_limits(void)
{
    const struct growth_parameters parameters = {5.0, 2.0, 0.8};
    double gradient[3] = {1.0, 1.0, 1.0};
    tap_ok(growth_gradient(&parameters, 30.0, 0.0, gradient) == 0.0, "c(0) = 0");
    tap_ok(gradient[0] == 0.0 && gradient[1] == 0.0 && gradient[2] == 0.0,
           "gradient is 0 at t = 0");
    tap_ok(growth_count(&parameters, 30.0, 0.0) == 0.0, "growth_count is 0 at t = 0");
    tap_ok(growth_log_count(&parameters, 30.0, 0.0) == -INFINITY, "ln c(0) = -infinity");
    tap_close(growth_count(&parameters, 30.0, exp(2.0)), 30.0 * expm1(2.5), 1e-14,
              "half of lambda at the impact time");
    tap_close(growth_count(&parameters, 30.0, 1e30), growth_ultimate(5.0, 30.0), 1e-15,
              "the ultimate count at the end of time");

    const struct growth_parameters step = {3.0, 1.0, 1e-300};
    tap_ok(growth_gradient(&step, 1.0, 1.0, gradient) == 0.0, "a step curve before its step");
    tap_ok(gradient[0] == 0.0 && gradient[1] == 0.0 && gradient[2] == 0.0,
           "a step curve has no gradient before its step");
    tap_close(growth_gradient(&step, 1.0, 9.0, gradient), expm1(3.0), 1e-15,
              "a step curve after its step");
    tap_ok(gradient[1] == 0.0 && gradient[2] == 0.0, "a step curve is flat after its step");

    const struct growth_parameters late = {1.0, 60.0, 1.0};
    tap_ok(growth_count(&late, 1.0, 1.0) == 0.0, "a count below the range of double is 0");
    /* mpmath: log(erfc(60/sqrt(2))/2) = -1805.01356068... */
    tap_close(growth_log_count(&late, 1.0, 1.0), -1805.0135606805671, 1e-13,
              "its logarithm is finite");
    const struct growth_parameters huge = {2000.0, 0.0, 1.0};
    tap_ok(isinf(growth_count(&huge, 1.0, 1.0)), "a count above the range is infinite");
    tap_close(growth_log_count(&huge, 1.0, 1.0), 1000.0, 1e-14, "its logarithm is finite");
    tap_ok(growth_normal_distribution(-INFINITY) == 0.0 && growth_normal_distribution(40.0) == 1.0,
           "Phi at both ends");
}

static void test_ultimate(void)
{
    tap_close(growth_ultimate(1e-12, 30.0), 30.0 * 1.0000000000005e-12, 1e-15,
              "ultimate count of a small fitness");
    tap_close(growth_fitness_of_ultimate(growth_ultimate(9.3, 30.0), 30.0), 9.3, 1e-15,
              "growth_fitness_of_ultimate inverts growth_ultimate");
    tap_close(growth_fitness_of_ultimate(1e-9, 1.0), 1e-9 - 5e-19, 1e-15, "a small ultimate count");
    tap_ok(isinf(growth_ultimate(1e4, 1.0)), "infinite when out of range");
}

int main(void)
{
    test_curve_table();
    test_normal_table();
    test_at_log();
    test_limits();
    test_ultimate();
    return tap_done();
}
