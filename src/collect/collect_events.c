/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collect.h"

#include "reader_csv.h"
#include "reader_field.h"
#include "series.h"

#include <string.h>

enum { BASE_MODEL, MODEL, CREATED_AT, RELATION, COLUMN_COUNT };

static const char *const column_name[COLUMN_COUNT] = {"base_model", "model", "created_at",
                                                      "relation"};

/** Where the columns stand; the number of fields for one that is missing. */
struct columns {
    size_t count;
    size_t of[COLUMN_COUNT];
};

static bool read_header(struct columns *columns, const char *path, const struct reader_row *row,
                        struct error *error)
{
    columns->count = row->count;
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        columns->of[i] = row->count;
    }
    for (size_t field = 0; field < row->count; field++) {
        for (size_t i = 0; i < COLUMN_COUNT; i++) {
            if (strcmp(row->field[field], column_name[i]) != 0) {
                continue;
            }
            if (columns->of[i] != row->count) {
                return reader_fail(error, path, row->line, field, column_name[i], "stands twice");
            }
            columns->of[i] = field;
        }
    }
    for (size_t i = 0; i < RELATION; i++) {
        if (columns->of[i] == row->count) {
            return error_set(error, ERROR_INPUT,
                             "%s:%zu:1: neither JSON nor an event list: no column \"%s\" (an event "
                             "list has base_model,model,created_at and optionally relation)",
                             path, row->line, column_name[i]);
        }
    }
    return true;
}

static const char *field(const struct columns *columns, const struct reader_row *row, size_t column)
{
    return columns->of[column] < row->count ? row->field[columns->of[column]] : "";
}

static bool fail(const struct columns *columns, const char *path, const struct reader_row *row,
                 size_t column, const char *message, struct error *error)
{
    size_t position = columns->of[column];
    char quoted[READER_QUOTE_SIZE];
    return reader_fail(error, path, row->field_line[position], position, column_name[column],
                       "%s %s", reader_quote(field(columns, row, column), quoted), message);
}

/* Takes in one row; false with *failure filled if it has a defect. */
static bool add_row(struct collect *collect, const struct columns *columns, const char *path,
                    const struct reader_row *row, struct collect_record *record,
                    struct error *failure)
{
    if (row->count != columns->count) {
        return error_set(failure, ERROR_INPUT, "%s:%zu:1: %zu fields instead of %zu", path,
                         row->line, row->count, columns->count);
    }
    collect_record_clear(record);
    const char *model = field(columns, row, MODEL);
    collect_record_name(record, model, strlen(model));
    if (record->name_bad) {
        return fail(columns, path, row, MODEL, "cannot be the name of a model", failure);
    }
    const char *created = field(columns, row, CREATED_AT);
    if (*created != '\0') {
        collect_record_created(record, created, strlen(created));
    }
    const char *relation = field(columns, row, RELATION);
    unsigned relations = collect_relation_of(relation, strlen(relation));
    if (*relation != '\0' && relations == COLLECT_UNSPECIFIED) {
        return fail(columns, path, row, RELATION, "is not finetune, adapter, quantized or merge",
                    failure);
    }
    const char *base = field(columns, row, BASE_MODEL);
    if (*base != '\0') {
        (void)collect_record_base_add(record, base, strlen(base), relations, false);
        if (record->bad_bases > 0) {
            return fail(columns, path, row, BASE_MODEL, "cannot be the name of a model", failure);
        }
    }
    const char *defect = collect_add(collect, record, SERIES_NO_DATE);
    return defect == NULL || fail(columns, path, row, CREATED_AT, defect, failure);
}

static bool read_rows(struct collect *collect, struct reader_csv *csv, const char *path,
                      enum config_on_bad_row on_bad_row, struct error *error)
{
    struct columns columns = {0};
    struct collect_record record = {0};
    struct reader_row row;
    struct error failure;
    enum reader_csv_result result;
    bool good = true;
    bool header = true;
    while (good && (result = reader_csv_next(csv, &row, &failure)) != READER_CSV_END) {
        if (result == READER_CSV_FAILED || (header && result == READER_CSV_BAD_ROW)) {
            *error = failure;
            good = false;
        } else if (header) {
            good = read_header(&columns, path, &row, error);
            header = false;
        } else if (result == READER_CSV_BAD_ROW ||
                   !add_row(collect, &columns, path, &row, &record, &failure)) {
            good = collect_skip(collect, on_bad_row, &failure, error);
        }
    }
    collect_record_free(&record);
    if (good && header) {
        return error_set(error, ERROR_INPUT, "%s:1:1: empty file", path);
    }
    return good;
}

bool collect_read_events(struct collect *collect, FILE *file, const char *name,
                         enum config_on_bad_row on_bad_row, struct error *error)
{
    struct reader_csv *csv = reader_csv_take(file, name);
    bool good = read_rows(collect, csv, name, on_bad_row, error);
    if (good) {
        uint64_t bytes = 0;
        char sha256[READER_SHA256_SIZE];
        reader_csv_digest(csv, &bytes, sha256);
        collect->facts.bytes += bytes;
    }
    reader_csv_close(csv);
    return good;
}
