/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collect.h"

#include "memory.h"
#include "reader_csv.h"
#include "reader_field.h"
#include "reader_report.h"
#include "series.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The day of a snapshot: the first YYYY-MM-DD in the last part of a path. */
static int32_t snapshot_day(const char *path)
{
    enum { LENGTH = CALENDAR_TEXT_SIZE - 1 };
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    for (; strlen(name) >= LENGTH; name++) {
        char text[CALENDAR_TEXT_SIZE];
        memcpy(text, name, LENGTH);
        text[LENGTH] = '\0';
        struct calendar_time time;
        if (calendar_parse(text, &time)) {
            return time.day;
        }
    }
    return SERIES_NO_DATE;
}

/* The first byte that is no blank and no byte order mark; EOF if there is none. */
static int first_byte(FILE *file)
{
    int c;
    do {
        c = fgetc(file);
    } while (c == ' ' || c == '\t' || c == '\r' || c == '\n');
    return c;
}

static bool read_file(struct collect *collect, const struct config_input *input, const char *path,
                      struct error *error)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return error_set(error, ERROR_INPUT, "%s: cannot open: %s", path, strerror(errno));
    }
    int first = first_byte(file);
    if (fseek(file, 0, SEEK_SET) != 0 && first != EOF) {
        (void)ungetc(first, file); /* a pipe: only the blanks before it are gone */
    }
    if (first != '{' && first != '[') {
        return collect_read_events(collect, file, path, input->on_bad_row, error);
    }
    bool good =
        collect_read_json(collect, file, path, snapshot_day(path), input->on_bad_row, error);
    (void)fclose(file);
    return good;
}

static bool is_input_name(const char *name)
{
    static const char *const endings[] = {".json", ".jsonl", ".csv"};
    size_t length = strlen(name);
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t tail = strlen(endings[i]);
        if (name[0] != '.' && length > tail && strcmp(name + length - tail, endings[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int compare_texts(const void *left, const void *right)
{
    char *const *a = left;
    char *const *b = right;
    return strcmp(*a, *b);
}

static bool list_folder(const char *folder, struct reader_texts *paths, struct error *error)
{
    DIR *directory = opendir(folder);
    if (directory == NULL) {
        return error_set(error, ERROR_INPUT, "%s: cannot open: %s", folder, strerror(errno));
    }
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        if (is_input_name(entry->d_name)) {
            size_t size = strlen(folder) + strlen(entry->d_name) + 2;
            char *path = memory_array(size, 1);
            (void)snprintf(path, size, "%s/%s", folder, entry->d_name);
            reader_texts_add(paths, path);
            free(path);
        }
    }
    (void)closedir(directory);
    if (paths->count == 0) {
        return error_set(error, ERROR_INPUT, "%s: no *.json, *.jsonl or *.csv files in this folder",
                         folder);
    }
    qsort(paths->text, paths->count, sizeof *paths->text, compare_texts);
    return true;
}

static bool read_path(struct collect *collect, const struct config_input *input, const char *path,
                      struct error *error)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        return error_set(error, ERROR_INPUT, "%s: cannot open: %s", path, strerror(errno));
    }
    if (!S_ISDIR(status.st_mode)) {
        return read_file(collect, input, path, error);
    }
    struct reader_texts paths = {0};
    bool good = list_folder(path, &paths, error);
    for (size_t i = 0; good && i < paths.count; i++) {
        good = read_file(collect, input, paths.text[i], error);
    }
    reader_texts_free(&paths);
    return good;
}

bool collect_read(struct collect *collect, const struct config_input *input,
                  const char *const *paths, size_t count, struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (!read_path(collect, input, paths[i], error)) {
            return false;
        }
    }
    return true;
}

/* Adds a row of the renamings to new_name, by index of the model; the first row is the header. */
static bool take_renaming(struct collect *collect, const char *path, const struct reader_row *row,
                          bool header, uint32_t *new_name, struct error *error)
{
    if (row->count != 2) {
        return error_set(error, ERROR_USAGE, "%s:%zu:1: %zu fields instead of old,new", path,
                         row->line, row->count);
    }
    if (header) {
        bool right = strcmp(row->field[0], "old") == 0 && strcmp(row->field[1], "new") == 0;
        return right || error_set(error, ERROR_USAGE, "%s:1:1: the header must be old,new", path);
    }
    for (size_t i = 0; i < 2; i++) {
        if (!collect_name_valid(row->field[i], strlen(row->field[i]))) {
            char quoted[READER_QUOTE_SIZE];
            return error_set(error, ERROR_USAGE, "%s:%zu:%zu: %s cannot be the name of a model",
                             path, row->line, i + 1, reader_quote(row->field[i], quoted));
        }
    }
    uint32_t old = collect_find(collect, row->field[0]);
    uint32_t now = collect_find(collect, row->field[1]);
    if (old != COLLECT_NONE && now != COLLECT_NONE) {
        new_name[old] = now;
    }
    return true;
}

static bool read_renamings(struct collect *collect, struct reader_csv *csv, const char *path,
                           uint32_t *new_name, struct error *error)
{
    struct reader_row row;
    enum reader_csv_result result;
    bool header = true;
    while ((result = reader_csv_next(csv, &row, error)) != READER_CSV_END) {
        if (result != READER_CSV_ROW ||
            !take_renaming(collect, path, &row, header, new_name, error)) {
            error->kind = ERROR_USAGE;
            return false;
        }
        header = false;
    }
    return true;
}

bool collect_rename(struct collect *collect, const char *path, struct error *error)
{
    struct reader_csv *csv = reader_csv_open(path, error);
    if (csv == NULL) {
        error->kind = ERROR_USAGE;
        return false;
    }
    uint32_t *new_name = memory_array(collect->model_count, sizeof *new_name);
    for (uint32_t i = 0; i < collect->model_count; i++) {
        new_name[i] = i;
    }
    bool good = read_renamings(collect, csv, path, new_name, error);
    for (size_t i = 0; good && i < collect->link_count; i++) {
        /* A chain of renamings is followed, but not around a circle. */
        uint32_t *base = &collect->link[i].base;
        for (int step = 0; step < 8 && new_name[*base] != *base; step++) {
            *base = new_name[*base];
        }
    }
    free(new_name);
    reader_csv_close(csv);
    return good;
}
