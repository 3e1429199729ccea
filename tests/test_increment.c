/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "increment.h"
#include "memory.h"
#include "tap.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <stdlib.h>

enum { DRAWS = 200000, CELLS = 100 };

/** Values of ln NB(x; M, r) computed by mpmath with 50 digits:
 *  loggamma(x + r) - loggamma(r) - loggamma(x + 1) + r log(r / (r + M)) + x log(M / (r + M)),
 *  for r = infinity x log(M) - M - loggamma(x + 1). */
static void test_mass(void)
{
    const double infinity = (double)INFINITY;
    const struct {
        double mean, dispersion, x, expected;
    } value[] = {
        {3.0, 1.3, 0.0, -1.55512598570163342},
        {3.0, 1.3, 7.0, -3.35636480430244208},
        {1e-09, 0.25, 1.0, -20.7232658419464111},
        {1e-09, 0.25, 2.0, -40.5302409510186671},
        {250.0, 0.05, 0.0, -0.425869658570945206},
        {250.0, 0.05, 1.0, -3.42180191212760241},
        {250.0, 0.05, 5000.0, -12.4859871549419337},
        {1e9, 0.1, 5.0, -6.01302531954507256},
        {40.0, 1e12, 55.0, -5.43907547207615567},
        {1e6, infinity, 1003000.0, -12.3236983876350382},
        {0.5, infinity, 3.0, -4.37120101090789093},
        {1e6, 30.0, 1200000.0, -13.7493004285134143},
        {1e6, 1e4, 1e6, -10.1342624047658526},
        {7.0, 0.001, 100.0, -11.53088740674384},
        {1e5, 2.5, 12.0, -22.9010808526547293},
        {12.0, 12.0, 12.0, -2.51837910721008584},
    };
    for (size_t i = 0; i < sizeof value / sizeof value[0]; i++) {
        const struct increment_law law = increment_law_make(value[i].mean, value[i].dispersion);
        const double actual = increment_log_mass(&law, value[i].x);
        const double error = fabs(actual - value[i].expected);
        tap_ok(error < 2e-13 * (1.0 + fabs(value[i].expected)) + 1e-12,
               "ln NB(%g; %g, %g): error %.1e", value[i].x, value[i].mean, value[i].dispersion,
               error);
    }
}

static double distribution(double mean, double dispersion, double x)
{
    return isinf(dispersion) ? gsl_cdf_poisson_P((unsigned)x, mean)
                             : gsl_cdf_negative_binomial_P(
                                   (unsigned)x, dispersion / (dispersion + mean), dispersion);
}

/** The smallest x with P(X <= x) >= probability. */
static double inverse(double mean, double dispersion, double probability)
{
    double below = -1.0;
    double above = 1.0;
    while (distribution(mean, dispersion, above) < probability) {
        above *= 2.0;
    }
    while (above - below > 1.0) {
        const double middle = floor((below + above) / 2.0);
        if (distribution(mean, dispersion, middle) < probability) {
            below = middle;
        } else {
            above = middle;
        }
    }
    return above;
}

/** Chi-square of draws in cells of about equal probability by GSL's distribution functions. */
static void test_draws(double mean, double dispersion)
{
    double upper[CELLS];
    double expected[CELLS];
    size_t cells = 0;
    double below = 0.0;
    for (size_t i = 1; i <= CELLS; i++) {
        const double x = i < CELLS ? inverse(mean, dispersion, (double)i / CELLS) : INFINITY;
        const double reached = i < CELLS ? distribution(mean, dispersion, x) : 1.0;
        if ((reached - below) * DRAWS >= 10.0 || cells == 0) {
            upper[cells] = x;
            expected[cells++] = (reached - below) * DRAWS;
            below = reached;
        }
    }
    /* What follows the last cell that is large enough belongs to it. */
    expected[cells - 1] += (1.0 - below) * DRAWS;
    upper[cells - 1] = INFINITY;

    struct increment_sampler *sampler = increment_sampler_create();
    increment_sampler_build(sampler, mean, dispersion);
    struct random_stream stream = random_stream_open(20, RANDOM_SAMPLE, 0, 1);
    struct increment_source source = {.stream = &stream};
    double observed[CELLS] = {0.0};
    double sum = 0.0;
    for (size_t i = 0; i < DRAWS; i++) {
        const double x = increment_draw(sampler, &source);
        size_t cell = 0;
        while (x > upper[cell]) {
            cell++;
        }
        observed[cell] += 1.0;
        sum += x;
    }
    double statistic = 0.0;
    for (size_t i = 0; i < cells; i++) {
        statistic += (observed[i] - expected[i]) * (observed[i] - expected[i]) / expected[i];
    }
    const double tail = cells > 1 ? gsl_cdf_chisq_Q(statistic, (double)cells - 1.0) : 0.5;
    tap_ok(tail > 1e-4 && tail < 1.0 - 1e-4, "M = %g, r = %g: %zu cells, p = %.3f", mean,
           dispersion, cells, tail);
    const double error = sqrt((mean + mean * (mean / dispersion)) / DRAWS);
    tap_ok(fabs(sum / DRAWS - mean) <= 4.5 * error + 5.0 / DRAWS, "its mean is %g (%g)", mean,
           sum / DRAWS);
    increment_sampler_free(sampler);
}

/** The tail beyond a table, reached by a first word of all ones: its law is the distribution
 *  conditional on being at least the smallest tail value. */
static void test_table_tail(double mean, double dispersion)
{
    enum { TAIL_CELLS = 12, TAIL_DRAWS = 20000 };
    struct increment_sampler *sampler = increment_sampler_create();
    increment_sampler_build(sampler, mean, dispersion);
    double *value = memory_array(TAIL_DRAWS, sizeof *value);
    double first = (double)INFINITY;
    for (size_t i = 0; i < TAIL_DRAWS; i++) {
        struct random_stream stream = random_stream_open(4, RANDOM_SAMPLE, 5, i);
        random_refill(&stream);
        stream.block[0] = UINT64_MAX;
        struct increment_source source = {.stream = &stream};
        value[i] = increment_draw(sampler, &source);
        first = fmin(first, value[i]);
    }
    const double p = dispersion / (dispersion + mean);
    const double all = gsl_cdf_negative_binomial_Q((unsigned)first - 1, p, dispersion);
    const double width = ceil(2.0 * mean / dispersion / TAIL_CELLS + 0.2);
    double statistic = 0.0;
    for (size_t cell = 0; cell < TAIL_CELLS; cell++) {
        const double from = first + width * (double)cell;
        const double to = cell + 1 == TAIL_CELLS ? (double)INFINITY : from + width;
        const double upper =
            isinf(to) ? 0.0 : gsl_cdf_negative_binomial_Q((unsigned)to - 1, p, dispersion);
        const double share =
            (gsl_cdf_negative_binomial_Q((unsigned)from - 1, p, dispersion) - upper) / all;
        double observed = 0.0;
        for (size_t i = 0; i < TAIL_DRAWS; i++) {
            observed += value[i] >= from && value[i] < to ? 1.0 : 0.0;
        }
        statistic += pow(observed - share * TAIL_DRAWS, 2.0) / (share * TAIL_DRAWS);
    }
    const double tail = gsl_cdf_chisq_Q(statistic, TAIL_CELLS - 1.0);
    tap_ok(tail > 1e-4 && tail < 1.0 - 1e-4, "tail of M = %g, r = %g from %g on: p = %.3f", mean,
           dispersion, first, tail);
    free(value);
    increment_sampler_free(sampler);
}

static void test_mode(void)
{
    bool highest = true;
    for (double mean = 0.1; mean < 300.0; mean *= 1.37) {
        for (double dispersion = 0.3; dispersion < 200.0; dispersion *= 1.7) {
            const struct increment_law law = increment_law_make(mean, dispersion);
            const double mode = increment_mode(&law);
            const double mass = increment_log_mass(&law, mode) + 1e-11;
            highest = highest && mass >= increment_log_mass(&law, mode + 1.0) &&
                      (mode == 0.0 || mass >= increment_log_mass(&law, mode - 1.0));
        }
    }
    tap_ok(highest, "no neighbour of the mode is more probable");
}

int main(void)
{
    gsl_set_error_handler_off();
    test_mass();
    test_mode();
    const double means[] = {0.0, 1e-9, 0.02, 0.7, 5.0, 60.0, 900.0, 2.5e4, 1.7e6};
    const double dispersions[] = {0.02, 0.25, 0.6, 1.0, 1.3, 8.0, 30.0, 1e4, (double)INFINITY};
    for (size_t i = 0; i < sizeof means / sizeof means[0]; i++) {
        for (size_t k = 0; k < sizeof dispersions / sizeof dispersions[0]; k++) {
            test_draws(means[i], dispersions[k]);
        }
    }
    test_table_tail(5.0, 1.3);
    test_table_tail(20.0, 0.4);
    test_table_tail(3.0, 8.0);
    return tap_done();
}
