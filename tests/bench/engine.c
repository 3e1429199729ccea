/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The refits of a residual bootstrap by every engine, interleaved series by series on one core:
 *
 *     engine SERIES REPLICATES PEER_REPLICATES REQUESTS
 *
 * SERIES is what series.py writes. Prints one line of JSON: nanoseconds a fit by engine and group,
 * evaluations a fit, nanoseconds a point of the evaluation alone, and accuracy. REQUESTS receives
 * the first replicates of each series for peers in other languages: a line with ident, count,
 * replicates, scale and start, then ages, then one line a replicate.
 */
#include "batch_sets.h"
#include "engine_peers.h"
#include "fit.h"
#include "memory.h"
#include "random.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { POINTS_MAX = 400, REQUESTED = 4, ENGINE_MAX = INSTRUCTION_SET_COUNT + PEER_COUNT };
enum group { GROUP_IDENT, GROUP_REST, GROUP_COUNT };

static const double scale = 30.0;

struct tally {
    double seconds, fits;
    double checked, good; /* fits within 1e-6 of the best cost; off the ridge */
    double evaluations, evaluated_points;
};

struct bench {
    size_t replicates, peer_replicates;
    const struct batch_kernel *kernel[INSTRUCTION_SET_COUNT];
    void *workspace[INSTRUCTION_SET_COUNT];
    struct tally tally[ENGINE_MAX][GROUP_COUNT];
    double series[GROUP_COUNT], points[GROUP_COUNT], ridges[GROUP_COUNT], failed[GROUP_COUNT];
    double *cost[ENGINE_MAX];                /* [replicates] */
    double *fitness, *immediacy, *longevity; /* [replicates] */
    unsigned char *status;                   /* [replicates], of the widest set */
    double *observed;                        /* [replicates][POINTS_MAX] */
};

struct series {
    size_t count;
    double time[POINTS_MAX], log_time[POINTS_MAX], observed[POINTS_MAX];
    struct fit_estimate estimate;
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static bool read_series(FILE *file, struct series *series)
{
    char *line = NULL;
    size_t capacity = 0;
    bool found = getline(&line, &capacity, file) > 0;
    series->count = 0;
    for (char *at = line; found && series->count < POINTS_MAX;) {
        char *end;
        double age = strtod(at, &end);
        if (end == at || *end != ':') {
            break;
        }
        series->time[series->count] = age;
        series->log_time[series->count] = log(age);
        series->observed[series->count++] = strtod(end + 1, &at);
    }
    free(line);
    return found && series->count > 3;
}

/* The point estimate, and whether its parameters are identified. */
static enum group estimate(struct series *series, struct fit_workspace *workspace)
{
    struct config_fit config = {.method = FIT_LEAST_SQUARES,
                                .engine = ENGINE_BATCHED,
                                .confidence = 0.95,
                                .step_fraction = 0.5,
                                .low_count = 20.0,
                                .short_series = 6};
    struct fit_problem problem = {
        .count = series->count, .time = series->time, .observed = series->observed, .scale = scale};
    fit_series(&config, &problem, workspace, &series->estimate);
    return series->estimate.flags & FIT_FITNESS_UNBOUNDED ? GROUP_REST : GROUP_IDENT;
}

/* Residual bootstrap of the points after age 0. */
static void resample(const struct series *series, size_t index, size_t replicates, double *observed)
{
    size_t first = series->time[0] > 0.0 ? 0 : 1;
    double fitted[POINTS_MAX];
    for (size_t k = 0; k < series->count; k++) {
        fitted[k] = growth_count(&series->estimate.parameters, scale, series->time[k]);
    }
    for (size_t b = 0; b < replicates; b++) {
        struct random_stream stream = random_stream_open(1, RANDOM_BOOTSTRAP, index, b);
        double *replicate = observed + b * series->count;
        for (size_t k = 0; k < series->count; k++) {
            size_t from = first + random_below(&stream, series->count - first);
            replicate[k] =
                k < first ? series->observed[k] : fitted[k] + series->observed[from] - fitted[from];
        }
    }
}

static void run_batched(struct bench *bench, const struct series *series, enum group group)
{
    struct refit_request request = {.method = FIT_LEAST_SQUARES,
                                    .count = series->count,
                                    .time = series->time,
                                    .scale = scale,
                                    .start = series->estimate.parameters,
                                    .replicates = bench->replicates,
                                    .observed = bench->observed};
    double active = (double)(series->count - (series->time[0] > 0.0 ? 0 : 1));
    for (size_t set = 0; set < INSTRUCTION_SET_COUNT; set++) {
        if (bench->kernel[set] == NULL) {
            continue;
        }
        struct refit_result result = {bench->fitness, bench->immediacy, bench->longevity,
                                      bench->cost[set], bench->status};
        struct tally *tally = &bench->tally[set][group];
        double begin = now();
        size_t evaluations = bench->kernel[set]->refit(bench->workspace[set], &request, &result);
        tally->seconds += now() - begin;
        tally->fits += (double)bench->replicates;
        tally->evaluations += (double)evaluations;
        tally->evaluated_points += (double)evaluations * active;
    }
    for (size_t b = 0; b < bench->replicates; b++) {
        bench->ridges[group] += bench->status[b] == REFIT_RIDGE ? 1.0 : 0.0;
        bench->failed[group] += bench->status[b] > REFIT_RIDGE ? 1.0 : 0.0;
    }
}

static void run_peers(struct bench *bench, const struct series *series, enum group group)
{
    struct peer_problem problem = {.count = series->count,
                                   .log_time = series->log_time,
                                   .scale = scale,
                                   .start = &series->estimate.parameters};
    for (size_t peer = 0; peer < PEER_COUNT; peer++) {
        struct peer_workspace *workspace = peer_create((enum peer)peer, series->count);
        double *cost = bench->cost[INSTRUCTION_SET_COUNT + peer];
        struct tally *tally = &bench->tally[INSTRUCTION_SET_COUNT + peer][group];
        double begin = now();
        for (size_t b = 0; b < bench->peer_replicates; b++) {
            problem.observed = bench->observed + b * series->count;
            cost[b] = peer_fit(workspace, &problem);
        }
        tally->seconds += now() - begin;
        tally->fits += (double)bench->peer_replicates;
        peer_free(workspace);
    }
}

/* Counts fits within 1e-6 of the best cost of any engine, for replicates that are not on a ridge:
 * there engines keep lambda below different limits, so that costs are not comparable. */
static void compare(struct bench *bench, const struct series *series, enum group group)
{
    for (size_t b = 0; b < bench->peer_replicates; b++) {
        if (bench->status[b] == REFIT_RIDGE) {
            continue;
        }
        double best = INFINITY;
        double squares = 0.0;
        for (size_t engine = 0; engine < ENGINE_MAX; engine++) {
            best = fmin(best, bench->cost[engine][b]);
        }
        for (size_t k = 0; k < series->count; k++) {
            squares += pow(bench->observed[b * series->count + k], 2.0);
        }
        for (size_t engine = 0; engine < ENGINE_MAX; engine++) {
            bool good = bench->cost[engine][b] <= best * (1.0 + 1e-6) + 1e-12 * squares;
            bench->tally[engine][group].checked += 1.0;
            bench->tally[engine][group].good += good ? 1.0 : 0.0;
        }
    }
}

static void write_request(FILE *file, const struct bench *bench, const struct series *series,
                          enum group group)
{
    const struct growth_parameters *start = &series->estimate.parameters;
    (void)fprintf(file, "%d %zu %d %.17g %.17g %.17g %.17g\n", group == GROUP_IDENT, series->count,
                  REQUESTED, scale, start->fitness, start->immediacy, start->longevity);
    for (size_t row = 0; row <= REQUESTED; row++) {
        const double *values =
            row == 0 ? series->time : bench->observed + (row - 1) * series->count;
        for (size_t k = 0; k < series->count; k++) {
            (void)fprintf(file, "%.17g%c", values[k], k + 1 < series->count ? ' ' : '\n');
        }
    }
}

static const char *engine_name(size_t engine)
{
    static char name[64];
    if (engine >= INSTRUCTION_SET_COUNT) {
        return peer_name((enum peer)(engine - INSTRUCTION_SET_COUNT));
    }
    (void)snprintf(name, sizeof name, "batched_%s",
                   instruction_set_name((enum instruction_set)engine));
    return name;
}

/* Nanoseconds a point and lane of the evaluation alone. */
static double floor_of(const struct batch_kernel *kernel)
{
    enum { POINTS = 18, REPEATS = 200000 };
    double begin = now();
    (void)kernel->evaluate(POINTS, REPEATS);
    return 1e9 * (now() - begin) / POINTS / REPEATS / (double)kernel->lanes;
}

static void print_tally(const struct tally tally[GROUP_COUNT], const char *name, bool batched)
{
    const struct tally *ident = &tally[GROUP_IDENT];
    const struct tally *rest = &tally[GROUP_REST];
    printf("\"%s\":{\"ident_ns\":%.9g,\"all_ns\":%.9g,\"ident_good\":%.9g,\"all_good\":%.9g", name,
           1e9 * ident->seconds / ident->fits,
           1e9 * (ident->seconds + rest->seconds) / (ident->fits + rest->fits),
           ident->good / ident->checked,
           (ident->good + rest->good) / (ident->checked + rest->checked));
    if (batched) {
        printf(",\"evaluations\":%.4g,\"ident_point_ns\":%.5g", ident->evaluations / ident->fits,
               1e9 * ident->seconds / ident->evaluated_points);
    }
}

static void print_results(const struct bench *bench)
{
    printf("{\"series_ident\":%.0f,\"series_all\":%.0f,\"mean_points\":%.4g,", bench->series[0],
           bench->series[0] + bench->series[1],
           (bench->points[0] + bench->points[1]) / (bench->series[0] + bench->series[1]));
    printf("\"ridge_share_ident\":%.4g,\"ridge_share_all\":%.4g,\"failed\":%.0f,\"engines\":{",
           bench->ridges[0] / bench->series[0] / (double)bench->replicates,
           (bench->ridges[0] + bench->ridges[1]) / (bench->series[0] + bench->series[1]) /
               (double)bench->replicates,
           bench->failed[0] + bench->failed[1]);
    bool first = true;
    for (size_t engine = 0; engine < ENGINE_MAX; engine++) {
        bool batched = engine < INSTRUCTION_SET_COUNT;
        if (batched && bench->kernel[engine] == NULL) {
            continue;
        }
        printf("%s", first ? "" : ",");
        first = false;
        print_tally(bench->tally[engine], engine_name(engine), batched);
        if (batched) {
            printf(",\"floor_point_ns\":%.5g", floor_of(bench->kernel[engine]));
        }
        printf("}");
    }
    printf("}}\n");
}

static void run(struct bench *bench, FILE *input, FILE *requests)
{
    static struct series series;
    struct fit_workspace *workspace = fit_workspace_create(POINTS_MAX);
    for (size_t index = 0; read_series(input, &series); index++) {
        enum group group = estimate(&series, workspace);
        if (series.estimate.status != FIT_FITTED) {
            continue;
        }
        resample(&series, index, bench->replicates, bench->observed);
        run_batched(bench, &series, group);
        run_peers(bench, &series, group);
        compare(bench, &series, group);
        write_request(requests, bench, &series, group);
        bench->series[group] += 1.0;
        bench->points[group] += (double)series.count;
    }
    fit_workspace_free(workspace);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        (void)fprintf(stderr, "usage: engine SERIES REPLICATES PEER_REPLICATES REQUESTS\n");
        return EXIT_FAILURE;
    }
    gsl_set_error_handler_off();
    struct bench bench = {.replicates = strtoul(argv[2], NULL, 10),
                          .peer_replicates = strtoul(argv[3], NULL, 10)};
    for (size_t set = 0; set < INSTRUCTION_SET_COUNT; set++) {
        bench.kernel[set] = batch_sets_kernel((enum instruction_set)set);
        bench.workspace[set] =
            bench.kernel[set] != NULL ? bench.kernel[set]->create(POINTS_MAX) : NULL;
    }
    for (size_t engine = 0; engine < ENGINE_MAX; engine++) {
        bench.cost[engine] = memory_array(bench.replicates, sizeof(double));
        for (size_t b = 0; b < bench.replicates; b++) {
            bench.cost[engine][b] = INFINITY;
        }
    }
    bench.fitness = memory_array(bench.replicates, sizeof(double));
    bench.immediacy = memory_array(bench.replicates, sizeof(double));
    bench.longevity = memory_array(bench.replicates, sizeof(double));
    bench.status = memory_array(bench.replicates, 1);
    bench.observed = memory_array(bench.replicates * POINTS_MAX, sizeof(double));
    FILE *input = fopen(argv[1], "r");
    FILE *requests = fopen(argv[4], "w");
    if (input == NULL || requests == NULL || bench.peer_replicates > bench.replicates) {
        (void)fprintf(stderr, "engine: cannot open the files, or more peer replicates than any\n");
        return EXIT_FAILURE;
    }
    run(&bench, input, requests);
    (void)fclose(input);
    bool written = fclose(requests) == 0;
    print_results(&bench);
    for (size_t set = 0; set < INSTRUCTION_SET_COUNT; set++) {
        if (bench.kernel[set] != NULL) {
            bench.kernel[set]->free(bench.workspace[set]);
        }
    }
    for (size_t engine = 0; engine < ENGINE_MAX; engine++) {
        free(bench.cost[engine]);
    }
    free(bench.fitness);
    free(bench.immediacy);
    free(bench.longevity);
    free(bench.status);
    free(bench.observed);
    return written ? EXIT_SUCCESS : EXIT_FAILURE;
}
