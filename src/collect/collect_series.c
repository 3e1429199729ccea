/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collect_series.h"

#include "decimal.h"
#include "memory.h"
#include "reader_field.h"
#include "series.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

static bool is_left_censored(const struct calendar_time *release)
{
    return calendar_not_after(*release, reader_earliest_stamp);
}

bool collect_row_allowed(const struct collect *collect, const struct config *config,
                         const struct reader_mapping *mapping, const struct collect_row *row,
                         struct collect_written *written)
{
    if (reader_mapping_excludes(mapping, collect_name(collect, row->model))) {
        written->excluded++;
        return false;
    }
    if (is_left_censored(&row->release)) {
        written->left_censored++;
        return config->collect.left_censored == COLLECT_LEFT_CENSORED_KEEP;
    }
    return true;
}

/** A row with what it is sorted by. */
struct named_row {
    const char *name;
    struct collect_row row;
};

static int compare_names(const void *left, const void *right)
{
    const struct named_row *a = left;
    const struct named_row *b = right;
    return strcmp(a->name, b->name);
}

void collect_rows_sort(const struct collect *collect, struct collect_row *rows, size_t count)
{
    struct named_row *named = memory_array(count, sizeof *named);
    for (size_t i = 0; i < count; i++) {
        named[i] = (struct named_row){collect_name(collect, rows[i].model), rows[i]};
    }
    qsort(named, count, sizeof *named, compare_names);
    for (size_t i = 0; i < count; i++) {
        rows[i] = named[i].row;
    }
    free(named);
}

void collect_row_begin(const struct collect *collect, const struct reader_mapping *mapping,
                       const struct collect_row *row, FILE *file)
{
    const char *name = collect_name(collect, row->model);
    char namespace[COLLECT_NAME_MAX + 1];
    size_t length = strcspn(name, "/");
    memcpy(namespace, name, length);
    namespace[length] = '\0';
    const char *organization = reader_mapping_organization(mapping, namespace);
    (void)fprintf(file, "%s,", name);
    (void)csv_fwrite(file, organization, strlen(organization));
    (void)fputc(',', file);
    if (row->release.day != SERIES_NO_DATE) {
        char date[CALENDAR_TEXT_SIZE];
        calendar_format(row->release.day, date);
        int second = (int)row->release.second;
        (void)fprintf(file, "%sT%02d:%02d:%02dZ", date, second / 3600, second / 60 % 60,
                      second % 60);
    }
}

/** All of writing descendants. */
struct writer {
    const struct collect *collect;
    const struct config_collect *config;
    const struct reader_mapping *mapping;
    struct collect_lineage lineage;
    struct collect_written *written;
    int32_t until;
    size_t count, capacity;
    struct collect_row *row;
    double *increment; /* [longest series + 2] descendants by the age from which they count */
};

/* Days or completed months from release. */
static int32_t age_of(const struct writer *writer, int32_t release, int32_t day)
{
    return writer->config->step == COLLECT_STEP_DAY ? day - release
                                                    : calendar_whole_months(release, day);
}

/* The day of observation: as given, or when the Hub was asked, or the latest on which anything was
   made. */
static bool find_until(struct writer *writer, struct error *error)
{
    writer->until = SERIES_NO_DATE;
    struct calendar_time time;
    const char *text = writer->config->until;
    if (*text != '\0') {
        if (!calendar_parse(text, &time)) {
            return error_set(error, ERROR_USAGE,
                             "collect.until = %s: must be a date like 2024-07-02", text);
        }
        writer->until = time.day;
        return true;
    }
    if (writer->collect->from_web) {
        writer->until = writer->collect->day;
        return true;
    }
    for (size_t i = 0; i < writer->collect->model_count; i++) {
        int32_t day = writer->collect->model[i].created.day;
        writer->until = day > writer->until ? day : writer->until;
    }
    return true;
}

/* The release of a model, or the date of its first descendant in place of it; SERIES_NO_DATE if
   neither is known. */
static struct calendar_time find_release(struct writer *writer, uint32_t model)
{
    const struct collect_model *models = writer->collect->model;
    struct calendar_time release = models[model].created;
    if (release.day != SERIES_NO_DATE) {
        return release;
    }
    writer->written->undated_bases++;
    if (writer->config->undated == COLLECT_UNDATED_DROP) {
        return release;
    }
    const uint32_t *descendant;
    size_t count = collect_lineage_descendants(&writer->lineage, model, &descendant);
    for (size_t i = 0; i < count; i++) {
        struct calendar_time created = models[descendant[i]].created;
        bool dated = created.day != SERIES_NO_DATE;
        if (dated && (release.day == SERIES_NO_DATE || calendar_not_after(created, release))) {
            release = created;
        }
    }
    return release;
}

/* Lists the models that get a series; returns the greatest age. */
static int32_t choose_rows(struct writer *writer, const struct config *config)
{
    int32_t longest = 0;
    const struct collect_lineage *lineage = &writer->lineage;
    for (uint32_t i = 0; i < writer->collect->model_count; i++) {
        bool has_children = lineage->offset[i + 1] > lineage->offset[i];
        const struct collect_model *model = &writer->collect->model[i];
        bool wanted = writer->collect->from_web
                          ? model->asked
                          : has_children || (writer->config->all_models && model->described);
        if (!wanted) {
            continue;
        }
        struct collect_row row = {i, find_release(writer, i)};
        if (row.release.day == SERIES_NO_DATE || row.release.day > writer->until ||
            !collect_row_allowed(writer->collect, config, writer->mapping, &row, writer->written)) {
            continue;
        }
        int32_t age = age_of(writer, row.release.day, writer->until);
        longest = age > longest ? age : longest;
        writer->row =
            memory_reserve(writer->row, &writer->capacity, writer->count, sizeof *writer->row);
        writer->row[writer->count++] = row;
    }
    return longest;
}

/* Fills writer->increment[0 .. length]. */
static void count_descendants(struct writer *writer, const struct collect_row *row, size_t length)
{
    memset(writer->increment, 0, (length + 1) * sizeof *writer->increment);
    const uint32_t *descendant;
    size_t count = collect_lineage_descendants(&writer->lineage, row->model, &descendant);
    for (size_t i = 0; i < count; i++) {
        int32_t day = writer->collect->model[descendant[i]].created.day;
        if (day == SERIES_NO_DATE) {
            writer->written->undated_children++;
        } else if (day < row->release.day) {
            writer->written->early_children++;
        } else if (day < writer->until) {
            size_t age = (size_t)age_of(writer, row->release.day, day) + 1;
            if (age <= length) {
                double bases = writer->lineage.base_count[descendant[i]];
                writer->increment[age] += writer->config->fractional ? 1 / bases : 1;
            }
        }
    }
}

static void write_header(const struct writer *writer, int32_t first, int32_t longest, FILE *file)
{
    (void)fputs("model,organization,created_at", file);
    if (writer->config->step == COLLECT_STEP_MONTH) {
        for (int32_t k = 0; k <= longest; k++) {
            (void)fprintf(file, ",%d-month", (int)k);
        }
    } else {
        for (int32_t day = first; day <= writer->until; day++) {
            char date[CALENDAR_TEXT_SIZE];
            calendar_format(day, date);
            (void)fprintf(file, ",%s", date);
        }
    }
    (void)fputc('\n', file);
}

static void write_commas(FILE *file, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        (void)fputc(',', file);
    }
}

static void write_row(struct writer *writer, const struct collect_row *row, int32_t first,
                      int32_t longest, FILE *file)
{
    int32_t length = age_of(writer, row->release.day, writer->until);
    count_descendants(writer, row, (size_t)length);
    collect_row_begin(writer->collect, writer->mapping, row, file);
    bool by_date = writer->config->step == COLLECT_STEP_DAY;
    write_commas(file, by_date ? row->release.day - first : 0);
    double count = 0;
    for (int32_t k = 0; k <= length; k++) {
        char text[DECIMAL_SIZE];
        count += writer->increment[k];
        (void)fprintf(file, ",%s", decimal_write(count, text));
    }
    write_commas(file, by_date ? 0 : longest - length);
    (void)fputc('\n', file);
}

static bool write_rows(struct writer *writer, const struct config *config, FILE *file,
                       struct error *error)
{
    int32_t longest = choose_rows(writer, config);
    writer->written->until = writer->until;
    writer->written->series = writer->count;
    if (writer->count == 0) {
        return error_set(error, ERROR_INPUT,
                         "no series: of %zu models none has descendants and a known release before "
                         "the observation (%zu bases have no known release, see collect.undated; "
                         "%zu models are excluded)",
                         writer->collect->model_count, writer->written->undated_bases,
                         writer->written->excluded);
    }
    collect_rows_sort(writer->collect, writer->row, writer->count);
    int32_t first = writer->until;
    for (size_t i = 0; i < writer->count; i++) {
        int32_t day = writer->row[i].release.day;
        first = day < first ? day : first;
    }
    writer->increment = memory_array((size_t)longest + 2, sizeof *writer->increment);
    write_header(writer, first, longest, file);
    for (size_t i = 0; i < writer->count; i++) {
        write_row(writer, &writer->row[i], first, longest, file);
    }
    return true;
}

static bool write_descendants(const struct collect *collect, const struct config *config,
                              const struct reader_mapping *mapping, FILE *file,
                              struct collect_written *written, struct error *error)
{
    const struct config_collect *settings = &config->collect;
    if (settings->fractional && settings->depth > 1) {
        return error_set(error, ERROR_USAGE, "collect.fractional needs collect.depth = 1");
    }
    struct writer writer = {
        .collect = collect, .config = settings, .mapping = mapping, .written = written};
    if (!find_until(&writer, error)) {
        return false;
    }
    collect_lineage_make(&writer.lineage, collect, collect_relations_wanted(settings->relation),
                         settings->depth);
    written->self_references = writer.lineage.self_references;
    written->missing_bases = writer.lineage.missing_bases;
    bool good = write_rows(&writer, config, file, error);
    collect_lineage_free(&writer.lineage);
    free(writer.row);
    free(writer.increment);
    return good;
}

bool collect_write(const struct collect *collect, const struct config *config,
                   const struct reader_mapping *mapping, FILE *file,
                   struct collect_written *written, struct error *error)
{
    *written = (struct collect_written){.until = SERIES_NO_DATE};
    return config->collect.count == COLLECT_COUNT_DESCENDANTS
               ? write_descendants(collect, config, mapping, file, written, error)
               : collect_write_downloads(collect, config, mapping, file, written, error);
}
