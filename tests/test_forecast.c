/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Baselines against hand-worked values; drawn increments against exact probabilities. */
#include "forecast.h"

#include "forecaster.h"
#include "forecaster_private.h"
#include "gamma_table.h"
#include "growth.h"
#include "memory.h"
#include "option.h"
#include "poisson_table.h"
#include "tap.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <stdlib.h>
#include <string.h>

static const double ages[] = {0, 1, 2, 3, 4};
static const double counts[] = {0, 2, 2, 8, 14};
static const struct hierarchy_series five = {5, ages, counts};

static void test_baselines(void)
{
    tap_close(forecast_last_value(&five), 14, 0, "last value");
    tap_close(forecast_drift(&five, 1, 2), 26, 1e-15, "drift over one step");
    tap_close(forecast_drift(&five, 3, 2), 22, 1e-15, "drift over three steps");
    tap_close(forecast_drift(&five, 30, 2), 21, 1e-15, "a window longer than the series");
    struct hierarchy_series one = {1, ages, counts};
    tap_close(forecast_drift(&one, 3, 2), 0, 0, "a single point has no flow");
    tap_close(forecast_damped_drift(&five, 3, 0.5, 1, 2), 14 + 4 * (0.5 + 0.25), 1e-15, "damped");
    /* Least-squares slope of (0,0) (1,2) (2,2) (3,8) (4,14): 34 / 10. */
    tap_close(forecast_theta(&five, 2), 14 + 2 * 1.7, 1e-14, "theta");
    struct growth_parameters curve = {2, 1, 1};
    tap_close(forecast_curve(&curve, 30, 1.0 / 12, &five, 2), growth_count(&curve, 30, 0.5), 1e-15,
              "curve, steps of a month and t in years");
}

static void test_summaries(void)
{
    double draw[] = {5, 1, 3, 2, 4};
    double median;
    double mean;
    double quantile[2];
    forecast_summarise(draw, 5, (double[]){0.25, 1}, 2, &median, &mean, quantile);
    tap_ok(median == 3 && mean == 3 && quantile[0] == 2 && quantile[1] == 5, "summary of draws");
    tap_close(forecast_exceedance(draw, 5, 4), 0.4, 1e-15, "exceedance counts ties");
    /* Three paths over two steps: reach 10 at step 1, at step 2 and never. */
    const double path[] = {10, 4, 1, 12, 10, 9};
    double time[3];
    const double probability[] = {0, 0.5, 1};
    forecast_time_to_count(path, 2, 3, 0, 10, probability, 3, time);
    tap_ok(time[0] == 1 && time[1] == 2 && isnan(time[2]), "time to count");
    forecast_time_to_count(path, 2, 3, 11, 10, probability, 3, time);
    tap_ok(time[0] == 0 && time[2] == 0, "reached already");
}

/** Pearson's statistic of draws against probabilities; bins with less than 5 expected are merged
 *  into the last. Returns its tail probability. */
static double tail_probability(const double *draw, size_t count, double (*mass)(double, void *),
                               void *context, size_t bins)
{
    double *seen = memory_array(bins + 1, sizeof *seen);
    for (size_t i = 0; i < count; i++) {
        seen[draw[i] < (double)bins ? (size_t)draw[i] : bins] += 1;
    }
    double statistic = 0;
    double rest = (double)count;
    double rest_seen = (double)count;
    size_t used = 0;
    for (size_t k = 0; k < bins; k++) {
        double expected = (double)count * mass((double)k, context);
        if (expected >= 5) {
            statistic += (seen[k] - expected) * (seen[k] - expected) / expected;
            rest -= expected;
            rest_seen -= seen[k];
            used++;
        }
    }
    if (rest > 5) {
        statistic += (rest_seen - rest) * (rest_seen - rest) / rest;
        used++;
    }
    free(seen);
    return gsl_cdf_chisq_Q(statistic, (double)(used - 1));
}

static double poisson_mass(double k, void *context)
{
    return gsl_ran_poisson_pdf((unsigned)k, *(double *)context);
}

static void test_poisson(void)
{
    enum { DRAWS = 400000 };
    /* On both sides of the tables' bounds, at a tabulated mean and just below one. */
    double mean[] = {0.01, 0.0624, 0.0625, 0.3, 0.999, 4, 11.9, 31.9, 32.1, 300};
    double *draw = memory_array(DRAWS, sizeof *draw);
    struct poisson_tables *tables = poisson_tables_create();
    struct random_stream stream = random_stream_open(7, RANDOM_FORECAST, 1, 2);
    struct random_bulk random = random_bulk_open(&stream);
    for (size_t m = 0; m < sizeof mean / sizeof *mean; m++) {
        for (size_t i = 0; i < DRAWS; i++) {
            draw[i] = poisson_tables_draw(tables, &random, random_bulk_uniform(&random), mean[m]);
        }
        double p = tail_probability(draw, DRAWS, poisson_mass, &mean[m], 600);
        tap_ok(p > 1e-4, "Poisson of mean %g: chi-squared tail %.3g", mean[m], p);
    }
    /* P(X > 6) = 1.5e-13, P(X > 5) = 2.1e-11. */
    tap_ok(poisson_tables_draw(tables, &random, 0x1p-53, 0.05) == 0 &&
               poisson_tables_draw(tables, &random, 1 - 1e-12, 0.05) == 6,
           "both ends of the smallest means");
    tap_ok(poisson_tables_draw(tables, &random, 0.5, 3e15) == 3e15,
           "the mean where doubles do not hold all integers");
    poisson_tables_free(tables);
    free(draw);
}

/** The deviate of a table at probability u, or at an upper tail of 1 - u. */
static double gamma_at(const struct gamma_tables *tables, size_t table, double lower, double upper)
{
    double outer = (double)GAMMA_TABLE_OUTER / GAMMA_TABLE_CELLS;
    if (lower < outer || upper < outer) {
        return gamma_tables_tail(tables, table, upper < lower, fmin(lower, upper));
    }
    size_t cell = (size_t)(lower * GAMMA_TABLE_CELLS);
    const double *knot = tables->inner + table * GAMMA_TABLE_KNOTS + cell;
    return knot[0] + (knot[1] - knot[0]) * (lower * GAMMA_TABLE_CELLS - (double)cell);
}

/** The smaller tail beyond a tabulated deviate against GSL's incomplete gamma functions. */
static void test_gamma(void)
{
    const double shape[] = {0.25, 0.5, 1.3, 8, 30, 1000};
    enum { SHAPES = sizeof shape / sizeof *shape };
    struct gamma_tables tables = gamma_tables_create(SHAPES, shape);
    for (size_t s = 0; s < SHAPES; s++) {
        double farthest = 0;
        for (double p = 0x1p-52; p < 0.5; p *= 1.0137) {
            double scale = 1 / shape[s];
            double low = gsl_cdf_gamma_P(gamma_at(&tables, s, p, 1 - p), shape[s], scale);
            double high = gsl_cdf_gamma_Q(gamma_at(&tables, s, 1 - p, p), shape[s], scale);
            farthest = fmax(farthest, fmax(fabs(low / p - 1), fabs(high / p - 1)));
        }
        tap_ok(farthest < 2e-3, "gamma deviates of shape %g: tails off by %.2g of themselves",
               shape[s], farthest);
    }
    gamma_tables_free(&tables);
}

/** The increment's exact distribution: NB, or the mixture with shocks. */
struct law {
    double mean;
    double dispersion;
    struct hierarchy_model model;
};

static double law_mass(double d, void *context)
{
    const struct law *law = context;
    const struct hierarchy_model *model = &law->model;
    double ordinary = gsl_ran_negative_binomial_pdf(
        (unsigned)d, law->dispersion / (law->dispersion + law->mean), law->dispersion);
    double shock_mean = model->shock_factor * law->mean + model->shock_offset;
    double shock = gsl_ran_negative_binomial_pdf(
        (unsigned)d, model->shock_dispersion / (model->shock_dispersion + shock_mean),
        model->shock_dispersion);
    return (1 - model->shock_probability) * ordinary + model->shock_probability * shock;
}

/** All weight on one node and no random walk: the first increment has a known distribution. */
static void test_draws(bool shocks, size_t r)
{
    enum { DRAWS = 200000 };
    struct config config;
    option_defaults(&config);
    config.hierarchy.shocks = shocks;
    config.hierarchy.random_walk = 0;
    config.forecast.draws = DRAWS;
    struct forecaster_settings settings = forecaster_settings_make(&config, SERIES_STEP_MONTH);
    struct grid *grid = grid_create(&config.hierarchy, SERIES_STEP_MONTH, 0);
    struct forecaster *forecaster = forecaster_create(&settings, grid, 8, 3, 0);
    double *weight = memory_array(grid->nodes, sizeof *weight);
    double *path = memory_array(3 * DRAWS, sizeof *path);
    size_t cell = 8 + 25 * (5 + 11 * 2);
    weight[r * grid->stride + cell] = 1;
    struct growth_parameters curve = {
        growth_fitness_of_ultimate(exp(grid->coordinate[0][cell]), 30), grid->coordinate[1][cell],
        exp(grid->coordinate[2][cell])};
    struct law law = {growth_count(&curve, 30, 5) - growth_count(&curve, 30, 4),
                      grid->dispersion[r], settings.model};
    struct random_stream stream = random_stream_open(1, RANDOM_FORECAST, 5, r);
    struct forecaster_series series = {five, "a/b", 0};
    forecaster_draw(forecaster, &series, weight, &stream, 3, path);
    bool rising = true;
    for (size_t i = 0; i < DRAWS; i++) {
        rising = rising && path[i] >= 14 && path[DRAWS + i] >= path[i] &&
                 path[2 * DRAWS + i] >= path[DRAWS + i];
        path[i] -= 14;
    }
    double sum = 0;
    double squares = 0;
    for (size_t i = 0; i < DRAWS; i++) {
        sum += path[i];
        squares += path[i] * path[i];
    }
    double p = tail_probability(path, DRAWS, law_mass, &law, 2000);
    tap_ok(p > 1e-4, "increments of mean %.3g, r = %g, %s shocks: chi-squared tail %.3g", law.mean,
           law.dispersion, shocks ? "with" : "without", p);
    double shock = settings.model.shock_factor * law.mean + settings.model.shock_offset;
    double pi = settings.model.shock_probability;
    double mean = (1 - pi) * law.mean + pi * shock;
    double second = (1 - pi) * (law.mean + law.mean * law.mean * (1 + 1 / law.dispersion)) +
                    pi * (shock + shock * shock * (1 + 1 / settings.model.shock_dispersion));
    double error = sqrt((squares / DRAWS - sum * sum / DRAWS / DRAWS) / DRAWS);
    tap_ok(fabs(sum / DRAWS - mean) < 4.5 * error, "their mean %.5g is %.5g", sum / DRAWS, mean);
    tap_ok(fabs(squares / DRAWS / second - 1) < 0.1, "and their mean square %.5g is %.5g",
           squares / DRAWS, second);
    tap_ok(rising, "paths start at the last count and never fall");
    free(path);
    free(weight);
    forecaster_free(forecaster);
    grid_free(grid);
}

/** All weight on a node with little noise (sd 3%): what is left is the walk. */
static void test_walk(void)
{
    enum { DRAWS = 4000, AHEAD = 4 };
    struct config config;
    option_defaults(&config);
    config.hierarchy.shocks = false;
    config.hierarchy.random_walk = 0.2;
    config.hierarchy.dispersions = (struct config_list){1, {1000}};
    config.forecast.draws = DRAWS;
    struct forecaster_settings settings = forecaster_settings_make(&config, SERIES_STEP_MONTH);
    struct grid *grid = grid_create(&config.hierarchy, SERIES_STEP_MONTH, 0);
    struct forecaster *forecaster = forecaster_create(&settings, grid, 8, AHEAD, 0);
    double *weight = memory_array(grid->nodes, sizeof *weight);
    weight[24 + 25 * (5 + 11 * 2)] = 1; /* A = 16: steps of hundreds of thousands */
    double *path[2];
    for (size_t s = 0; s < 2; s++) {
        struct random_stream stream = random_stream_open(1, RANDOM_FORECAST, s, 0);
        struct forecaster_series series = {five, "a/b", 0};
        path[s] = memory_array(AHEAD * DRAWS, sizeof **path);
        forecaster_draw(forecaster, &series, weight, &stream, AHEAD, path[s]);
    }
    double mean = 0;
    double square = 0;
    double farthest = 0;
    for (size_t i = 0; i < DRAWS; i++) {
        const double *last = path[0] + (AHEAD - 1) * DRAWS + i;
        const double *other = path[1] + (AHEAD - 1) * DRAWS + i;
        double walk = log(*last - last[-DRAWS]);
        mean += walk / DRAWS;
        square += walk * walk / DRAWS;
        farthest = fmax(farthest, fabs(walk - log(*other - other[-DRAWS])));
    }
    struct growth_parameters curve = {growth_fitness_of_ultimate(exp(16), 30),
                                      grid->coordinate[1][25 * (5 + 11 * 2)],
                                      exp(grid->coordinate[2][25 * (5 + 11 * 2)])};
    double expected = growth_count(&curve, 30, 8) - growth_count(&curve, 30, 7);
    tap_close(mean, log(expected), 2e-3, "the walk does not shift the median");
    tap_close(sqrt(square - mean * mean), 0.2 * sqrt(AHEAD), 0.03,
              "it widens with the root of time");
    tap_ok(farthest < 0.25, "all series walk together: apart by %.3g", farthest);
    free(path[0]);
    free(path[1]);
    free(weight);
    forecaster_free(forecaster);
    grid_free(grid);
}

/** What a series gets does not depend on which was drawn before it. */
static void test_order(void)
{
    enum { AHEAD = 3 };
    struct config config;
    option_defaults(&config);
    struct forecaster_settings settings = forecaster_settings_make(&config, SERIES_STEP_MONTH);
    struct grid *grid = grid_create(&config.hierarchy, SERIES_STEP_MONTH, 0);
    struct forecaster *forecaster = forecaster_create(&settings, grid, 8, AHEAD, 0);
    double *weight = memory_array(grid->nodes, sizeof *weight);
    double *path[2];
    struct forecaster_series series = {five, "a/b", 0};
    for (size_t k = 0; k < 2; k++) {
        size_t values = AHEAD * settings.draws;
        path[k] = memory_array(2 * values, sizeof **path);
        for (size_t n = 0; n < 2; n++) {
            size_t s = n ^ k;
            struct random_stream stream = random_stream_open(1, RANDOM_FORECAST, s, 0);
            for (size_t i = 0; i < grid->nodes; i++) {
                weight[i] = i % 100 == s ? 1 / ceil((double)(grid->nodes - s) / 100) : 0;
            }
            forecaster_draw(forecaster, &series, weight, &stream, AHEAD, path[k] + s * values);
        }
    }
    tap_ok(memcmp(path[0], path[1], 2 * AHEAD * settings.draws * sizeof **path) == 0,
           "two series drawn in one order or the other have the same paths");
    free(path[0]);
    free(path[1]);
    free(weight);
    forecaster_free(forecaster);
    grid_free(grid);
}

int main(void)
{
    gsl_set_error_handler_off();
    test_baselines();
    test_summaries();
    test_poisson();
    test_gamma();
    for (size_t r = 0; r < 6; r++) {
        test_draws(r % 2 == 0, r);
    }
    test_walk();
    test_order();
    return tap_done();
}
