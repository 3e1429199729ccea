/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store_backtest.h"

#include "age.h"
#include "memory.h"
#include "store_backtest_table.h"
#include "store_identity.h"
#include "store_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double level[] = {0.5, 0.8, 0.95};
enum { LEVELS = sizeof level / sizeof level[0], NAME_SIZE = 128 };

/** The methods in use, in order: the file has no others. */
struct used {
    size_t count;
    size_t method[BACKTEST_METHODS];
    size_t position[BACKTEST_METHODS];      /* of a method among those in use */
    const char *name[BACKTEST_METHODS + 1]; /* NULL-terminated */
    const char *definition[BACKTEST_METHODS];
};

static struct used methods_in_use(const struct backtest_plan *plan)
{
    struct used used = {0};
    for (size_t method = 0; method < BACKTEST_METHODS; method++) {
        if (plan->use[method]) {
            used.method[used.count] = method;
            used.position[method] = used.count;
            used.name[used.count] = backtest_table[method].name;
            used.definition[used.count++] = backtest_table[method].definition;
        }
    }
    return used;
}

static bool put_identity(struct store *store, const struct store_backtest *backtest,
                         struct error *error)
{
    const struct config *config = &backtest->plan->config;
    bool by_age = config->backtest.origin_kind == ORIGIN_AGE;
    struct store_identity identity = {
        .title = "Backtest of forecasts of the growth of open-weight models",
        .summary = "Forecasts of cumulative counts from past origins by methods with and without a "
                   "model of growth, each scored against the count that was observed later.",
        .keywords = "open-weight models, forecast, backtest, baseline, interval coverage, weighted "
                    "interval score, hierarchical model",
        .comment =
            by_age
                ? "Every series is cut at the age of the origin; priors are learned from all "
                  "series "
                  "up to that age, even where that came later by the calendar. Chosen by what is "
                  "known at the origin: at least backtest.min_increments increments and a count of "
                  "backtest.min_count. age, origin and horizon count steps of the input (age_unit)."
                : "The origin -k drops the last k steps of every series; priors are learned from "
                  "what is left alone, and the series to forecast are chosen by it: at least "
                  "backtest.min_increments increments and a count of backtest.min_count. Nothing "
                  "known later enters a forecast, except through the choice of the program's "
                  "default settings, which was made on the fine-tune counts of arXiv 2502.15987. "
                  "age, origin and horizon count steps of the input (age_unit).",
        .command = backtest->command,
        .provenance = backtest->provenance,
        .history = backtest->history,
        .catalog = backtest->catalog,
    };
    return store_identity_put(store, &identity, error) &&
           store_attribute(store, "age_unit", age_step_name(backtest->plan->step), error) &&
           store_attribute(store, "baseline", backtest_table[BACKTEST_DRIFT3].name, error) &&
           store_attribute_number(store, "model_scale", config->model.scale, error) &&
           store_attribute_count(store, "skipped_rows", backtest->skipped_rows, error);
}

static bool define_dimensions(struct store *store, const struct store_backtest *backtest,
                              const struct used *used, struct error *error)
{
    return store_dimension(store, "model", backtest->catalog->series_count, error) &&
           store_dimension(store, "origin", backtest->plan->origins, error) &&
           store_dimension(store, "method", used->count, error) &&
           store_dimension(store, "horizon", backtest->plan->horizons, error) &&
           store_dimension(store, "quantile", SCORE_QUANTILES, error) &&
           store_dimension(store, "level", LEVELS, error) &&
           store_dimension(store, "length_class", BACKTEST_LENGTHS, error) &&
           store_dimension(store, "forecast", backtest->count, error);
}

static bool put_coordinates(struct store *store, const struct store_backtest *backtest,
                            struct error *error)
{
    double horizon[CONFIG_LIST_MAX];
    for (size_t h = 0; h < backtest->plan->horizons; h++) {
        horizon[h] = (double)backtest->plan->horizon[h];
    }
    return store_put(store, &store_backtest_table[STORE_BACKTEST_ORIGIN], backtest->plan->position,
                     error) &&
           store_put(store, &store_table[STORE_HORIZON], horizon, error) &&
           store_put(store, &store_table[STORE_QUANTILE], score_probability, error) &&
           store_put(store, &store_backtest_table[STORE_BACKTEST_LEVEL], level, error);
}

static bool put_labels(struct store *store, const struct store_backtest *backtest,
                       const struct used *used, struct error *error)
{
    const struct catalog *catalog = backtest->catalog;
    const char **model = memory_array(catalog->series_count, sizeof *model);
    for (size_t i = 0; i < catalog->series_count; i++) {
        model[i] = catalog->series[i].name;
    }
    bool done = store_put_text(store, &store_table[STORE_MODEL_NAME], model, error) &&
                store_put_text(store, &store_backtest_table[STORE_BACKTEST_METHOD_NAME], used->name,
                               error) &&
                store_put_text(store, &store_backtest_table[STORE_BACKTEST_METHOD_DEFINITION],
                               used->definition, error) &&
                store_put_text(store, &store_backtest_table[STORE_BACKTEST_LENGTH_NAME],
                               backtest_length_names, error);
    free(model);
    return done;
}

/** A variable whose categories are the methods in use. */
static struct store_variable by_method(enum store_backtest_field field, const struct used *used)
{
    struct store_variable variable = store_backtest_table[field];
    variable.meanings = used->name;
    return variable;
}

static bool put_choices(struct store *store, const struct store_backtest *backtest,
                        const struct used *used, struct error *error)
{
    size_t origins = backtest->plan->origins;
    if (!backtest->plan->use[BACKTEST_AUTO]) {
        return true;
    }
    double *choice = memory_array(origins, sizeof *choice);
    double *count = memory_array(origins, sizeof *count);
    double *evidence = memory_array(origins * used->count, sizeof *evidence);
    for (size_t o = 0; o < origins; o++) {
        choice[o] = (double)used->position[backtest->choice[o].method];
        count[o] = (double)backtest->choice[o].count;
        for (size_t i = 0; i < used->count; i++) {
            evidence[o * used->count + i] = backtest->choice[o].error[used->method[i]];
        }
    }
    struct store_variable variable = by_method(STORE_BACKTEST_CHOICE, used);
    bool done =
        store_put(store, &variable, choice, error) &&
        store_put(store, &store_backtest_table[STORE_BACKTEST_EVIDENCE_COUNT], count, error) &&
        store_put(store, &store_backtest_table[STORE_BACKTEST_EVIDENCE_ERROR], evidence, error);
    free(choice);
    free(count);
    free(evidence);
    return done;
}

/** The value of a metric of one number. */
static double metric_of(const struct score_summary *summary, enum store_backtest_metric metric)
{
    switch (metric) {
    case STORE_METRIC_COUNT:
        return (double)summary->count;
    case STORE_METRIC_LOG_ERROR:
        return summary->mean_absolute_log_error;
    case STORE_METRIC_RATIO:
        return summary->ratio;
    case STORE_METRIC_RATIO_LOWER:
        return summary->ratio_lower;
    case STORE_METRIC_RATIO_UPPER:
        return summary->ratio_upper;
    case STORE_METRIC_WIN_RATE:
        return summary->win_rate;
    case STORE_METRIC_PERCENTAGE_ERROR:
        return summary->median_absolute_percentage_error;
    case STORE_METRIC_PERCENTAGE_COUNT:
        return (double)summary->percentages;
    case STORE_METRIC_SCALED_ERROR:
        return summary->scaled_error;
    case STORE_METRIC_INTERVAL_SCORE:
        return summary->weighted_interval_score;
    case STORE_METRIC_DISTRIBUTION_COUNT:
        return (double)summary->distributions;
    default:
        return NAN;
    }
}

/** Writes one metric in one view. summary: [origins][BACKTEST_METHODS][width]. */
static bool put_metric(struct store *store, const struct store_backtest *backtest,
                       const struct used *used, enum store_backtest_metric metric,
                       enum store_backtest_view view, const struct score_summary *summary,
                       size_t width, struct error *error)
{
    const struct store_backtest_view_description *description = &store_backtest_view_table[view];
    struct store_variable variable = store_backtest_metric_table[metric];
    char name[NAME_SIZE];
    char dimensions[NAME_SIZE];
    char long_name[2 * NAME_SIZE];
    (void)snprintf(name, sizeof name, "%s%s", variable.name, description->suffix);
    (void)snprintf(dimensions, sizeof dimensions, "%s%s", description->dimensions,
                   variable.dimensions != NULL ? variable.dimensions : "");
    (void)snprintf(long_name, sizeof long_name, "%s %s", variable.long_name,
                   description->long_name);
    variable.name = name;
    variable.dimensions = dimensions;
    variable.long_name = long_name;
    variable.coordinates =
        view == STORE_VIEW_LENGTH ? "method_name length_class_name" : "method_name";

    size_t depth = metric == STORE_METRIC_COVERAGE ? LEVELS : 1;
    size_t origins = backtest->plan->origins;
    double *values = memory_array(origins * used->count * width * depth, sizeof *values);
    double *next = values;
    for (size_t row = 0; row < origins * used->count; row++) {
        size_t from = row / used->count * BACKTEST_METHODS + used->method[row % used->count];
        for (size_t i = 0; i < width * depth; i++) {
            const struct score_summary *cell = &summary[from * width + i / depth];
            *next++ = metric == STORE_METRIC_COVERAGE ? cell->coverage[i % depth]
                                                      : metric_of(cell, metric);
        }
    }
    bool done = store_put(store, &variable, values, error);
    free(values);
    return done;
}

static bool put_metrics(struct store *store, const struct store_backtest *backtest,
                        const struct used *used, struct error *error)
{
    const struct backtest_scores *scores = backtest->scores;
    bool done = true;
    for (enum store_backtest_metric metric = 0; metric < STORE_METRIC_NUMBER && done; metric++) {
        done = put_metric(store, backtest, used, metric, STORE_VIEW_HORIZON, scores->by_horizon,
                          backtest->plan->horizons, error) &&
               put_metric(store, backtest, used, metric, STORE_VIEW_TOGETHER, scores->together, 1,
                          error) &&
               put_metric(store, backtest, used, metric, STORE_VIEW_LENGTH, scores->by_length,
                          BACKTEST_LENGTHS, error);
    }
    return done;
}

static double field_of(const struct store_backtest *backtest, const struct used *used,
                       const struct score_forecast *record, enum store_backtest_field field)
{
    switch (field) {
    case STORE_BACKTEST_MODEL:
        return record->model;
    case STORE_BACKTEST_FROM:
        return backtest->plan->position[record->origin];
    case STORE_BACKTEST_METHOD:
        return (double)used->position[record->method];
    case STORE_BACKTEST_AHEAD:
        return (double)backtest->plan->horizon[record->horizon];
    case STORE_BACKTEST_KNOWN:
        return record->known;
    case STORE_BACKTEST_LAST:
        return record->last;
    case STORE_BACKTEST_MEAN_INCREMENT:
        return record->scale;
    case STORE_BACKTEST_VALUE:
        return record->value;
    case STORE_BACKTEST_TRUTH:
        return record->truth;
    case STORE_BACKTEST_PIT_LOWER:
        return record->pit_lower;
    case STORE_BACKTEST_PIT_UPPER:
        return record->pit_upper;
    default:
        return record->pit;
    }
}

static bool put_forecasts(struct store *store, const struct store_backtest *backtest,
                          const struct used *used, struct error *error)
{
    size_t count = backtest->count;
    double *values = memory_array(count * SCORE_QUANTILES, sizeof *values);
    bool done = true;
    for (enum store_backtest_field field = STORE_BACKTEST_MODEL;
         field < STORE_BACKTEST_QUANTILE && done; field++) {
        struct store_variable variable = store_backtest_table[field];
        variable.meanings = field == STORE_BACKTEST_METHOD ? used->name : NULL;
        for (size_t i = 0; i < count; i++) {
            values[i] = field_of(backtest, used, &backtest->record[i], field);
        }
        done = store_put(store, &variable, values, error);
    }
    for (size_t i = 0; i < count * SCORE_QUANTILES; i++) {
        values[i] = backtest->record[i / SCORE_QUANTILES].quantile[i % SCORE_QUANTILES];
    }
    done = done && store_put(store, &store_backtest_table[STORE_BACKTEST_QUANTILE], values, error);
    free(values);
    return done;
}

bool store_backtest_write(const char *path, const struct store_backtest *backtest,
                          struct error *error)
{
    struct used used = methods_in_use(backtest->plan);
    const char *step = age_step_name(backtest->plan->step);
    struct store *store = store_create(path, step, step, error);
    if (store == NULL) {
        return false;
    }
    if (put_identity(store, backtest, error) && define_dimensions(store, backtest, &used, error) &&
        put_coordinates(store, backtest, error) && put_labels(store, backtest, &used, error) &&
        put_choices(store, backtest, &used, error) && put_metrics(store, backtest, &used, error) &&
        put_forecasts(store, backtest, &used, error)) {
        return store_complete(store, error);
    }
    store_discard(store);
    return false;
}
