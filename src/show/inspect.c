/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "inspect.h"

#include "age.h"
#include "calendar.h"
#include "fit.h"
#include "memory.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { SHOCK_LEAST = 10, SHOCK_STEPS = 3, DEFECTS_SHOWN = 5, LINE_SIZE = 1024 };

const char *const inspect_table_names[INSPECT_TABLE_COUNT + 1] = {"input", "models",
                                                                  "organizations", NULL};

bool inspect_read(const struct config *config, const char *path, struct inspect *inspect,
                  struct error *error)
{
    *inspect = (struct inspect){.config = config, .path = path};
    struct config_input input = config->input;
    input.on_bad_row = ON_BAD_ROW_SKIP;
    return reader_read(&input, &path, 1, &inspect->catalog, &inspect->report, error);
}

void inspect_free(struct inspect *inspect)
{
    catalog_free(&inspect->catalog);
    reader_report_free(&inspect->report);
}

/* New counts per step from point k - 1 to point k. */
static double step_before(const struct series *series, size_t k)
{
    return (series->observed[k] - series->observed[k - 1]) / (series->age[k] - series->age[k - 1]);
}

static bool is_shock(const struct config_hierarchy *hierarchy, const struct series *series,
                     size_t k)
{
    double sum = 0;
    size_t count = 0;
    for (size_t i = k - 1; i > 0 && count < SHOCK_STEPS; i--, count++) {
        sum += step_before(series, i);
    }
    double step = step_before(series, k);
    return count > 0 && step >= SHOCK_LEAST &&
           step > hierarchy->shock_factor * sum / (double)count + hierarchy->shock_offset;
}

static const char *defect_of(const struct config *config, const struct series *series)
{
    size_t points = 0;
    for (size_t k = 0; k < series->count; k++) {
        points += series->age[k] > 0 ? 1 : 0;
    }
    if (series_all_zero(series)) {
        return "all counts are zero";
    }
    return points < fit_fewest_points(&config->fit) ? "too few points after release" : NULL;
}

struct inspect_series inspect_series(const struct config *config, const struct series *series)
{
    struct inspect_series facts = {
        .largest_step = series_largest_step_share(series),
        .defect = defect_of(config, series),
    };
    for (size_t k = 1; k < series->count; k++) {
        facts.zero_steps += series->observed[k] == series->observed[k - 1] ? 1 : 0;
        facts.gaps += (size_t)(series->age[k] - series->age[k - 1]) - 1;
        facts.shocks += is_shock(&config->hierarchy, series, k) ? 1 : 0;
    }
    return facts;
}

__attribute__((format(printf, 3, 4))) static void
add_line(struct table *table, const char *property, const char *format, ...)
{
    char text[LINE_SIZE];
    va_list values;
    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    table_add_text(table, property);
    table_add_text(table, text);
}

/** Sums over all series. */
struct totals {
    size_t points, zero_steps, gaps;
    size_t all_zero, too_short, fittable;
    size_t with_gaps, with_shocks, shocks, step_like;
    size_t undated, left_censored;
    int32_t first_release, last_release;
    double shortest, longest; /* greatest ages, steps */
};

static void add_release(struct totals *totals, const struct series *series)
{
    if (series->release_date == SERIES_NO_DATE) {
        totals->undated++;
        return;
    }
    if (totals->first_release == SERIES_NO_DATE || series->release_date < totals->first_release) {
        totals->first_release = series->release_date;
    }
    if (totals->last_release == SERIES_NO_DATE || series->release_date > totals->last_release) {
        totals->last_release = series->release_date;
    }
}

static struct totals sum_up(const struct inspect *inspect)
{
    struct totals totals = {
        .first_release = SERIES_NO_DATE, .last_release = SERIES_NO_DATE, .shortest = INFINITY};
    for (size_t i = 0; i < inspect->catalog.series_count; i++) {
        const struct series *series = &inspect->catalog.series[i];
        struct inspect_series facts = inspect_series(inspect->config, series);
        double last = series->age[series->count - 1];
        bool zero = series_all_zero(series);
        totals.points += series->count;
        totals.zero_steps += facts.zero_steps;
        totals.gaps += facts.gaps;
        totals.all_zero += zero ? 1 : 0;
        totals.too_short += !zero && facts.defect != NULL ? 1 : 0;
        totals.fittable += facts.defect == NULL ? 1 : 0;
        totals.with_gaps += facts.gaps > 0 ? 1 : 0;
        totals.with_shocks += facts.shocks > 0 ? 1 : 0;
        totals.shocks += facts.shocks;
        totals.step_like += facts.largest_step > inspect->config->fit.step_fraction ? 1 : 0;
        totals.left_censored += (series->flags & SERIES_LEFT_CENSORED) != 0 ? 1 : 0;
        totals.shortest = fmin(totals.shortest, last);
        totals.longest = fmax(totals.longest, last);
        add_release(&totals, series);
    }
    return totals;
}

static void add_span(const struct inspect *inspect, const struct totals *totals,
                     struct table *table)
{
    char first[CALENDAR_TEXT_SIZE];
    char last[CALENDAR_TEXT_SIZE];
    if (totals->first_release != SERIES_NO_DATE) {
        calendar_format(totals->first_release, first);
        calendar_format(totals->last_release, last);
        add_line(table, "releases", "%s to %s", first, last);
    }
    if (inspect->catalog.end_date != SERIES_NO_DATE) {
        calendar_format(inspect->catalog.end_date, last);
        add_line(table, "observed until", "%s", last);
    }
    add_line(table, "greatest ages", "%.0f to %.0f %ss", totals->shortest, totals->longest,
             age_step_name(inspect->catalog.step));
    if (totals->undated > 0) {
        add_line(table, "series without a release date", "%zu", totals->undated);
    }
}

static void add_counter(const struct reader_report *report, struct table *table)
{
    const struct reader_counter_facts *counter = &report->counter;
    if (counter->series > 0) {
        add_line(table, "recovered from a 30-day counter", "%zu series, %zu points",
                 counter->series, counter->points);
        add_line(table, "falls of recovered counts", "%zu, by %.0f in all, at most %.0f",
                 counter->falls, counter->fall_total, counter->fall_largest);
    }
    if (report->early.points > 0) {
        add_line(table, "counts before release, left out", "%zu of %zu series",
                 report->early.points, report->early.series);
    }
    for (size_t i = 0; i < report->warnings.count; i++) {
        add_line(table, "warning", "%s", report->warnings.text[i]);
    }
}

/* Rows that could not be read, among them those with decreasing counts. */
static void add_defects(const struct reader_report *report, struct table *table)
{
    size_t decreasing = 0;
    for (size_t i = 0; i < report->skipped.count; i++) {
        decreasing +=
            strstr(report->skipped.text[i], "is below the cumulative count before") != NULL ? 1 : 0;
    }
    add_line(table, "rows with defects", "%zu", report->skipped_rows);
    if (decreasing > 0) {
        add_line(table, "of them decreasing counts", "%zu%s", decreasing,
                 report->skipped_rows > report->skipped.count ? " or more" : "");
    }
    for (size_t i = 0; i < report->skipped.count && i < DEFECTS_SHOWN; i++) {
        add_line(table, "defect", "%s", report->skipped.text[i]);
    }
}

static void add_fittable(const struct inspect *inspect, const struct totals *totals,
                         struct table *table)
{
    add_line(table, "series that can be fitted", "%zu", totals->fittable);
    if (totals->all_zero > 0) {
        add_line(table, "not: all counts are zero", "%zu", totals->all_zero);
    }
    if (totals->too_short > 0) {
        add_line(table, "not: too few points after release", "%zu, fewer than %zu",
                 totals->too_short, fit_fewest_points(&inspect->config->fit));
    }
    if (inspect->report.excluded > 0) {
        add_line(table, "left out by input.exclude", "%zu", inspect->report.excluded);
    }
    if (inspect->report.below_minimum > 0) {
        add_line(table, "left out below input.min_final", "%zu", inspect->report.below_minimum);
    }
    if (inspect->report.beyond_window > 0) {
        add_line(table, "left out by input.observation_window", "%zu",
                 inspect->report.beyond_window);
    }
}

static struct table *make_input(const struct inspect *inspect)
{
    static const struct table_column columns[] = {
        {"property", NULL, TABLE_TEXT, 0},
        {"value", NULL, TABLE_TEXT, 0},
    };
    struct table *table = table_create("input", columns, sizeof columns / sizeof columns[0]);
    struct totals totals = sum_up(inspect);
    const struct catalog *catalog = &inspect->catalog;
    add_line(table, "input", "%s", inspect->path);
    add_line(table, "files", "%zu", inspect->report.source_count);
    add_line(table, "series", "%zu", catalog->series_count);
    add_line(table, "organizations", "%zu", catalog->organization_count);
    add_line(table, "step", "%s", age_step_name(inspect->catalog.step));
    add_span(inspect, &totals, table);
    add_line(table, "points", "%zu", totals.points);
    size_t steps = totals.points - catalog->series_count;
    add_line(table, "steps without a new count", "%zu of %zu", totals.zero_steps, steps);
    add_line(table, "gaps", "%zu missing ages in %zu series", totals.gaps, totals.with_gaps);
    add_line(table, "shocks", "%zu in %zu series", totals.shocks, totals.with_shocks);
    add_line(table, "series with most of the count in one step", "%zu", totals.step_like);
    add_line(table, "left-censored series", "%zu", totals.left_censored);
    add_counter(&inspect->report, table);
    add_defects(&inspect->report, table);
    add_fittable(inspect, &totals, table);
    return table;
}

/** A series with what it is ordered by. */
struct ranked {
    const struct series *series;
    double key; /* the largest first; NAN last */
};

static int compare_ranked(const void *left, const void *right)
{
    const struct ranked *a = left;
    const struct ranked *b = right;
    double x = isnan(a->key) ? -INFINITY : a->key;
    double y = isnan(b->key) ? -INFINITY : b->key;
    int order = (x < y) - (x > y);
    return order != 0 ? order : strcmp(a->series->name, b->series->name);
}

static double rank_key(const struct series *series, enum show_sort sort)
{
    switch (sort) {
    case SHOW_SORT_NAME:
        return 0;
    case SHOW_SORT_RELEASE:
        return series->release_date == SERIES_NO_DATE ? NAN : (double)series->release_date;
    default:
        return series_last_count(series);
    }
}

static void add_model(const struct inspect *inspect, const struct series *series,
                      struct table *table)
{
    struct inspect_series facts = inspect_series(inspect->config, series);
    char release[CALENDAR_TEXT_SIZE];
    calendar_format(series->release_date, release);
    bool censored = (series->flags & SERIES_LEFT_CENSORED) != 0;
    table_add_text(table, series->name);
    table_add_text(table, inspect->catalog.organization_name[series->organization]);
    table_add_text(table, series->release_date == SERIES_NO_DATE ? NULL : release);
    table_add_number(table, series->age[series->count - 1]);
    table_add_number(table, series_last_count(series));
    table_add_number(table, (double)facts.zero_steps);
    table_add_number(table, (double)facts.gaps);
    table_add_number(table, (double)facts.shocks);
    table_add_number(table, facts.largest_step);
    table_add_text(table, censored ? "yes" : "no");
    table_add_text(table, facts.defect == NULL ? "can be fitted" : facts.defect);
}

/* The organization's index, or the number of all for NULL. */
static bool find_organization(const struct inspect *inspect, const char *name, size_t *index,
                              struct error *error)
{
    *index = inspect->catalog.organization_count;
    return name == NULL ||
           show_find_organization(inspect->catalog.organization_name,
                                  inspect->catalog.organization_count, name, index, error);
}

static struct table *make_models(const struct inspect *inspect,
                                 const struct show_selection *selection, struct error *error)
{
    const struct table_column columns[] = {
        {"model", NULL, TABLE_TEXT, 0},
        {"organization", NULL, TABLE_TEXT, 0},
        {"release", NULL, TABLE_TEXT, 0},
        {"last_age", age_step_name(inspect->catalog.step), TABLE_NUMBER, 4},
        {"last_count", NULL, TABLE_NUMBER, 4},
        {"zero_steps", NULL, TABLE_NUMBER, 4},
        {"gaps", NULL, TABLE_NUMBER, 4},
        {"shocks", NULL, TABLE_NUMBER, 4},
        {"largest_step_share", NULL, TABLE_NUMBER, 2},
        {"left_censored", NULL, TABLE_TEXT, 0},
        {"fit", NULL, TABLE_TEXT, 0},
    };
    size_t organization;
    const struct catalog *catalog = &inspect->catalog;
    if (!find_organization(inspect, selection->organization, &organization, error)) {
        return NULL;
    }
    struct ranked *ranked = memory_array(catalog->series_count, sizeof *ranked);
    size_t count = 0;
    for (size_t i = 0; i < catalog->series_count; i++) {
        const struct series *series = &catalog->series[i];
        if (selection->organization == NULL || series->organization == organization) {
            ranked[count++] = (struct ranked){series, rank_key(series, selection->sort)};
        }
    }
    qsort(ranked, count, sizeof *ranked, compare_ranked);
    struct table *table = table_create("models", columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < count && (selection->models == 0 || i < selection->models); i++) {
        add_model(inspect, ranked[i].series, table);
    }
    free(ranked);
    return table;
}

static struct table *make_organizations(const struct inspect *inspect,
                                        const struct show_selection *selection, struct error *error)
{
    static const struct table_column columns[] = {
        {"organization", NULL, TABLE_TEXT, 0},
        {"models", NULL, TABLE_NUMBER, 6},
        {"can_be_fitted", NULL, TABLE_NUMBER, 6},
        {"last_count", NULL, TABLE_NUMBER, 6},
    };
    size_t chosen;
    const struct catalog *catalog = &inspect->catalog;
    if (!find_organization(inspect, selection->organization, &chosen, error)) {
        return NULL;
    }
    size_t count = catalog->organization_count;
    double *sums = memory_array(3 * count, sizeof *sums);
    for (size_t i = 0; i < catalog->series_count; i++) {
        const struct series *series = &catalog->series[i];
        double *row = sums + 3 * series->organization;
        row[0] += 1;
        row[1] += defect_of(inspect->config, series) == NULL ? 1 : 0;
        row[2] += series_last_count(series);
    }
    struct table *table = table_create("organizations", columns, 4);
    for (size_t i = 0; i < count; i++) {
        if (selection->organization == NULL || i == chosen) {
            table_add_text(table, catalog->organization_name[i]);
            table_add_number(table, sums[3 * i]);
            table_add_number(table, sums[3 * i + 1]);
            table_add_number(table, sums[3 * i + 2]);
        }
    }
    free(sums);
    return table;
}

struct table *inspect_table(const struct inspect *inspect, enum inspect_table which,
                            const struct show_selection *selection, struct error *error)
{
    switch (which) {
    case INSPECT_MODELS:
        if (selection->sort > SHOW_SORT_RELEASE) {
            (void)error_set(error, ERROR_USAGE,
                            "show: --sort %s: of series, count, name or release",
                            show_sort_names[selection->sort]);
            return NULL;
        }
        return make_models(inspect, selection, error);
    case INSPECT_ORGANIZATIONS:
        return make_organizations(inspect, selection, error);
    case INSPECT_INPUT:
    case INSPECT_TABLE_COUNT:
        break;
    }
    return make_input(inspect);
}
