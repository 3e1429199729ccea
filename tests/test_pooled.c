/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The published posterior against a plain sum over a far finer, regular grid, and the tables it is
 * made from against the formula.
 */
#include "pooled.h"

#include "growth.h"
#include "hierarchy_table.h"
#include "increment_table.h"
#include "memory.h"
#include "option.h"
#include "pooled_reference.h"
#include "tap.h"

#include <gsl/gsl_errno.h>
#include <stdlib.h>
#include <string.h>

enum { SERIES = 7, POINTS = 17, QUANTILES = 5 };

static const double observed[SERIES][POINTS] = {
    {0, 66, 181, 415, 538, 654, 778, 852, 957, 1059, 1156, 1269, 1357, 1469, 1561, 1630, 1696},
    {0, 2, 16, 234},
    {0, 3, 4, 5, 8, 11, 14, 15, 17, 23, 24, 28, 39, 102},
    {0, 12, 28, 48, 61, 521, 1499, 6081, 24502, 32587, 33167, 33402, 33592},
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    {0},
    {0, 5, 9, 14, 18, 22, 27, 31, 36, 40, 44, 49, 54, 58, 62, 67},
};
static const size_t points[SERIES] = {17, 4, 14, 13, 17, 1, 16};
static double age[POINTS];

static const double probability[QUANTILES] = {0.025, 0.25, 0.5, 0.75, 0.975};

static struct hierarchy_prior learned(void)
{
    return (struct hierarchy_prior){
        .covariates = 1,
        .coefficient = {{4.3, 1.5, 0.6}},
        .covariance = {6.4, 0.4, 0.1, 1.4, 0.02, 0.27},
        .dispersion = {0.04, 0.13, 0.19, 0.3, 0.32, 0.02},
    };
}

static void check(struct pooled *pooled, const struct hierarchy_model *model,
                  const struct grid *grid, size_t i)
{
    struct hierarchy_prior prior = learned();
    const double *mean = prior.coefficient[0];
    struct hierarchy_series series = {points[i], age, observed[i]};
    double quantile[POOLED_QUANTITIES][QUANTILES];
    struct pooled_posterior posterior =
        pooled_compute(pooled, &prior, mean, &series, probability, QUANTILES, quantile[0]);
    struct pooled_reference reference =
        pooled_reference_make(model, grid, &prior, mean, &series, 0.01);
    double worst_mean = 0;
    double worst_deviation = 0;
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        double deviation = reference.deviation[axis];
        worst_mean =
            fmax(worst_mean, fabs(posterior.mean[axis] - reference.mean[axis]) / deviation);
        worst_deviation = fmax(worst_deviation, fabs(posterior.deviation[axis] / deviation - 1));
    }
    double worst_share = 0;
    for (size_t q = 0; q < QUANTILES; q++) {
        double at[3] = {log(quantile[POOLED_ULTIMATE_COUNT][q]), quantile[POOLED_IMMEDIACY][q],
                        log(quantile[POOLED_LONGEVITY][q])};
        for (size_t axis = 0; axis < GRID_AXES; axis++) {
            double below = pooled_reference_below(&reference, axis, at[axis]);
            worst_share = fmax(worst_share, fabs(below - probability[q]));
        }
    }
    tap_ok(worst_mean < 0.05, "series %zu: means within %.3f standard deviations", i, worst_mean);
    tap_ok(worst_deviation < 0.05, "series %zu: standard deviations within %.1f%%", i,
           100 * worst_deviation);
    tap_ok(worst_share < 0.02, "series %zu: quantiles within %.4f in probability", i, worst_share);
    tap_ok(quantile[POOLED_FITNESS][2] ==
                   growth_fitness_of_ultimate(quantile[POOLED_ULTIMATE_COUNT][2], model->scale) &&
               quantile[POOLED_IMPACT_TIME][1] == exp(quantile[POOLED_IMMEDIACY][1]),
           "series %zu: lambda and impact time belong to A and mu", i);
    tap_ok(posterior.at_edge == (i == 4), "series %zu: edge of the grid", i);
}

/** Rules that no lattice can follow as they stand: steps that take more points than there may be,
 *  lattice after lattice, and a depth that leaves out a part of every variance. */
static void test_rules(const struct hierarchy_model *model, const struct grid *grid)
{
    static const struct pooled_rule rule[] = {{{1e-4, 1e-4, 1e-4}, 7, 8000},
                                              {{0.9, 0.6, 0.8}, 2, 8000}};
    for (size_t i = 0; i < sizeof rule / sizeof *rule; i++) {
        struct pooled *pooled = pooled_create(model, grid, &rule[i]);
        check(pooled, model, grid, 0);
        check(pooled, model, grid, 3);
        pooled_free(pooled);
    }
}

/** A series has the same bits whatever came before it. */
static void test_order(const struct hierarchy_model *model, const struct grid *grid)
{
    struct hierarchy_prior prior = learned();
    struct pooled *used = pooled_create(model, grid, &pooled_monthly_rule);
    size_t same = 0;
    for (size_t n = 0; n < 2 * SERIES; n++) {
        size_t i = n * 5 % SERIES;
        struct hierarchy_series series = {points[i], age, observed[i]};
        struct pooled *fresh = pooled_create(model, grid, &pooled_monthly_rule);
        double a[POOLED_QUANTITIES][QUANTILES];
        double b[POOLED_QUANTITIES][QUANTILES];
        (void)pooled_compute(used, &prior, prior.coefficient[0], &series, probability, QUANTILES,
                             a[0]);
        (void)pooled_compute(fresh, &prior, prior.coefficient[0], &series, probability, QUANTILES,
                             b[0]);
        same += memcmp(a, b, sizeof a) == 0;
        pooled_free(fresh);
    }
    tap_ok(same == 2 * (size_t)SERIES, "what came before a series changes no bit of it");
    pooled_free(used);
}

/** Interpolation against ln p itself at means between the entries. */
static void test_tables(const struct hierarchy_model *model, const struct grid *grid)
{
    enum { MEANS = 400 };
    static const double increment[] = {0, 1, 2, 7, 40, 333, 5000, 22623};
    struct increment_tables *tables = increment_tables_create(model, grid, 40);
    size_t lanes = increment_tables_lanes(tables);
    double log_mean[MEANS];
    double mean[MEANS];
    int32_t first[MEANS];
    double weight[4][MEANS];
    struct increment_position position = {first, {weight[0], weight[1], weight[2], weight[3]}};
    struct grid line = *grid;
    line.stride = line.cells = MEANS;
    line.nodes = MEANS * grid->dispersions;
    double *sum = memory_array(MEANS * lanes, sizeof *sum);
    double *exact = memory_array(line.nodes, sizeof *exact);
    for (size_t i = 0; i < MEANS; i++) {
        log_mean[i] = -20 + 36 * (double)i / MEANS;
        mean[i] = exp(log_mean[i]);
    }
    increment_tables_place(tables, MEANS, log_mean, &position);
    double worst = 0;
    for (size_t d = 0; d < sizeof increment / sizeof *increment; d++) {
        memset(sum, 0, MEANS * lanes * sizeof *sum);
        increment_tables_add(tables, d, increment[d], MEANS, &position, sum);
        hierarchy_increment_log_probability(model, &line, mean, increment[d], exact);
        for (size_t i = 0; i < MEANS; i++) {
            for (size_t r = 0; r < grid->dispersions; r++) {
                double value = exact[r * MEANS + i];
                double error = fabs(sum[i * lanes + r] - value) / fmax(1, fabs(value) / 10);
                worst = fmax(worst, error);
            }
        }
    }
    tap_ok(worst < 0.005, "tables of ln p are within %.1e, or of a tenth of ln p", worst);
    free(sum);
    free(exact);
    increment_tables_free(tables);
}

int main(void)
{
    gsl_set_error_handler_off();
    for (size_t k = 0; k < POINTS; k++) {
        age[k] = (double)k;
    }
    struct config config;
    option_defaults(&config);
    struct hierarchy_model model = hierarchy_model_make(&config.hierarchy, 30, SERIES_STEP_MONTH);
    struct grid *grid = grid_create(&config.hierarchy, SERIES_STEP_MONTH, 0);
    struct pooled *pooled = pooled_create(&model, grid, &pooled_monthly_rule);
    for (size_t i = 0; i < SERIES; i++) {
        check(pooled, &model, grid, i);
    }
    test_rules(&model, grid);
    test_order(&model, grid);
    test_tables(&model, grid);
    pooled_free(pooled);
    grid_free(grid);
    return tap_done();
}
