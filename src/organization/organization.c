/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "organization.h"

#include "calendar.h"
#include "memory.h"
#include "quantile.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/** The date so many steps before the end. */
static int32_t step_back(enum series_step step, int32_t end, size_t steps)
{
    return step == SERIES_STEP_MONTH ? calendar_add_months(end, -(int32_t)steps)
                                     : end - (int32_t)steps;
}

static int32_t earliest_release(const struct catalog *catalog)
{
    int32_t earliest = INT32_MAX;
    for (size_t i = 0; i < catalog->series_count; i++) {
        const int32_t release = catalog->series[i].release_date;
        if (release != SERIES_NO_DATE && release < earliest) {
            earliest = release;
        }
    }
    return earliest;
}

static void make_dates(struct organization_grid *grid, int32_t first, int32_t end)
{
    size_t steps = 0;
    while (step_back(grid->step, end, steps) > first) {
        steps++;
    }
    grid->date_count = steps + 1;
    grid->date = memory_array(grid->date_count, sizeof *grid->date);
    for (size_t i = 0; i <= steps; i++) {
        grid->date[i] = step_back(grid->step, end, steps - i);
    }
}

struct organization_grid organization_grid_make(const struct catalog *catalog)
{
    struct organization_grid grid = {
        .step = catalog->step,
        .organization_count = catalog->organization_count + 1,
    };
    for (size_t i = 0; i < catalog->series_count; i++) {
        const struct series *series = &catalog->series[i];
        const size_t last = organization_age_index(series->age[series->count - 1]);
        grid.age_count = last >= grid.age_count ? last + 1 : grid.age_count;
    }
    const int32_t first = earliest_release(catalog);
    if (first != INT32_MAX && catalog->end_date != SERIES_NO_DATE) {
        make_dates(&grid, first, catalog->end_date);
    }
    return grid;
}

void organization_grid_free(struct organization_grid *grid)
{
    free(grid->date);
    *grid = (struct organization_grid){0};
}

size_t organization_age_index(double age)
{
    return (size_t)(age + 0.5);
}

static int32_t point_date(enum series_step step, int32_t release_date, double age)
{
    if (step == SERIES_STEP_DAY) {
        return release_date + (int32_t)floor(age + 0.5);
    }
    const double whole = floor(age);
    const double days = floor((age - whole) * SERIES_DAYS_PER_MONTH + 0.5);
    return calendar_add_months(release_date, (int32_t)whole) + (int32_t)days;
}

size_t organization_date_index(const struct organization_grid *grid, int32_t release_date,
                               double age)
{
    const int32_t date = point_date(grid->step, release_date, age);
    size_t begin = 0;
    size_t end = grid->date_count;
    while (begin < end) {
        const size_t middle = begin + (end - begin) / 2;
        if (grid->date[middle] < date) {
            begin = middle + 1;
        } else {
            end = middle;
        }
    }
    return begin;
}

/** Adds a series to one row of the sums. */
static void count_series(const struct organization_counts *counts,
                         const struct organization_grid *grid, size_t row,
                         const struct series *series)
{
    counts->model_count[row] += 1.0;
    double *by_age = &counts->by_age[row * grid->age_count];
    double *by_age_n = &counts->by_age_n[row * grid->age_count];
    for (size_t k = 0; k < series->count; k++) {
        const size_t age = organization_age_index(series->age[k]);
        by_age[age] += series->observed[k];
        by_age_n[age] += 1.0;
    }
    if (series->release_date == SERIES_NO_DATE) {
        return;
    }
    double *by_date = &counts->by_date[row * grid->date_count];
    double *by_date_n = &counts->by_date_n[row * grid->date_count];
    size_t from = organization_date_index(grid, series->release_date, series->age[0]);
    for (size_t k = 0; k < series->count; k++) {
        const size_t to =
            k + 1 < series->count
                ? organization_date_index(grid, series->release_date, series->age[k + 1])
                : grid->date_count;
        for (; from < to; from++) {
            by_date[from] += series->observed[k];
            by_date_n[from] += 1.0;
        }
    }
}

struct organization_counts organization_counts_make(const struct catalog *catalog,
                                                    const struct organization_grid *grid)
{
    const size_t rows = grid->organization_count;
    const struct organization_counts counts = {
        .model_count = memory_array(rows, sizeof(double)),
        .by_age = memory_array(rows * grid->age_count, sizeof(double)),
        .by_age_n = memory_array(rows * grid->age_count, sizeof(double)),
        .by_date = memory_array(rows * grid->date_count, sizeof(double)),
        .by_date_n = memory_array(rows * grid->date_count, sizeof(double)),
    };
    for (size_t i = 0; i < catalog->series_count; i++) {
        const struct series *series = &catalog->series[i];
        count_series(&counts, grid, series->organization, series);
        count_series(&counts, grid, rows - 1, series);
    }
    for (size_t i = 0; i < rows * grid->age_count; i++) {
        counts.by_age[i] = counts.by_age_n[i] > 0.0 ? counts.by_age[i] : (double)NAN;
    }
    return counts;
}

void organization_counts_free(struct organization_counts *counts)
{
    free(counts->model_count);
    free(counts->by_age);
    free(counts->by_age_n);
    free(counts->by_date);
    free(counts->by_date_n);
    *counts = (struct organization_counts){0};
}

struct organization_groups organization_groups_make(const size_t *organization, size_t models,
                                                    size_t rows)
{
    const struct organization_groups groups = {
        .rows = rows,
        .models = models,
        .model = memory_array(models, sizeof(size_t)),
        .begin = memory_array(rows, sizeof(size_t)),
    };
    size_t *next = memory_array(rows, sizeof *next);
    for (size_t i = 0; i < models; i++) {
        assert(organization[i] + 1 < rows);
        groups.begin[organization[i] + 1]++;
    }
    for (size_t row = 1; row < rows; row++) {
        groups.begin[row] += groups.begin[row - 1];
    }
    memcpy(next, groups.begin, rows * sizeof *next);
    for (size_t i = 0; i < models; i++) {
        groups.model[next[organization[i]]++] = i;
    }
    free(next);
    return groups;
}

void organization_groups_free(struct organization_groups *groups)
{
    free(groups->model);
    free(groups->begin);
    *groups = (struct organization_groups){0};
}

size_t organization_sample(const struct organization_groups *groups, size_t row,
                           const double *value, double *sample)
{
    const bool all = row + 1 == groups->rows;
    const size_t begin = all ? 0 : groups->begin[row];
    const size_t end = all ? groups->models : groups->begin[row + 1];
    size_t count = 0;
    for (size_t i = begin; i < end; i++) {
        const double one = value[groups->model[i]];
        if (!isnan(one)) {
            sample[count++] = one;
        }
    }
    return count;
}

void organization_value_quantiles(const struct organization_groups *groups, const double *value,
                                  const double *probability, size_t quantiles, double *quantile,
                                  double *value_count)
{
    double *sample = memory_array(groups->models, sizeof *sample);
    for (size_t row = 0; row < groups->rows; row++) {
        const size_t count = organization_sample(groups, row, value, sample);
        (void)quantile_sample(sample, count, probability, quantiles, &quantile[row * quantiles]);
        value_count[row] = (double)count;
    }
    free(sample);
}
