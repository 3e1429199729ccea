/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store_sweep.h"

#include "age.h"
#include "memory.h"
#include "option.h"
#include "store_identity.h"
#include "store_run.h"
#include "store_sweep_table.h"
#include "store_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The dimension of a setting: NetCDF names have no dots. */
static void dimension_name(const struct config_sweep_setting *setting,
                           char name[CONFIG_SWEEP_NAME_SIZE])
{
    (void)strcpy(name, setting->name);
    *strchr(name, '.') = '_';
}

static bool put_identity(struct store *store, const struct store_sweep *sweep, struct error *error)
{
    struct store_identity identity = {
        .title = "Sensitivity of growth curves of open-weight models to the settings of the fit",
        .summary = "Every model's growth curve c(t) = m (exp(lambda Phi((ln t - mu) / sigma)) - 1) "
                   "fitted and forecast under all combinations of the varied settings; rank "
                   "correlations between them and shares of variance.",
        .keywords = "open-weight models, growth curve, fitness, sensitivity, parameter sweep",
        .comment = "One dimension for each varied setting, then the model. Combinations are "
                   "numbered with the last setting running fastest. immediacy is in the unit of t "
                   "that is set outside of the sweep, whatever a combination's own. Fits whose "
                   "fitness is not bounded by the data take no part in the comparison of "
                   "parameters.",
        .command = "sweep",
        .provenance = sweep->provenance,
        .history = sweep->history,
        .catalog = sweep->result->catalog,
    };
    return store_identity_put(store, &identity, error) &&
           store_attribute(store, "age_unit", store->step_unit, error) &&
           store_attribute(store, "time_unit", store->time_unit, error) &&
           (sweep->shard == NULL || store_attribute(store, "shard", sweep->shard, error));
}

static bool put_dimensions(struct store *store, const struct sweep_result *result,
                           struct error *error)
{
    const struct config *config = &result->config;
    bool done = true;
    for (size_t i = 0; i < result->grid.settings && done; i++) {
        char name[CONFIG_SWEEP_NAME_SIZE];
        dimension_name(&config->sweep.setting[i], name);
        done = store_dimension(store, name, result->grid.extent[i], error);
    }
    return done && store_dimension(store, "model", result->catalog->series_count, error) &&
           store_dimension(store, "organization", result->catalog->organization_count, error) &&
           store_dimension(store, "quantile", config->output.quantiles.count, error) &&
           store_dimension(store, "horizon", config->forecast.horizons.count, error) &&
           store_dimension(store, "quantity", SWEEP_QUANTITIES, error) &&
           store_dimension(store, "setting", result->grid.settings, error) &&
           store_dimension(store, "combination", result->grid.combinations, error) &&
           store_dimension(store, "other_combination", result->grid.combinations, error);
}

/* The values of a setting: a coordinate where they are numbers, otherwise labels. */
static bool put_setting(struct store *store, const struct config_sweep_setting *setting,
                        size_t extent, struct error *error)
{
    const struct option_key *key = option_sweep_key(setting);
    char dimension[CONFIG_SWEEP_NAME_SIZE];
    char label[CONFIG_SWEEP_NAME_SIZE + sizeof "_name"];
    char text[CONFIG_SWEEP_VALUES_MAX][CONFIG_SWEEP_VALUES_SIZE];
    const char *texts[CONFIG_SWEEP_VALUES_MAX];
    double number[CONFIG_SWEEP_VALUES_MAX];
    dimension_name(setting, dimension);
    for (size_t i = 0; i < extent; i++) {
        option_sweep_value(setting, i, text[i], sizeof text[i]);
        texts[i] = text[i];
        number[i] = strtod(text[i], NULL);
    }
    (void)snprintf(label, sizeof label, "%s_name", dimension);
    bool numeric = key->type == OPTION_REAL || key->type == OPTION_INTEGER;
    struct store_variable variable = {
        .name = numeric ? dimension : label,
        .dimensions = dimension,
        .type = numeric ? STORE_REAL : STORE_TEXT,
        .units = "",
        .long_name = setting->name,
        .comment = key->help,
        .required = numeric,
    };
    return numeric ? store_put(store, &variable, number, error)
                   : store_put_text(store, &variable, texts, error);
}

static bool put_settings(struct store *store, const struct sweep_result *result,
                         struct error *error)
{
    const struct config_sweep *sweep = &result->config.sweep;
    const char *names[CONFIG_SWEEP_MAX];
    bool done = true;
    for (size_t i = 0; i < sweep->count && done; i++) {
        names[i] = sweep->setting[i].name;
        done = put_setting(store, &sweep->setting[i], result->grid.extent[i], error);
    }
    return done && store_put_text(store, &store_sweep_table[STORE_SWEEP_SETTING], names, error) &&
           store_put_text(store, &store_sweep_table[STORE_SWEEP_QUANTITY], sweep_quantity_names,
                          error);
}

static bool put_labels(struct store *store, const struct sweep_result *result, struct error *error)
{
    const struct catalog *catalog = result->catalog;
    double horizon[CONFIG_LIST_MAX];
    const char **model = memory_array(catalog->series_count, sizeof *model);
    double *organization = memory_array(catalog->series_count, sizeof *organization);
    double *release = memory_array(catalog->series_count, sizeof *release);
    for (size_t i = 0; i < catalog->series_count; i++) {
        const struct series *series = &catalog->series[i];
        model[i] = series->name;
        organization[i] = (double)series->organization;
        release[i] =
            series->release_date == SERIES_NO_DATE ? (double)NAN : (double)series->release_date;
    }
    age_list_in_steps(&result->config.forecast.horizons, catalog->step, horizon);
    bool done = store_put_text(store, &store_table[STORE_MODEL_NAME], model, error) &&
                store_put_text(store, &store_table[STORE_ORGANIZATION_NAME],
                               (const char *const *)catalog->organization_name, error) &&
                store_put(store, &store_table[STORE_ORGANIZATION_INDEX], organization, error) &&
                store_put(store, &store_table[STORE_RELEASE_DATE], release, error) &&
                store_put(store, &store_table[STORE_HORIZON], horizon, error) &&
                store_put(store, &store_table[STORE_QUANTILE],
                          result->config.output.quantiles.value, error);
    free(model);
    free(organization);
    free(release);
    return done;
}

void store_sweep_dimensions(const struct sweep_result *result, size_t field,
                            char dimensions[STORE_SWEEP_DIMENSIONS_SIZE])
{
    dimensions[0] = '\0';
    for (size_t i = 0; i < result->grid.settings; i++) {
        char name[CONFIG_SWEEP_NAME_SIZE];
        dimension_name(&result->config.sweep.setting[i], name);
        (void)strcat(strcat(dimensions, name), " ");
    }
    (void)strcat(dimensions,
                 store_run_variable(&result_table[sweep_result_fields[field]]).dimensions);
}

static bool put_field(struct store *store, const struct sweep_result *result, size_t f,
                      struct error *error)
{
    struct store_variable variable = store_run_variable(&result_table[sweep_result_fields[f]]);
    char dimensions[STORE_SWEEP_DIMENSIONS_SIZE];
    store_sweep_dimensions(result, f, dimensions);
    variable.dimensions = dimensions;
    variable.ancillary = NULL;
    variable.required = false;
    size_t offset = 0;
    for (size_t i = 0; i < f; i++) {
        offset += result->extent[i];
    }
    size_t extent = result->extent[f];
    size_t rows = result->grid.combinations * result->catalog->series_count;
    double *values = memory_array(rows * extent, sizeof *values);
    for (size_t i = 0; i < rows; i++) {
        memcpy(values + i * extent, result->row + i * result->row_length + offset,
               extent * sizeof *values);
    }
    bool done = store_put(store, &variable, values, error);
    free(values);
    return done;
}

static bool put_rows(struct store *store, const struct sweep_result *result, struct error *error)
{
    bool done = true;
    for (size_t f = 0; f < SWEEP_FIELDS && done; f++) {
        done = put_field(store, result, f, error);
    }
    return done;
}

static bool put_summary(struct store *store, const struct sweep_summary *summary,
                        struct error *error)
{
    const struct {
        enum store_sweep_field field;
        const double *values;
    } variables[] = {
        {STORE_SWEEP_SPEARMAN, summary->spearman},
        {STORE_SWEEP_KENDALL, summary->kendall},
        {STORE_SWEEP_VARIANCE, summary->variance},
        {STORE_SWEEP_FIRST, summary->first},
        {STORE_SWEEP_TOTAL, summary->total},
        {STORE_SWEEP_COMPARED, summary->compared},
        {STORE_SWEEP_SENSITIVITY, summary->sensitivity},
        {STORE_SWEEP_ELASTICITY, summary->elasticity},
        {STORE_SWEEP_RANK, summary->rank},
        {STORE_SWEEP_CHANGE_SHARE, summary->change_share},
    };
    bool done = true;
    for (size_t i = 0; i < sizeof variables / sizeof variables[0] && done; i++) {
        done = store_put(store, &store_sweep_table[variables[i].field], variables[i].values, error);
    }
    return done;
}

bool store_sweep_write(const char *path, const struct store_sweep *sweep, struct error *error)
{
    const struct sweep_result *result = sweep->result;
    struct store *store =
        store_create(path, age_step_name(result->catalog->step),
                     store_run_time_unit(&result->config, result->catalog->step), error);
    bool done = store != NULL && put_identity(store, sweep, error) &&
                put_dimensions(store, result, error) && put_settings(store, result, error) &&
                put_labels(store, result, error) && put_rows(store, result, error) &&
                (sweep->summary == NULL || put_summary(store, sweep->summary, error));
    if (done) {
        return store_complete(store, error);
    }
    store_discard(store);
    return false;
}
