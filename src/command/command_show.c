/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"
#include "inspect.h"
#include "show.h"
#include "show_backtest.h"
#include "show_sweep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { TABLES_MAX = 8, MODELS_IN_TEXT = 20 };

static const char *const format_names[] = {"text", "csv", "json", NULL};

/* What is shown: a run's file, or series before any run. */
struct source {
    const struct store_reader *reader;
    const struct inspect *inspect;
};

/* A kind of file and its tables; the main one is all that CSV gives without --table. */
struct kind {
    const char *const *tables; /* NULL-terminated */
    size_t main;
    struct table *(*make)(const struct source *source, size_t which,
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

static struct table *make_of_fit(const struct source *source, size_t which,
                                 const struct show_selection *selection, struct error *error)
{
    switch (which) {
    case 0:
        return show_run(source->reader, error);
    case 1:
        return show_models(source->reader, selection, error);
    default:
        return show_organizations(source->reader, selection, error);
    }
}

static struct table *make_of_backtest(const struct source *source, size_t which,
                                      const struct show_selection *selection, struct error *error)
{
    (void)selection;
    return show_backtest(source->reader, (enum show_backtest)which, error);
}

static struct table *make_of_series(const struct source *source, size_t which,
                                    const struct show_selection *selection, struct error *error)
{
    return inspect_table(source->inspect, (enum inspect_table)which, selection, error);
}

static struct table *make_of_sweep(const struct source *source, size_t which,
                                   const struct show_selection *selection, struct error *error)
{
    return show_sweep(source->reader, (enum show_sweep)which, selection->models, error);
}

static const struct kind fit_kind = {fit_tables, 1, make_of_fit};
static const struct kind backtest_kind = {show_backtest_names, SHOW_BACKTEST_METHODS,
                                          make_of_backtest};
static const struct kind series_kind = {inspect_table_names, INSPECT_MODELS, make_of_series};
static const struct kind sweep_kind = {show_sweep_names, SHOW_SWEEP_SETTINGS, make_of_sweep};

static const struct kind *kind_of(const struct store_reader *reader)
{
    if (show_is_sweep(reader)) {
        return &sweep_kind;
    }
    return show_is_backtest(reader) ? &backtest_kind : &fit_kind;
}

/** Makes the chosen table, or all of them where there is none of that number, and writes them to
 *  stdout. */
static bool show(const struct source *source, const struct kind *kind, size_t which,
                 enum table_format format, const struct show_selection *selection,
                 struct error *error)
{
    struct table *tables[TABLES_MAX] = {NULL};
    size_t count = 0;
    bool done = true;
    for (size_t i = 0; kind->tables[i] != NULL && done; i++) {
        if (which == TABLES_MAX || which == i) {
            tables[count] = kind->make(source, i, selection, error);
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
static bool show_tables(const struct command_line *line, const struct source *source,
                        const struct kind *kind, enum table_format format,
                        const struct show_selection *selection, struct error *error)
{
    /* A CSV file is one table, and no reader of data wants a part of it. */
    size_t absent = format == TABLE_FORMAT_CSV ? kind->main : TABLES_MAX;
    size_t which = 0;
    return choose(line, "table", kind->tables, absent, &which, error) &&
           show(source, kind, which, format, selection, error);
}

/** Whether a file is, or by its name should be, the output of a run. */
static bool is_run(const char *path)
{
    static const char *const magic[] = {"\211HDF", "CDF"};
    size_t length = strlen(path);
    if (length > 3 && strcmp(path + length - 3, ".nc") == 0) {
        return true;
    }
    char start[4] = "";
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        return false; /* what was read of a pipe would be missing later */
    }
    FILE *file = fopen(path, "rb");
    size_t got = file != NULL ? fread(start, 1, sizeof start, file) : 0;
    if (file != NULL) {
        (void)fclose(file);
    }
    return got == sizeof start &&
           (memcmp(start, magic[0], 4) == 0 || memcmp(start, magic[1], 3) == 0);
}

static bool show_run_file(const struct command_line *line, enum table_format format,
                          const struct show_selection *selection, struct error *error)
{
    struct store_reader *reader = command_result_open(line, line->input[0], error);
    if (reader == NULL) {
        return false;
    }
    const struct kind *kind = kind_of(reader);
    const struct source source = {.reader = reader};
    bool done = show_tables(line, &source, kind, format, selection, error);
    store_read_close(reader);
    return done;
}

static bool show_series(const struct command_line *line, const struct config *config,
                        enum table_format format, const struct show_selection *selection,
                        struct error *error)
{
    struct inspect inspect;
    if (!inspect_read(config, line->input[0], &inspect, error)) {
        return false;
    }
    const struct source source = {.inspect = &inspect};
    bool done = show_tables(line, &source, &series_kind, format, selection, error);
    inspect_free(&inspect);
    return done;
}

bool command_show(const struct command_line *line, const struct config *config, struct error *error)
{
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
    return is_run(line->input[0])
               ? show_run_file(line, (enum table_format)format, &selection, error)
               : show_series(line, config, (enum table_format)format, &selection, error);
}
