/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parts of the hierarchical pass on one core, and the error of the published posteriors:
 *
 *     hierarchy INPUT CHECKED [SECTION.KEY=VALUE]...
 *
 * INPUT is a file or folder of series as growcast fit reads them, CHECKED the number of series,
 * less those with the points of another, whose published posterior is compared with a midpoint rule
 * whose cells are halved until its moments stand still (tests/pooled_reference.h); where they do
 * not within half the tolerance, the series is left out and counted. Settings are those of growcast
 * fit. Prints one line of JSON: seconds of EM, and microseconds a series of likelihood and moments
 * without and with shocks (first: while tables fill; again: a second pass), of the published
 * posterior, of 1000 paths over 12 steps and of their medians, means and quantiles at four
 * horizons; and quantiles of the error over series and axes, of means in posterior standard
 * deviations, of standard deviations relative, and of quantiles in probability, the largest of a
 * series and axis, with the series whose largest error it is.
 */
#include "forecast.h"
#include "forecaster_private.h"
#include "memory.h"
#include "option.h"
#include "pooled_reference.h"
#include "reader.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DRAWS = 1000, STEPS = 12, QUANTILES = 7 };

static const double probability[QUANTILES] = {0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975};

struct bench {
    struct config config;
    struct catalog catalog;
    struct grid *grid;
    struct forecaster *forecaster;
    size_t count;
    struct forecaster_series *series; /* [count] */
    size_t max_age;
    double *log_likelihood;
    double *weight;
    struct hierarchy_moments moments[HIERARCHY_BLOCK];
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/** Takes a setting SECTION.KEY=VALUE. */
static bool assign(struct config *config, const char *setting, struct error *error)
{
    char section[32];
    char name[32];
    char value[64];
    bool parsed = sscanf(setting, "%31[^.].%31[^=]=%63s", section, name, value) == 3;
    const struct option_key *key = parsed ? option_find(section, name) : NULL;
    return key != NULL ? option_assign(key, value, setting, config, error)
                       : error_set(error, ERROR_USAGE, "%s is no setting", setting);
}

static bool open_bench(struct bench *bench, const char *input, int settings, char **setting)
{
    struct reader_report report = {0};
    struct error error = {0};
    bool done = true;
    option_defaults(&bench->config);
    for (int i = 0; i < settings && done; i++) {
        done = assign(&bench->config, setting[i], &error);
    }
    done = done && reader_read(&bench->config.input, &input, 1, &bench->catalog, &report, &error);
    reader_report_free(&report);
    if (!done) {
        (void)fprintf(stderr, "hierarchy: %s\n", error.message);
        return false;
    }
    const struct catalog *catalog = &bench->catalog;
    double largest = 0;
    bench->count = catalog->series_count;
    bench->series = memory_array(bench->count, sizeof *bench->series);
    for (size_t i = 0; i < bench->count; i++) {
        const struct series *series = &catalog->series[i];
        double last = series->age[series->count - 1];
        bench->series[i] = (struct forecaster_series){
            .points = {series->count, series->age, series->observed},
            .name = series->name,
            .organization = series->organization,
        };
        largest = fmax(largest, series_last_count(series));
        bench->max_age = (double)bench->max_age < last ? (size_t)last : bench->max_age;
    }
    bench->grid = grid_create(&bench->config.hierarchy, catalog->step, largest);
    size_t nodes = HIERARCHY_BLOCK * bench->grid->nodes;
    bench->log_likelihood = memory_array(nodes, sizeof(double));
    bench->weight = memory_array(nodes, sizeof(double));
    return true;
}

static struct forecaster *make_forecaster(const struct bench *bench, bool shocks)
{
    struct config config = bench->config;
    config.hierarchy.shocks = shocks;
    config.forecast.draws = DRAWS;
    struct forecaster_settings settings = forecaster_settings_make(&config, bench->catalog.step);
    return forecaster_create(&settings, bench->grid, bench->max_age, STEPS,
                             bench->catalog.organization_count);
}

/** Learns the prior and prints how long that took. */
static void learn(struct bench *bench)
{
    struct hierarchy_sample sample =
        forecaster_sample(bench->forecaster, bench->count, bench->series, 1);
    struct forecaster_series *teacher = memory_array(sample.count, sizeof *teacher);
    for (size_t i = 0; i < sample.count; i++) {
        teacher[i] = bench->series[sample.index[i]];
    }
    double start = now();
    forecaster_learn(bench->forecaster, sample.count, teacher, NULL, NULL);
    printf(", \"em_series\": %zu, \"em_s\": %.3f", sample.count, now() - start);
    free(teacher);
    hierarchy_sample_free(&sample);
}

/** Microseconds a series of likelihood and moments. */
static double time_posteriors(struct bench *bench, struct forecaster *forecaster)
{
    double start = now();
    for (size_t i = 0; i < bench->count; i += HIERARCHY_BLOCK) {
        size_t rest = bench->count - i;
        forecaster_posterior_block(forecaster, rest < HIERARCHY_BLOCK ? rest : HIERARCHY_BLOCK,
                                   &bench->series[i], bench->log_likelihood, bench->weight,
                                   bench->moments);
    }
    return 1e6 * (now() - start) / (double)bench->count;
}

static double time_pooled(struct bench *bench)
{
    double quantile[POOLED_QUANTITIES][QUANTILES];
    double start = now();
    for (size_t i = 0; i < bench->count; i++) {
        (void)forecaster_pooled(bench->forecaster, &bench->series[i], probability, QUANTILES,
                                quantile[0]);
    }
    return 1e6 * (now() - start) / (double)bench->count;
}

/** Prints microseconds a series of drawing and of what is reported of four horizons. */
static void time_draws(struct bench *bench)
{
    double *path = memory_array((size_t)STEPS * DRAWS, sizeof *path);
    double quantile[QUANTILES];
    double median;
    double mean;
    double draws = 0;
    double summaries = 0;
    for (size_t i = 0; i < bench->count; i++) {
        const struct forecaster_series *series = &bench->series[i];
        struct random_stream stream =
            random_stream_open(1, RANDOM_FORECAST, random_name_hash(series->name), 0);
        (void)forecaster_posterior(bench->forecaster, series, bench->log_likelihood, bench->weight);
        double start = now();
        forecaster_draw(bench->forecaster, series, bench->weight, &stream, STEPS, path);
        double drawn = now();
        for (size_t step = 2; step < STEPS; step += 3) {
            forecast_summarise(path + step * DRAWS, DRAWS, probability, QUANTILES, &median, &mean,
                               quantile);
        }
        draws += drawn - start;
        summaries += now() - drawn;
    }
    free(path);
    printf(", \"draws_us\": %.1f, \"summaries_us\": %.1f", 1e6 * draws / (double)bench->count,
           1e6 * summaries / (double)bench->count);
}

static int compare_numbers(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

/** error: [count][GRID_AXES], sorted. */
static void print_errors(const char *name, double *error, size_t count,
                         const struct forecaster_series *const *series)
{
    size_t errors = count * GRID_AXES;
    size_t worst = 0;
    for (size_t i = 0; i < errors; i++) {
        worst = error[i] > error[worst] ? i : worst;
    }
    if (count > 0) {
        const char *worst_name = series[worst / GRID_AXES]->name;
        qsort(error, errors, sizeof *error, compare_numbers);
        printf(", \"%s\": {\"median\": %.2g, \"q90\": %.2g, \"q99\": %.2g, \"largest\": %.2g, "
               "\"of\": \"%s\"}",
               name, error[errors / 2], error[errors * 9 / 10], error[errors * 99 / 100],
               error[errors - 1], worst_name);
    }
}

/** Errors of one series, [GRID_AXES] each. */
struct errors {
    double *mean;
    double *deviation;
    double *quantile;
};

/** Fills the errors of a series; false if the reference has not come to rest. */
static bool check_series(struct bench *bench, const struct forecaster_series *series,
                         const struct errors *error)
{
    const double tolerance = 0.025;
    const struct forecaster *forecaster = bench->forecaster;
    double quantile[POOLED_QUANTITIES][QUANTILES];
    double mean[GRID_AXES];
    struct pooled_posterior posterior =
        forecaster_pooled(bench->forecaster, series, probability, QUANTILES, quantile[0]);
    forecaster_mean(forecaster, series, mean);
    struct pooled_reference reference =
        pooled_reference_make(&forecaster->settings.model, bench->grid, &forecaster->prior, mean,
                              &series->points, tolerance / 2);
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        double deviation = reference.deviation[axis];
        error->mean[axis] = fabs(posterior.mean[axis] - reference.mean[axis]) / deviation;
        error->deviation[axis] = fabs(posterior.deviation[axis] / deviation - 1);
        error->quantile[axis] = 0;
    }
    for (size_t q = 0; q < QUANTILES; q++) {
        double at[GRID_AXES] = {log(quantile[POOLED_ULTIMATE_COUNT][q]),
                                quantile[POOLED_IMMEDIACY][q], log(quantile[POOLED_LONGEVITY][q])};
        for (size_t axis = 0; axis < GRID_AXES; axis++) {
            double below = pooled_reference_below(&reference, axis, at[axis]);
            error->quantile[axis] = fmax(error->quantile[axis], fabs(below - probability[q]));
        }
    }
    return reference.moved < tolerance;
}

/** Whether an earlier series has the same points. */
static bool is_repeated(const struct bench *bench, size_t index)
{
    const struct hierarchy_series *points = &bench->series[index].points;
    size_t size = points->count * sizeof(double);
    for (size_t i = 0; i < index; i++) {
        const struct hierarchy_series *other = &bench->series[i].points;
        if (other->count == points->count && memcmp(other->age, points->age, size) == 0 &&
            memcmp(other->observed, points->observed, size) == 0) {
            return true;
        }
    }
    return false;
}

static void check(struct bench *bench, size_t checked)
{
    size_t stride = bench->count / (checked > 0 ? checked : 1);
    stride = stride > 0 ? stride : 1;
    size_t numbers = (checked + 1) * GRID_AXES;
    const struct errors all = {memory_array(numbers, sizeof(double)),
                               memory_array(numbers, sizeof(double)),
                               memory_array(numbers, sizeof(double))};
    const struct forecaster_series **series = memory_array(checked + 1, sizeof *series);
    size_t good = 0;
    size_t restless = 0;
    for (size_t n = 0; n < checked && n * stride < bench->count; n++) {
        if (is_repeated(bench, n * stride)) {
            continue;
        }
        series[good] = &bench->series[n * stride];
        size_t first = good * GRID_AXES;
        const struct errors own = {all.mean + first, all.deviation + first, all.quantile + first};
        bool still = check_series(bench, series[good], &own);
        good += still;
        restless += !still;
    }
    printf(", \"checked\": %zu, \"reference_moves\": %zu", good, restless);
    print_errors("mean_error", all.mean, good, series);
    print_errors("deviation_error", all.deviation, good, series);
    print_errors("quantile_error", all.quantile, good, series);
    free(series);
    free(all.mean);
    free(all.deviation);
    free(all.quantile);
}

int main(int argc, char **argv)
{
    struct bench bench = {0};
    if (argc < 3) {
        (void)fputs("usage: hierarchy INPUT CHECKED [SECTION.KEY=VALUE]...\n", stderr);
        return 2;
    }
    gsl_set_error_handler_off();
    if (!open_bench(&bench, argv[1], argc - 3, argv + 3)) {
        return 1;
    }
    printf("{\"series\": %zu, \"nodes\": %zu", bench.count, bench.grid->nodes);
    struct forecaster *plain = make_forecaster(&bench, false);
    bench.forecaster = make_forecaster(&bench, true);
    learn(&bench);
    forecaster_set_prior(plain, forecaster_prior(bench.forecaster));
    double first = time_posteriors(&bench, plain);
    printf(", \"plain_first_us\": %.1f, \"plain_us\": %.1f", first, time_posteriors(&bench, plain));
    forecaster_free(plain);
    first = time_posteriors(&bench, bench.forecaster);
    printf(", \"shocks_first_us\": %.1f, \"shocks_us\": %.1f", first,
           time_posteriors(&bench, bench.forecaster));
    printf(", \"pooled_us\": %.1f", time_pooled(&bench));
    time_draws(&bench);
    check(&bench, (size_t)strtoul(argv[2], NULL, 10));
    puts("}");
    forecaster_free(bench.forecaster);
    grid_free(bench.grid);
    catalog_free(&bench.catalog);
    free(bench.series);
    free(bench.log_likelihood);
    free(bench.weight);
    return 0;
}
