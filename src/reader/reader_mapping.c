/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader_mapping.h"

#include "reader_field.h"
#include "reader_report.h"

#include <errno.h>
#include <fnmatch.h>
#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

enum { NAMESPACE, ORGANIZATION, COLUMN_COUNT };

static const char *const column_name[COLUMN_COUNT] = {"namespace", "organization"};

/* Checks and adds one row of the mapping; the first is the header. */
static bool add_row(struct reader_mapping *mapping, const char *path, const struct reader_row *row,
                    bool header, struct error *error)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        if (row->count != COLUMN_COUNT) {
            return reader_fail(error, path, row->line, i, NULL,
                               "%zu fields instead of namespace,organization", row->count);
        }
        if (header) {
            if (strcmp(row->field[i], column_name[i]) != 0) {
                return reader_fail(error, path, row->line, i, row->field[i],
                                   "the header must be namespace,organization");
            }
            continue;
        }
        /* Organizations go into CSV files as they are. */
        bool formula = strchr("=+-@\t\r", row->field[i][0]) != NULL && row->field[i][0] != '\0';
        const char *defect =
            formula ? "begins like a spreadsheet's formula" : reader_name_defect(row->field[i]);
        if (defect != NULL) {
            return reader_fail(error, path, row->field_line[i], i, column_name[i], "%s", defect);
        }
    }
    if (header) {
        return true;
    }
    if (dictionary_find(&mapping->namespace_index, row->field[NAMESPACE]) != DICTIONARY_NONE) {
        char quoted[READER_QUOTE_SIZE];
        return reader_fail(error, path, row->line, NAMESPACE, column_name[NAMESPACE],
                           "%s stands twice", reader_quote(row->field[NAMESPACE], quoted));
    }
    size_t index = mapping->namespaces.count;
    reader_texts_add(&mapping->namespaces, row->field[NAMESPACE]);
    reader_texts_add(&mapping->organizations, row->field[ORGANIZATION]);
    (void)dictionary_add(&mapping->namespace_index, mapping->namespaces.text[index], index);
    return true;
}

static bool read_organizations(struct reader_mapping *mapping, const char *path,
                               struct reader_report *report, struct error *error)
{
    struct reader_csv *csv = reader_csv_open(path, error);
    if (csv == NULL) {
        return false;
    }
    struct reader_row row;
    enum reader_csv_result result;
    bool good = true;
    bool header = true;
    while (good && (result = reader_csv_next(csv, &row, error)) != READER_CSV_END) {
        good = result == READER_CSV_ROW && add_row(mapping, path, &row, header, error);
        header = false;
    }
    if (good && header) {
        good = error_set(error, ERROR_INPUT, "%s:1:1: empty file", path);
    }
    if (good) {
        size_t source = reader_report_source(report, path, READER_ORGANIZATIONS);
        reader_csv_digest(csv, &report->source[source].bytes, report->source[source].sha256);
    }
    reader_csv_close(csv);
    return good;
}

/* Adds a line of the list, unless it is blank or a comment. */
static bool add_pattern(struct reader_mapping *mapping, const char *path, size_t line, char *text,
                        size_t length, struct error *error)
{
    static const char blank[] = " \t\r\n";
    static const char mark[] = "\xef\xbb\xbf"; /* some editors begin a file with it */
    if (memchr(text, '\0', length) != NULL) {
        return error_set(error, ERROR_INPUT, "%s:%zu:1: NUL byte: not a text file", path, line);
    }
    if (line == 1 && strncmp(text, mark, sizeof mark - 1) == 0) {
        text += sizeof mark - 1;
    }
    text += strspn(text, blank);
    length = strlen(text);
    while (length > 0 && strchr(blank, text[length - 1]) != NULL) {
        text[--length] = '\0';
    }
    if (length == 0 || *text == '#') {
        return true;
    }
    const char *defect = reader_name_defect(text);
    if (defect != NULL) {
        return error_set(error, ERROR_INPUT, "%s:%zu:1: %s", path, line, defect);
    }
    reader_texts_add(&mapping->excluded, text);
    return true;
}

static bool read_exclusions(struct reader_mapping *mapping, const char *path,
                            struct reader_report *report, struct error *error)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return error_set(error, ERROR_INPUT, "%s: cannot open: %s", path, strerror(errno));
    }
    struct sha256_ctx sha256;
    sha256_init(&sha256);
    uint64_t bytes = 0;
    char *text = NULL;
    size_t capacity = 0;
    bool good = true;
    ssize_t length;
    for (size_t line = 1; good && (length = getline(&text, &capacity, file)) >= 0; line++) {
        sha256_update(&sha256, (size_t)length, (const uint8_t *)text);
        bytes += (uint64_t)length;
        good = add_pattern(mapping, path, line, text, (size_t)length, error);
    }
    if (good && !feof(file)) {
        good = error_set(error, ERROR_INPUT, "%s: cannot read: %s", path, strerror(errno));
    }
    free(text);
    (void)fclose(file);
    if (good) {
        size_t index = reader_report_source(report, path, READER_EXCLUSIONS);
        struct reader_source *source = &report->source[index];
        uint8_t digest[SHA256_DIGEST_SIZE];
        sha256_digest(&sha256, sizeof digest, digest);
        base16_encode_update(source->sha256, sizeof digest, digest);
        source->bytes = bytes;
    }
    return good;
}

bool reader_mapping_read(struct reader_mapping *mapping, const struct config_input *config,
                         struct reader_report *report, struct error *error)
{
    if ((config->organizations[0] != '\0' &&
         !read_organizations(mapping, config->organizations, report, error)) ||
        (config->exclude[0] != '\0' && !read_exclusions(mapping, config->exclude, report, error))) {
        error->kind = ERROR_USAGE;
        return false;
    }
    return true;
}

const char *reader_mapping_organization(const struct reader_mapping *mapping, const char *name)
{
    size_t index = dictionary_find(&mapping->namespace_index, name);
    return index != DICTIONARY_NONE ? mapping->organizations.text[index] : name;
}

bool reader_mapping_excludes(const struct reader_mapping *mapping, const char *model)
{
    for (size_t i = 0; i < mapping->excluded.count; i++) {
        const char *pattern = mapping->excluded.text[i];
        if (strcmp(pattern, model) == 0 || fnmatch(pattern, model, 0) == 0) {
            return true;
        }
    }
    return false;
}

void reader_mapping_free(struct reader_mapping *mapping)
{
    dictionary_free(&mapping->namespace_index);
    reader_texts_free(&mapping->namespaces);
    reader_texts_free(&mapping->organizations);
    reader_texts_free(&mapping->excluded);
}
