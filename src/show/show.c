/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "show.h"

#include "memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_SIZE = 256 };

bool show_find_organization(char *const *names, size_t count, const char *organization,
                            size_t *position, struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (organization == NULL ? i + 1 == count : strcmp(names[i], organization) == 0) {
            *position = i;
            return true;
        }
    }
    return error_set(error, ERROR_USAGE, "the file has no organization %s",
                     organization == NULL ? "\"all\"" : organization);
}

static void add_line(struct table *table, const char *property, const char *value)
{
    table_add_text(table, property);
    table_add_text(table, value);
}

/** A line with an attribute of the file, if it has one; the attribute's line breaks are kept. */
static void add_attribute(const struct store_reader *reader, struct table *table,
                          const char *property, const char *attribute)
{
    char *text = NULL;
    struct error ignored;
    if (store_read_text(reader, NULL, attribute, &text, &ignored)) {
        add_line(table, property, text);
        free(text);
    }
}

/** One line for each input: its name without the hash. */
static void add_inputs(const struct store_reader *reader, struct table *table)
{
    char *text = NULL;
    struct error ignored;
    if (!store_read_text(reader, NULL, "inputs", &text, &ignored)) {
        return;
    }
    for (char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        char *next = line + length + (line[length] == '\n' ? 1 : 0);
        line[length] = '\0';
        const char *name = strstr(line, "  ");
        add_line(table, "input", name == NULL ? line : name + 2);
        line = next;
    }
    free(text);
}

/** A line for each way in which fits ended. */
static bool add_statuses(const struct store_reader *reader, struct table *table,
                         struct error *error)
{
    double *status = NULL;
    struct store_flags flags = {0};
    bool done = store_read_numbers(reader, "fit_status", "model", &status, error) &&
                store_read_flags(reader, "fit_status", &flags, error);
    size_t models = store_read_size(reader, "model");
    for (size_t i = 0; done && i < flags.count; i++) {
        size_t count = 0;
        for (size_t j = 0; j < models; j++) {
            count += status[j] == flags.code[i] ? 1 : 0;
        }
        char property[LINE_SIZE];
        char value[LINE_SIZE];
        (void)snprintf(property, sizeof property, "models %s", flags.word[i]);
        (void)snprintf(value, sizeof value, "%zu", count);
        if (count > 0) {
            add_line(table, property, value);
        }
    }
    free(status);
    store_read_free_flags(&flags);
    return done;
}

/** What the intervals of the tables are. */
static bool add_interval_line(const struct store_reader *reader, struct table *table,
                              struct error *error)
{
    double *quantile = NULL;
    size_t count = store_read_size(reader, "quantile");
    if (count == 0) {
        return true;
    }
    if (!store_read_numbers(reader, "quantile", "quantile", &quantile, error)) {
        return false;
    }
    char value[LINE_SIZE];
    (void)snprintf(value, sizeof value, "quantiles %g to %g", quantile[0], quantile[count - 1]);
    add_line(table, "intervals", value);
    free(quantile);
    return true;
}

struct table *show_run(const struct store_reader *reader, struct error *error)
{
    static const struct table_column columns[] = {{"property", NULL, TABLE_TEXT, 0},
                                                  {"value", NULL, TABLE_TEXT, 0}};
    char count[LINE_SIZE];
    struct table *table = table_create("run", columns, 2);
    add_attribute(reader, table, "title", "title");
    add_attribute(reader, table, "identifier", "id");
    add_attribute(reader, table, "program version", "program_version");
    add_attribute(reader, table, "commit", "commit");
    add_attribute(reader, table, "history", "history");
    add_inputs(reader, table);
    add_attribute(reader, table, "first release", "time_coverage_start");
    add_attribute(reader, table, "last observation", "time_coverage_end");
    add_attribute(reader, table, "seed", "seed");
    add_attribute(reader, table, "unit of time", "time_unit");
    (void)snprintf(count, sizeof count, "%zu", store_read_size(reader, "model"));
    add_line(table, "models", count);
    if (add_statuses(reader, table, error) && add_interval_line(reader, table, error)) {
        return table;
    }
    table_free(table);
    return NULL;
}

/** A column of the table of organizations: one number each, or a median and an interval. */
struct organization_column {
    struct table_column column;
    const char *variable;
    const char *dimensions;
};

/** The variables that are shown where the file has them. */
static const struct organization_column organization_columns[] = {
    {{"models", NULL, TABLE_NUMBER, 4}, "organization_model_count", "organization"},
    {{"fitted", NULL, TABLE_NUMBER, 4}, "organization_fitted_count", "organization"},
    {{"count", NULL, TABLE_NUMBER, 4}, "organization_calendar_count", "organization date"},
    {{"fitness", NULL, TABLE_INTERVAL, 3},
     "organization_fitness_quantile",
     "organization quantile"},
    {{"immediacy", NULL, TABLE_INTERVAL, 3},
     "organization_immediacy_quantile",
     "organization quantile"},
    {{"longevity", NULL, TABLE_INTERVAL, 3},
     "organization_longevity_quantile",
     "organization quantile"},
    {{"forecast", NULL, TABLE_INTERVAL, 3},
     "organization_forecast_quantile",
     "organization horizon quantile"},
};

enum { ORGANIZATION_COLUMNS = sizeof organization_columns / sizeof organization_columns[0] };

/** What is shown of the organizations. */
struct organizations {
    size_t count;
    char **name;
    double *value[ORGANIZATION_COLUMNS]; /**< NULL: not in the file */
    size_t width[ORGANIZATION_COLUMNS];  /**< numbers an organization */
    size_t quantiles;
    size_t median; /**< position of the quantile nearest to one half */
};

static bool read_median(const struct store_reader *reader, struct organizations *organizations,
                        struct error *error)
{
    double *quantile = NULL;
    organizations->quantiles = store_read_size(reader, "quantile");
    if (organizations->quantiles == 0) {
        return true;
    }
    if (!store_read_numbers(reader, "quantile", "quantile", &quantile, error)) {
        return false;
    }
    for (size_t i = 1; i < organizations->quantiles; i++) {
        if (fabs(quantile[i] - 0.5) < fabs(quantile[organizations->median] - 0.5)) {
            organizations->median = i;
        }
    }
    free(quantile);
    return true;
}

static bool read_organizations(const struct store_reader *reader,
                               struct organizations *organizations, struct error *error)
{
    organizations->count = store_read_size(reader, "organization");
    bool done =
        read_median(reader, organizations, error) &&
        store_read_names(reader, "organization_name", "organization", &organizations->name, error);
    for (size_t j = 0; j < ORGANIZATION_COLUMNS && done; j++) {
        const struct organization_column *column = &organization_columns[j];
        size_t width =
            strstr(column->dimensions, "date") != NULL ? store_read_size(reader, "date") : 1;
        if (column->column.kind == TABLE_INTERVAL) {
            bool forecast = strstr(column->dimensions, "horizon") != NULL;
            width = organizations->quantiles * (forecast ? store_read_size(reader, "horizon") : 1);
        }
        organizations->width[j] = width;
        if (width > 0 && store_read_has(reader, column->variable)) {
            done = store_read_numbers(reader, column->variable, column->dimensions,
                                      &organizations->value[j], error);
        }
    }
    return done;
}

static void free_organizations(const struct store_reader *reader,
                               struct organizations *organizations)
{
    store_read_free_names(reader, "organization", organizations->name);
    for (size_t j = 0; j < ORGANIZATION_COLUMNS; j++) {
        free(organizations->value[j]);
    }
}

/** Adds a row; of dates and horizons the last one is shown. */
static void add_organization(struct table *table, const struct organizations *organizations,
                             size_t row)
{
    table_add_text(table, organizations->name[row]);
    for (size_t j = 0; j < ORGANIZATION_COLUMNS; j++) {
        if (organizations->value[j] == NULL) {
            continue;
        }
        const double *end = organizations->value[j] + (row + 1) * organizations->width[j];
        if (organization_columns[j].column.kind == TABLE_NUMBER) {
            table_add_number(table, end[-1]);
        } else {
            const double *quantile = end - organizations->quantiles;
            table_add_interval(table, quantile[organizations->median], quantile[0], end[-1]);
        }
    }
}

static struct table *organization_table(const struct organizations *organizations,
                                        const char *organization, size_t position)
{
    struct table_column columns[ORGANIZATION_COLUMNS + 1] = {{"organization", NULL, TABLE_TEXT, 0}};
    size_t count = 1;
    for (size_t j = 0; j < ORGANIZATION_COLUMNS; j++) {
        if (organizations->value[j] != NULL) {
            columns[count++] = organization_columns[j].column;
        }
    }
    struct table *table = table_create("organizations", columns, count);
    for (size_t i = 0; i < organizations->count; i++) {
        if (organization == NULL || i == position) {
            add_organization(table, organizations, i);
        }
    }
    return table;
}

struct table *show_organizations(const struct store_reader *reader,
                                 const struct show_selection *selection, struct error *error)
{
    struct organizations organizations = {0};
    struct table *table = NULL;
    size_t position = 0;
    if (read_organizations(reader, &organizations, error) &&
        show_find_organization(organizations.name, organizations.count, selection->organization,
                               &position, error)) {
        table = organization_table(&organizations, selection->organization, position);
    }
    free_organizations(reader, &organizations);
    return table;
}
