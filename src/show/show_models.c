/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calendar.h"
#include "memory.h"
#include "show.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const show_sort_names[SHOW_SORT_NUMBER + 1] = {
    "count", "name", "release", "fitness", "immediacy", "longevity", "forecast", NULL};

/** An estimate of each model and its interval: numbers of the file, NaN where there is none. */
struct estimates {
    double *value; /**< [models] */
    double *low;   /**< [models] */
    double *high;  /**< [models] */
};

/** What is shown of the models, in the order of the file. */
struct models {
    size_t count;
    size_t organization_count;
    char **name;
    char **organization_name;
    double *organization; /**< [count] index into organization_name */
    double *release;      /**< [count] days since 1970-01-01 */
    double *last_age;     /**< [count] */
    double *last_count;   /**< [count] */
    struct estimates fitness, immediacy, longevity, forecast;
    double *status;
    double *flags;
    struct store_flags status_words, flags_words;
    char *age_unit;
    char *immediacy_unit;
    bool has_forecasts;
    char forecast_unit[64]; /**< "+12 month" */
};

static void free_estimates(struct estimates *estimates)
{
    free(estimates->value);
    free(estimates->low);
    free(estimates->high);
}

static void free_models(const struct store_reader *reader, struct models *models)
{
    store_read_free_names(reader, "model", models->name);
    store_read_free_names(reader, "organization", models->organization_name);
    free(models->organization);
    free(models->release);
    free(models->last_age);
    free(models->last_count);
    free_estimates(&models->fitness);
    free_estimates(&models->immediacy);
    free_estimates(&models->longevity);
    free_estimates(&models->forecast);
    free(models->status);
    free(models->flags);
    store_read_free_flags(&models->status_words);
    store_read_free_flags(&models->flags_words);
    free(models->age_unit);
    free(models->immediacy_unit);
}

/** values[models][width]: element `position` of each row, owned by the caller. */
static double *pick(const double *values, size_t models, size_t width, size_t position)
{
    double *picked = memory_array(models, sizeof *picked);
    for (size_t i = 0; i < models; i++) {
        picked[i] = values == NULL ? (double)NAN : values[i * width + position];
    }
    return picked;
}

/** The ends of intervals from a variable with `width` numbers a model, the last dimension being
 *  quantile; only the last `quantiles` of them are used. */
static bool read_interval(const struct store_reader *reader, const char *variable,
                          const char *dimensions, size_t models, size_t width, size_t quantiles,
                          struct estimates *estimates, struct error *error)
{
    double *values = NULL;
    if (width > 0 && quantiles > 0 && store_read_has(reader, variable) &&
        !store_read_numbers(reader, variable, dimensions, &values, error)) {
        return false;
    }
    estimates->low = pick(values, models, width, width - quantiles);
    estimates->high = pick(values, models, width, width - 1);
    free(values);
    return true;
}

static bool read_parameter(const struct store_reader *reader, const char *variable, size_t models,
                           struct estimates *estimates, struct error *error)
{
    char quantile[64];
    size_t quantiles = store_read_size(reader, "quantile");
    (void)snprintf(quantile, sizeof quantile, "%s_quantile", variable);
    return store_read_numbers(reader, variable, "model", &estimates->value, error) &&
           read_interval(reader, quantile, "model quantile", models, quantiles, quantiles,
                         estimates, error);
}

/** The forecasts at the longest horizon, where the file has forecasts. */
static bool read_forecast(const struct store_reader *reader, struct models *models,
                          struct error *error)
{
    struct estimates *estimates = &models->forecast;
    double *horizon = NULL;
    double *values = NULL;
    size_t horizons = store_read_size(reader, "horizon");
    size_t quantiles = store_read_size(reader, "quantile");
    models->has_forecasts = horizons > 0 && store_read_has(reader, "forecast_count");
    if (!models->has_forecasts) {
        estimates->value = pick(NULL, models->count, 0, 0);
        return true;
    }
    bool done = store_read_numbers(reader, "horizon", "horizon", &horizon, error) &&
                store_read_numbers(reader, "forecast_count", "model horizon", &values, error) &&
                read_interval(reader, "forecast_quantile", "model horizon quantile", models->count,
                              horizons * quantiles, quantiles, estimates, error);
    if (done) {
        estimates->value = pick(values, models->count, horizons, horizons - 1);
        (void)snprintf(models->forecast_unit, sizeof models->forecast_unit, "+%g %s",
                       horizon[horizons - 1], models->age_unit);
    }
    free(horizon);
    free(values);
    return done;
}

/** The last observed count of each model and its age. */
static bool read_last(const struct store_reader *reader, struct models *models, struct error *error)
{
    double *observed = NULL;
    double *age = NULL;
    size_t ages = store_read_size(reader, "age");
    bool done = store_read_numbers(reader, "age", "age", &age, error) &&
                store_read_numbers(reader, "observed_count", "model age", &observed, error);
    models->last_age = pick(NULL, models->count, 0, 0);
    models->last_count = pick(NULL, models->count, 0, 0);
    for (size_t i = 0; done && i < models->count * ages; i++) {
        if (!isnan(observed[i])) {
            models->last_count[i / ages] = observed[i];
            models->last_age[i / ages] = age[i % ages];
        }
    }
    free(observed);
    free(age);
    return done;
}

static bool read_models(const struct store_reader *reader, struct models *models,
                        struct error *error)
{
    models->count = store_read_size(reader, "model");
    models->organization_count = store_read_size(reader, "organization");
    return store_read_names(reader, "model_name", "model", &models->name, error) &&
           store_read_names(reader, "organization_name", "organization", &models->organization_name,
                            error) &&
           store_read_numbers(reader, "organization_index", "model", &models->organization,
                              error) &&
           store_read_numbers(reader, "release_date", "model", &models->release, error) &&
           store_read_numbers(reader, "fit_status", "model", &models->status, error) &&
           store_read_numbers(reader, "fit_flags", "model", &models->flags, error) &&
           store_read_flags(reader, "fit_status", &models->status_words, error) &&
           store_read_flags(reader, "fit_flags", &models->flags_words, error) &&
           store_read_text(reader, "age", "units", &models->age_unit, error) &&
           store_read_text(reader, "immediacy", "units", &models->immediacy_unit, error) &&
           read_parameter(reader, "fitness", models->count, &models->fitness, error) &&
           read_parameter(reader, "immediacy", models->count, &models->immediacy, error) &&
           read_parameter(reader, "longevity", models->count, &models->longevity, error) &&
           read_forecast(reader, models, error) && read_last(reader, models, error);
}

/** A model to be sorted. */
struct entry {
    size_t model;
    const char *name; /**< NULL: by key */
    double key;
};

static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left;
    const struct entry *b = right;
    if (a->name != NULL) {
        int order = strcmp(a->name, b->name);
        return order != 0 ? order : (a->model > b->model) - (a->model < b->model);
    }
    if (isnan(a->key) != isnan(b->key)) {
        return isnan(a->key) ? 1 : -1;
    }
    if (a->key != b->key && !isnan(a->key)) {
        return a->key < b->key ? 1 : -1;
    }
    return (a->model > b->model) - (a->model < b->model);
}

/** The numbers that models are sorted by; NULL: by name. */
static const double *sort_key(const struct models *models, enum show_sort sort)
{
    switch (sort) {
    case SHOW_SORT_COUNT:
        return models->last_count;
    case SHOW_SORT_RELEASE:
        return models->release;
    case SHOW_SORT_FITNESS:
        return models->fitness.value;
    case SHOW_SORT_IMMEDIACY:
        return models->immediacy.value;
    case SHOW_SORT_LONGEVITY:
        return models->longevity.value;
    case SHOW_SORT_FORECAST:
        return models->forecast.value;
    case SHOW_SORT_NAME:
    case SHOW_SORT_NUMBER:
        break;
    }
    return NULL;
}

/** The models of an organization (the last one: all), sorted; the caller frees them. */
static struct entry *sorted_entries(const struct models *models, enum show_sort sort,
                                    size_t organization, size_t *count)
{
    const double *key = sort_key(models, sort);
    struct entry *entries = memory_array(models->count, sizeof *entries);
    *count = 0;
    for (size_t i = 0; i < models->count; i++) {
        if (organization + 1 == models->organization_count ||
            models->organization[i] == (double)organization) {
            entries[(*count)++] = (struct entry){.model = i,
                                                 .name = key == NULL ? models->name[i] : NULL,
                                                 .key = key == NULL ? 0 : key[i]};
        }
    }
    qsort(entries, *count, sizeof *entries, compare_entries);
    return entries;
}

static void add_estimate(struct table *table, const struct estimates *estimates, size_t model)
{
    table_add_interval(table, estimates->value[model], estimates->low[model],
                       estimates->high[model]);
}

static void add_words(struct table *table, const struct store_flags *flags, double value)
{
    char *words = store_read_words(flags, value);
    table_add_text(table, words);
    free(words);
}

static void add_model(struct table *table, struct models *models, size_t model)
{
    double organization = models->organization[model];
    bool known = organization >= 0 && organization < (double)models->organization_count;
    char date[CALENDAR_TEXT_SIZE];
    table_add_text(table, models->name[model]);
    table_add_text(table, known ? models->organization_name[(size_t)organization] : NULL);
    if (fabs(models->release[model]) < INT32_MAX) {
        calendar_format((int32_t)models->release[model], date);
        table_add_text(table, date);
    } else {
        table_add_text(table, NULL);
    }
    table_add_number(table, models->last_age[model]);
    table_add_number(table, models->last_count[model]);
    char *flags = store_read_words(&models->flags_words, models->flags[model]);
    if (flags != NULL && strstr(flags, "fitness_unbounded") != NULL) {
        models->fitness.value[model] = (double)INFINITY;
        models->fitness.high[model] = (double)INFINITY;
    }
    add_estimate(table, &models->fitness, model);
    add_estimate(table, &models->immediacy, model);
    add_estimate(table, &models->longevity, model);
    if (models->has_forecasts) {
        add_estimate(table, &models->forecast, model);
    }
    add_words(table, &models->status_words, models->status[model]);
    table_add_text(table, flags);
    free(flags);
}

static struct table *model_table(struct models *models, const struct entry *entries, size_t count)
{
    const struct table_column columns[] = {
        {"model", NULL, TABLE_TEXT, 0},
        {"organization", NULL, TABLE_TEXT, 0},
        {"released", NULL, TABLE_TEXT, 0},
        {"age", models->age_unit, TABLE_NUMBER, 4},
        {"count", NULL, TABLE_NUMBER, 4},
        {"fitness", NULL, TABLE_INTERVAL, 3},
        {"immediacy", models->immediacy_unit, TABLE_INTERVAL, 3},
        {"longevity", NULL, TABLE_INTERVAL, 3},
        {"forecast", models->forecast_unit, TABLE_INTERVAL, 3},
        {"status", NULL, TABLE_WORDS, 0},
        {"flags", NULL, TABLE_WORDS, 0},
    };
    enum { COLUMNS = sizeof columns / sizeof columns[0], FORECAST = 8 };
    struct table_column chosen[COLUMNS];
    size_t chosen_count = 0;
    for (size_t j = 0; j < COLUMNS; j++) {
        if (j != FORECAST || models->has_forecasts) {
            chosen[chosen_count++] = columns[j];
        }
    }
    struct table *table = table_create("models", chosen, chosen_count);
    for (size_t i = 0; i < count; i++) {
        add_model(table, models, entries[i].model);
    }
    return table;
}

struct table *show_models(const struct store_reader *reader, const struct show_selection *selection,
                          struct error *error)
{
    struct models models = {0};
    struct table *table = NULL;
    size_t organization = 0;
    if (read_models(reader, &models, error) &&
        show_find_organization(models.organization_name, models.organization_count,
                               selection->organization, &organization, error)) {
        size_t count = 0;
        struct entry *entries = sorted_entries(&models, selection->sort, organization, &count);
        if (selection->models > 0 && count > selection->models) {
            count = selection->models;
        }
        table = model_table(&models, entries, count);
        free(entries);
    }
    free_models(reader, &models);
    return table;
}
