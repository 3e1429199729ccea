/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The posterior and EM on the authors' fine-tune counts, where they are: the sum over the default
 * grid against extended precision, EM's ascent, and learning from the series in another order.
 */
#include "forecaster_private.h"
#include "hierarchy_reference.h"
#include "memory.h"
#include "option.h"
#include "reader.h"
#include "tap.h"

#include <gsl/gsl_errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char folder[] = "../shared/data/hf_2025-02-18/finetune";

enum { CHECKED = 10, EM_STEPS = 60 };

struct data {
    struct config config;
    struct catalog catalog;
    struct grid *grid;
    size_t count;
    struct forecaster_series *series; /* [count] */
};

static struct forecaster *make_forecaster(const struct data *data, const struct config *config)
{
    struct forecaster_settings settings = forecaster_settings_make(config, data->catalog.step);
    return forecaster_create(&settings, data->grid, 40, 1, data->catalog.organization_count);
}

static bool open_data(struct data *data)
{
    const char *path = folder;
    struct reader_report report = {0};
    struct error error = {0};
    option_defaults(&data->config);
    data->config.forecast.draws = 1;
    bool done = reader_read(&data->config.input, &path, 1, &data->catalog, &report, &error);
    reader_report_free(&report);
    data->grid = grid_create(&data->config.hierarchy, data->catalog.step, 0);
    data->count = data->catalog.series_count;
    data->series = memory_array(data->count, sizeof *data->series);
    for (size_t i = 0; i < data->count; i++) {
        const struct series *series = &data->catalog.series[i];
        data->series[i] = (struct forecaster_series){
            .points = {series->count, series->age, series->observed},
            .name = series->name,
            .organization = series->organization,
        };
    }
    return done;
}

/** The series that teach, in the order of the sample. The caller frees it. */
static struct forecaster_series *choose(const struct forecaster *forecaster, size_t count,
                                        const struct forecaster_series *series, size_t *chosen)
{
    struct hierarchy_sample sample = forecaster_sample(forecaster, count, series, 1);
    struct forecaster_series *teacher = memory_array(sample.count, sizeof *teacher);
    for (size_t i = 0; i < sample.count; i++) {
        teacher[i] = series[sample.index[i]];
    }
    *chosen = sample.count;
    hierarchy_sample_free(&sample);
    return teacher;
}

/** Ten series spread over those that teach, with the prior that they teach. */
static void test_precision(const struct data *data, bool shocks)
{
    struct config config = data->config;
    config.hierarchy.shocks = shocks;
    struct forecaster *forecaster = make_forecaster(data, &config);
    size_t count;
    struct forecaster_series *teacher = choose(forecaster, data->count, data->series, &count);
    forecaster_learn(forecaster, count, teacher, NULL, NULL);
    double *log_likelihood = memory_array(data->grid->nodes, sizeof(double));
    double *weight = memory_array(data->grid->nodes, sizeof(double));
    for (size_t i = 0; i < CHECKED; i++) {
        const struct forecaster_series *series = &teacher[i * count / CHECKED];
        double mean[GRID_AXES];
        forecaster_mean(forecaster, series, mean);
        struct hierarchy_moments moments =
            forecaster_posterior(forecaster, series, log_likelihood, weight);
        struct hierarchy_moments expected =
            hierarchy_reference_moments(data->grid, &forecaster->settings.model, &forecaster->prior,
                                        forecaster->settings.discount, mean, &series->points);
        double worst = hierarchy_reference_difference(data->grid, &moments, &expected);
        tap_ok(worst < 1e-9, "%s %s shocks agrees with the extended sum: %.1e", series->name,
               shocks ? "with" : "without", worst);
    }
    free(log_likelihood);
    free(weight);
    free(teacher);
    forecaster_free(forecaster);
}

static void test_ascent(const struct data *data, enum config_pool pool, bool shocks)
{
    struct config config = data->config;
    config.hierarchy.pool = pool;
    config.hierarchy.shocks = shocks;
    config.hierarchy.em_steps = EM_STEPS;
    struct forecaster *forecaster = make_forecaster(data, &config);
    size_t count;
    struct forecaster_series *teacher = choose(forecaster, data->count, data->series, &count);
    double objective[EM_STEPS];
    forecaster_learn(forecaster, count, teacher, NULL, objective);
    size_t falls = 0;
    for (size_t step = 1; step < EM_STEPS; step++) {
        falls += objective[step] < objective[step - 1] - 1e-9;
    }
    tap_ok(falls == 0, "EM raises the evidence of %zu series at all of %d steps, %s, %s shocks",
           count, EM_STEPS, pool == POOL_ALL ? "one mean" : "organizations",
           shocks ? "with" : "without");
    free(teacher);
    forecaster_free(forecaster);
}

/** The prior learned from the series in an order. */
static struct hierarchy_prior learned(const struct data *data,
                                      const struct forecaster_series *series)
{
    struct forecaster *forecaster = make_forecaster(data, &data->config);
    size_t count;
    struct forecaster_series *teacher = choose(forecaster, data->count, series, &count);
    forecaster_learn(forecaster, count, teacher, NULL, NULL);
    struct hierarchy_prior prior = *forecaster_prior(forecaster);
    free(teacher);
    forecaster_free(forecaster);
    return prior;
}

static void test_order(const struct data *data)
{
    struct forecaster_series *reversed = memory_array(data->count, sizeof *reversed);
    for (size_t i = 0; i < data->count; i++) {
        reversed[i] = data->series[data->count - 1 - i];
    }
    struct hierarchy_prior a = learned(data, data->series);
    struct hierarchy_prior b = learned(data, reversed);
    tap_ok(memcmp(&a, &b, sizeof a) == 0, "the order of the series changes no bit of the prior");
    free(reversed);
}

int main(void)
{
    struct data data = {0};
    gsl_set_error_handler_off();
    if (access(folder, R_OK) != 0) {
        tap_skip("no data in %s", folder);
        return tap_done();
    }
    bool read = open_data(&data);
    tap_ok(read, "%zu series", data.count);
    if (read) {
        test_precision(&data, false);
        test_precision(&data, true);
        test_ascent(&data, POOL_ALL, true);
        test_ascent(&data, POOL_ALL, false);
        test_ascent(&data, POOL_ORGANIZATION, true);
        test_order(&data);
    }
    grid_free(data.grid);
    catalog_free(&data.catalog);
    free(data.series);
    return tap_done();
}
