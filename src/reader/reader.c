/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader.h"

#include "memory.h"
#include "reader_field.h"
#include "reader_format.h"
#include "reader_report.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Reads the header row and what follows from it. */
static bool read_header(struct reader_file *file, struct reader_csv *csv, struct error *error)
{
    struct reader *reader = file->reader;
    struct reader_header *header = &file->header;
    struct reader_row row;
    switch (reader_csv_next(csv, &row, error)) {
    case READER_CSV_ROW:
        break;
    case READER_CSV_END:
        return error_set(error, ERROR_INPUT, "%s:1:1: empty file", file->path);
    case READER_CSV_BAD_ROW:
    case READER_CSV_FAILED:
        return false;
    }
    if (!reader_header_read(header, file->path, &row, reader->config->format, error)) {
        return false;
    }
    reader->report->source[file->source].format = header->format;
    for (size_t i = 0; i < header->count; i++) {
        const char *name = *header->name[i] != '\0' ? header->name[i] : "(no name)";
        if (reader_header_ignores(header, i) &&
            dictionary_find(&reader->ignored, name) == DICTIONARY_NONE) {
            struct reader_texts *ignored = &reader->report->ignored_columns;
            reader_texts_add(ignored, name);
            (void)dictionary_add(&reader->ignored, ignored->text[ignored->count - 1], i);
        }
    }
    return header->format == READER_LONG ||
           reader_agree_step(file, header->step_known, header->step, error);
}

static bool read_row(struct reader_file *file, const struct reader_row *row, struct error *error)
{
    const struct reader_header *header = &file->header;
    if (row->count != header->count) {
        size_t column = row->count < header->count ? row->count : header->count;
        return reader_fail(error, file->path, row->line, column,
                           column < header->count ? header->name[column] : NULL,
                           "the row has %zu fields, the header %zu", row->count, header->count);
    }
    switch (header->format) {
    case READER_WIDE_AGE:
        return reader_wide_age_row(file, row, error);
    case READER_WIDE_DATE:
        return reader_wide_date_row(file, row, error);
    default:
        return reader_long_row(file, row, error);
    }
}

static bool read_rows(struct reader_file *file, struct reader_csv *csv, struct error *error)
{
    size_t rows = 0;
    for (;; rows++) {
        struct reader_row row;
        enum reader_csv_result result = reader_csv_next(csv, &row, error);
        if (result == READER_CSV_END) {
            break;
        }
        if (result == READER_CSV_FAILED) {
            return false;
        }
        bool good = result == READER_CSV_ROW && read_row(file, &row, error);
        if (!good && !reader_skip(file->reader, error)) {
            return false;
        }
    }
    if (rows == 0) {
        return error_set(error, ERROR_INPUT, "%s:%zu:1: no rows after the header", file->path,
                         reader_csv_line(csv));
    }
    return reader_long_finish(file, error);
}

static bool read_file(struct reader *reader, const char *path, struct error *error)
{
    struct reader_csv *csv = reader_csv_open(path, error);
    if (csv == NULL) {
        return false;
    }
    /* The format is known with the header. */
    size_t index = reader_report_source(reader->report, path, READER_WIDE_AGE);
    struct reader_file file = {.reader = reader, .path = path, .source = index};
    bool good = read_header(&file, csv, error) && read_rows(&file, csv, error);
    if (good) {
        struct reader_source *source = &reader->report->source[index];
        reader_csv_digest(csv, &source->bytes, source->sha256);
    }
    reader_csv_close(csv);
    reader_header_free(&file.header);
    reader_long_free(file.rows);
    free(file.draft.points.point);
    free(file.scratch);
    return good;
}

static int compare_texts(const void *left, const void *right)
{
    char *const *a = left;
    char *const *b = right;
    return strcmp(*a, *b);
}

/* True for a name with that ending (.csv), but not for hidden files. */
static bool has_ending(const char *name, const char *ending)
{
    size_t length = strlen(name);
    size_t size = strlen(ending);
    return name[0] != '.' && length > size && strcmp(name + length - size, ending) == 0;
}

/* Lists the paths of a folder's *.csv, sorted. */
static bool list_folder(const char *folder, struct reader_texts *paths, struct error *error)
{
    DIR *directory = opendir(folder);
    if (directory == NULL) {
        return error_set(error, ERROR_INPUT, "%s: cannot open: %s", folder, strerror(errno));
    }
    size_t length = strlen(folder);
    const char *separator = length > 0 && folder[length - 1] == '/' ? "" : "/";
    bool records = false;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(directory);
        if (entry == NULL) {
            break;
        }
        records =
            records || has_ending(entry->d_name, ".json") || has_ending(entry->d_name, ".jsonl");
        if (has_ending(entry->d_name, ".csv")) {
            size_t size = length + strlen(entry->d_name) + 2;
            char *path = memory_array(size, 1);
            (void)snprintf(path, size, "%s%s%s", folder, separator, entry->d_name);
            reader_texts_add(paths, path);
            free(path);
        }
    }
    int code = errno;
    (void)closedir(directory);
    if (code != 0) {
        return error_set(error, ERROR_INPUT, "%s: cannot read: %s", folder, strerror(code));
    }
    if (paths->count == 0) {
        return error_set(error, ERROR_INPUT, "%s: no *.csv files in this folder%s", folder,
                         records ? " (`growcast collect` makes series of records of the Hub)" : "");
    }
    qsort(paths->text, paths->count, sizeof *paths->text, compare_texts);
    return true;
}

static bool read_path(struct reader *reader, const char *path, struct error *error)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        return error_set(error, ERROR_INPUT, "%s: cannot open: %s", path, strerror(errno));
    }
    if (!S_ISDIR(status.st_mode)) {
        return read_file(reader, path, error);
    }
    struct reader_texts paths = {0};
    bool good = list_folder(path, &paths, error);
    for (size_t i = 0; good && i < paths.count; i++) {
        good = read_file(reader, paths.text[i], error);
    }
    reader_texts_free(&paths);
    return good;
}

/* Warns if the median series looks like a running sum. */
static void warn_of_echo(struct reader *reader)
{
    if (reader->echo_count == 0) {
        return;
    }
    struct reader_echo median = reader_echo_median(reader->echo, reader->echo_count);
    if (reader_echo_tells(&median)) {
        reader_report_warn(
            reader->report,
            "the daily counts are read as cumulative, but look like the running sum of the Hub's "
            "30-day counter, which overstates downloads 10 to 30 times (over %zu series: "
            "increments change by %.0f%% a day in the median, and echo after 30 days by %.2f); if "
            "they are, set input.counter = trailing30-sum",
            reader->echo_count, 100.0 * median.roughness, median.echo);
    }
}

/* What can be said only when all files have been read. */
static bool finish(struct reader *reader, struct error *error)
{
    struct reader_report *report = reader->report;
    warn_of_echo(reader);
    report->below_minimum = catalog_drop_small(reader->catalog, reader->config->min_final);
    report->beyond_window =
        catalog_observe(reader->catalog, (double)reader->config->observation_window);
    catalog_finish(reader->catalog);
    if (reader->catalog->series_count == 0) {
        return error_set(error, ERROR_INPUT,
                         "no series in the inputs: %zu models excluded, %zu series below "
                         "input.min_final, %zu without a point in input.observation_window, %zu "
                         "rows skipped%s%s",
                         report->excluded, report->below_minimum, report->beyond_window,
                         report->skipped_rows, report->skipped.count > 0 ? "; first: " : "",
                         report->skipped.count > 0 ? report->skipped.text[0] : "");
    }
    return true;
}

bool reader_read(const struct config_input *config, const char *const *paths, size_t path_count,
                 struct catalog *catalog, struct reader_report *report, struct error *error)
{
    *catalog = (struct catalog){0};
    *report = (struct reader_report){0};
    struct reader reader = {.config = config, .catalog = catalog, .report = report};
    bool good = reader_mapping_read(&reader.mapping, config, report, error);
    for (size_t i = 0; good && i < path_count; i++) {
        good = read_path(&reader, paths[i], error);
    }
    good = good && finish(&reader, error);
    reader_mapping_free(&reader.mapping);
    dictionary_free(&reader.ignored);
    dictionary_free(&reader.models);
    free(reader.origin);
    free(reader.echo);
    if (!good) {
        catalog_free(catalog);
        reader_report_free(report);
    }
    return good;
}
