/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store_run.h"

#include "age.h"
#include "growth.h"
#include "memory.h"
#include "organization.h"
#include "store_identity.h"
#include "store_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *store_run_time_unit(const struct config *config, enum series_step step)
{
    switch (config->model.time_unit) {
    case TIME_UNIT_MONTH:
        return "month";
    case TIME_UNIT_DAY:
        return "day";
    case TIME_UNIT_YEAR:
        return "year";
    case TIME_UNIT_STEP:
        break;
    }
    return age_step_name(step);
}

static const char *time_unit(const struct store_run *run)
{
    return store_run_time_unit(run->config, run->catalog->step);
}

static bool write_identity(struct store *store, const struct store_run *run, struct error *error)
{
    struct store_identity identity = {
        .title = "Growth of open-weight models: fits, uncertainty and forecasts",
        .summary = "Cumulative counts of fine-tuned models or downloads of base models by age "
                   "since release, the growth curve c(t) = m (exp(lambda Phi((ln t - mu) / sigma)) "
                   "- 1) fitted to each (lambda: fitness, mu: immediacy, sigma: longevity), its "
                   "uncertainty, forecasts, and sums and densities by organization.",
        .keywords = "open-weight models, adoption, growth curve, fitness, immediacy, longevity, "
                    "forecast, bootstrap, hierarchical model",
        .comment = "age, horizon and milestone count steps of the input (age_unit); the unit of t, "
                   "and so of immediacy, is time_unit; a year is 12 months or 365.25 days, a month "
                   "30.4375 days; m is model_scale. Infinite values mean that there is no bound.",
        .command = run->command,
        .provenance = run->provenance,
        .history = run->history,
        .catalog = run->catalog,
    };
    return store_identity_put(store, &identity, error);
}

static const char *point_estimate_engine(const struct config_fit *fit)
{
    if (fit->method == FIT_PAPER) {
        return "reflective trust region on GSL, as the protocol says";
    }
    return fit->engine == ENGINE_GSL
               ? "GSL"
               : "GSL, from the lowest end of the batched engine's descents, or from all starts "
                 "where its cost does not confirm that end's";
}

static const char *replicate_engine(const struct config_fit *fit)
{
    return fit->engine == ENGINE_GSL ? "as the point estimates" : "batched";
}

static bool write_model(struct store *store, const struct store_run *run, struct error *error)
{
    return store_attribute(store, "point_estimate_engine", point_estimate_engine(&run->config->fit),
                           error) &&
           store_attribute(store, "replicate_engine", replicate_engine(&run->config->fit), error) &&
           store_attribute(store, "time_unit", time_unit(run), error) &&
           store_attribute(store, "age_unit", age_step_name(run->catalog->step), error) &&
           store_attribute_number(store, "model_scale", run->config->model.scale, error) &&
           store_attribute_count(store, "skipped_rows", run->skipped_rows, error);
}

static bool write_dimensions(struct store *store, const struct store_run *run, struct error *error)
{
    return store_dimension(store, "model", run->catalog->series_count, error) &&
           store_dimension(store, "organization", run->catalog->organization_count + 1, error) &&
           store_dimension(store, "age", run->age_count, error) &&
           store_dimension(store, "horizon", run->horizon.count, error) &&
           store_dimension(store, "quantile", run->quantile.count, error) &&
           store_dimension(store, "milestone", run->milestone.count, error) &&
           store_dimension(store, "threshold", run->threshold.count, error);
}

static bool write_coordinates(struct store *store, const struct store_run *run, struct error *error)
{
    double *age = memory_array(run->age_count, sizeof *age);
    for (size_t i = 0; i < run->age_count; i++) {
        age[i] = (double)i;
    }
    bool done = store_put(store, &store_table[STORE_AGE], age, error);
    free(age);
    return done && store_put(store, &store_table[STORE_HORIZON], run->horizon.value, error) &&
           store_put(store, &store_table[STORE_QUANTILE], run->quantile.value, error) &&
           store_put(store, &store_table[STORE_MILESTONE], run->milestone.value, error) &&
           store_put(store, &store_table[STORE_THRESHOLD], run->threshold.value, error);
}

static bool write_labels(struct store *store, const struct catalog *catalog, struct error *error)
{
    size_t models = catalog->series_count;
    size_t organizations = catalog->organization_count;
    const char **model = memory_array(models, sizeof *model);
    const char **organization = memory_array(organizations + 1, sizeof *organization);
    double *index = memory_array(models, sizeof *index);
    double *release = memory_array(models, sizeof *release);
    for (size_t i = 0; i < models; i++) {
        const struct series *series = &catalog->series[i];
        model[i] = series->name;
        index[i] = (double)series->organization;
        release[i] =
            series->release_date == SERIES_NO_DATE ? (double)NAN : (double)series->release_date;
    }
    for (size_t i = 0; i < organizations; i++) {
        organization[i] = catalog->organization_name[i];
    }
    organization[organizations] = ORGANIZATION_ALL;
    bool done = store_put_text(store, &store_table[STORE_MODEL_NAME], model, error) &&
                store_put_text(store, &store_table[STORE_ORGANIZATION_NAME], organization, error) &&
                store_put(store, &store_table[STORE_ORGANIZATION_INDEX], index, error) &&
                store_put(store, &store_table[STORE_RELEASE_DATE], release, error);
    free(model);
    free(organization);
    free(index);
    free(release);
    return done;
}

struct store_variable store_run_variable(const struct result_descriptor *field)
{
    static const char *const dimensions[RESULT_DIMENSION_COUNT] = {
        [RESULT_SCALAR] = "model",
        [RESULT_QUANTILE] = "model quantile",
        [RESULT_HORIZON] = "model horizon",
        [RESULT_HORIZON_QUANTILE] = "model horizon quantile",
        [RESULT_HORIZON_THRESHOLD] = "model horizon threshold",
        [RESULT_THRESHOLD_QUANTILE] = "model threshold quantile",
    };
    static const enum store_type types[] = {
        [RESULT_REAL] = STORE_REAL,
        [RESULT_INTEGER] = STORE_INTEGER,
        [RESULT_FLAGS] = STORE_FLAGS,
        [RESULT_CATEGORY] = STORE_CATEGORY,
    };
    static const enum store_range ranges[] = {
        [RESULT_ANY] = STORE_ANY,
        [RESULT_NOT_NEGATIVE] = STORE_NOT_NEGATIVE,
        [RESULT_PROBABILITY] = STORE_PROBABILITY,
    };
    return (struct store_variable){
        .name = field->name,
        .dimensions = dimensions[field->dimension],
        .type = types[field->type],
        .units = field->units,
        .long_name = field->long_name,
        .comment = field->comment,
        .coordinates = store_table[STORE_OBSERVED_COUNT].coordinates,
        .ancillary = field->ancillary,
        .meanings = field->meanings,
        .range = ranges[field->range],
        .required = field->required,
    };
}

/** Coordinates, labels and per-model variables, in the order in which they stand in the file. The
 *  library flushes the file whenever a definition follows data, so that these come first. */
static bool define_variables(struct store *store, struct error *error)
{
    bool done = true;
    for (size_t field = 0; field < STORE_REPLICATE_FITNESS && done; field++) {
        done = store_define(store, &store_table[field], error);
    }
    for (size_t field = 0; field < RESULT_FIELD_COUNT && done; field++) {
        struct store_variable variable = store_run_variable(&result_table[field]);
        done = store_define(store, &variable, error);
    }
    return done;
}

struct store *store_run_create(const char *path, const struct store_run *run, struct error *error)
{
    struct store *store =
        store_create(path, age_step_name(run->catalog->step), time_unit(run), error);
    if (store == NULL) {
        return NULL;
    }
    if (write_identity(store, run, error) && write_model(store, run, error) &&
        write_dimensions(store, run, error) && define_variables(store, error) &&
        write_coordinates(store, run, error) && write_labels(store, run->catalog, error)) {
        return store;
    }
    store_discard(store);
    return NULL;
}

/** Fills a model's row of observed and of fitted counts by age; both are all NaN before. */
static void fill_counts(const struct store_run *run, const struct series *series, const double *row,
                        double *observed, double *fitted)
{
    const struct growth_parameters parameters = {
        .fitness = row[run->layout->offset[RESULT_FITNESS]],
        .immediacy = row[run->layout->offset[RESULT_IMMEDIACY]],
        .longevity = row[run->layout->offset[RESULT_LONGEVITY]],
    };
    bool is_fitted = isfinite(parameters.fitness) && isfinite(parameters.immediacy) &&
                     isfinite(parameters.longevity);
    for (size_t i = 0; i < series->count; i++) {
        size_t age = (size_t)series->age[i];
        observed[age] = series->observed[i];
        if (is_fitted) {
            fitted[age] = growth_count(&parameters, run->config->model.scale,
                                       series->age[i] * run->step_time);
        }
    }
}

static bool write_counts(struct store *store, const struct store_run *run, size_t first,
                         size_t count, const double *rows, struct error *error)
{
    size_t ages = run->age_count;
    double *observed = memory_array(count * ages, sizeof *observed);
    double *fitted = memory_array(count * ages, sizeof *fitted);
    for (size_t i = 0; i < count * ages; i++) {
        observed[i] = (double)NAN;
        fitted[i] = (double)NAN;
    }
    for (size_t i = 0; i < count; i++) {
        fill_counts(run, &run->catalog->series[first + i], rows + i * run->layout->length,
                    observed + i * ages, fitted + i * ages);
    }
    bool done =
        store_put_slab(store, &store_table[STORE_OBSERVED_COUNT], first, count, observed, error) &&
        store_put_slab(store, &store_table[STORE_FITTED_COUNT], first, count, fitted, error);
    free(observed);
    free(fitted);
    return done;
}

bool store_run_rows(struct store *store, const struct store_run *run, size_t first, size_t count,
                    const double *rows, struct error *error)
{
    const struct result_layout *layout = run->layout;
    double *values = memory_array(count * layout->length, sizeof *values);
    bool done = write_counts(store, run, first, count, rows, error);
    for (size_t field = 0; field < RESULT_FIELD_COUNT && done; field++) {
        struct store_variable variable = store_run_variable(&result_table[field]);
        size_t extent = layout->extent[result_table[field].dimension];
        for (size_t i = 0; i < count; i++) {
            memcpy(values + i * extent, rows + i * layout->length + layout->offset[field],
                   extent * sizeof *values);
        }
        done = store_put_slab(store, &variable, first, count, values, error);
    }
    free(values);
    return done;
}

bool store_run_replicates(struct store *store, size_t first, size_t count, size_t replicates,
                          const double *fitness, const double *immediacy, const double *longevity,
                          struct error *error)
{
    struct store group = {0};
    bool created = false;
    return store_group(store, "bootstrap", &group, &created, error) &&
           (!created || store_dimension(&group, "replicate", replicates, error)) &&
           store_put_slab(&group, &store_table[STORE_REPLICATE_FITNESS], first, count, fitness,
                          error) &&
           store_put_slab(&group, &store_table[STORE_REPLICATE_IMMEDIACY], first, count, immediacy,
                          error) &&
           store_put_slab(&group, &store_table[STORE_REPLICATE_LONGEVITY], first, count, longevity,
                          error);
}
