/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Series of downloads from repeated snapshots of the same models. */
#include "collect_series.h"

#include "decimal.h"
#include "memory.h"
#include "reader_counter.h"
#include "series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* By model, day and count. */
static int compare_observations(const void *left, const void *right)
{
    const struct collect_observation *a = left;
    const struct collect_observation *b = right;
    if (a->model != b->model) {
        return a->model < b->model ? -1 : 1;
    }
    if (a->day != b->day) {
        return a->day < b->day ? -1 : 1;
    }
    return (a->count > b->count) - (a->count < b->count);
}

static int compare_days(const void *left, const void *right)
{
    const int32_t *a = left;
    const int32_t *b = right;
    return (*a > *b) - (*a < *b);
}

/** All of writing downloads. */
struct writer {
    const struct collect *collect;
    const struct config *config;
    const struct reader_mapping *mapping;
    struct collect_written *written;
    struct collect_observation *observation; /* sorted */
    size_t *first; /* [model_count + 1] the first observation of each model */
    size_t day_count;
    int32_t *day; /* [day_count] days of snapshots, increasing */
    double *cell; /* [day_count] counts of a model, NAN for none */
    struct reader_points points;
};

static void sort_observations(struct writer *writer)
{
    const struct collect *collect = writer->collect;
    size_t count = collect->observation_count;
    writer->observation = memory_array(count, sizeof *writer->observation);
    writer->day = memory_array(count, sizeof *writer->day);
    writer->first = memory_array(collect->model_count + 1, sizeof *writer->first);
    memcpy(writer->observation, collect->observation, count * sizeof *writer->observation);
    qsort(writer->observation, count, sizeof *writer->observation, compare_observations);
    for (size_t i = 0; i < count; i++) {
        writer->day[i] = writer->observation[i].day;
        writer->first[writer->observation[i].model + 1]++;
    }
    for (size_t i = 0; i < collect->model_count; i++) {
        writer->first[i + 1] += writer->first[i];
    }
    qsort(writer->day, count, sizeof *writer->day, compare_days);
    for (size_t i = 0; i < count; i++) {
        if (writer->day_count == 0 || writer->day[writer->day_count - 1] != writer->day[i]) {
            writer->day[writer->day_count++] = writer->day[i];
        }
    }
    writer->cell = memory_array(writer->day_count, sizeof *writer->cell);
}

/* Fills writer->cell with what the counter showed from release on. Of two snapshots of a day, the
   larger count stands. Returns how many cells have one. */
static size_t fill_cells(struct writer *writer, const struct collect_row *row)
{
    size_t filled = 0;
    size_t next = writer->first[row->model];
    size_t end = writer->first[row->model + 1];
    for (size_t k = 0; k < writer->day_count; k++) {
        writer->cell[k] = NAN;
        for (; next < end && writer->observation[next].day == writer->day[k]; next++) {
            writer->cell[k] = writer->observation[next].count;
        }
        if (row->release.day != SERIES_NO_DATE && writer->day[k] < row->release.day) {
            writer->cell[k] = NAN;
        }
        filled += isnan(writer->cell[k]) ? 0 : 1;
    }
    return filled;
}

/* Replaces the cells by cumulative downloads; returns how many cells have one. */
static size_t recover_cells(struct writer *writer, const struct collect_row *row)
{
    struct reader_points *points = &writer->points;
    points->count = 0;
    for (size_t k = 0; k < writer->day_count; k++) {
        if (!isnan(writer->cell[k])) {
            points->point = memory_reserve(points->point, &points->capacity, points->count,
                                           sizeof *points->point);
            points->point[points->count++] = (struct reader_point){
                .age = writer->day[k] - row->release.day,
                .value = writer->cell[k],
                .slot = k,
                .column = k,
            };
        }
        writer->cell[k] = NAN;
    }
    size_t culprit;
    if (reader_counter_cumulate(COUNTER_TRAILING30, 0, points, &writer->written->counter,
                                &culprit) != NULL) {
        return 0;
    }
    for (size_t i = 0; i < points->count; i++) {
        writer->cell[points->point[i].column] = points->point[i].value;
    }
    return points->count;
}

/* Whether the downloads of all time, or recovered ones, are wanted. */
static bool wants_recovery(const struct config *config)
{
    return config->collect.count == COLLECT_COUNT_DOWNLOADS &&
           config->input.counter == COUNTER_TRAILING30;
}

static size_t make_cells(struct writer *writer, const struct collect_row *row)
{
    size_t filled = fill_cells(writer, row);
    if (!wants_recovery(writer->config) || filled == 0) {
        return filled;
    }
    filled = row->release.day == SERIES_NO_DATE ? 0 : recover_cells(writer, row);
    writer->written->unrecovered += filled == 0 ? 1 : 0;
    return filled;
}

static void write_row(struct writer *writer, const struct collect_row *row, FILE *file)
{
    if (make_cells(writer, row) == 0) {
        return;
    }
    writer->written->series++;
    collect_row_begin(writer->collect, writer->mapping, row, file);
    for (size_t k = 0; k < writer->day_count; k++) {
        char text[DECIMAL_SIZE];
        (void)fprintf(file, ",%s",
                      isnan(writer->cell[k]) ? "" : decimal_write(writer->cell[k], text));
    }
    (void)fputc('\n', file);
}

static void write_table(struct writer *writer, FILE *file)
{
    (void)fputs("model,organization,created_at", file);
    for (size_t k = 0; k < writer->day_count; k++) {
        char date[CALENDAR_TEXT_SIZE];
        calendar_format(writer->day[k], date);
        (void)fprintf(file, ",%s", date);
    }
    (void)fputc('\n', file);
    const struct collect *collect = writer->collect;
    struct collect_row *rows = memory_array(collect->model_count, sizeof *rows);
    size_t count = 0;
    for (uint32_t i = 0; i < collect->model_count; i++) {
        struct collect_row row = {i, collect->model[i].created};
        if (writer->first[i + 1] == writer->first[i]) {
            continue;
        }
        writer->written->undated_bases += row.release.day == SERIES_NO_DATE ? 1 : 0;
        if (collect_row_allowed(collect, writer->config, writer->mapping, &row, writer->written)) {
            rows[count++] = row;
        }
    }
    collect_rows_sort(collect, rows, count);
    for (size_t i = 0; i < count; i++) {
        write_row(writer, &rows[i], file);
    }
    free(rows);
}

bool collect_write_downloads(const struct collect *collect, const struct config *config,
                             const struct reader_mapping *mapping, FILE *file,
                             struct collect_written *written, struct error *error)
{
    if (collect->observation_count == 0) {
        return error_set(error, ERROR_INPUT,
                         "no downloads: no record with a number of downloads came from a file with "
                         "a date (YYYY-MM-DD) in its name");
    }
    struct writer writer = {
        .collect = collect, .config = config, .mapping = mapping, .written = written};
    sort_observations(&writer);
    written->until = writer.day[writer.day_count - 1];
    write_table(&writer, file);
    free(writer.observation);
    free(writer.first);
    free(writer.day);
    free(writer.cell);
    free(writer.points.point);
    if (written->series == 0) {
        return error_set(error, ERROR_INPUT,
                         "no series of downloads: %zu models excluded, %zu whose counts cannot be "
                         "recovered from the 30-day counter (a day 30 days earlier is missing)",
                         written->excluded, written->unrecovered);
    }
    return true;
}
