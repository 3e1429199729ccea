/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader_header.h"

#include "calendar.h"
#include "dictionary.h"
#include "memory.h"
#include "reader_field.h"

#include <stdlib.h>
#include <string.h>

/* A wide format's column of counts. */
enum kind { KIND_OTHER, KIND_MONTH_AGE, KIND_DAY_AGE, KIND_DATE, KIND_DEFECT };

/* What a column's name says; fills *position with its age or day. */
static enum kind classify(const char *name, int32_t *position)
{
    struct calendar_time time;
    if (calendar_parse(name, &time)) {
        *position = time.day;
        return KIND_DATE;
    }
    size_t digits = strspn(name, "0123456789");
    if (digits == 0 || name[digits] != '-') {
        return KIND_OTHER;
    }
    /* From here on the column means to be an age or a date. */
    const char *unit = name + digits + 1;
    bool month = strcmp(unit, "month") == 0;
    if (!month && strcmp(unit, "day") != 0) {
        return KIND_DEFECT;
    }
    double age = strtod(name, NULL);
    if (age > SERIES_AGE_MAX) {
        return KIND_DEFECT;
    }
    *position = (int32_t)age;
    return month ? KIND_MONTH_AGE : KIND_DAY_AGE;
}

static bool fail(const struct reader_header *header, const char *path, const struct reader_row *row,
                 size_t column, struct error *error, const char *reason)
{
    return reader_fail(error, path, row->field_line[column], column, header->name[column], "%s",
                       reason);
}

/* Copies the names and refuses what is no name, or no other one. */
static bool read_names(struct reader_header *header, const char *path, const struct reader_row *row,
                       struct error *error)
{
    header->count = row->count;
    header->name = memory_array(row->count, sizeof *header->name);
    for (size_t i = 0; i < row->count; i++) {
        header->name[i] = memory_string(row->field[i]);
    }
    struct dictionary seen = {0};
    bool good = true;
    for (size_t i = 0; good && i < row->count; i++) {
        const char *name = header->name[i];
        if (*name == '\0') {
            continue; /* such as a table's row numbers: not used */
        }
        const char *defect = reader_name_defect(name);
        size_t first = dictionary_add(&seen, name, i);
        if (defect != NULL) {
            good = fail(header, path, row, i, error, defect);
        } else if (first != i) {
            good = reader_fail(error, path, row->field_line[i], i, name,
                               "stands twice, first as column %zu", first + 1);
        }
    }
    dictionary_free(&seen);
    return good;
}

static size_t find(const struct reader_header *header, const char *name)
{
    for (size_t i = 0; i < header->count; i++) {
        if (strcmp(header->name[i], name) == 0) {
            return i;
        }
    }
    return READER_NO_COLUMN;
}

static bool find_columns(struct reader_header *header, const char *path,
                         const struct reader_row *row, struct error *error)
{
    header->model = find(header, "model");
    header->organization = find(header, "organization");
    header->created_at = find(header, "created_at");
    header->date = find(header, "date");
    header->number = find(header, "count");
    header->metric = find(header, "metric");
    size_t company = find(header, "company");
    if (header->organization == READER_NO_COLUMN) {
        header->organization = company;
    } else if (company != READER_NO_COLUMN) {
        return fail(header, path, row, company, error,
                    "a second column for the organization, beside 'organization'");
    }
    return true;
}

/* Lists the columns of the wide formats in *kind and header; they must be of one kind. */
static bool find_values(struct reader_header *header, const char *path,
                        const struct reader_row *row, enum kind *kind, struct error *error)
{
    header->value_column = memory_array(header->count, sizeof *header->value_column);
    header->value_position = memory_array(header->count, sizeof *header->value_position);
    *kind = KIND_OTHER;
    size_t defect = READER_NO_COLUMN;
    for (size_t i = 0; i < header->count; i++) {
        int32_t position = 0;
        enum kind own = classify(header->name[i], &position);
        if (own == KIND_OTHER) {
            continue;
        }
        if (own == KIND_DEFECT) {
            defect = defect == READER_NO_COLUMN ? i : defect;
            continue;
        }
        if (*kind != KIND_OTHER && own != *kind) {
            return fail(header, path, row, i, error,
                        "the columns before it count by another unit or by date");
        }
        size_t last = header->value_count;
        if (last > 0 && position <= header->value_position[last - 1]) {
            return fail(header, path, row, i, error,
                        position == header->value_position[last - 1]
                            ? "the same age or date as the column before it"
                            : "ages or dates do not increase from left to right");
        }
        *kind = own;
        header->value_column[last] = i;
        header->value_position[last] = position;
        header->value_count++;
    }
    /* Beside columns that are understood, one that nearly is must not pass for an unknown one. */
    if (*kind != KIND_OTHER && defect != READER_NO_COLUMN) {
        return fail(header, path, row, defect, error, "neither an age (0-month, 0-day) nor a date");
    }
    return true;
}

bool reader_header_is_monthly(const int32_t *day, size_t count)
{
    enum { TOLERANCE = 3 };
    for (size_t i = 1; i < count; i++) {
        int32_t months = calendar_month_number(day[i]) - calendar_month_number(day[0]);
        int32_t shift = day[i] - calendar_add_months(day[0], months);
        if (calendar_month_number(day[i]) == calendar_month_number(day[i - 1]) ||
            shift > TOLERANCE || shift < -TOLERANCE) {
            return false;
        }
    }
    return true;
}

static bool is_format(enum config_input_format format, enum config_input_format demanded)
{
    return demanded == INPUT_FORMAT_AUTO || demanded == format;
}

/* Sets format and step from what the columns are. */
static bool decide(struct reader_header *header, enum kind kind, enum config_input_format demanded)
{
    if (header->model == READER_NO_COLUMN) {
        return false;
    }
    bool by_age = kind == KIND_MONTH_AGE || kind == KIND_DAY_AGE;
    if (by_age && is_format(INPUT_FORMAT_WIDE_AGE, demanded)) {
        header->format = READER_WIDE_AGE;
        header->step = kind == KIND_DAY_AGE ? SERIES_STEP_DAY : SERIES_STEP_MONTH;
        header->step_known = true;
        return true;
    }
    if (kind == KIND_DATE && is_format(INPUT_FORMAT_WIDE_DATE, demanded)) {
        header->format = READER_WIDE_DATE;
        header->step_known = header->value_count > 1;
        header->step = reader_header_is_monthly(header->value_position, header->value_count)
                           ? SERIES_STEP_MONTH
                           : SERIES_STEP_DAY;
        return true;
    }
    if (header->date != READER_NO_COLUMN && header->number != READER_NO_COLUMN &&
        is_format(INPUT_FORMAT_LONG, demanded)) {
        header->format = READER_LONG;
        header->value_count = 0;
        return true;
    }
    return false;
}

static bool fail_unknown(const struct reader_header *header, const char *path, size_t line,
                         enum config_input_format demanded, struct error *error)
{
    static const char *const expected[] = {
        [INPUT_FORMAT_AUTO] = ("none of model,0-month,... (or 0-day), model,2024-07-02,... and "
                               "model,date,count"),
        [INPUT_FORMAT_WIDE_AGE] = "not model,0-month,... (or 0-day), as input.format demands",
        [INPUT_FORMAT_WIDE_DATE] = "not model,2024-07-02,..., as input.format demands",
        [INPUT_FORMAT_LONG] = "not model,date,count, as input.format demands",
    };
    const char *hint = "";
    if (header->count == 1 && strpbrk(header->name[0], ";\t") != NULL) {
        hint = ": fields must be separated by commas";
    } else if (header->model == READER_NO_COLUMN) {
        hint = ": no column 'model'";
    } else if (find(header, "base_model") != READER_NO_COLUMN) {
        hint = ": lists of models and their base models are for `growcast collect`";
    }
    return reader_fail(error, path, line, 0, NULL, "the header is %s%s", expected[demanded], hint);
}

bool reader_header_read(struct reader_header *header, const char *path,
                        const struct reader_row *row, enum config_input_format format,
                        struct error *error)
{
    enum kind kind;
    *header = (struct reader_header){0};
    return read_names(header, path, row, error) && find_columns(header, path, row, error) &&
           find_values(header, path, row, &kind, error) &&
           (decide(header, kind, format) || fail_unknown(header, path, row->line, format, error));
}

bool reader_header_ignores(const struct reader_header *header, size_t column)
{
    bool point = column == header->date || column == header->number || column == header->metric;
    if (column == header->model || column == header->organization || column == header->created_at ||
        (header->format == READER_LONG && point)) {
        return false;
    }
    size_t low = 0;
    size_t high = header->value_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (header->value_column[middle] < column) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low == header->value_count || header->value_column[low] != column;
}

void reader_header_free(struct reader_header *header)
{
    for (size_t i = 0; i < header->count; i++) {
        free(header->name[i]);
    }
    free(header->name);
    free(header->value_column);
    free(header->value_position);
    *header = (struct reader_header){0};
}
