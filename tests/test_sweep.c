/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "option.h"
#include "sweep.h"
#include "tap.h"

#include <string.h>

static const struct sweep_grid grid = {.settings = 2, .extent = {2, 3}, .combinations = 6};

/* y = a + b + a b with a in {-1, 1} and b in {-2, 0, 2}: a contributes variance 1, b 8/3 and their
   product, which is orthogonal to both, 8/3. */
static void test_variance_shares(void)
{
    double value[6];
    double first[2];
    double total[2];
    for (size_t c = 0; c < 6; c++) {
        double a = sweep_grid_value(&grid, c, 0) == 0 ? -1 : 1;
        double b = 2 * (double)sweep_grid_value(&grid, c, 1) - 2;
        value[c] = a + b + a * b;
    }
    tap_close(sweep_variance_shares(&grid, value, first, total), 19.0 / 3, 1e-14, "variance");
    tap_close(first[0], 3.0 / 19, 1e-13, "first-order share of a");
    tap_close(first[1], 8.0 / 19, 1e-13, "first-order share of b");
    tap_close(total[0], 11.0 / 19, 1e-13, "total share of a");
    tap_close(total[1], 16.0 / 19, 1e-13, "total share of b");
    value[3] = NAN;
    tap_ok(isnan(sweep_variance_shares(&grid, value, first, total)) && isnan(first[1]) &&
               isnan(total[0]),
           "a missing value leaves nothing to compare");
    for (size_t c = 0; c < 6; c++) {
        value[c] = 0.5;
    }
    tap_ok(sweep_variance_shares(&grid, value, first, total) == 0 && isnan(first[0]),
           "equal values have no shares");
}

/* scipy 1.10: scipy.stats.spearmanr(x, y), scipy.stats.kendalltau(x, y) with ties in both. */
static void test_correlations(void)
{
    const double x[] = {1, 2, 2, 4, 5, 7, 7, 8, NAN, 3};
    const double y[] = {2, 1, 3, 3, 8, 5, 9, 9, 4, NAN};
    tap_close(sweep_spearman(10, x, y), 0.8902439024390245, 1e-13, "Spearman with ties");
    tap_close(sweep_kendall(10, x, y), 0.7692307692307694, 1e-13, "Kendall's tau-b with ties");
    const double same[] = {3, 3, 3, 3};
    tap_ok(isnan(sweep_kendall(4, x, same)) && isnan(sweep_spearman(4, x, same)),
           "only ties: no correlation");
    tap_ok(isnan(sweep_spearman(2, x, y)) && isnan(sweep_kendall(2, x, y)), "two pairs: none");
    const double infinite[] = {1, INFINITY, 2, INFINITY};
    tap_close(sweep_kendall(4, infinite, infinite), 1, 0, "infinite values are ordinary");
}

static void test_slope(void)
{
    const double x[] = {0, 1, 2, 3, NAN};
    const double y[] = {1, 3, 4, 4, 9};
    tap_close(sweep_slope(5, x, y), 1, 1e-15, "slope of least squares");
    tap_ok(isnan(sweep_slope(1, x, y)), "no slope of a single point");
}

static bool add(struct config *config, const char *name, const char *values, struct error *error)
{
    return option_sweep_assign(&config->sweep, name, values, "file:1", error);
}

static void test_grid(void)
{
    struct config config;
    struct error error = {0};
    struct sweep_grid made;
    option_defaults(&config);
    tap_ok(!sweep_grid_make(&config, &made, &error), "nothing to sweep over");
    tap_ok(add(&config, "model.scale", "1, 10,100", &error) &&
               add(&config, "fit.method", "paper , least-squares", &error) &&
               sweep_grid_make(&config, &made, &error) && made.combinations == 6 &&
               made.extent[0] == 3 && made.extent[1] == 2,
           "a grid of 3 by 2");
    sweep_grid_apply(&made, 4, &config);
    tap_ok(config.model.scale == 100 && config.fit.method == FIT_PAPER && config.sweep.count == 0,
           "combination 4 is the third scale and the first method");
    tap_ok(!add(&config, "model.size", "1", &error) && strstr(error.message, "model.size") != NULL,
           "an unknown key: %s", error.message);
    tap_ok(!add(&config, "model.scale", "1,-1", &error), "a value out of range: %s", error.message);
    tap_ok(!add(&config, "model.scale", "10,1e1", &error), "a number twice: %s", error.message);
    tap_ok(!add(&config, "fit.method", "paper,paper", &error), "a word twice: %s", error.message);
    tap_ok(!add(&config, "model.scale", "1,,2", &error), "an empty value: %s", error.message);
    tap_ok(!add(&config, "forecast.horizons", "1,2", &error), "a list: %s", error.message);
    config.sweep.count = 0;
    tap_ok(add(&config, "input.min_final", "1,2", &error) &&
               !sweep_grid_make(&config, &made, &error),
           "which series there are: %s", error.message);
}

int main(void)
{
    test_variance_shares();
    test_correlations();
    test_slope();
    test_grid();
    return tap_done();
}
