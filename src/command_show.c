/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"
#include "show.h"
#include "show_backtest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TABLES_MAX = 8, MODELS_IN_TEXT = 20 };

static const char *const format_names[] = {"text", "csv", "json", NULL};

/* A kind of file and its tables; the main one is all that CSV gives without --table. */
struct kind {
    const char *const *tables; /* NULL-terminated */
    size_t main;
    struct table *(*make)(const struct store_reader *reader, size_t which,
                          const struct show_selection *selection, struct error *error);
};

static const char *const fit_tables[] = {"run", "models", "organizations", NULL};

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

static struct table *make_of_fit(const struct store_reader *reader, size_t which,
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

static struct table *make_of_backtest(const struct store_reader *reader, size_t which,
                                      const struct show_selection *selection, struct error *error)
{
    (void)selection;
    return show_backtest(reader, (enum show_backtest)which, error);
}

static const struct kind fit_kind = {fit_tables, 1, make_of_fit};
static const struct kind backtest_kind = {show_backtest_names, SHOW_BACKTEST_METHODS,
                                          make_of_backtest};

/** Makes the chosen table, or all of them where there is none of that number, and writes them to
 *  stdout. */
static bool show(const struct store_reader *reader, const struct kind *kind, size_t which,
                 enum table_format format, const struct show_selection *selection,
                 struct error *error)
{
    struct table *tables[TABLES_MAX] = {NULL};
    size_t count = 0;
    bool done = true;
    for (size_t i = 0; kind->tables[i] != NULL && done; i++) {
        if (which == TABLES_MAX || which == i) {
            tables[count] = kind->make(reader, i, selection, error);
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

/** Chooses among the tables of the file's kind and shows them. */
static bool show_file(const struct command_line *line, const struct store_reader *reader,
                      enum table_format format, const struct show_selection *selection,
                      struct error *error)
{
    const struct kind *kind = show_is_backtest(reader) ? &backtest_kind : &fit_kind;
    /* A CSV file is one table, and no reader of data wants a part of it. */
    size_t absent = format == TABLE_FORMAT_CSV ? kind->main : TABLES_MAX;
    size_t which = 0;
    return choose(line, "table", kind->tables, absent, &which, error) &&
           show(reader, kind, which, format, selection, error);
}

bool command_show(const struct command_line *line, const struct config *config, struct error *error)
{
    (void)config;
    struct show_selection selection = {.organization = command_line_own(line, "organization")};
    size_t format = 0;
    size_t sort = 0;
    if (!choose(line, "format", format_names, TABLE_FORMAT_TEXT, &format, error) ||
        !choose(line, "sort", show_sort_names, SHOW_SORT_COUNT, &sort, error)) {
        return false;
    }
    size_t models = format == TABLE_FORMAT_TEXT ? MODELS_IN_TEXT : 0;
    if (!read_number(line, "models", models, &selection.models, error)) {
        return false;
    }
    selection.sort = (enum show_sort)sort;
    struct store_reader *reader = store_read_open(line->input[0], error);
    bool done =
        reader != NULL && show_file(line, reader, (enum table_format)format, &selection, error);
    store_read_close(reader);
    return done;
}
