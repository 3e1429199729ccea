/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "show_backtest.h"

#include "memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 64, LEVELS_MAX = 8, HEADING_SIZE = 64 };

const char *const show_backtest_names[SHOW_BACKTEST_NUMBER + 1] = {"methods", "horizons", "lengths",
                                                                   "choices", NULL};

bool show_is_backtest(const struct store_reader *reader)
{
    char *command = NULL;
    struct error ignored;
    bool is = store_read_text(reader, NULL, "command", &command, &ignored) &&
              strcmp(command, "backtest") == 0;
    free(command);
    return is;
}

/* What every table begins with. */
struct labels {
    size_t origins;
    size_t methods;
    double *origin;
    char **method;
    char *unit;
};

static bool read_labels(const struct store_reader *reader, struct labels *labels,
                        struct error *error)
{
    labels->origins = store_read_size(reader, "origin");
    labels->methods = store_read_size(reader, "method");
    return store_read_numbers(reader, "origin", "origin", &labels->origin, error) &&
           store_read_names(reader, "method_name", "method", &labels->method, error) &&
           store_read_text(reader, NULL, "age_unit", &labels->unit, error);
}

static void free_labels(const struct store_reader *reader, struct labels *labels)
{
    free(labels->origin);
    store_read_free_names(reader, "method", labels->method);
    free(labels->unit);
}

static void add_labels(struct table *table, const struct labels *labels, size_t row)
{
    table_add_number(table, labels->origin[row / labels->methods]);
    table_add_text(table, labels->method[row % labels->methods]);
}

/* A column of the table of methods: a number, or a ratio with its interval. */
struct column {
    struct table_column column;
    const char *variable;
};

static const struct column columns[] = {
    {{"forecasts", NULL, TABLE_NUMBER, 4}, "forecast_count_all_horizons"},
    {{"log_error", NULL, TABLE_NUMBER, 3}, "mean_absolute_log_error_all_horizons"},
    {{"ratio_to_drift3", NULL, TABLE_INTERVAL, 3}, "error_ratio_all_horizons"},
    {{"win_rate", NULL, TABLE_NUMBER, 3}, "win_rate_all_horizons"},
    {{"percentage_error", NULL, TABLE_NUMBER, 3}, "median_absolute_percentage_error_all_horizons"},
    {{"scaled_error", NULL, TABLE_NUMBER, 3}, "scaled_error_all_horizons"},
    {{"interval_score", NULL, TABLE_NUMBER, 3}, "weighted_interval_score_all_horizons"},
};

enum { COLUMNS = sizeof columns / sizeof columns[0] };

/* What the table of methods shows. */
struct methods {
    double *value[COLUMNS]; /* [origins * methods] each */
    double *lower, *upper;  /* of the ratio */
    size_t levels;
    double *level;
    double *coverage; /* [origins * methods][levels] */
};

static bool read_methods(const struct store_reader *reader, struct methods *methods,
                         struct error *error)
{
    methods->levels = store_read_size(reader, "level");
    bool done = store_read_numbers(reader, "error_ratio_lower_all_horizons", "origin method",
                                   &methods->lower, error) &&
                store_read_numbers(reader, "error_ratio_upper_all_horizons", "origin method",
                                   &methods->upper, error) &&
                store_read_numbers(reader, "level", "level", &methods->level, error) &&
                store_read_numbers(reader, "interval_coverage_all_horizons", "origin method level",
                                   &methods->coverage, error);
    for (size_t i = 0; i < COLUMNS && done; i++) {
        done = store_read_numbers(reader, columns[i].variable, "origin method", &methods->value[i],
                                  error);
    }
    return done;
}

static void free_methods(struct methods *methods)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        free(methods->value[i]);
    }
    free(methods->lower);
    free(methods->upper);
    free(methods->level);
    free(methods->coverage);
}

static void add_method(struct table *table, const struct methods *methods, size_t row)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        double value = methods->value[i][row];
        if (columns[i].column.kind == TABLE_INTERVAL) {
            table_add_interval(table, value, methods->lower[row], methods->upper[row]);
        } else {
            table_add_number(table, value);
        }
    }
    for (size_t i = 0; i < methods->levels && i < LEVELS_MAX; i++) {
        table_add_number(table, methods->coverage[row * methods->levels + i]);
    }
}

static struct table *methods_table(const struct labels *labels, const struct methods *methods)
{
    struct table_column all[2 + COLUMNS + LEVELS_MAX] = {{"origin", labels->unit, TABLE_NUMBER, 4},
                                                         {"method", NULL, TABLE_TEXT, 0}};
    char heading[LEVELS_MAX][HEADING_SIZE];
    size_t count = 2;
    for (size_t i = 0; i < COLUMNS; i++) {
        all[count++] = columns[i].column;
    }
    for (size_t i = 0; i < methods->levels && i < LEVELS_MAX; i++) {
        (void)snprintf(heading[i], HEADING_SIZE, "coverage_%g", 100 * methods->level[i]);
        all[count++] = (struct table_column){heading[i], NULL, TABLE_NUMBER, 3};
    }
    struct table *table = table_create("methods", all, count);
    for (size_t row = 0; row < labels->origins * labels->methods; row++) {
        add_labels(table, labels, row);
        add_method(table, methods, row);
    }
    return table;
}

static struct table *show_methods(const struct store_reader *reader, struct error *error)
{
    struct labels labels = {0};
    struct methods methods = {0};
    struct table *table = NULL;
    if (read_labels(reader, &labels, error) && read_methods(reader, &methods, error)) {
        table = methods_table(&labels, &methods);
    }
    free_methods(&methods);
    free_labels(reader, &labels);
    return table;
}

/* How many columns a dimension makes; false if they are more than a table has. */
static bool count_columns(const struct store_reader *reader, const char *dimension, size_t *count,
                          struct error *error)
{
    *count = store_read_size(reader, dimension);
    return *count <= COLUMNS_MAX - 2 ||
           error_set(error, ERROR_INPUT, "dimension %s: %zu are more columns than a table has",
                     dimension, *count);
}

/* Ratios to drift3, one column for each of `count` headings. */
static struct table *ratio_table(const struct labels *labels, const char *title, size_t count,
                                 char (*heading)[HEADING_SIZE], const double *ratio)
{
    struct table_column all[COLUMNS_MAX] = {{"origin", labels->unit, TABLE_NUMBER, 4},
                                            {"method", NULL, TABLE_TEXT, 0}};
    for (size_t i = 0; i < count; i++) {
        all[2 + i] = (struct table_column){heading[i], NULL, TABLE_NUMBER, 3};
    }
    struct table *table = table_create(title, all, 2 + count);
    for (size_t row = 0; row < labels->origins * labels->methods; row++) {
        add_labels(table, labels, row);
        for (size_t i = 0; i < count; i++) {
            table_add_number(table, ratio[row * count + i]);
        }
    }
    return table;
}

static struct table *show_horizons(const struct store_reader *reader, struct error *error)
{
    struct labels labels = {0};
    double *horizon = NULL;
    double *ratio = NULL;
    struct table *table = NULL;
    char heading[COLUMNS_MAX][HEADING_SIZE];
    size_t count;
    if (count_columns(reader, "horizon", &count, error) && read_labels(reader, &labels, error) &&
        store_read_numbers(reader, "horizon", "horizon", &horizon, error) &&
        store_read_numbers(reader, "error_ratio", "origin method horizon", &ratio, error)) {
        for (size_t h = 0; h < count; h++) {
            (void)snprintf(heading[h], HEADING_SIZE, "ratio_+%g_%s", horizon[h], labels.unit);
        }
        table = ratio_table(&labels, "horizons", count, heading, ratio);
    }
    free(horizon);
    free(ratio);
    free_labels(reader, &labels);
    return table;
}

static struct table *show_lengths(const struct store_reader *reader, struct error *error)
{
    struct labels labels = {0};
    char **name = NULL;
    double *ratio = NULL;
    struct table *table = NULL;
    char heading[COLUMNS_MAX][HEADING_SIZE];
    size_t count;
    if (count_columns(reader, "length_class", &count, error) &&
        read_labels(reader, &labels, error) &&
        store_read_names(reader, "length_class_name", "length_class", &name, error) &&
        store_read_numbers(reader, "error_ratio_by_length", "origin method length_class", &ratio,
                           error)) {
        for (size_t i = 0; i < count; i++) {
            (void)snprintf(heading[i], HEADING_SIZE, "ratio_%s", name[i]);
        }
        table = ratio_table(&labels, "lengths", count, heading, ratio);
    }
    store_read_free_names(reader, "length_class", name);
    free(ratio);
    free_labels(reader, &labels);
    return table;
}

static struct table *choices_table(const struct labels *labels, const double *choice,
                                   const double *count)
{
    const struct table_column all[] = {{"origin", labels->unit, TABLE_NUMBER, 4},
                                       {"choice_of_auto", NULL, TABLE_TEXT, 0},
                                       {"by_forecasts", NULL, TABLE_NUMBER, 4}};
    struct table *table = table_create("choices", all, 3);
    for (size_t o = 0; choice != NULL && o < labels->origins; o++) {
        table_add_number(table, labels->origin[o]);
        table_add_text(table, labels->method[(size_t)choice[o]]);
        table_add_number(table, count[o]);
    }
    return table;
}

static struct table *show_choices(const struct store_reader *reader, struct error *error)
{
    struct labels labels = {0};
    double *choice = NULL;
    double *count = NULL;
    struct table *table = NULL;
    bool done = read_labels(reader, &labels, error);
    if (done && store_read_has(reader, "auto_choice")) {
        done = store_read_numbers(reader, "auto_choice", "origin", &choice, error) &&
               store_read_numbers(reader, "auto_evidence_count", "origin", &count, error);
        for (size_t o = 0; done && o < labels.origins; o++) {
            if (!(choice[o] >= 0 && choice[o] < (double)labels.methods)) {
                done =
                    error_set(error, ERROR_INPUT, "auto_choice is not a position in method_name");
            }
        }
    }
    if (done) {
        table = choices_table(&labels, choice, count);
    }
    free(choice);
    free(count);
    free_labels(reader, &labels);
    return table;
}

struct table *show_backtest(const struct store_reader *reader, enum show_backtest which,
                            struct error *error)
{
    switch (which) {
    case SHOW_BACKTEST_HORIZONS:
        return show_horizons(reader, error);
    case SHOW_BACKTEST_LENGTHS:
        return show_lengths(reader, error);
    case SHOW_BACKTEST_CHOICES:
        return show_choices(reader, error);
    default:
        return show_methods(reader, error);
    }
}

bool show_backtest_write(const struct store_reader *reader, FILE *file, struct error *error)
{
    struct table *tables[SHOW_BACKTEST_NUMBER] = {NULL};
    bool done = true;
    for (size_t i = 0; i < SHOW_BACKTEST_NUMBER && done; i++) {
        tables[i] = show_backtest(reader, (enum show_backtest)i, error);
        done = tables[i] != NULL;
    }
    if (done && !table_write((const struct table *const *)tables, SHOW_BACKTEST_NUMBER,
                             TABLE_FORMAT_TEXT, file)) {
        done = error_set(error, ERROR_RUN, "cannot write tables: %s", strerror(errno));
    }
    for (size_t i = 0; i < SHOW_BACKTEST_NUMBER; i++) {
        table_free(tables[i]);
    }
    return done;
}
