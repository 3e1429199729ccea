/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What surrounds the refits of a bootstrap, as shares of the time that the refits themselves take:
 *
 *     share SERIES REPLICATES INSTRUCTION_SET
 *
 * SERIES is what series.py writes. For every bootstrap method it does what a run does for each
 * series (random numbers, replicates, refits by the batched engine, quantiles, curves and their
 * sums over organizations) and prints one line of JSON: microseconds a series of the refits, of
 * random numbers, replicates and quantiles, and of curves and their sums, the latter two also as
 * shares of the refits; and the point estimate as a share of the whole bootstrap.
 */
#include "engine.h"
#include "ensemble.h"
#include "fit.h"
#include "memory.h"
#include "option.h"
#include "organization_sums.h"
#include "result.h"
#include "series.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { POINTS_MAX = 400, METHODS = 5 };

static const char *const method_names[METHODS] = {"parametric-nb", "parametric-poisson", "residual",
                                                  "case", "block"};

/* Seconds in the engine below; an engine has no context of its own. */
static double refit_seconds;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void timed_refit(void *workspace, const struct refit_request *request,
                        const struct refit_result *result)
{
    double begin = now();
    engine_of(ENGINE_BATCHED)->refit(workspace, request, result);
    refit_seconds += now() - begin;
}

/* The next line's series, with ages and counts in the arrays; false at the end. */
static bool read_series(FILE *file, struct catalog *catalog)
{
    double age[POINTS_MAX];
    double observed[POINTS_MAX];
    char name[32];
    char *line = NULL;
    size_t capacity = 0;
    bool found = getline(&line, &capacity, file) > 0;
    (void)snprintf(name, sizeof name, "model-%zu", catalog->series_count);
    struct series series = {.name = name,
                            .organization = catalog_organization(catalog, "all"),
                            .release_date = SERIES_NO_DATE,
                            .age = age,
                            .observed = observed};
    for (char *at = line; found && series.count < POINTS_MAX;) {
        char *end;
        double value = strtod(at, &end);
        if (end == at || *end != ':') {
            break;
        }
        age[series.count] = value;
        observed[series.count++] = strtod(end + 1, &at);
    }
    free(line);
    if (found && series.count > 3) {
        (void)catalog_append(catalog, &series);
    }
    return found;
}

static void add_curves(void *context, size_t point, const double *curve, size_t replicates)
{
    (void)replicates;
    void *const *addition = context;
    organization_sums_add(addition[0], addition[1], point, curve);
}

struct tally {
    double series, point, refit, replicate, curve;
};

/* Seconds of a bootstrap without its refits, which are added to *refit; negative if there is none.
 */
static double time_bootstrap(struct ensemble *ensemble, const struct ensemble_problem *problem,
                             const struct result_layout *layout, double *row,
                             const struct ensemble_sink *sink, double *refit)
{
    double begin = now();
    double refits = refit_seconds;
    if (!ensemble_run(ensemble, problem, layout, row, sink)) {
        return -1;
    }
    *refit += refit_seconds - refits;
    return now() - begin - (refit_seconds - refits);
}

static struct tally measure(const struct config *config, const struct catalog *catalog,
                            enum instruction_set set)
{
    struct engine engine = *engine_of(ENGINE_BATCHED);
    engine.refit = timed_refit;
    struct ensemble *ensemble = ensemble_create(config, &engine, POINTS_MAX, set);
    struct fit_workspace *workspace = fit_workspace_create(POINTS_MAX);
    fit_workspace_set_scout(workspace, ensemble_scout(ensemble));
    struct organization_plan plan =
        organization_plan_make(catalog, 0, config->bootstrap.replicates);
    double *values = memory_pages(organization_sums_length(&plan), sizeof *values);
    memset(values, 0, organization_sums_length(&plan) * sizeof *values);
    struct organization_sums *sums = organization_sums_create(&plan, values);
    struct result_layout layout = result_layout_make(config->output.quantiles.count, 0, 0);
    double *row = memory_array(layout.length, sizeof *row);
    struct tally tally = {0};
    for (size_t i = 0; i < catalog->series_count; i++) {
        struct series *series = &catalog->series[i];
        struct fit_problem point = {.count = series->count,
                                    .time = series->age,
                                    .observed = series->observed,
                                    .scale = config->model.scale};
        struct fit_estimate estimate;
        double begin = now();
        fit_series(&config->fit, &point, workspace, &estimate);
        double fitted = now();
        struct ensemble_problem problem = {.name = series->name,
                                           .count = series->count,
                                           .time = series->age,
                                           .observed = series->observed,
                                           .scale = config->model.scale,
                                           .estimate = &estimate};
        void *addition[] = {sums, series};
        struct ensemble_sink sink = {addition, add_curves};
        double again = 0;
        double all = time_bootstrap(ensemble, &problem, &layout, row, &sink, &tally.refit);
        if (all >= 0) {
            double alone = time_bootstrap(ensemble, &problem, &layout, row, NULL, &again);
            tally.series += 1;
            tally.point += fitted - begin;
            tally.replicate += alone;
            tally.curve += all - alone;
        }
    }
    free(row);
    free(values);
    organization_sums_free(sums);
    organization_plan_free(&plan);
    fit_workspace_free(workspace);
    ensemble_free(ensemble);
    return tally;
}

int main(int argc, char **argv)
{
    FILE *input = argc == 4 ? fopen(argv[1], "r") : NULL;
    enum instruction_set set = INSTRUCTION_SET_BASELINE;
    if (input == NULL || !instruction_set_parse(argv[3], &set) || set > instruction_set_detect()) {
        (void)fprintf(stderr, "usage: share SERIES REPLICATES INSTRUCTION_SET\n");
        return EXIT_FAILURE;
    }
    (void)gsl_set_error_handler_off();
    struct catalog catalog = {0};
    while (read_series(input, &catalog)) {
    }
    (void)fclose(input);
    catalog_finish(&catalog);
    struct option_layers layers;
    option_layers_start(&layers);
    layers.config.bootstrap.replicates = strtoul(argv[2], NULL, 10);
    printf("{");
    for (size_t m = 0; m < METHODS; m++) {
        layers.config.bootstrap.method = (enum config_bootstrap_method)m;
        struct tally tally = measure(&layers.config, &catalog, set);
        printf("%s\"%s\":{\"series\":%.0f,\"refit_us\":%.5g,\"replicate_us\":%.5g,"
               "\"replicate_share\":%.4g,\"curve_us\":%.5g,\"curve_share\":%.4g,"
               "\"point_us\":%.5g,\"point_share\":%.4g}",
               m == 0 ? "" : ",", method_names[m], tally.series, 1e6 * tally.refit / tally.series,
               1e6 * tally.replicate / tally.series, tally.replicate / tally.refit,
               1e6 * tally.curve / tally.series, tally.curve / tally.refit,
               1e6 * tally.point / tally.series,
               tally.point / (tally.refit + tally.replicate + tally.curve));
    }
    printf("}\n");
    catalog_free(&catalog);
    return EXIT_SUCCESS;
}
