/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calendar.h"
#include "memory.h"
#include "organization.h"
#include "organization_forecasts.h"
#include "organization_sums.h"
#include "random.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int32_t day(int32_t year, int32_t month, int32_t day_of_month)
{
    return calendar_days((struct calendar_date){year, month, day_of_month});
}

static void add(struct catalog *catalog, const char *organization, const char *name,
                int32_t release, size_t count, const double *age, const double *observed)
{
    const struct series series = {
        .name = memory_string(name),
        .organization = catalog_organization(catalog, organization),
        .release_date = release,
        .count = count,
        .age = (double *)(uintptr_t)age,
        .observed = (double *)(uintptr_t)observed,
    };
    (void)catalog_append(catalog, &series);
    free(series.name);
}

/**
 *     date       2024-09-30  10-31  11-30  12-31  2025-01-31
 *     b/one                      0      5      9          20   released 2024-10-31
 *     b/two                                    1           4   released 2024-12-15: its ages 0
 *                                  and 1 are 12-15 and 01-15, and count from the next date on
 *     a/three             0      2      2      2           2   released 2024-09-30; its second
 *                                  point, the last, is of 10-30
 *     a/undated                                                no date: by age only
 */
static struct catalog make_catalog(void)
{
    static const double age[] = {0, 1, 2, 3};
    static const double gap[] = {0, 2};
    static const double one[] = {0, 5, 9, 20};
    static const double two[] = {1, 4};
    static const double three[] = {0, 2};
    static const double undated[] = {3, 8};
    struct catalog catalog = {.step = SERIES_STEP_MONTH};
    add(&catalog, "b", "b/one", day(2024, 10, 31), 4, age, one);
    add(&catalog, "b", "b/two", day(2024, 12, 15), 2, age, two);
    add(&catalog, "a", "a/three", day(2024, 9, 30), 2, age, three);
    add(&catalog, "a", "a/undated", SERIES_NO_DATE, 2, gap, undated);
    catalog_finish(&catalog);
    return catalog;
}

static bool same(const double *actual, const double *expected, size_t count)
{
    bool equal = true;
    for (size_t i = 0; i < count; i++) {
        const bool match = actual[i] == expected[i] || (isnan(actual[i]) && isnan(expected[i]));
        if (!match) {
            printf("# [%zu] is %g, expected %g\n", i, actual[i], expected[i]);
        }
        equal = equal && match;
    }
    return equal;
}

static void test_counts(void)
{
    struct catalog catalog = make_catalog();
    struct organization_grid grid = organization_grid_make(&catalog);
    tap_ok(grid.organization_count == 3 && grid.age_count == 4, "rows a, b, all; ages 0 to 3");
    const int32_t date[] = {day(2024, 9, 30), day(2024, 10, 31), day(2024, 11, 30),
                            day(2024, 12, 31), day(2025, 1, 31)};
    tap_ok(grid.date_count == 5 && memcmp(grid.date, date, sizeof date) == 0,
           "dates go back from the end by months of the same day");

    struct organization_counts counts = organization_counts_make(&catalog, &grid);
    const double nan = (double)NAN;
    const double models[] = {2, 2, 4};
    const double by_age[] = {3, 2, 8, nan, 1, 9, 9, 20, 4, 11, 17, 20};
    const double by_age_n[] = {2, 1, 1, 0, 2, 2, 1, 1, 4, 3, 2, 1};
    const double by_date[] = {0, 2, 2, 2, 2, 0, 0, 5, 10, 24, 0, 2, 7, 12, 26};
    const double by_date_n[] = {1, 1, 1, 1, 1, 0, 1, 1, 2, 2, 1, 2, 2, 3, 3};
    tap_ok(same(counts.model_count, models, 3), "models are counted");
    tap_ok(same(counts.by_age, by_age, 12), "sums by age, missing where nobody is observed");
    tap_ok(same(counts.by_age_n, by_age_n, 12), "and over how many models");
    tap_ok(same(counts.by_date, by_date, 15), "sums by date carry the last count forward");
    tap_ok(same(counts.by_date_n, by_date_n, 15), "and over how many models");
    organization_counts_free(&counts);
    organization_grid_free(&grid);
    catalog_free(&catalog);
}

static void test_days(void)
{
    static const double age[] = {0, 1, 4};
    static const double observed[] = {0, 3, 7};
    struct catalog catalog = {.step = SERIES_STEP_DAY};
    add(&catalog, "x", "x/1", 100, 3, age, observed);
    add(&catalog, "x", "x/2", 102, 2, age, observed);
    catalog_finish(&catalog);
    struct organization_grid grid = organization_grid_make(&catalog);
    struct organization_counts counts = organization_counts_make(&catalog, &grid);
    const double by_date[] = {0, 3, 3, 6, 10};
    tap_ok(grid.date_count == 5 && grid.date[0] == 100 && grid.date[4] == 104,
           "daily steps have a daily grid");
    tap_ok(same(counts.by_date, by_date, 5), "sums by day");
    organization_counts_free(&counts);
    organization_grid_free(&grid);
    catalog_free(&catalog);
}

static void test_no_dates(void)
{
    static const double age[] = {0, 1};
    struct catalog catalog = {.step = SERIES_STEP_MONTH};
    add(&catalog, "x", "x/1", SERIES_NO_DATE, 2, age, age);
    catalog_finish(&catalog);
    struct organization_grid grid = organization_grid_make(&catalog);
    struct organization_counts counts = organization_counts_make(&catalog, &grid);
    tap_ok(grid.date_count == 0 && counts.by_age[1] == 1.0, "without dates there is no calendar");
    organization_counts_free(&counts);
    organization_grid_free(&grid);
    catalog_free(&catalog);
}

static void test_values(void)
{
    const double nan = (double)NAN;
    const double value[] = {5, 1, nan, 3, 2};
    const size_t organization[] = {1, 0, 0, 1, 1};
    const double median = 0.5;
    struct organization_groups groups = organization_groups_make(organization, 5, 4);
    double quantile[4];
    double n[4];
    organization_value_quantiles(&groups, value, &median, 1, quantile, n);
    const double expected[] = {1, 3, nan, 2.5};
    const double expected_n[] = {1, 3, 0, 4};
    tap_ok(same(quantile, expected, 4) && same(n, expected_n, 4),
           "quantiles by organization leave out models without an estimate");
    organization_groups_free(&groups);
}

enum { REPLICATES = 40, MODELS = 300, ORGANIZATIONS = 9 };

/** A catalog with made-up counts of very different sizes. */
static struct catalog random_catalog(void)
{
    struct catalog catalog = {.step = SERIES_STEP_MONTH};
    struct random_stream stream = random_stream_open(1, RANDOM_SAMPLE, 0, 0);
    for (size_t i = 0; i < MODELS; i++) {
        char organization[16];
        char name[16];
        double age[12];
        double observed[12];
        (void)snprintf(organization, sizeof organization, "o%zu",
                       (size_t)random_below(&stream, ORGANIZATIONS));
        (void)snprintf(name, sizeof name, "m%zu", i);
        const size_t count = 1 + (size_t)random_below(&stream, 12);
        double sum = 0.0;
        for (size_t k = 0; k < count; k++) {
            sum += floor(exp(10.0 * random_uniform(&stream)));
            age[k] = (double)k;
            observed[k] = sum;
        }
        const int32_t release = day(2023, 1, 1) + (int32_t)random_below(&stream, 500);
        add(&catalog, organization, name, i % 7 == 0 ? SERIES_NO_DATE : release, count, age,
            observed);
    }
    catalog_finish(&catalog);
    return catalog;
}

/** Replicate b of a model's curve at point k: observed times a factor near 1. */
static void fill_curve(const struct series *series, double *curve)
{
    struct random_stream stream =
        random_stream_open(2, RANDOM_SAMPLE, random_name_hash(series->name), 0);
    for (size_t b = 0; b < REPLICATES; b++) {
        const double factor = 0.5 + random_uniform(&stream);
        for (size_t k = 0; k < series->count; k++) {
            curve[k * REPLICATES + b] = factor * series->observed[k];
        }
    }
}

/** Adds models first, first + step, ... to sums. */
static void add_models(struct organization_sums *sums, const struct catalog *catalog, size_t first,
                       size_t step)
{
    double curve[12 * REPLICATES];
    for (size_t i = first; i < catalog->series_count; i += step) {
        const struct series *series = &catalog->series[i];
        if (i % 5 == 0) {
            organization_sums_add_observed(sums, series);
        } else {
            fill_curve(series, curve);
            for (size_t k = 0; k < series->count; k++) {
                organization_sums_add(sums, series, k, &curve[k * REPLICATES]);
            }
        }
    }
}

static void test_partition(void)
{
    struct catalog catalog = random_catalog();
    struct organization_plan plan = organization_plan_make(&catalog, 4, REPLICATES);
    size_t length;
    double *packed = organization_plan_pack(&plan, &length);
    struct organization_plan received = organization_plan_unpack(packed);
    size_t length_again;
    double *packed_again = organization_plan_pack(&received, &length_again);
    tap_ok(length == length_again && memcmp(packed, packed_again, length * sizeof *packed) == 0,
           "a plan survives packing");

    size_t count = organization_sums_length(&plan);
    double *expected = memory_array(count, sizeof *expected);
    struct organization_sums *whole = organization_sums_create(&plan, expected);
    add_models(whole, &catalog, 0, 1);
    for (size_t parts = 2; parts <= 5; parts++) {
        double *total = memory_array(count, sizeof *total);
        for (size_t part = parts; part-- > 0;) {
            double *value = memory_array(count, sizeof *value);
            struct organization_sums *sums = organization_sums_create(&received, value);
            add_models(sums, &catalog, part, parts);
            for (size_t i = 0; i < count; i++) {
                total[i] += value[i];
            }
            organization_sums_free(sums);
            free(value);
        }
        tap_ok(memcmp(total, expected, count * sizeof *total) == 0,
               "%zu parts added backwards give the same bits", parts);
        free(total);
    }
    organization_sums_free(whole);
    free(expected);
    organization_plan_free(&received);
    organization_plan_free(&plan);
    free(packed);
    free(packed_again);
    catalog_free(&catalog);
}

static void test_sums_quantiles(void)
{
    struct catalog catalog = random_catalog();
    enum { OWN = 4 };
    struct organization_plan plan = organization_plan_make(&catalog, OWN, REPLICATES);
    struct organization_grid *grid = &plan.grid;
    struct organization_counts counts = organization_counts_make(&catalog, grid);
    const size_t rows = grid->organization_count;
    tap_ok(plan.slot_count == OWN + 1, "as many slots as asked for, and the rest's");
    double smallest_own = (double)INFINITY;
    double largest_rest = 0.0;
    double *total = memory_array(rows, sizeof *total);
    for (size_t i = 0; i < catalog.series_count; i++) {
        total[catalog.series[i].organization] += series_last_count(&catalog.series[i]);
    }
    for (size_t row = 0; row + 1 < rows; row++) {
        if (plan.slot[row] < OWN) {
            smallest_own = fmin(smallest_own, total[row]);
        } else {
            largest_rest = fmax(largest_rest, total[row]);
        }
    }
    tap_ok(smallest_own >= largest_rest, "the largest organizations have slots");

    /* Observed counts in every replicate: every quantile is the observed sum. */
    size_t count = organization_sums_length(&plan);
    double *value = memory_array(count, sizeof *value);
    struct organization_sums *sums = organization_sums_create(&plan, value);
    for (size_t i = 0; i < catalog.series_count; i++) {
        organization_sums_add_observed(sums, &catalog.series[i]);
    }
    const double p[] = {0.1, 0.9};
    double *by_age = memory_array(rows * grid->age_count * 2, sizeof *by_age);
    double *by_date = memory_array(rows * grid->date_count * 2, sizeof *by_date);
    organization_sums_quantiles(sums, &counts, p, 2, by_age, by_date);
    bool ages = true;
    bool dates = true;
    for (size_t row = 0; row < rows; row++) {
        const bool has = row + 1 == rows || plan.slot[row] < OWN;
        for (size_t i = 0; i < grid->age_count; i++) {
            const size_t cell = row * grid->age_count + i;
            const double expected = has ? counts.by_age[cell] : (double)NAN;
            ages = ages && same(&by_age[2 * cell], (double[]){expected, expected}, 2);
        }
        for (size_t i = 0; i < grid->date_count; i++) {
            const size_t cell = row * grid->date_count + i;
            const double expected =
                has && counts.by_date_n[cell] > 0 ? counts.by_date[cell] : (double)NAN;
            dates = dates && same(&by_date[2 * cell], (double[]){expected, expected}, 2);
        }
    }
    tap_ok(ages, "sums of observed counts by age are the observed sums");
    tap_ok(dates, "and by date");
    organization_sums_free(sums);

    memset(value, 0, count * sizeof *value);
    sums = organization_sums_create(&plan, value);
    add_models(sums, &catalog, 0, 1);
    organization_sums_quantiles(sums, &counts, p, 2, by_age, by_date);
    const double *last = &by_date[(rows * grid->date_count - 1) * 2];
    const double observed = counts.by_date[rows * grid->date_count - 1];
    tap_ok(last[0] < last[1] && last[0] > 0.8 * observed && last[1] < 1.2 * observed,
           "replicates spread around the observed sum (%.0f to %.0f, %.0f)", last[0], last[1],
           observed);
    organization_sums_free(sums);
    free(value);
    free(by_age);
    free(by_date);
    free(total);
    organization_counts_free(&counts);
    organization_plan_free(&plan);
    catalog_free(&catalog);
}

static void test_memory(void)
{
    struct catalog catalog = random_catalog();
    struct organization_plan plan = organization_plan_make(&catalog, 1000, 100000);
    const size_t slot = (plan.grid.age_count + plan.grid.date_count) * 100000 * sizeof(double);
    tap_ok(plan.slot_count * slot <= ORGANIZATION_SUMS_BYTES && plan.slot_count >= 1,
           "slots are given up rather than memory (%zu left)", plan.slot_count);
    organization_plan_free(&plan);
    struct organization_plan none = organization_plan_make(&catalog, 1000, 100000000);
    tap_ok(none.slot_count == 1, "the rest's slot always stays");
    organization_plan_free(&none);
    catalog_free(&catalog);
}

/* Draws that are known functions of model, horizon and draw: the sums have a closed form. */
static void test_forecasts(void)
{
    enum { HORIZONS = 2, DRAWS = 5 };
    struct catalog catalog = random_catalog();
    struct organization_plan plan = organization_plan_make(&catalog, 3, REPLICATES);
    size_t length = organization_forecasts_length(&plan, HORIZONS, DRAWS);
    double *value = memory_array(length, sizeof *value);
    struct organization_forecasts forecasts = {&plan, HORIZONS, DRAWS, value};
    double expected[HORIZONS][DRAWS] = {{0}};
    for (size_t i = 0; i < catalog.series_count; i++) {
        double draw[HORIZONS][DRAWS];
        for (size_t h = 0; h < HORIZONS; h++) {
            for (size_t d = 0; d < DRAWS; d++) {
                draw[h][d] = series_last_count(&catalog.series[i]) + (double)(h + d);
                expected[h][d] += draw[h][d];
            }
        }
        organization_forecasts_add(&forecasts, &catalog.series[i], &draw[0][0]);
    }
    const double p[] = {0, 0.5, 1};
    size_t rows = plan.grid.organization_count;
    double *quantile = memory_array(rows * HORIZONS * 3, sizeof *quantile);
    organization_forecasts_quantiles(&forecasts, p, 3, quantile);
    const double *all = quantile + (rows - 1) * HORIZONS * 3;
    for (size_t h = 0; h < HORIZONS; h++) {
        tap_close(all[3 * h], expected[h][0], 1e-12, "the least draw of the sum");
        tap_close(all[3 * h + 1], expected[h][2], 1e-12, "its median");
        tap_close(all[3 * h + 2], expected[h][4], 1e-12, "its largest draw");
    }
    bool missing = true;
    for (size_t row = 0; row + 1 < rows; row++) {
        missing = missing && (plan.slot[row] + 1 < plan.slot_count) != isnan(quantile[row * 6]);
    }
    tap_ok(missing, "organizations without a slot have no forecast");
    free(quantile);
    free(value);
    organization_plan_free(&plan);
    catalog_free(&catalog);
}

int main(void)
{
    test_counts();
    test_days();
    test_no_dates();
    test_values();
    test_partition();
    test_sums_quantiles();
    test_forecasts();
    test_memory();
    return tap_done();
}
