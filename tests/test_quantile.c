/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "memory.h"
#include "quantile.h"
#include "random.h"
#include "tap.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <stdlib.h>
#include <string.h>

static const double probability[] = {0.0, 0.025, 0.1, 0.25, 0.5, 0.5, 0.75, 0.9, 0.975, 1.0};
enum { QUANTILES = sizeof probability / sizeof probability[0] };

static void test_published(void)
{
    /* R: quantile(c(3, 1, 4, 1, 5, 9, 2, 6), c(.1, .25, .5, .9)) */
    double values[] = {3, 1, 4, 1, 5, 9, 2, 6};
    const double p[] = {0.1, 0.25, 0.5, 0.9};
    const double expected[] = {1.0, 1.75, 3.5, 6.9};
    double actual[4];
    tap_ok(quantile_sample(values, 8, p, 4, actual) == 8, "all values are counted");
    for (size_t i = 0; i < 4; i++) {
        tap_close(actual[i], expected[i], 1e-15, "type 7 as in R");
    }
}

/** Ties; normal deviates; values over hundreds of powers of ten; those of both signs. */
static double drawn(struct random_stream *stream, size_t kind, uint64_t distinct)
{
    const double normal = random_normal(stream);
    switch (kind) {
    case 0:
        return (double)random_below(stream, distinct);
    case 1:
        return normal;
    case 2:
        return exp(150.0 * normal);
    default:
        return sinh(100.0 * normal);
    }
}

/** GSL's quantiles of sorted data are an independent implementation of type 7. */
static void test_against_gsl(void)
{
    struct random_stream stream = random_stream_open(1, RANDOM_SAMPLE, 0, 0);
    bool same = true;
    for (size_t round = 0; round < 300; round++) {
        const size_t count = 1 + (size_t)random_below(&stream, round % 50 == 0 ? 20000 : 300);
        const uint64_t distinct = 1 + random_below(&stream, 300);
        double *values = memory_array(count, sizeof *values);
        double *sorted = memory_array(count, sizeof *sorted);
        for (size_t i = 0; i < count; i++) {
            sorted[i] = values[i] = drawn(&stream, round % 4, distinct);
        }
        gsl_sort(sorted, 1, count);
        struct quantile_bracket bracket[QUANTILES];
        quantile_brackets(values, count, probability, QUANTILES, bracket);
        for (size_t i = 0; i < QUANTILES; i++) {
            const double expected =
                gsl_stats_quantile_from_sorted_data(sorted, 1, count, probability[i]);
            const double size = fabs(bracket[i].lower) + fabs(bracket[i].upper);
            same = same && fabs(quantile_of(&bracket[i]) - expected) <= 1e-13 * size;
        }
        gsl_sort(values, 1, count);
        same = same && memcmp(values, sorted, count * sizeof *values) == 0;
        free(sorted);
        free(values);
    }
    tap_ok(same, "300 samples of several kinds agree with GSL and are only reordered");
}

static void test_special(void)
{
    const double nan = (double)NAN;
    const double infinity = (double)INFINITY;
    double actual[2];
    const double p[] = {0.25, 0.9};

    double failed[] = {nan, 2.0, nan, 1.0, 3.0};
    tap_ok(quantile_sample(failed, 5, p, 2, actual) == 3, "NaN is left out");
    tap_close(actual[0], 1.5, 1e-15, "quantile of the values that are left");

    double none[] = {nan, nan};
    tap_ok(quantile_sample(none, 2, p, 2, actual) == 0 && isnan(actual[0]),
           "no value, no quantile");

    double ridge[] = {infinity, 1.0, infinity, 2.0};
    tap_ok(quantile_sample(ridge, 4, p, 2, actual) == 4 && actual[0] == 1.75 &&
               actual[1] == infinity,
           "quantiles may be infinite and do not become NaN");

    double many[500];
    for (size_t i = 0; i < 500; i++) {
        many[i] = i % 3 == 0 ? infinity : i % 5 == 0 ? -infinity : (double)(i % 7);
    }
    const double thirds[] = {0.1, 0.4, 0.66, 0.67};
    double third[4];
    (void)quantile_sample(many, 500, thirds, 4, third);
    tap_ok(third[0] == -infinity && third[1] == 3.0 && third[2] == 6.0 && third[3] == infinity,
           "many infinite values stand at their ends (%g %g %g %g)", third[0], third[1], third[2],
           third[3]);
    for (size_t i = 0; i < 500; i++) {
        many[i] = infinity;
    }
    (void)quantile_sample(many, 500, thirds, 4, third);
    tap_ok(third[0] == infinity && third[3] == infinity, "only infinite values");

    double one[] = {7.0};
    (void)quantile_sample(one, 1, p, 2, actual);
    tap_ok(actual[0] == 7.0 && actual[1] == 7.0, "one value is every quantile");
}

/** The bracket of x gives the quantile of exp(x). */
static void test_transformed(void)
{
    double values[] = {0.3, -1.2, 2.5, 0.1, 1.9, -0.4};
    double transformed[6];
    for (size_t i = 0; i < 6; i++) {
        transformed[i] = exp(values[i]);
    }
    struct quantile_bracket bracket;
    const double p = 0.33;
    double expected;
    quantile_brackets(values, 6, &p, 1, &bracket);
    bracket.lower = exp(bracket.lower);
    bracket.upper = exp(bracket.upper);
    (void)quantile_sample(transformed, 6, &p, 1, &expected);
    tap_ok(quantile_of(&bracket) == expected, "a bracket serves increasing functions");
}

int main(void)
{
    test_published();
    test_against_gsl();
    test_special();
    test_transformed();
    return tap_done();
}
