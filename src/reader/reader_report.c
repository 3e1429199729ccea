/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader_report.h"

#include "memory.h"
#include "reader_field.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void reader_texts_add(struct reader_texts *texts, const char *text)
{
    texts->text = memory_reserve(texts->text, &texts->capacity, texts->count, sizeof *texts->text);
    texts->text[texts->count++] = memory_string(text);
}

void reader_texts_free(struct reader_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++) {
        free(texts->text[i]);
    }
    free(texts->text);
    *texts = (struct reader_texts){0};
}

size_t reader_report_source(struct reader_report *report, const char *path,
                            enum reader_format format)
{
    size_t index = report->source_count++;
    report->source =
        memory_reserve(report->source, &report->source_capacity, index, sizeof *report->source);
    struct reader_source *source = &report->source[index];
    *source = (struct reader_source){.path = memory_string(path), .format = format};
    const char *slash = strrchr(source->path, '/');
    source->name = slash != NULL ? slash + 1 : source->path;
    return index;
}

void reader_report_skip(struct reader_report *report, const struct error *error)
{
    report->skipped_rows++;
    if (report->skipped.count < READER_SKIPPED_KEPT) {
        reader_texts_add(&report->skipped, error->message);
    }
}

void reader_report_warn(struct reader_report *report, const char *format, ...)
{
    char text[ERROR_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    reader_texts_add(&report->warnings, text);
}

static void write_ignored(const struct reader_texts *columns, FILE *stream)
{
    if (columns->count == 0) {
        return;
    }
    (void)fputs("columns not used:", stream);
    for (size_t i = 0; i < columns->count; i++) {
        char quoted[READER_QUOTE_SIZE];
        (void)fprintf(stream, "%s %s", i > 0 ? "," : "", reader_quote(columns->text[i], quoted));
    }
    (void)fputc('\n', stream);
}

static void write_counter(const struct reader_counter_facts *facts, FILE *stream)
{
    if (facts->series == 0) {
        return;
    }
    (void)fprintf(stream,
                  "cumulative counts recovered for %zu series; on %zu of %zu points (%.1f%%) they "
                  "fell and were raised to the count before, by %.0f in all and %.0f at most\n",
                  facts->series, facts->falls, facts->points,
                  facts->points > 0 ? 100.0 * (double)facts->falls / (double)facts->points : 0.0,
                  facts->fall_total, facts->fall_largest);
}

void reader_report_write(const struct reader_report *report, FILE *stream)
{
    write_ignored(&report->ignored_columns, stream);
    if (report->excluded > 0) {
        (void)fprintf(stream, "models excluded: %zu\n", report->excluded);
    }
    if (report->below_minimum > 0) {
        (void)fprintf(stream, "series below input.min_final: %zu\n", report->below_minimum);
    }
    if (report->beyond_window > 0) {
        (void)fprintf(stream, "series without a point in input.observation_window: %zu\n",
                      report->beyond_window);
    }
    if (report->left_censored > 0) {
        (void)fprintf(stream,
                      "series released at or before the Hub's earliest stamp, true age unknown: "
                      "%zu\n",
                      report->left_censored);
    }
    write_counter(&report->counter, stream);
    if (report->early.series > 0) {
        (void)fprintf(stream,
                      "counts before release left out: %zu of %zu series, the earliest %d days "
                      "before\n",
                      report->early.points, report->early.series, (int)report->early.days);
    }
    for (size_t i = 0; i < report->skipped.count; i++) {
        (void)fprintf(stream, "skipped: %s\n", report->skipped.text[i]);
    }
    if (report->skipped_rows > 0) {
        (void)fprintf(stream, "rows skipped: %zu\n", report->skipped_rows);
    }
    for (size_t i = 0; i < report->warnings.count; i++) {
        (void)fprintf(stream, "warning: %s\n", report->warnings.text[i]);
    }
}

void reader_report_free(struct reader_report *report)
{
    for (size_t i = 0; i < report->source_count; i++) {
        free(report->source[i].path);
    }
    free(report->source);
    reader_texts_free(&report->ignored_columns);
    reader_texts_free(&report->skipped);
    reader_texts_free(&report->warnings);
    *report = (struct reader_report){0};
}
