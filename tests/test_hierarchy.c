/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The posterior against an independent sum in extended precision over the same nodes, the bits of
 * the blocked product, EM's ascent and the covariates.
 */
#include "hierarchy.h"

#include "hierarchy_reference.h"
#include "memory.h"
#include "option.h"
#include "tap.h"

#include <gsl/gsl_errno.h>
#include <stdlib.h>
#include <string.h>

enum { SERIES = 10, POINTS = 24 };

/** Cumulative counts as the fine-tune files have them: small, large, bursts, zeros, one increment.
 */
static const double observed[SERIES][POINTS] = {
    {0, 66, 181, 415, 538, 654, 778, 852, 957, 1059, 1156, 1269, 1357, 1469, 1561, 1630, 1696},
    {0, 2, 16, 234},
    {0, 3, 4, 5, 8, 11, 14, 15, 17, 23, 24, 28, 39, 102},
    {0, 12, 28, 48, 61, 521, 1499, 6081, 24502, 32587, 33167, 33402, 33592},
    {0, 0, 0, 0, 0, 0, 0},
    {0, 1},
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 4},
    {0, 95, 230, 451, 634, 1256},
    {0, 1, 1, 1, 1, 900, 900, 900},
    {0, 5, 9, 14, 18, 22, 27, 31, 36, 40, 44, 49, 54, 58, 62, 67},
};
static const size_t points[SERIES] = {17, 4, 14, 13, 7, 2, 24, 6, 8, 16};
static double age[POINTS];

static struct config_hierarchy defaults(void)
{
    struct config config;
    option_defaults(&config);
    return config.hierarchy;
}

static struct hierarchy_series series_of(size_t i)
{
    return (struct hierarchy_series){points[i], age, observed[i]};
}

/** A prior away from its start, so that every entry of V and B is in use. */
static struct hierarchy_prior some_prior(void)
{
    return (struct hierarchy_prior){
        .covariates = 2,
        .coefficient = {{4, 2, 0.1}, {0.7, -0.3, 0.05}},
        .covariance = {3, 0.8, 0.1, 1.2, 0.2, 0.4},
        .dispersion = {0.1, 0.25, 0.3, 0.2, 0.1, 0.05},
    };
}

static void test_against_extended_precision(bool shocks)
{
    struct config_hierarchy config = defaults();
    config.shocks = shocks;
    struct hierarchy_model model = hierarchy_model_make(&config, 30, SERIES_STEP_MONTH);
    struct grid *grid = grid_create(&config, SERIES_STEP_MONTH, 0);
    struct hierarchy_likelihood *likelihood = hierarchy_likelihood_create(&model, grid, POINTS);
    struct hierarchy_prior prior = some_prior();
    struct hierarchy_field *field = hierarchy_field_create(grid);
    hierarchy_field_set(field, &prior);
    double *log_likelihood = memory_array(HIERARCHY_BLOCK * grid->nodes, sizeof(double));
    double *weight = memory_array(grid->nodes, sizeof(double));
    double *peak = memory_array(grid->stride, sizeof(double));
    struct hierarchy_series series[SERIES];
    for (size_t i = 0; i < SERIES; i++) {
        series[i] = series_of(i);
    }
    hierarchy_likelihood_block(likelihood, 0.8, SERIES, series, log_likelihood);
    size_t same = 0;
    for (size_t i = 0; i < SERIES; i++) {
        double covariate[HIERARCHY_COVARIATES_MAX];
        double mean[GRID_AXES];
        hierarchy_covariates(COVARIATES_COHORT, "a/b", (double)(points[i] - 1), covariate);
        hierarchy_prior_mean(&prior, covariate, mean);
        struct hierarchy_moments moments =
            hierarchy_posterior_compute(field, mean, log_likelihood + i * grid->nodes, weight);
        hierarchy_peak(grid, log_likelihood + i * grid->nodes, peak);
        struct hierarchy_moments again =
            hierarchy_expect(field, mean, log_likelihood + i * grid->nodes, peak);
        same += memcmp(&moments, &again, sizeof again) == 0;
        struct hierarchy_moments expected =
            hierarchy_reference_moments(grid, &model, &prior, 0.8, mean, &series[i]);
        double worst = hierarchy_reference_difference(grid, &moments, &expected);
        tap_ok(worst < 1e-9, "series %zu %s shocks agrees with the extended sum: %.1e", i,
               shocks ? "with" : "without", worst);
    }
    tap_ok(same == SERIES, "the E step has the same bits (%zu of %d)", same, SERIES);
    free(weight);
    free(peak);
    free(log_likelihood);
    hierarchy_field_free(field);
    hierarchy_likelihood_free(likelihood);
    grid_free(grid);
}

/** Every row of the block, and blocks with other neighbours, give the same bits. */
static void test_rows(bool shocks)
{
    struct config_hierarchy config = defaults();
    config.shocks = shocks;
    struct hierarchy_model model = hierarchy_model_make(&config, 30, SERIES_STEP_MONTH);
    struct grid *grid = grid_create(&config, SERIES_STEP_MONTH, 0);
    struct hierarchy_likelihood *likelihood = hierarchy_likelihood_create(&model, grid, 35);
    double *block = memory_array(HIERARCHY_BLOCK * grid->nodes, sizeof(double));
    double *alone = memory_array(HIERARCHY_BLOCK * grid->nodes, sizeof(double));
    size_t same = 0;
    struct hierarchy_series probe = series_of(3);
    hierarchy_likelihood_block(likelihood, 0.8, 1, &probe, alone);
    for (size_t row = 0; row < HIERARCHY_BLOCK; row++) {
        struct hierarchy_series series[HIERARCHY_BLOCK];
        for (size_t i = 0; i < HIERARCHY_BLOCK; i++) {
            series[i] = i == row ? probe : series_of((i + row) % SERIES);
        }
        size_t count = row + 1 + (row * 7) % (HIERARCHY_BLOCK - row);
        hierarchy_likelihood_block(likelihood, 0.8, count, series, block);
        same += memcmp(block + row * grid->nodes, alone, grid->nodes * sizeof(double)) == 0;
    }
    tap_ok(same == HIERARCHY_BLOCK, "a series has the same bits in all rows %s shocks (%zu of %d)",
           shocks ? "with" : "without", same, HIERARCHY_BLOCK);
    free(alone);
    free(block);
    hierarchy_likelihood_free(likelihood);
    grid_free(grid);
}

/** The product and the sum of vectors are two ways to the same numbers. */
static void test_two_ways(void)
{
    struct config_hierarchy config = defaults();
    config.shocks = false;
    struct hierarchy_model model = hierarchy_model_make(&config, 30, SERIES_STEP_MONTH);
    struct grid *grid = grid_create(&config, SERIES_STEP_MONTH, 0);
    struct hierarchy_likelihood *product = hierarchy_likelihood_create(&model, grid, 35);
    struct hierarchy_likelihood *sums = hierarchy_likelihood_create(&model, grid, 0);
    double *a = memory_array(HIERARCHY_BLOCK * grid->nodes, sizeof(double));
    double *b = memory_array(HIERARCHY_BLOCK * grid->nodes, sizeof(double));
    double worst = 0;
    for (size_t i = 0; i < SERIES; i++) {
        struct hierarchy_series series = series_of(i);
        hierarchy_likelihood_block(product, 0.9, 1, &series, a);
        hierarchy_likelihood_block(sums, 0.9, 1, &series, b);
        for (size_t node = 0; node < grid->nodes; node++) {
            worst = fmax(worst, fabs(a[node] - b[node]) / fmax(1, fabs(b[node])));
        }
    }
    tap_ok(worst < 1e-11, "product and sum of vectors agree: %.1e", worst);
    free(a);
    free(b);
    hierarchy_likelihood_free(product);
    hierarchy_likelihood_free(sums);
    grid_free(grid);
}

/** EM on copies of the series at all lengths: J rises, also with organizations' offsets. */
static void test_ascent(size_t organizations)
{
    struct config_hierarchy config = defaults();
    struct hierarchy_model model = hierarchy_model_make(&config, 30, SERIES_STEP_MONTH);
    struct grid *grid = grid_create(&config, SERIES_STEP_MONTH, 0);
    struct hierarchy_likelihood *likelihood = hierarchy_likelihood_create(&model, grid, 35);
    struct hierarchy_field *field = hierarchy_field_create(grid);
    struct hierarchy_series series[HIERARCHY_BLOCK];
    struct hierarchy_member member[HIERARCHY_BLOCK];
    struct hierarchy_moments moments[HIERARCHY_BLOCK];
    size_t count = 0;
    for (size_t i = 0; i < SERIES; i++) {
        for (size_t n = 4; n <= points[i] && count < HIERARCHY_BLOCK; n += 3) {
            series[count] = (struct hierarchy_series){n, age, observed[i]};
            hierarchy_covariates(COVARIATES_COHORT, "a/b", (double)(n - 1),
                                 member[count].covariate);
            member[count++].organization = i % 3;
        }
    }
    double *log_likelihood = memory_array(HIERARCHY_BLOCK * grid->nodes, sizeof(double));
    double *weight = memory_array(grid->nodes, sizeof(double));
    hierarchy_likelihood_block(likelihood, 1, count, series, log_likelihood);
    struct hierarchy_prior prior = hierarchy_prior_start(grid, 2);
    double offset[3 * GRID_AXES] = {0};
    double before = -HUGE_VAL;
    size_t falls = 0;
    for (size_t step = 0; step < 60; step++) {
        hierarchy_field_set(field, &prior);
        for (size_t i = 0; i < count; i++) {
            double mean[GRID_AXES];
            hierarchy_prior_mean(&prior, member[i].covariate, mean);
            for (size_t axis = 0; organizations > 0 && axis < GRID_AXES; axis++) {
                mean[axis] += offset[member[i].organization * GRID_AXES + axis];
            }
            moments[i] =
                hierarchy_posterior_compute(field, mean, log_likelihood + i * grid->nodes, weight);
        }
        double value =
            hierarchy_maximise(grid, count, moments, member, organizations, offset, &prior);
        falls += value < before - 1e-9;
        before = value;
    }
    tap_ok(falls == 0, "EM raises the penalised evidence at each of 60 steps, %zu organizations",
           organizations);
    free(weight);
    free(log_likelihood);
    hierarchy_field_free(field);
    hierarchy_likelihood_free(likelihood);
    grid_free(grid);
}

/** Two series, one covariate: the M step worked out by hand. */
static void test_maximise(void)
{
    struct config_hierarchy config = defaults();
    struct grid *grid = grid_create(&config, SERIES_STEP_MONTH, 0);
    struct hierarchy_moments moments[2] = {
        {.mean = {4, 1, 0}, .second = {17, 4, 0, 2, 0, 0.25}, .dispersion = {1}},
        {.mean = {8, 2, 0}, .second = {65, 16, 0, 5, 0, 0.25}, .dispersion = {0, 0.5, 0.5}},
    };
    struct hierarchy_member member[2] = {{{1, -1}, 0}, {{1, 1}, 0}};
    struct hierarchy_prior prior = hierarchy_prior_start(grid, 2);
    (void)hierarchy_maximise(grid, 2, moments, member, 0, NULL, &prior);
    /* X'X = diag(2, 2), D = diag(0, 1): B = (12 / 2, 4 / 3) for A and (3 / 2, 1 / 3) for mu. */
    tap_close(prior.coefficient[0][0], 6, 1e-14, "mean of A");
    tap_close(prior.coefficient[1][0], 4.0 / 3, 1e-14, "slope of A, shrunk");
    tap_close(prior.coefficient[1][1], 1.0 / 3, 1e-14, "slope of mu, shrunk");
    /* A: residuals -2 + 4/3 and 2 - 4/3, variance 1 each, B'DB = 16/9: (2 4/9 + 2 + 16/9) / 2. */
    tap_close(prior.covariance[0], (8.0 / 9 + 2 + 16.0 / 9) / 2 + 1e-4, 1e-13, "variance of A");
    tap_close(prior.covariance[1], (2 * (2.0 / 3) * (1.0 / 6) + 4.0 / 9) / 2, 1e-13,
              "covariance of A and mu");
    tap_close(prior.covariance[5], 0.25 + 1e-4, 1e-14, "variance of ln sigma");
    tap_close(prior.dispersion[0], 1.5 / 5, 1e-15, "probability of the smallest r");
    tap_close(prior.dispersion[1], 1.0 / 5, 1e-15, "probability of the next r");
    grid_free(grid);
}

static void test_covariates(void)
{
    double x[HIERARCHY_COVARIATES_MAX];
    tap_ok(hierarchy_covariates(COVARIATES_NAMES, "Qwen/Qwen2.5-7B-Instruct", 25, x) == 5 &&
               x[0] == 1 && x[1] == 1.5 && x[2] == 1 && fabs(x[3] - log(7)) < 1e-15 && x[4] == 1,
           "7B-Instruct");
    hierarchy_covariates(COVARIATES_NAMES, "EleutherAI/pythia-160m-v0", 10, x);
    tap_ok(x[1] == 0 && x[2] == 1 && fabs(x[3] - log(0.16)) < 1e-15 && x[4] == 0, "160m");
    hierarchy_covariates(COVARIATES_NAMES, "openai/whisper-base", 0, x);
    tap_ok(x[1] == -1 && x[2] == 0 && x[3] == 0 && x[4] == 0, "no size");
    hierarchy_covariates(COVARIATES_NAMES, "google/gemma-2-27b-it", 0, x);
    tap_ok(x[2] == 1 && fabs(x[3] - log(27)) < 1e-15 && x[4] == 1, "27b-it");
    tap_ok(hierarchy_covariates(COVARIATES_COHORT, "a", 0, x) == 2 &&
               hierarchy_covariates(COVARIATES_NONE, "a", 0, x) == 1,
           "the choice decides their number");
}

/** The sample is the same set in the same order whatever the order of the input. */
static void test_sample(void)
{
    struct hierarchy_series series[SERIES];
    struct hierarchy_series reversed[SERIES];
    const char *name[SERIES] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
    const char *name_reversed[SERIES];
    for (size_t i = 0; i < SERIES; i++) {
        series[i] = series_of(i);
        reversed[SERIES - 1 - i] = series[i];
        name_reversed[SERIES - 1 - i] = name[i];
    }
    struct hierarchy_sample a = hierarchy_sample_choose(SERIES, series, name, 3, 5, 1);
    struct hierarchy_sample b = hierarchy_sample_choose(SERIES, reversed, name_reversed, 3, 5, 1);
    struct hierarchy_sample all = hierarchy_sample_choose(SERIES, series, name, 3, 100, 1);
    bool same = a.count == b.count;
    for (size_t i = 0; same && i < a.count; i++) {
        same = a.index[i] == SERIES - 1 - b.index[i];
    }
    tap_ok(same && a.count == 5, "the order of the input does not matter");
    tap_ok(all.count == 8, "all zero and too short series teach nothing");
    hierarchy_sample_free(&a);
    hierarchy_sample_free(&b);
    hierarchy_sample_free(&all);
}

int main(void)
{
    gsl_set_error_handler_off();
    for (size_t k = 0; k < POINTS; k++) {
        age[k] = (double)k;
    }
    test_against_extended_precision(false);
    test_against_extended_precision(true);
    test_rows(false);
    test_rows(true);
    test_two_ways();
    test_ascent(0);
    test_ascent(3);
    test_maximise();
    test_covariates();
    test_sample();
    return tap_done();
}
