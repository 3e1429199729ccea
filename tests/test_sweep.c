/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "option.h"
#include "sweep.h"
#include "sweep_order.h"
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

static void test_stages(void)
{
    struct config config;
    struct error error = {0};
    struct sweep_grid made;
    option_defaults(&config);
    tap_ok(add(&config, "bootstrap.method", "case,block", &error) &&
               add(&config, "hierarchy.discount", "0.5,1", &error) &&
               add(&config, "fit.confidence", "0.9,0.95", &error) &&
               sweep_grid_make(&config, &made, &error),
           "a grid of 2 by 2 by 2");
    static const struct {
        enum sweep_stage stage;
        size_t same[8]; /* by hand: the first with equal values of what the stage depends on */
    } expected[] = {
        {SWEEP_STAGE_WINDOW, {0, 0, 0, 0, 0, 0, 0, 0}},
        {SWEEP_STAGE_ESTIMATE, {0, 1, 0, 1, 0, 1, 0, 1}},
        {SWEEP_STAGE_BOOTSTRAP, {0, 1, 0, 1, 4, 5, 4, 5}},
        {SWEEP_STAGE_PRIOR, {0, 0, 0, 0, 0, 0, 0, 0}},
        {SWEEP_STAGE_FORECASTER, {0, 0, 2, 2, 0, 0, 2, 2}},
        {SWEEP_STAGE_FORECAST, {0, 0, 2, 2, 0, 0, 2, 2}},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        bool right = true;
        for (size_t c = 0; c < made.combinations; c++) {
            right = right && sweep_grid_same(&made, expected[i].stage, c) == expected[i].same[c];
        }
        tap_ok(right, "what combinations have in common in stage %zu", i);
    }
    config.forecast.method = FORECAST_CURVE;
    tap_ok(sweep_grid_make(&config, &made, &error) &&
               sweep_grid_same(&made, SWEEP_STAGE_FORECAST, 1) == 1,
           "a forecast by the curve depends on the fit");
}

/* Counts how often each item is in an order; false if its rules are broken. */
static bool count_items(const struct sweep_order *order, const struct sweep_grid *made,
                        size_t models, size_t forecasters, unsigned *count)
{
    bool right = order->passes == 0 || order->pass[order->passes - 1].end == order->count;
    size_t begin = 0;
    for (size_t p = 0; p < order->passes; p++) {
        const struct sweep_pass *pass = &order->pass[p];
        size_t groups = 0;
        for (size_t i = 0; i < pass->combinations; i++) {
            size_t same = sweep_grid_same(made, SWEEP_STAGE_FORECASTER, pass->combination[i]);
            bool first = true;
            for (size_t j = 0; j < i; j++) {
                first = first &&
                        sweep_grid_same(made, SWEEP_STAGE_FORECASTER, pass->combination[j]) != same;
            }
            groups += first ? 1 : 0;
        }
        right = right && groups <= forecasters;
        for (size_t i = begin; i < pass->end; i++) {
            const struct sweep_item *item = &order->item[i];
            right = right && pass->combination[item->place] == item->combination &&
                    (i == begin || item->model >= item[-1].model);
            count[item->combination * models + item->model]++;
        }
        begin = pass->end;
    }
    return right;
}

static void test_order(void)
{
    enum { MODELS = 7, COMBINATIONS = 24 };
    struct config config;
    struct error error = {0};
    struct sweep_grid made;
    option_defaults(&config);
    (void)add(&config, "hierarchy.discount", "0.5,0.8,1", &error);
    (void)add(&config, "bootstrap.method", "case,block", &error);
    (void)add(&config, "model.scale", "1,2,3,4", &error);
    tap_ok(sweep_grid_make(&config, &made, &error) && made.combinations == COMBINATIONS,
           "a grid with 12 hierarchical models");
    bool right = true;
    for (size_t shards = 1; shards <= 200; shards++) {
        for (size_t forecasters = 1; forecasters <= 12; forecasters += 11) {
            unsigned count[COMBINATIONS * MODELS] = {0};
            for (size_t shard = 1; shard <= shards; shard++) {
                struct sweep_order order =
                    sweep_order_make(&made, MODELS, shard, shards, forecasters);
                right = right && count_items(&order, &made, MODELS, forecasters, count);
                sweep_order_free(&order);
            }
            for (size_t i = 0; i < sizeof count / sizeof count[0]; i++) {
                right = right && count[i] == 1;
            }
        }
    }
    tap_ok(right, "shards have every item once, in passes of few hierarchical models, by model");
}

int main(void)
{
    test_variance_shares();
    test_correlations();
    test_slope();
    test_grid();
    test_stages();
    test_order();
    return tap_done();
}
