/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "density.h"
#include "memory.h"
#include "tap.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <stdlib.h>
#include <string.h>

static const double no_limit = -(double)INFINITY;

static struct density_grid even_grid(double low, double high, size_t points, double limit)
{
    struct density_grid grid = {
        .limit = limit,
        .points = points,
        .coordinate = memory_array(points, sizeof(double)),
        .value = memory_array(points, sizeof(double)),
    };
    for (size_t i = 0; i < points; i++) {
        grid.coordinate[i] = low + (high - low) * (double)i / (double)(points - 1);
        grid.value[i] = grid.coordinate[i];
    }
    return grid;
}

/** Area under a density by the trapezoidal rule. */
static double area(const struct density_grid *grid, const double *density)
{
    double sum = 0.0;
    for (size_t i = 1; i < grid->points; i++) {
        sum +=
            0.5 * (density[i] + density[i - 1]) * (grid->coordinate[i] - grid->coordinate[i - 1]);
    }
    return sum;
}

static double normal(double u, double mean, double deviation)
{
    const double z = (u - mean) / deviation;
    return exp(-0.5 * z * z) / (deviation * sqrt(2.0 * 3.14159265358979323846));
}

static void test_kernels(void)
{
    enum { COUNT = 401 };
    struct density_grid grid = even_grid(-10, 10, COUNT, no_limit);
    double density[COUNT];
    const double one[] = {1.5};
    const double two[] = {-2.0, 3.0};
    bool right = true;
    density_evaluate(&grid, one, 1, 0.7, density);
    for (size_t i = 0; i < COUNT; i++) {
        right = right && fabs(density[i] - normal(grid.coordinate[i], 1.5, 0.7)) < 1e-15;
    }
    tap_ok(right, "one point: the kernel itself");
    density_evaluate(&grid, two, 2, 0.4, density);
    for (size_t i = 0; i < COUNT; i++) {
        const double expected = 0.5 * normal(grid.coordinate[i], -2.0, 0.4) +
                                0.5 * normal(grid.coordinate[i], 3.0, 0.4);
        right = right && fabs(density[i] - expected) < 1e-15;
    }
    tap_ok(right, "two points: the mean of two kernels");
    tap_ok(fabs(area(&grid, density) - 1.0) < 1e-12, "its area is 1");
    density_grid_free(&grid);

    struct density_grid cut = even_grid(0, 10, COUNT, 0.0);
    const double near[] = {0.0, 0.3};
    density_evaluate(&cut, near, 2, 0.5, density);
    tap_close(density[0], normal(0.0, 0.0, 0.5) + normal(0.0, 0.3, 0.5), 1e-14,
              "at the limit kernels are reflected");
    tap_ok(fabs(area(&cut, density) - 1.0) < 1e-3, "the area above the limit is 1");
    density_grid_free(&cut);
}

/** The expected values are those of a direct implementation in Python with all n^2 distances and
 *  scipy.optimize.brentq, on scipy.stats.norm.ppf((i - 0.5) / 200) and so on. */
static void test_bandwidth(void)
{
    double sample[200];
    double mixture[200];
    double exponential[50];
    for (size_t i = 0; i < 200; i++) {
        sample[i] = gsl_cdf_ugaussian_Pinv(((double)i + 0.5) / 200);
        mixture[i] = i % 2 == 0 ? sample[i] : 4.0 + 0.5 * sample[i];
    }
    for (size_t i = 0; i < 50; i++) {
        exponential[i] = -log1p(-((double)i + 0.5) / 50);
    }
    tap_close(density_bandwidth(sample, 200), 0.40404317719798766, 1e-3,
              "Sheather-Jones: normal sample");
    tap_close(density_bandwidth(mixture, 200), 0.3050417851341415, 1e-3,
              "Sheather-Jones: two humps");
    tap_close(density_bandwidth(exponential, 50), 0.24476244952010123, 1e-3,
              "Sheather-Jones: exponential");
    tap_close(density_bandwidth_silverman(exponential, 50), 0.32944848876377, 1e-12, "Silverman");
    double tied[40];
    for (size_t i = 0; i < 40; i++) {
        tied[i] = i < 38 ? 1.0 : 2.0;
    }
    tap_ok(density_bandwidth(tied, 40) > 0.0, "ties still have a bandwidth");
    tap_ok(isnan(density_bandwidth(tied, 1)), "one value has none");
    tied[39] = tied[38] = 1.0;
    tap_ok(isnan(density_bandwidth(tied, 40)), "equal values have none");
}

static void test_normal_sample(void)
{
    enum { MODELS = 1000, POINTS = 256 };
    double *value = memory_array(MODELS, sizeof *value);
    size_t *organization = memory_array(MODELS, sizeof *organization);
    for (size_t i = 0; i < MODELS; i++) {
        value[i] = exp(2.0 + 0.5 * gsl_cdf_ugaussian_Pinv(((double)i + 0.5) / MODELS));
        organization[i] = i < 3 ? 0 : 1;
    }
    value[7] = (double)NAN;
    struct organization_groups groups = organization_groups_make(organization, MODELS, 3);
    struct density_grid grid = density_grid_make(value, MODELS, true, no_limit, POINTS);
    double density[3 * POINTS];
    double bandwidth[3];
    double n[3];
    density_by_organization(&groups, value, &grid, 5,
                            &(struct density_rows){density, bandwidth, n, NULL});
    tap_ok(n[0] == 3 && isnan(density[0]) && isnan(bandwidth[0]),
           "too few models have no density, but their number");
    tap_ok(n[1] == 996 && n[2] == 999, "models without a value do not count");
    const double *all = &density[2 * POINTS];
    tap_ok(fabs(area(&grid, all) - 1.0) < 5e-3, "the area on the log axis is 1 (%.4f)",
           area(&grid, all));
    double worst = 0.0;
    for (size_t i = 0; i < POINTS; i++) {
        worst = fmax(worst, fabs(all[i] - normal(grid.coordinate[i], 2.0, 0.5)));
    }
    tap_ok(worst < 0.03, "a log-normal sample has a normal density (worst %.4f)", worst);
    tap_ok(grid.value[0] == exp(grid.coordinate[0]) && grid.value[0] < exp(1.0) &&
               grid.value[POINTS - 1] > exp(3.0),
           "the grid is given as values and covers the sample");
    density_grid_free(&grid);

    for (size_t i = 0; i < 150; i++) {
        value[MODELS - 1 - i] = 1e200;
    }
    struct density_grid robust = density_grid_make(value, MODELS, true, no_limit, POINTS);
    tap_ok(robust.value[POINTS - 1] < 500.0, "extreme values do not stretch the grid (%g)",
           robust.value[POINTS - 1]);
    density_grid_free(&robust);
    organization_groups_free(&groups);
    free(value);
    free(organization);
}

static void test_counts(void)
{
    enum { MODELS = 12, POINTS = 512 };
    const double value[MODELS] = {0, 0, 0, 1, 1, 2, 3, 5, 8, 40, (double)NAN, 1};
    const size_t organization[MODELS] = {0};
    struct organization_groups groups = organization_groups_make(organization, MODELS, 2);
    struct density_grid grid = density_grid_make(value, MODELS, true, 0.0, POINTS);
    double density[2 * POINTS];
    double bandwidth[2];
    double n[2];
    double zeros[2];
    density_by_organization(&groups, value, &grid, 5,
                            &(struct density_rows){density, bandwidth, n, zeros});
    tap_ok(grid.coordinate[0] == 0.0, "the grid begins at the limit");
    tap_ok(n[0] == 8.0, "zeros are not in the density");
    tap_close(zeros[0], 3.0 / 11.0, 1e-15, "but have their share");
    tap_ok(fabs(area(&grid, density) - 1.0) < 1e-2, "the density of the others has area 1 (%.4f)",
           area(&grid, density));
    density_grid_free(&grid);

    const double none[MODELS] = {0};
    struct density_grid empty = density_grid_make(none, MODELS, true, 0.0, 4);
    density_by_organization(&groups, none, &empty, 5,
                            &(struct density_rows){density, bandwidth, n, zeros});
    tap_ok(n[1] == 0.0 && zeros[1] == 1.0 && isnan(density[0]) && empty.value[3] > empty.value[0],
           "all zero: no density, a valid grid");
    density_grid_free(&empty);
    organization_groups_free(&groups);
}

static void test_count_at(void)
{
    double age[] = {0, 1, 4};
    double observed[] = {0, 6, 12};
    const struct series series = {.count = 3, .age = age, .observed = observed};
    tap_ok(density_count_at(&series, 1) == 6.0, "the count at an observed age");
    tap_ok(density_count_at(&series, 2) == 8.0, "within a gap it is interpolated");
    tap_ok(density_count_at(&series, 4) == 12.0 && isnan(density_count_at(&series, 5)),
           "beyond the last age there is none");
}

static void test_histogram(void)
{
    const double value[] = {0.5, 1.5, 1.5, 2.0, 99.0, -3.0, (double)NAN};
    const size_t organization[] = {0, 0, 1, 1, 1, 1, 1};
    struct organization_groups groups = organization_groups_make(organization, 7, 3);
    struct density_grid grid = even_grid(0, 3, 10, no_limit);
    double edge[4];
    double count[9];
    density_histogram_edges(&grid, 3, edge);
    tap_ok(edge[0] == 0.0 && edge[1] == 1.0 && edge[3] == 3.0, "edges divide the grid evenly");
    density_histogram(&groups, value, edge, 3, count);
    const double expected[] = {1, 1, 0, 1, 1, 2, 2, 2, 2};
    tap_ok(memcmp(count, expected, sizeof count) == 0,
           "values fall into their bins, extreme ones into the outermost");
    density_grid_free(&grid);
    organization_groups_free(&groups);
}

static void test_correlation(void)
{
    /* scipy.stats.spearmanr of the first seven */
    const double nan = (double)NAN;
    const double a[] = {1.0, 2.0, 2.0, 3.5, 0.1, 7.0, 2.0, 5.0, 1.0, 1.0};
    const double b[] = {3.0, 1.0, 4.0, 4.0, 0.5, 9.0, 2.0, nan, 1.0, 2.0};
    const double c[] = {5.0, 5.0, 1.0, 0.0, 2.0, -1.0, 3.0, 2.0, 1.0, 1.0};
    const size_t organization[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1};
    struct organization_groups groups = organization_groups_make(organization, 10, 3);
    const double *const value[] = {a, b, c};
    double correlation[27];
    double n[3];
    density_rank_correlation(&groups, value, correlation, n);
    tap_ok(n[0] == 7 && n[1] == 2 && n[2] == 9, "models with all parameters take part");
    tap_close(correlation[1], 0.7853554716071041, 1e-12, "first and second");
    tap_close(correlation[2], -0.6731618328060892, 1e-12, "first and third");
    tap_close(correlation[5], -0.7090909090909091, 1e-12, "second and third");
    tap_ok(correlation[3] == correlation[1] && fabs(correlation[0] - 1.0) < 1e-15,
           "the matrix is symmetric with ones");
    tap_ok(isnan(correlation[9]), "two models have no correlation");
    organization_groups_free(&groups);
}

int main(void)
{
    gsl_set_error_handler_off();
    test_kernels();
    test_bandwidth();
    test_normal_sample();
    test_counts();
    test_count_at();
    test_histogram();
    test_correlation();
    return tap_done();
}
