/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The published posterior of daily series, whose counts are large, dispersions up to 1e4 and
 * posteriors often at the bounds, against a plain sum over a far finer, regular mesh; and the sums
 * over increments with large r against the formula.
 */
#include "pooled.h"

#include "memory.h"
#include "option.h"
#include "pooled_reference.h"
#include "pooled_steady.h"
#include "tap.h"

#include <gsl/gsl_errno.h>
#include <stdlib.h>

enum { DAYS = 60, SERIES = 4, QUANTILES = 5, MEANS = 64 };

static const double probability[QUANTILES] = {0.025, 0.25, 0.5, 0.75, 0.975};

struct daily {
    struct hierarchy_model model;
    struct grid *grid;
    double age[DAYS];
    double observed[SERIES][DAYS];
};

/** Nothing; nothing and then a burst; days that vary little; days that vary much. */
static struct daily make_daily(void)
{
    struct daily daily = {.model = {0}};
    struct config config;
    option_defaults(&config);
    daily.model = hierarchy_model_make(&config.hierarchy, 30, SERIES_STEP_DAY);
    daily.grid = grid_create(&config.hierarchy, SERIES_STEP_DAY, 3e6);
    for (size_t k = 1; k < DAYS; k++) {
        double day = (double)k;
        double saw = (double)(k * 7 % 11);
        double increment[SERIES] = {0, k < 40 ? 0 : 300 * saw, 900 + 20 * saw,
                                    floor(2e6 / (20 + day * day) * (1 + saw))};
        daily.age[k] = day;
        for (size_t i = 0; i < SERIES; i++) {
            daily.observed[i][k] = daily.observed[i][k - 1] + increment[i];
        }
    }
    return daily;
}

static struct hierarchy_prior learned(void)
{
    return (struct hierarchy_prior){
        .covariates = 1,
        .coefficient = {{11, 1.5, 0.4}},
        .covariance = {20.5, -0.05, 1.67, 1.03, -0.22, 0.65},
        .dispersion = {0.5, 0.15, 0.1, 0.1, 0.05, 0.04, 0.03, 0.02, 0.01},
    };
}

static void test_posteriors(const struct daily *daily)
{
    struct hierarchy_prior prior = learned();
    const double *mean = prior.coefficient[0];
    struct pooled *pooled = pooled_create(&daily->model, daily->grid, &pooled_daily_rule);
    for (size_t i = 0; i < SERIES; i++) {
        struct hierarchy_series series = {DAYS, daily->age, daily->observed[i]};
        double quantile[POOLED_QUANTITIES][QUANTILES];
        struct pooled_posterior posterior =
            pooled_compute(pooled, &prior, mean, &series, probability, QUANTILES, quantile[0]);
        struct pooled_reference reference =
            pooled_reference_make(&daily->model, daily->grid, &prior, mean, &series, 0.012);
        double worst[3] = {0};
        for (size_t axis = 0; axis < GRID_AXES; axis++) {
            double deviation = reference.deviation[axis];
            worst[0] =
                fmax(worst[0], fabs(posterior.mean[axis] - reference.mean[axis]) / deviation);
            worst[1] = fmax(worst[1], fabs(posterior.deviation[axis] / deviation - 1));
        }
        for (size_t q = 0; q < QUANTILES; q++) {
            double at[3] = {log(quantile[POOLED_ULTIMATE_COUNT][q]), quantile[POOLED_IMMEDIACY][q],
                            log(quantile[POOLED_LONGEVITY][q])};
            for (size_t axis = 0; axis < GRID_AXES; axis++) {
                double below = pooled_reference_below(&reference, axis, at[axis]);
                worst[2] = fmax(worst[2], fabs(below - probability[q]));
            }
        }
        tap_ok(worst[0] < 0.05 && worst[1] < 0.05 && worst[2] < 0.05,
               "daily series %zu: means within %.3f standard deviations, these within %.1f%%, "
               "quantiles within %.3f in probability (reference moved by %.3f)",
               i, worst[0], 100 * worst[1], worst[2], reference.moved);
    }
    pooled_free(pooled);
}

/** Sums over increments of series 3, and what they add to other probabilities. */
static void test_steady(const struct daily *daily)
{
    enum { FIRST = 6, LARGE = 3 };
    struct hierarchy_series series = {DAYS, daily->age, daily->observed[3]};
    struct grid line = *daily->grid;
    double mean[MEANS];
    double exact[LARGE * MEANS] = {0};
    double log_probability[LARGE] = {-3, -4, -5};
    double sum[MEANS];
    double worst = 0;
    line.dispersions = LARGE;
    line.cells = line.stride = MEANS;
    line.nodes = LARGE * MEANS;
    memcpy(line.dispersion, daily->grid->dispersion + FIRST, LARGE * sizeof(double));
    double *vector = memory_array(line.nodes, sizeof *vector);
    struct pooled_steady *steady =
        pooled_steady_create(&daily->model, LARGE, line.dispersion, MEANS);
    pooled_steady_open(steady, &series);
    pooled_steady_restart(steady);
    pooled_steady_begin(steady, MEANS);
    for (size_t k = 1; k < DAYS; k++) {
        double increment = series.observed[k] - series.observed[k - 1];
        for (size_t i = 0; i < MEANS; i++) {
            mean[i] = increment * exp(((double)i - MEANS / 2) / MEANS * 0.4) + 1e-9;
        }
        pooled_steady_add(steady, k, MEANS, mean);
        hierarchy_increment_log_probability(&daily->model, &line, mean, increment, vector);
        for (size_t node = 0; node < line.nodes; node++) {
            exact[node] += vector[node];
        }
    }
    for (size_t i = 0; i < MEANS; i++) {
        sum[i] = exact[i];
    }
    pooled_steady_join(steady, log_probability, true, MEANS, sum);
    for (size_t i = 0; i < MEANS; i++) {
        long double total = 1;
        for (size_t r = 0; r < LARGE; r++) {
            total += expl((long double)exact[r * MEANS + i] - exact[i] + log_probability[r]);
        }
        worst = fmax(worst, fabs(sum[i] - (double)(exact[i] + logl(total))));
    }
    tap_ok(worst < 1e-8, "sums over increments with large r: within %.1e", worst);
    pooled_steady_free(steady);
    free(vector);
}

int main(void)
{
    gsl_set_error_handler_off();
    struct daily daily = make_daily();
    test_posteriors(&daily);
    test_steady(&daily);
    grid_free(daily.grid);
    return tap_done();
}
