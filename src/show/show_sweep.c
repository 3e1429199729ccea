/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "show_sweep.h"

#include "memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const show_sweep_names[SHOW_SWEEP_NUMBER + 1] = {"settings", "models", "organizations",
                                                             NULL};

bool show_is_sweep(const struct store_reader *reader)
{
    return store_read_has(reader, "first_order_share");
}

static struct table *show_settings(const struct store_reader *reader, struct error *error)
{
    static const struct table_column columns[] = {
        {"quantity", NULL, TABLE_TEXT, 0},      {"setting", NULL, TABLE_TEXT, 0},
        {"first_order", NULL, TABLE_NUMBER, 3}, {"total", NULL, TABLE_NUMBER, 3},
        {"models", NULL, TABLE_NUMBER, 4},
    };
    char **quantity = NULL;
    char **setting = NULL;
    double *first = NULL;
    double *total = NULL;
    double *models = NULL;
    struct table *table = NULL;
    if (store_read_names(reader, "quantity_name", "quantity", &quantity, error) &&
        store_read_names(reader, "setting_name", "setting", &setting, error) &&
        store_read_numbers(reader, "first_order_share", "quantity setting", &first, error) &&
        store_read_numbers(reader, "total_share", "quantity setting", &total, error) &&
        store_read_numbers(reader, "compared_model_count", "quantity", &models, error)) {
        size_t settings = store_read_size(reader, "setting");
        table = table_create("settings", columns, sizeof columns / sizeof columns[0]);
        for (size_t i = 0; i < store_read_size(reader, "quantity") * settings; i++) {
            table_add_text(table, quantity[i / settings]);
            table_add_text(table, setting[i % settings]);
            table_add_number(table, first[i]);
            table_add_number(table, total[i]);
            table_add_number(table, models[i / settings]);
        }
    }
    store_read_free_names(reader, "quantity", quantity);
    store_read_free_names(reader, "setting", setting);
    free(first);
    free(total);
    free(models);
    return table;
}

/* A row of a table and what it is ordered by. */
struct place {
    double key;
    size_t row;
};

static int compare(const void *a, const void *b)
{
    const struct place *one = a;
    const struct place *two = b;
    int order = (one->key > two->key) - (one->key < two->key);
    return order != 0 ? order : (one->row > two->row) - (one->row < two->row);
}

/* The rows with a key, the smallest first, at most `rows` of them (0: all); *count is set. */
static struct place *order(size_t size, const double *key, double sign, size_t rows, size_t *count)
{
    struct place *place = memory_array(size, sizeof *place);
    *count = 0;
    for (size_t i = 0; i < size; i++) {
        if (!isnan(key[i])) {
            place[(*count)++] = (struct place){sign * key[i], i};
        }
    }
    qsort(place, *count, sizeof *place, compare);
    *count = rows > 0 && *count > rows ? rows : *count;
    return place;
}

static struct table *show_models(const struct store_reader *reader, size_t rows,
                                 struct error *error)
{
    static const struct table_column columns[] = {
        {"sensitivity_rank", NULL, TABLE_NUMBER, 6},
        {"model", NULL, TABLE_TEXT, 0},
        {"deviation_of_ln_fitness", NULL, TABLE_NUMBER, 3},
        {"deviation_of_ln_forecast", NULL, TABLE_NUMBER, 3},
        {"scale_elasticity", NULL, TABLE_NUMBER, 3},
    };
    char **name = NULL;
    double *rank = NULL;
    double *variance = NULL;
    double *elasticity = NULL;
    struct table *table = NULL;
    if (store_read_names(reader, "model_name", "model", &name, error) &&
        store_read_numbers(reader, "sensitivity_rank", "model", &rank, error) &&
        store_read_numbers(reader, "model_variance", "quantity model", &variance, error) &&
        store_read_numbers(reader, "scale_elasticity", "model", &elasticity, error)) {
        size_t models = store_read_size(reader, "model");
        /* Fitness comes first and the forecast last, perhaps as the same. */
        size_t quantities = store_read_size(reader, "quantity");
        size_t forecast = quantities > 0 ? (quantities - 1) * models : 0;
        size_t count;
        struct place *place = order(quantities > 0 ? models : 0, rank, 1, rows, &count);
        table = table_create("models", columns, sizeof columns / sizeof columns[0]);
        for (size_t i = 0; i < count; i++) {
            size_t row = place[i].row;
            table_add_number(table, rank[row]);
            table_add_text(table, name[row]);
            table_add_number(table, sqrt(variance[row]));
            table_add_number(table, sqrt(variance[forecast + row]));
            table_add_number(table, elasticity[row]);
        }
        free(place);
    }
    store_read_free_names(reader, "model", name);
    free(rank);
    free(variance);
    free(elasticity);
    return table;
}

static struct table *show_organizations(const struct store_reader *reader, size_t rows,
                                        struct error *error)
{
    static const struct table_column columns[] = {
        {"organization", NULL, TABLE_TEXT, 0},
        {"best_rank", NULL, TABLE_NUMBER, 4},
        {"worst_rank", NULL, TABLE_NUMBER, 4},
        {"change_share", NULL, TABLE_NUMBER, 3},
    };
    char **name = NULL;
    double *rank = NULL;
    double *change = NULL;
    struct table *table = NULL;
    if (store_read_names(reader, "organization_name", "organization", &name, error) &&
        store_read_numbers(reader, "organization_rank", "combination organization", &rank, error) &&
        store_read_numbers(reader, "organization_change_share", "organization", &change, error)) {
        size_t organizations = store_read_size(reader, "organization");
        size_t combinations = store_read_size(reader, "combination");
        size_t count;
        struct place *place = order(organizations, change, -1, rows, &count);
        table = table_create("organizations", columns, sizeof columns / sizeof columns[0]);
        for (size_t i = 0; i < count; i++) {
            double best = NAN;
            double worst = NAN;
            for (size_t c = 0; c < combinations; c++) {
                best = fmin(best, rank[c * organizations + place[i].row]);
                worst = fmax(worst, rank[c * organizations + place[i].row]);
            }
            table_add_text(table, name[place[i].row]);
            table_add_number(table, best);
            table_add_number(table, worst);
            table_add_number(table, change[place[i].row]);
        }
        free(place);
    }
    store_read_free_names(reader, "organization", name);
    free(rank);
    free(change);
    return table;
}

struct table *show_sweep(const struct store_reader *reader, enum show_sweep which, size_t rows,
                         struct error *error)
{
    switch (which) {
    case SHOW_SWEEP_SETTINGS:
        return show_settings(reader, error);
    case SHOW_SWEEP_MODELS:
        return show_models(reader, rows, error);
    default:
        return show_organizations(reader, rows, error);
    }
}
