/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calendar.h"
#include "memory.h"
#include "reader_csv.h"
#include "series.h"
#include "simulate.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/** The columns that are looked for. */
enum column {
    COLUMN_MODEL,
    COLUMN_FITNESS,
    COLUMN_IMMEDIACY,
    COLUMN_LONGEVITY,
    COLUMN_FITTED,
    COLUMN_SCALE,
    COLUMN_UNIT,
    COLUMN_DISPERSION,
    COLUMN_CREATED_AT,
    COLUMN_ORGANIZATION,
    COLUMN_COMPANY,
    COLUMN_COUNT,
};

enum { REQUIRED_COUNT = COLUMN_LONGEVITY + 1 };

static const char *const column_names[COLUMN_COUNT] = {
    [COLUMN_MODEL] = "model",
    [COLUMN_FITNESS] = "fitness",
    [COLUMN_IMMEDIACY] = "immediacy",
    [COLUMN_LONGEVITY] = "longevity",
    [COLUMN_FITTED] = "fitted",
    [COLUMN_SCALE] = "m",
    [COLUMN_UNIT] = "unit",
    [COLUMN_DISPERSION] = "dispersion",
    [COLUMN_CREATED_AT] = "created_at",
    [COLUMN_ORGANIZATION] = "organization",
    [COLUMN_COMPANY] = "company",
};

/** What is known while the table is read. */
struct table_reader {
    const char *path;
    const struct config *config;
    size_t position[COLUMN_COUNT]; /**< field of each column, SIZE_MAX: absent */
};

static bool find_columns(struct table_reader *reader, const struct reader_row *row,
                         struct error *error)
{
    for (size_t column = 0; column < COLUMN_COUNT; column++) {
        reader->position[column] = SIZE_MAX;
        for (size_t i = 0; i < row->count; i++) {
            if (strcmp(row->field[i], column_names[column]) == 0) {
                reader->position[column] = i;
                break;
            }
        }
        if (column < REQUIRED_COUNT && reader->position[column] == SIZE_MAX) {
            return error_set(error, ERROR_INPUT, "%s:%zu: the header has no column %s",
                             reader->path, row->line, column_names[column]);
        }
    }
    return true;
}

/* The text of a column in row, or "" where the table has none. */
static const char *text_of(const struct table_reader *reader, const struct reader_row *row,
                           enum column column)
{
    size_t i = reader->position[column];
    return i < row->count ? row->field[i] : "";
}

static bool bad_value(const struct table_reader *reader, const struct reader_row *row,
                      enum column column, const char *expected, struct error *error)
{
    return error_set(error, ERROR_INPUT, "%s:%zu: %s = \"%s\": expected %s", reader->path,
                     row->line, column_names[column], text_of(reader, row, column), expected);
}

/* A number above minimum; an empty field leaves *value as it is if that is a number. */
static bool take_number(const struct table_reader *reader, const struct reader_row *row,
                        enum column column, double minimum, double *value, struct error *error)
{
    const char *text = text_of(reader, row, column);
    if (text[0] == '\0' && !isnan(*value)) {
        return true;
    }
    char *end = NULL;
    *value = strtod(text, &end);
    bool complete = end != text && *end == '\0' && !isnan(*value);
    return (complete && *value > minimum) ||
           bad_value(reader, row, column, minimum < 0 ? "a number" : "a number above 0", error);
}

static bool take_parameters(const struct table_reader *reader, const struct reader_row *row,
                            struct simulate_model *model, struct error *error)
{
    struct growth_parameters *parameters = &model->parameters;
    *parameters = (struct growth_parameters){NAN, NAN, NAN};
    return take_number(reader, row, COLUMN_FITNESS, 0, &parameters->fitness, error) &&
           take_number(reader, row, COLUMN_IMMEDIACY, -INFINITY, &parameters->immediacy, error) &&
           take_number(reader, row, COLUMN_LONGEVITY, 0, &parameters->longevity, error);
}

static bool take_unit(const struct table_reader *reader, const struct reader_row *row,
                      struct simulate_model *model, struct error *error)
{
    static const struct {
        const char *word;
        enum config_time_unit unit;
    } units[] = {{"month", TIME_UNIT_MONTH}, {"day", TIME_UNIT_DAY}, {"year", TIME_UNIT_YEAR}};
    const char *text = text_of(reader, row, COLUMN_UNIT);
    if (text[0] == '\0') {
        return true;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(text, units[i].word) == 0) {
            model->unit = units[i].unit;
            return true;
        }
    }
    return bad_value(reader, row, COLUMN_UNIT, "month, day or year", error);
}

static bool take_fitted(const struct table_reader *reader, const struct reader_row *row,
                        struct simulate_model *model, struct error *error)
{
    const char *text = text_of(reader, row, COLUMN_FITTED);
    model->origin = strcmp(text, "0") == 0 ? SIMULATE_FROM_POPULATION : SIMULATE_FROM_TABLE;
    return text[0] == '\0' || strcmp(text, "0") == 0 || strcmp(text, "1") == 0 ||
           bad_value(reader, row, COLUMN_FITTED, "0 or 1", error);
}

static bool take_date(const struct table_reader *reader, const struct reader_row *row,
                      struct simulate_model *model, struct error *error)
{
    const char *text = text_of(reader, row, COLUMN_CREATED_AT);
    if (text[0] == '\0') {
        return true;
    }
    struct calendar_time time;
    if (!calendar_parse(text, &time)) {
        return bad_value(reader, row, COLUMN_CREATED_AT, "a date", error);
    }
    model->release_date = time.day;
    return true;
}

/* Leaves room behind the name for the number of a round. */
static bool take_names(const struct table_reader *reader, const struct reader_row *row,
                       struct simulate_model *model, struct error *error)
{
    enum { ROUND_SIZE = 24, NAME_MAX_BYTES = SIMULATE_NAME_SIZE - ROUND_SIZE };
    const char *name = text_of(reader, row, COLUMN_MODEL);
    const char *organization = text_of(reader, row, COLUMN_ORGANIZATION);
    if (organization[0] == '\0') {
        organization = text_of(reader, row, COLUMN_COMPANY);
    }
    if (name[0] == '\0' || strlen(name) > NAME_MAX_BYTES) {
        return bad_value(reader, row, COLUMN_MODEL, "1 to 232 bytes", error);
    }
    if (strlen(organization) > NAME_MAX_BYTES) {
        return bad_value(reader, row, COLUMN_ORGANIZATION, "at most 232 bytes", error);
    }
    (void)strcpy(model->name, name);
    (void)strcpy(model->organization, organization);
    if (organization[0] == '\0') {
        size_t length = strcspn(name, "/");
        memcpy(model->organization, name, length);
    }
    return true;
}

static bool take_row(const struct table_reader *reader, const struct reader_row *row,
                     struct simulate_table *table, struct error *error)
{
    struct simulate_model model = {
        .scale = reader->config->model.scale,
        .unit = reader->config->model.time_unit,
        .dispersion = reader->config->simulate.dispersion,
        .release_date = SERIES_NO_DATE,
    };
    if (!take_names(reader, row, &model, error) || !take_parameters(reader, row, &model, error) ||
        !take_fitted(reader, row, &model, error) || !take_unit(reader, row, &model, error) ||
        !take_date(reader, row, &model, error) ||
        !take_number(reader, row, COLUMN_SCALE, 0, &model.scale, error) ||
        !take_number(reader, row, COLUMN_DISPERSION, 0, &model.dispersion, error)) {
        return false;
    }
    table->model =
        memory_reserve(table->model, &table->capacity, table->count, sizeof *table->model);
    table->model[table->count++] = model;
    return true;
}

static bool read_rows(struct table_reader *reader, struct reader_csv *csv,
                      struct simulate_table *table, struct error *error)
{
    bool header = true;
    struct reader_row row;
    enum reader_csv_result result;
    while ((result = reader_csv_next(csv, &row, error)) == READER_CSV_ROW) {
        bool taken =
            header ? find_columns(reader, &row, error) : take_row(reader, &row, table, error);
        if (!taken) {
            return false;
        }
        header = false;
    }
    if (result != READER_CSV_END) {
        return false;
    }
    return table->count > 0 ||
           error_set(error, ERROR_INPUT, "%s: no row of parameters", reader->path);
}

bool simulate_table_read(const char *path, const struct config *config,
                         struct simulate_table *table, struct error *error)
{
    *table = (struct simulate_table){0};
    struct reader_csv *csv = reader_csv_open(path, error);
    if (csv == NULL) {
        return false;
    }
    struct table_reader reader = {.path = path, .config = config};
    bool read = read_rows(&reader, csv, table, error);
    reader_csv_close(csv);
    return read;
}

void simulate_table_free(struct simulate_table *table)
{
    free(table->model);
    *table = (struct simulate_table){0};
}
