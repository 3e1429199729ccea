/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running sums of a 30-day counter are told from counts that are cumulative, whatever these look
   like. */
#include "reader_echo.h"

#include "tap.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>

enum { DAYS = 180, WINDOW = 30, SERIES = 200 };

/** Draws or computes the increments of a series. */
typedef void draw_function(gsl_rng *generator, double *increment);

/* Overdispersed counts that follow the week, fading as downloads do. */
static void draw_downloads(gsl_rng *generator, double *increment)
{
    double level = exp(gsl_ran_flat(generator, log(5), log(1e6)));
    for (int t = 0; t < DAYS; t++) {
        double mean = level * (t % 7 < 5 ? 1.0 : 0.6) / (1 + t / 60.0);
        increment[t] = gsl_ran_poisson(generator, mean * gsl_ran_gamma(generator, 20, 1 / 20.0));
    }
}

/* As rare as fine-tuned models. */
static void draw_few(gsl_rng *generator, double *increment)
{
    double level = exp(gsl_ran_flat(generator, log(0.1), log(5)));
    for (int t = 0; t < DAYS; t++) {
        increment[t] = gsl_ran_poisson(generator, level);
    }
}

/* As even as counts can be that come independently. */
static void draw_even(gsl_rng *generator, double *increment)
{
    double level = exp(gsl_ran_flat(generator, log(1e3), log(1e9)));
    for (int t = 0; t < DAYS; t++) {
        increment[t] = floor(level + gsl_ran_gaussian(generator, sqrt(level)) + 0.5);
    }
}

/* A few days hold nearly all. */
static void draw_shocks(gsl_rng *generator, double *increment)
{
    for (int t = 0; t < DAYS; t++) {
        double level = gsl_rng_uniform(generator) < 0.02 ? 1e5 : 100;
        increment[t] = gsl_ran_poisson(generator, level);
    }
}

/* The curve of the model itself. */
static void draw_curve(gsl_rng *generator, double *increment)
{
    double fitness = gsl_ran_flat(generator, 1, 10);
    double immediacy = gsl_ran_flat(generator, 2, 7);
    double longevity = gsl_ran_flat(generator, 0.3, 2);
    double before = 0;
    for (int t = 0; t < DAYS; t++) {
        double share = gsl_cdf_ugaussian_P((log(t + 1.0) - immediacy) / longevity);
        double count = 30 * expm1(fitness * share);
        increment[t] = count - before;
        before = count;
    }
}

/* How many of SERIES series are told to be a running sum; they are, if `sums`. */
static int count_told(draw_function *draw, bool sums)
{
    gsl_rng *generator = gsl_rng_alloc(gsl_rng_mt19937);
    int told = 0;
    for (int series = 0; series < SERIES; series++) {
        double increment[DAYS];
        double count[DAYS];
        draw(generator, increment);
        double trailing = 0;
        for (int t = 0; t < DAYS; t++) {
            trailing += increment[t] - (t >= WINDOW ? increment[t - WINDOW] : 0);
            count[t] = (t > 0 ? count[t - 1] : 0) + (sums ? trailing : increment[t]);
        }
        struct reader_echo signs;
        told += reader_echo_measure(count, DAYS, &signs) && reader_echo_tells(&signs) ? 1 : 0;
    }
    gsl_rng_free(generator);
    return told;
}

static void test_series(void)
{
    static const struct {
        const char *name;
        draw_function *draw;
    } kinds[] = {{"downloads", draw_downloads},
                 {"rare counts", draw_few},
                 {"even counts", draw_even},
                 {"shocks", draw_shocks},
                 {"curves", draw_curve}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        int told = count_told(kinds[i].draw, false);
        tap_ok(told <= SERIES / 100, "cumulative %s: %d of %d told", kinds[i].name, told, SERIES);
    }
    int told = count_told(draw_downloads, true);
    tap_ok(told >= SERIES * 9 / 10, "running sums of downloads: %d of %d told", told, SERIES);
}

/* By hand: increments 0, 1, 0, 1, ... have x = 1, -1, 1, ... and r(k) = (-1)^k (1 - k / 98). */
static void test_closed_form(void)
{
    double count[100];
    struct reader_echo signs = {0};
    for (int t = 0; t < 100; t++) {
        count[t] = t / 2;
    }
    bool good = reader_echo_measure(count, 100, &signs);
    tap_ok(good && fabs(signs.roughness - 99.0 / 49) < 1e-12 &&
               fabs(signs.next + (1 - 1 / 98.0)) < 1e-12 &&
               fabs(signs.echo - (1 - 30 / 98.0 + (1 - 30 / 98.0))) < 1e-12,
           "increments in turn: %.3f %.3f %.3f", signs.roughness, signs.next, signs.echo);
    tap_ok(!reader_echo_measure(count, 79, &signs), "too few days say nothing");
    for (int t = 0; t < 100; t++) {
        count[t] = 0.1 * t;
    }
    tap_ok(!reader_echo_measure(count, 100, &signs), "nor does a straight line, rounded");
    for (int t = 0; t < 100; t++) {
        count[t] = 7;
    }
    tap_ok(!reader_echo_measure(count, 100, &signs), "nor one that never rises");
}

static void test_median(void)
{
    struct reader_echo signs[] = {{0.3, 0.1, -0.2}, {0.1, 0.3, -0.3}, {0.2, 0.2, -0.1}};
    struct reader_echo median = reader_echo_median(signs, 3);
    tap_ok(median.roughness == 0.2 && median.next == 0.2 && median.echo == -0.2,
           "the median is taken of each sign");
}

int main(void)
{
    test_series();
    test_closed_form();
    test_median();
    return tap_done();
}
