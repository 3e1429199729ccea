/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "memory.h"
#include "reader_field.h"
#include "reader_format.h"
#include "reader_report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Checks a cell that names something. */
static bool check_name(const struct reader_file *file, const struct reader_row *row, size_t column,
                       struct error *error)
{
    const char *defect = reader_name_defect(row->field[column]);
    if (defect == NULL) {
        return true;
    }
    char quoted[READER_QUOTE_SIZE] = "";
    bool empty = *row->field[column] == '\0';
    return reader_fail(
        error, file->path, row->field_line[column], column, file->header.name[column], "%s%s%s",
        empty ? "" : reader_quote(row->field[column], quoted), empty ? "" : " ", defect);
}

static const char *cell(const struct reader_row *row, size_t column)
{
    return column != READER_NO_COLUMN ? row->field[column] : "";
}

static bool read_created(struct reader_draft *draft, const struct reader_file *file,
                         const struct reader_row *row, struct error *error)
{
    size_t column = file->header.created_at;
    const char *text = cell(row, column);
    draft->dated = *text != '\0';
    draft->release_date = SERIES_NO_DATE;
    if (!draft->dated) {
        return true;
    }
    if (!calendar_parse(text, &draft->created)) {
        char quoted[READER_QUOTE_SIZE];
        return reader_fail(
            error, file->path, row->field_line[column], column, file->header.name[column],
            "%s is not a date like 2024-07-02 or 2024-07-02T09:30:00Z", reader_quote(text, quoted));
    }
    draft->release_date = draft->created.day;
    return true;
}

bool reader_draft_begin(struct reader_draft *draft, const struct reader_file *file,
                        const struct reader_row *row, struct error *error)
{
    struct reader_points points = draft->points;
    points.count = 0;
    *draft = (struct reader_draft){
        .name = row->field[file->header.model], .line = row->line, .points = points};
    if (!check_name(file, row, file->header.model, error)) {
        return false;
    }
    draft->excluded = reader_mapping_excludes(&file->reader->mapping, draft->name);
    if (draft->excluded) {
        return true;
    }
    draft->organization = cell(row, file->header.organization);
    return (*draft->organization == '\0' ||
            check_name(file, row, file->header.organization, error)) &&
           read_created(draft, file, row, error);
}

void reader_draft_point(struct reader_draft *draft, struct reader_point point)
{
    struct reader_points *points = &draft->points;
    points->point =
        memory_reserve(points->point, &points->capacity, points->count, sizeof *points->point);
    points->point[points->count++] = point;
}

void reader_draft_early(struct reader_draft *draft, int32_t day, double count)
{
    draft->before = count;
    if (count > 0.0) {
        int32_t days = draft->release_date - day;
        draft->early_points++;
        draft->early_days = days > draft->early_days ? days : draft->early_days;
    }
}

double reader_draft_age(const struct reader_draft *draft, enum series_step step, int32_t first,
                        int32_t day)
{
    if (step == SERIES_STEP_DAY) {
        return day - draft->release_date;
    }
    return calendar_whole_months(draft->release_date, first) + calendar_month_number(day) -
           calendar_month_number(first);
}

static bool fail_model(const struct reader_file *file, struct error *error, const char *reason)
{
    const struct reader_header *header = &file->header;
    char quoted[READER_QUOTE_SIZE];
    return reader_fail(error, file->path, file->draft.line, header->model,
                       header->name[header->model], "%s %s", reader_quote(file->draft.name, quoted),
                       reason);
}

static bool check_new(const struct reader_file *file, struct error *error)
{
    const struct reader *reader = file->reader;
    size_t index = dictionary_find(&reader->models, file->draft.name);
    if (index == DICTIONARY_NONE) {
        return true;
    }
    const struct reader_origin *origin = &reader->origin[index];
    char reason[ERROR_MESSAGE_SIZE / 2];
    (void)snprintf(reason, sizeof reason, "came before, at %s:%zu",
                   reader->report->source[origin->source].path, origin->line);
    return fail_model(file, error, reason);
}

static bool cumulate(struct reader_file *file, struct error *error)
{
    struct reader *reader = file->reader;
    struct reader_points *points = &file->draft.points;
    size_t culprit;
    const char *defect = reader_counter_cumulate(reader->config->counter, file->draft.before,
                                                 points, &reader->report->counter, &culprit);
    if (defect == NULL) {
        return true;
    }
    const struct reader_point *point = &points->point[culprit];
    char quoted[READER_QUOTE_SIZE];
    return reader_fail(error, file->path, point->line, point->column,
                       file->header.name[point->column], "count of %s %s",
                       reader_quote(file->draft.name, quoted), defect);
}

/* The organization as an index into the catalog. */
static size_t find_organization(struct reader *reader, const struct reader_draft *draft)
{
    const char *name = draft->organization;
    char *prefix = NULL;
    if (name == NULL || *name == '\0') {
        size_t length = strcspn(draft->name, "/");
        prefix = memory_string(draft->name);
        if (length > 0) {
            prefix[length] = '\0';
        }
        name = prefix;
    }
    size_t index =
        catalog_organization(reader->catalog, reader_mapping_organization(&reader->mapping, name));
    free(prefix);
    return index;
}

/* Daily counts declared cumulative may show that they are not. */
static void note_echo(struct reader *reader, const struct series *series)
{
    double span = series->age[series->count - 1] - series->age[0];
    if (reader->config->counter != COUNTER_CUMULATIVE || reader->catalog->step != SERIES_STEP_DAY ||
        span != (double)(series->count - 1)) {
        return;
    }
    struct reader_echo echo;
    if (reader_echo_measure(series->observed, series->count, &echo)) {
        reader->echo = memory_reserve(reader->echo, &reader->echo_capacity, reader->echo_count,
                                      sizeof *reader->echo);
        reader->echo[reader->echo_count++] = echo;
    }
}

/* Counts what the report says of an accepted series. */
static void note_facts(struct reader_file *file, const struct series *series)
{
    const struct reader_draft *draft = &file->draft;
    struct reader_report *report = file->reader->report;
    report->source[file->source].series++;
    report->left_censored += (series->flags & SERIES_LEFT_CENSORED) != 0 ? 1 : 0;
    if (draft->early_points > 0) {
        report->early.series++;
        report->early.points += draft->early_points;
        report->early.days =
            draft->early_days > report->early.days ? draft->early_days : report->early.days;
    }
    note_echo(file->reader, series);
}

static void append(struct reader_file *file)
{
    struct reader *reader = file->reader;
    const struct reader_draft *draft = &file->draft;
    size_t count = draft->points.count;
    file->scratch =
        memory_reserve(file->scratch, &file->scratch_capacity, 2 * count, sizeof *file->scratch);
    double *age = file->scratch;
    double *observed = file->scratch + count;
    for (size_t i = 0; i < count; i++) {
        age[i] = draft->points.point[i].age;
        observed[i] = draft->points.point[i].value;
    }
    bool censored = draft->dated && calendar_not_after(draft->created, reader_earliest_stamp);
    enum config_counter counter = reader->config->counter;
    bool repaired = counter == COUNTER_TRAILING30 || counter == COUNTER_TRAILING30_SUM;
    struct series series = {
        .name = (char *)draft->name,
        .organization = find_organization(reader, draft),
        .release_date = draft->release_date,
        .flags = (censored ? SERIES_LEFT_CENSORED : 0U) | (repaired ? SERIES_REPAIRED : 0U),
        .count = count,
        .age = age,
        .observed = observed,
    };
    size_t index = reader->catalog->series_count;
    const struct series *added = catalog_append(reader->catalog, &series);
    (void)dictionary_add(&reader->models, added->name, index);
    reader->origin =
        memory_reserve(reader->origin, &reader->origin_capacity, index, sizeof *reader->origin);
    reader->origin[index] = (struct reader_origin){file->source, draft->line};
    note_facts(file, added);
}

bool reader_draft_end(struct reader_file *file, struct error *error)
{
    const struct reader_points *points = &file->draft.points;
    if (!check_new(file, error)) {
        return false;
    }
    if (points->count == 0) {
        return fail_model(file, error,
                          file->draft.release_date == SERIES_NO_DATE
                              ? "has no counts"
                              : "has no counts from its release on");
    }
    if (points->point[points->count - 1].age > SERIES_AGE_MAX) {
        return fail_model(file, error, "is observed for more than 1000000 steps");
    }
    if (!cumulate(file, error)) {
        return false;
    }
    append(file);
    return true;
}

bool reader_cell_count(const struct reader_file *file, const struct reader_row *row, size_t column,
                       double *count, struct error *error)
{
    const char *defect = reader_parse_count(row->field[column], count);
    if (defect == NULL) {
        return true;
    }
    char quoted[READER_QUOTE_SIZE];
    bool empty = *row->field[column] == '\0';
    return reader_fail(error, file->path, row->field_line[column], column,
                       file->header.name[column], "count %s%s%s",
                       empty ? "" : reader_quote(row->field[column], quoted), empty ? "" : " ",
                       defect);
}

bool reader_agree_step(struct reader_file *file, bool known, enum series_step step,
                       struct error *error)
{
    static const char *const name[] = {[SERIES_STEP_MONTH] = "months", [SERIES_STEP_DAY] = "days"};
    struct reader *reader = file->reader;
    if (!known) {
        step = reader->step_known ? reader->catalog->step : SERIES_STEP_DAY;
    }
    if (reader->step_known && step != reader->catalog->step) {
        return error_set(error, ERROR_INPUT,
                         "%s:1:1: steps are %s here but %s in %s; all inputs of a run must agree",
                         file->path, name[step], name[reader->catalog->step],
                         reader->report->source[reader->step_source].path);
    }
    enum config_counter counter = reader->config->counter;
    if (step != SERIES_STEP_DAY &&
        (counter == COUNTER_TRAILING30 || counter == COUNTER_TRAILING30_SUM)) {
        return error_set(error, ERROR_INPUT,
                         "%s:1:1: steps are months here; input.counter = trailing30 and "
                         "trailing30-sum need daily counts",
                         file->path);
    }
    if (!reader->step_known) {
        reader->step_known = true;
        reader->step_source = file->source;
        reader->catalog->step = step;
    }
    return true;
}

bool reader_skip(struct reader *reader, const struct error *error)
{
    if (reader->config->on_bad_row != ON_BAD_ROW_SKIP) {
        return false;
    }
    reader_report_skip(reader->report, error);
    return true;
}
