/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Nodes of the grid against their closed forms, for months and for days. */
#include "grid.h"

#include "option.h"
#include "tap.h"

#include <math.h>

static struct config_hierarchy defaults(void)
{
    struct config config;
    option_defaults(&config);
    return config.hierarchy;
}

static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-14 * fmax(1, fabs(b));
}

static void test_months(void)
{
    struct config_hierarchy config = defaults();
    struct grid *grid = grid_create(&config, SERIES_STEP_MONTH, 1e9);
    tap_ok(grid->shape[0] == 25 && grid->shape[1] == 11 && grid->shape[2] == 5 &&
               grid->cells == 1375 && grid->stride == 1376 && grid->dispersions == 6 &&
               grid->nodes == 8256,
           "25 x 11 x 5 cells, 6 dispersions, a stride in whole eights");
    bool placed = true;
    for (size_t cell = 0; cell < grid->cells; cell++) {
        size_t a = cell % 25;
        size_t mu = cell / 25 % 11;
        size_t sigma = cell / 275;
        placed = placed && near(grid->coordinate[GRID_ULTIMATE][cell], 16.0 * (double)a / 24) &&
                 near(grid->coordinate[GRID_IMMEDIACY][cell], -1.5 + 0.7 * (double)mu) &&
                 near(exp(grid->coordinate[GRID_LONGEVITY][cell]),
                      0.2 * pow(3.5 / 0.2, (double)sigma / 4));
    }
    tap_ok(placed, "A fastest, then mu, then ln sigma, evenly from bound to bound");
    tap_ok(grid->coordinate[0][1375] == grid->coordinate[0][1374] &&
               grid->coordinate[1][1375] == grid->coordinate[1][1374] &&
               grid->coordinate[2][1375] == grid->coordinate[2][1374],
           "padding repeats the last cell");
    tap_ok(near(grid->log_volume, log(16.0 / 24 * 0.7 * log(3.5 / 0.2) / 4)), "volume of a cell");
    grid_free(grid);
}

static void test_days(void)
{
    struct config_hierarchy config = defaults();
    struct grid *grid = grid_create(&config, SERIES_STEP_DAY, 5e7);
    double last = grid->coordinate[GRID_ULTIMATE][grid->shape[0] - 1];
    tap_ok(last >= log(5e8) && last - 16.0 / 24 < log(5e8) && near(grid->upper[0], last),
           "A reaches ln(10 times the largest count) and no further");
    tap_ok(near(grid->coordinate[GRID_ULTIMATE][1], 16.0 / 24), "at the same spacing");
    tap_ok(grid->dispersions == 9 && grid->dispersion[6] == 100 && grid->dispersion[8] == 10000,
           "days have dispersions up to 10000");
    grid_free(grid);
    grid = grid_create(&config, SERIES_STEP_DAY, 0);
    tap_ok(grid->shape[0] == 25, "small counts need no larger A");
    grid_free(grid);
}

static void test_line(void)
{
    struct config_hierarchy config = defaults();
    struct grid *grid = grid_create_line(-5, 12, 52, &config.dispersions);
    tap_ok(grid->cells == 52 && grid->stride == 56 && near(grid->coordinate[0][51], 12) &&
               near(grid->log_volume, log(17.0 / 51)) && grid->coordinate[1][30] == 0,
           "a line along A; single nodes of the other axes count 1");
    grid_free(grid);
    grid_free(NULL);
}

int main(void)
{
    test_months();
    test_days();
    test_line();
    return tap_done();
}
