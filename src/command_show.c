/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"
#include "show.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TABLE_COUNT = 3, MODELS_IN_TEXT = 20 };

static const char *const format_names[] = {"text", "csv", "json", NULL};
static const char *const table_names[TABLE_COUNT + 1] = {"run", "models", "organizations", NULL};

/** The position of an option's word among those allowed, or `absent` when it was not given. */
static bool choose(const struct command_line *line, const char *option, const char *const *names,
                   size_t absent, size_t *choice, struct error *error)
{
    const char *word = command_line_own(line, option);
    if (word == NULL) {
        *choice = absent;
        return true;
    }
    char allowed[ERROR_MESSAGE_SIZE] = "";
    for (size_t i = 0; names[i] != NULL; i++) {
        if (strcmp(word, names[i]) == 0) {
            *choice = i;
            return true;
        }
        (void)strcat(allowed, i == 0 ? "" : ", ");
        (void)strcat(allowed, names[i]);
    }
    return error_set(error, ERROR_USAGE, "show: --%s %s: must be one of %s", option, word, allowed);
}

static bool read_number(const struct command_line *line, const char *option, size_t absent,
                        size_t *number, struct error *error)
{
    const char *text = command_line_own(line, option);
    if (text == NULL) {
        *number = absent;
        return true;
    }
    char *end = NULL;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno != 0 || *text < '0' || *text > '9' || *end != '\0') {
        return error_set(error, ERROR_USAGE, "show: --%s %s: must be a whole number", option, text);
    }
    *number = value;
    return true;
}

static struct table *make_table(const struct store_reader *reader, size_t which,
                                const struct show_selection *selection, struct error *error)
{
    switch (which) {
    case 0:
        return show_run(reader, error);
    case 1:
        return show_models(reader, selection, error);
    default:
        return show_organizations(reader, selection, error);
    }
}

/** Makes the chosen table, or all of them, and writes them to stdout. */
static bool show(const struct store_reader *reader, size_t which, enum table_format format,
                 const struct show_selection *selection, struct error *error)
{
    struct table *tables[TABLE_COUNT] = {NULL};
    size_t count = 0;
    bool done = true;
    for (size_t i = 0; i < TABLE_COUNT && done; i++) {
        if (which == TABLE_COUNT || which == i) {
            tables[count] = make_table(reader, i, selection, error);
            done = tables[count] != NULL;
            count += done ? 1 : 0;
        }
    }
    if (done && !table_write((const struct table *const *)tables, count, format, stdout)) {
        done = error_set(error, ERROR_RUN, "cannot write to standard output: %s", strerror(errno));
    }
    for (size_t i = 0; i < count; i++) {
        table_free(tables[i]);
    }
    return done;
}

bool command_show(const struct command_line *line, const struct config *config, struct error *error)
{
    (void)config;
    struct show_selection selection = {.organization = command_line_own(line, "organization")};
    size_t format = 0;
    size_t which = 0;
    size_t sort = 0;
    if (!choose(line, "format", format_names, TABLE_FORMAT_TEXT, &format, error) ||
        !choose(line, "sort", show_sort_names, SHOW_SORT_COUNT, &sort, error)) {
        return false;
    }
    /* A CSV file is one table, and no reader of data wants a part of it. */
    size_t whole = format == TABLE_FORMAT_CSV ? 1 : TABLE_COUNT;
    size_t models = format == TABLE_FORMAT_TEXT ? MODELS_IN_TEXT : 0;
    if (!choose(line, "table", table_names, whole, &which, error) ||
        !read_number(line, "models", models, &selection.models, error)) {
        return false;
    }
    selection.sort = (enum show_sort)sort;
    struct store_reader *reader = store_read_open(line->input[0], error);
    bool done = reader != NULL && show(reader, which, (enum table_format)format, &selection, error);
    store_read_close(reader);
    return done;
}
