/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "memory.h"
#include "reader_field.h"
#include "reader_format.h"

#include <stdlib.h>
#include <string.h>

/* A model of the file; texts are owned. */
struct long_model {
    struct reader_draft draft;
    char *name;
    char *organization;
};

/* A row that was good by itself. */
struct long_row {
    size_t model;
    int32_t day;
    size_t line;
    double count;
};

struct reader_long {
    struct dictionary index; /* of models, by name */
    size_t model_count;
    size_t model_capacity;
    struct long_model *model;
    size_t row_count;
    size_t row_capacity;
    struct long_row *row;
    char *metric; /* that of the first row */
};

/* The file's model of that name, which is added if it is new. */
static struct long_model *find_model(struct reader_long *rows, const struct reader_draft *draft)
{
    size_t index = dictionary_find(&rows->index, draft->name);
    if (index != DICTIONARY_NONE) {
        return &rows->model[index];
    }
    index = rows->model_count++;
    rows->model = memory_reserve(rows->model, &rows->model_capacity, index, sizeof *rows->model);
    struct long_model *model = &rows->model[index];
    *model = (struct long_model){.draft = *draft, .name = memory_string(draft->name)};
    model->draft.name = model->name;
    model->draft.organization = NULL;
    model->draft.points = (struct reader_points){0};
    (void)dictionary_add(&rows->index, model->name, index);
    return model;
}

/* A model's rows may leave organization and created_at blank but not contradict each other. */
static bool merge(struct long_model *model, const struct reader_draft *draft,
                  const struct reader_file *file, const struct reader_row *row, struct error *error)
{
    const struct reader_header *header = &file->header;
    char first[READER_QUOTE_SIZE];
    if (*draft->organization != '\0') {
        if (model->organization == NULL) {
            model->organization = memory_string(draft->organization);
            model->draft.organization = model->organization;
        } else if (strcmp(model->organization, draft->organization) != 0) {
            return reader_fail(error, file->path, row->field_line[header->organization],
                               header->organization, header->name[header->organization],
                               "another organization than %s in an earlier row of the model",
                               reader_quote(model->organization, first));
        }
    }
    if (draft->dated) {
        if (!model->draft.dated) {
            model->draft.dated = true;
            model->draft.created = draft->created;
            model->draft.release_date = draft->release_date;
        } else if (!calendar_not_after(model->draft.created, draft->created) ||
                   !calendar_not_after(draft->created, model->draft.created)) {
            return reader_fail(error, file->path, row->field_line[header->created_at],
                               header->created_at, header->name[header->created_at],
                               "another date than in an earlier row of the model");
        }
    }
    return true;
}

static bool check_metric(struct reader_long *rows, const struct reader_file *file,
                         const struct reader_row *row, struct error *error)
{
    size_t column = file->header.metric;
    if (column == READER_NO_COLUMN) {
        return true;
    }
    if (rows->metric == NULL) {
        rows->metric = memory_string(row->field[column]);
    }
    if (strcmp(rows->metric, row->field[column]) == 0) {
        return true;
    }
    char first[READER_QUOTE_SIZE];
    return reader_fail(error, file->path, row->field_line[column], column,
                       file->header.name[column],
                       "another metric than %s in the first row; a file must have one only",
                       reader_quote(rows->metric, first));
}

bool reader_long_row(struct reader_file *file, const struct reader_row *row, struct error *error)
{
    const struct reader_header *header = &file->header;
    struct reader_draft *draft = &file->draft;
    if (file->rows == NULL) {
        file->rows = memory_array(1, sizeof *file->rows);
    }
    struct reader_long *rows = file->rows;
    if (!reader_draft_begin(draft, file, row, error)) {
        return false;
    }
    if (draft->excluded) {
        (void)find_model(rows, draft);
        return true;
    }
    struct calendar_time time;
    if (!calendar_parse(row->field[header->date], &time)) {
        char quoted[READER_QUOTE_SIZE];
        return reader_fail(error, file->path, row->field_line[header->date], header->date,
                           header->name[header->date], "%s is not a date like 2024-07-02",
                           reader_quote(row->field[header->date], quoted));
    }
    struct long_row point = {.day = time.day, .line = row->field_line[header->number]};
    if (!check_metric(rows, file, row, error) ||
        !reader_cell_count(file, row, header->number, &point.count, error)) {
        return false;
    }
    struct long_model *model = find_model(rows, draft);
    if (!merge(model, draft, file, row, error)) {
        return false;
    }
    point.model = (size_t)(model - rows->model);
    rows->row = memory_reserve(rows->row, &rows->row_capacity, rows->row_count, sizeof *rows->row);
    rows->row[rows->row_count++] = point;
    return true;
}

static int compare_rows(const void *left, const void *right)
{
    const struct long_row *a = left;
    const struct long_row *b = right;
    if (a->model != b->model) {
        return a->model < b->model ? -1 : 1;
    }
    if (a->day != b->day) {
        return a->day < b->day ? -1 : 1;
    }
    return a->line < b->line ? -1 : a->line > b->line ? 1 : 0;
}

/* Takes out the later one of two rows of a model and day, if bad rows are skipped. */
static bool drop_repeated(struct reader_file *file, struct error *error)
{
    struct reader_long *rows = file->rows;
    const struct reader_header *header = &file->header;
    size_t kept = 0;
    for (size_t i = 0; i < rows->row_count; i++) {
        const struct long_row *row = &rows->row[i];
        const struct long_row *last = kept > 0 ? &rows->row[kept - 1] : NULL;
        if (last != NULL && last->model == row->model && last->day == row->day) {
            (void)reader_fail(error, file->path, row->line, header->date,
                              header->name[header->date],
                              "the model has this date before, on line %zu", last->line);
            if (!reader_skip(file->reader, error)) {
                return false;
            }
            continue;
        }
        rows->row[kept++] = *row;
    }
    rows->row_count = kept;
    return true;
}

/* Number of rows from `start` on that are of one model. */
static size_t model_length(const struct reader_long *rows, size_t start)
{
    size_t end = start;
    while (end < rows->row_count && rows->row[end].model == rows->row[start].model) {
        end++;
    }
    return end - start;
}

/* Steps between two rows of a model. */
static int32_t distance(const struct long_row *from, const struct long_row *to,
                        enum series_step step)
{
    return step == SERIES_STEP_DAY
               ? to->day - from->day
               : calendar_month_number(to->day) - calendar_month_number(from->day);
}

/* The file's step: months if every model's dates are a month apart. */
static bool find_step(struct reader_file *file, struct error *error)
{
    const struct reader_long *rows = file->rows;
    int32_t *day = memory_array(rows->row_count, sizeof *day);
    bool known = false;
    bool monthly = true;
    for (size_t i = 0; i < rows->row_count; i++) {
        day[i] = rows->row[i].day;
    }
    for (size_t start = 0; start < rows->row_count;) {
        size_t length = model_length(rows, start);
        known = known || length > 1;
        monthly = monthly && reader_header_is_monthly(day + start, length);
        start += length;
    }
    free(day);
    return reader_agree_step(file, known, monthly ? SERIES_STEP_MONTH : SERIES_STEP_DAY, error);
}

/* The smallest distance of two neighbours in the file: what is wider is a gap. */
static int32_t find_spacing(const struct reader_long *rows, enum series_step step)
{
    int32_t smallest = INT32_MAX;
    for (size_t i = 1; i < rows->row_count; i++) {
        if (rows->row[i].model == rows->row[i - 1].model) {
            int32_t own = distance(&rows->row[i - 1], &rows->row[i], step);
            smallest = own < smallest ? own : smallest;
        }
    }
    return smallest;
}

/* Makes a series of a model's rows, `length` of them, sorted by day. */
static bool add_series(struct reader_file *file, const struct long_row *row, size_t length,
                       int32_t spacing, struct error *error)
{
    enum series_step step = file->reader->catalog->step;
    struct reader_draft *draft = &file->draft;
    struct reader_points points = draft->points;
    points.count = 0;
    *draft = file->rows->model[row->model].draft;
    draft->points = points;
    if (!draft->dated) {
        draft->release_date = row->day;
    }
    const struct long_row *first = NULL; /* from release on */
    size_t slot = 0;
    for (size_t i = 0; i < length; i++) {
        if (row[i].day < draft->release_date) {
            reader_draft_early(draft, row[i].day, row[i].count);
            continue;
        }
        first = first == NULL ? &row[i] : first;
        slot += &row[i] != first && distance(&row[i - 1], &row[i], step) > spacing ? 2 : 1;
        struct reader_point point = {
            .age = reader_draft_age(draft, step, first->day, row[i].day),
            .value = row[i].count,
            .slot = slot,
            .line = row[i].line,
            .column = file->header.number,
        };
        reader_draft_point(draft, point);
    }
    return reader_draft_end(file, error);
}

bool reader_long_finish(struct reader_file *file, struct error *error)
{
    struct reader_long *rows = file->rows;
    if (rows == NULL) {
        return true;
    }
    for (size_t i = 0; i < rows->model_count; i++) {
        file->reader->report->excluded += rows->model[i].draft.excluded ? 1 : 0;
    }
    if (rows->row_count == 0) {
        return true;
    }
    qsort(rows->row, rows->row_count, sizeof *rows->row, compare_rows);
    if (!drop_repeated(file, error) || !find_step(file, error)) {
        return false;
    }
    int32_t spacing = find_spacing(rows, file->reader->catalog->step);
    for (size_t start = 0; start < rows->row_count;) {
        size_t length = model_length(rows, start);
        if (!add_series(file, &rows->row[start], length, spacing, error) &&
            !reader_skip(file->reader, error)) {
            return false;
        }
        start += length;
    }
    return true;
}

void reader_long_free(struct reader_long *rows)
{
    if (rows == NULL) {
        return;
    }
    dictionary_free(&rows->index);
    for (size_t i = 0; i < rows->model_count; i++) {
        free(rows->model[i].name);
        free(rows->model[i].organization);
    }
    free(rows->model);
    free(rows->row);
    free(rows->metric);
    free(rows);
}
