/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bootstraps by the batched engine against the same replicates by GSL, for every method: costs,
 * ridges and parameters. Series are simulated and, where they are, the published ones with at least
 * 8 points and a last count of 20.
 */
#include "engine.h"
#include "increment.h"
#include "random.h"
#include "replicate.h"
#include "tap.h"

#include <dirent.h>
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char folder[] = "../shared/data/hf_2025-02-18/finetune";

enum { POINTS_MAX = 64, REPLICATES = 8, SIMULATED = 40, LINE_SIZE = 1 << 16 };

/* A method as it is used: its bootstrap, m, and time steps per unit of mu. */
struct protocol {
    const char *name;
    enum config_fit_method method;
    enum config_bootstrap_method bootstrap;
    double scale, steps;
};

static const struct protocol protocols[] = {
    {"least squares", FIT_LEAST_SQUARES, BOOTSTRAP_RESIDUAL, 30.0, 1.0},
    {"weighted least squares", FIT_LEAST_SQUARES, BOOTSTRAP_CASE, 30.0, 1.0},
    {"negative binomial", FIT_NEGATIVE_BINOMIAL, BOOTSTRAP_PARAMETRIC_NB, 30.0, 1.0},
    {"paper", FIT_PAPER, BOOTSTRAP_RESIDUAL, 1.0, 12.0},
};
enum { PROTOCOLS = sizeof protocols / sizeof *protocols };

struct outcome {
    double fitness[REPLICATES], immediacy[REPLICATES], longevity[REPLICATES], cost[REPLICATES];
    unsigned char status[REPLICATES];
};

struct tally {
    size_t fits, worse, ridges, reference_ridges, failed, identified, off;
};

/* What a run of one protocol needs. */
struct bench {
    const struct protocol *protocol;
    struct fit_workspace *fit;
    struct replicate_generator *generator;
    void *reference;                      /* workspace of the gsl engine */
    void *batched[INSTRUCTION_SET_COUNT]; /* of the batched engine, up to the widest set here */
    struct tally tally[INSTRUCTION_SET_COUNT];
    size_t series;
};

static void refit(enum config_engine engine, void *workspace, const struct refit_request *request,
                  struct outcome *outcome)
{
    const struct refit_result result = {outcome->fitness, outcome->immediacy, outcome->longevity,
                                        outcome->cost, outcome->status};
    engine_of(engine)->refit(workspace, request, &result);
}

static bool has_fit(unsigned char status)
{
    return status == REFIT_CONVERGED || status == REFIT_RIDGE;
}

/* A cost that counts as nothing: likelihood, or 1e-12 of the sum of squared counts. */
static double nothing(const struct refit_request *request, size_t b)
{
    double squares = 0.0;
    for (size_t k = 0; k < request->count; k++) {
        const size_t at = b * request->count + k;
        const double weight = request->weight != NULL ? request->weight[at] : 1.0;
        squares += weight * request->observed[at] * request->observed[at];
    }
    return request->method == FIT_NEGATIVE_BINOMIAL ? 1e-12 : 1e-12 * squares;
}

static void compare(const struct refit_request *request, const struct outcome *found,
                    const struct outcome *reference, struct tally *tally)
{
    for (size_t b = 0; b < REPLICATES; b++) {
        tally->failed += found->status[b] == REFIT_FAILED ? 1 : 0;
        if (!has_fit(found->status[b]) || !has_fit(reference->status[b])) {
            continue;
        }
        const double allowed = 1e-6 * fabs(reference->cost[b]) + nothing(request, b);
        const double excess = found->cost[b] - reference->cost[b];
        const bool ridge = found->status[b] == REFIT_RIDGE;
        const bool reference_ridge = reference->status[b] == REFIT_RIDGE;
        tally->fits++;
        tally->worse += excess <= allowed ? 0 : 1;
        tally->ridges += ridge ? 1 : 0;
        tally->reference_ridges += reference_ridge ? 1 : 0;
        /* A step stands anywhere between two ages. Where GSL ends higher it is GSL that is off. */
        const bool step = fmin(found->longevity[b], reference->longevity[b]) < 0.05;
        if (ridge || reference_ridge || step || reference->fitness[b] > 20.0 ||
            fabs(excess) > 1e-9 * fabs(reference->cost[b])) {
            continue;
        }
        const double off = fmax(fmax(fabs(found->fitness[b] / reference->fitness[b] - 1.0),
                                     fabs(found->longevity[b] / reference->longevity[b] - 1.0)),
                                fabs(found->immediacy[b] - reference->immediacy[b]));
        tally->identified++;
        tally->off += off > 1e-6 ? 1 : 0;
    }
}

/* Replicates of one series, refitted by all engines. */
static void run_series(struct bench *bench, size_t count, const double *age, const double *observed)
{
    static double replicates[REPLICATES * POINTS_MAX], weights[REPLICATES * POINTS_MAX];
    static struct outcome reference, found;
    const struct protocol *protocol = bench->protocol;
    double time[POINTS_MAX], fitted[POINTS_MAX];
    for (size_t k = 0; k < count; k++) {
        time[k] = age[k] / protocol->steps;
    }
    const struct config_fit config = {.method = protocol->method, .confidence = 0.95};
    const struct fit_problem problem = {
        .count = count, .time = time, .observed = observed, .scale = protocol->scale};
    struct fit_estimate estimate;
    fit_series(&config, &problem, bench->fit, &estimate);
    for (size_t k = 0; k < count; k++) {
        fitted[k] = growth_count(&estimate.parameters, protocol->scale, time[k]);
    }
    if (estimate.status != FIT_FITTED || !isfinite(fitted[count - 1])) {
        return;
    }
    const struct replicate_source source = {
        .method = protocol->bootstrap,
        .count = count,
        .time = time,
        .observed = observed,
        .fitted = fitted,
        .dispersion = estimate.dispersion,
        .block_length = 3,
        .monotone = protocol->method == FIT_NEGATIVE_BINOMIAL,
        .seed = 1,
        .name_hash = bench->series++,
    };
    const bool weighted = replicate_is_weighted(protocol->bootstrap);
    replicate_prepare(bench->generator, &source);
    replicate_generate(bench->generator, 0, REPLICATES, replicates, weighted ? weights : NULL);
    const struct refit_request request = {
        .method = protocol->method,
        .count = count,
        .time = time,
        .scale = protocol->scale,
        .start = estimate.parameters,
        .dispersion = estimate.dispersion,
        .replicates = REPLICATES,
        .observed = replicates,
        .weight = weighted ? weights : NULL,
    };
    refit(ENGINE_GSL, bench->reference, &request, &reference);
    for (size_t set = 0; set <= instruction_set_detect(); set++) {
        refit(ENGINE_BATCHED, bench->batched[set], &request, &found);
        compare(&request, &found, &reference, &bench->tally[set]);
    }
}

static void run_simulated(struct bench *bench)
{
    double age[POINTS_MAX], observed[POINTS_MAX] = {0.0};
    struct increment_sampler *sampler = increment_sampler_create();
    for (size_t i = 0; i < SIMULATED; i++) {
        struct random_stream stream = random_stream_open(11, RANDOM_SIMULATION, i, 0);
        struct increment_source source = {.stream = &stream};
        const size_t count = 9 + random_below(&stream, 22);
        const struct growth_parameters truth = {exp(1.2 + 0.5 * random_normal(&stream)),
                                                2.2 + 0.5 * random_normal(&stream),
                                                exp(0.3 * random_normal(&stream))};
        age[0] = 0.0;
        for (size_t k = 1; k < count; k++) {
            age[k] = (double)k;
            const double mean =
                growth_count(&truth, 30.0, age[k]) - growth_count(&truth, 30.0, age[k - 1]);
            increment_sampler_build(sampler, fmax(mean, 1e-9), 3.0);
            observed[k] = observed[k - 1] + increment_draw(sampler, &source);
        }
        if (observed[count - 1] >= 20.0) {
            run_series(bench, count, age, observed);
        }
    }
    increment_sampler_free(sampler);
}

/* Every series of a file of the authors' that is long and large enough. */
static void run_file(struct bench *bench, const char *path)
{
    static char line[LINE_SIZE];
    FILE *file = fopen(path, "r");
    if (file == NULL || fgets(line, sizeof line, file) == NULL) {
        return;
    }
    while (fgets(line, sizeof line, file) != NULL) {
        double age[POINTS_MAX], observed[POINTS_MAX];
        size_t count = 0;
        for (char *cell = strchr(line, ','); cell != NULL && count < 35; count++) {
            char *end;
            observed[count] = strtod(cell + 1, &end);
            if (end == cell + 1) {
                break;
            }
            age[count] = (double)count;
            cell = end;
        }
        if (count >= 8 && observed[count - 1] >= 20.0) {
            run_series(bench, count, age, observed);
        }
    }
    (void)fclose(file);
}

static void report(const struct bench *bench, const char *series)
{
    for (size_t set = 0; set <= instruction_set_detect(); set++) {
        const struct tally *tally = &bench->tally[set];
        const char *name = instruction_set_name((enum instruction_set)set);
        const char *what = bench->protocol->name;
        const double fits = (double)tally->fits;
        printf(
            "# %s %s, %s: %zu series, %zu fits, %zu costs worse, %zu and %zu ridges, %zu failed, "
            "%zu of %zu parameters off\n",
            series, what, name, bench->series, tally->fits, tally->worse, tally->ridges,
            tally->reference_ridges, tally->failed, tally->off, tally->identified);
        tap_ok(tally->fits > 100 && (double)(tally->worse + tally->failed) <= 0.002 * fits,
               "%s %s, %s: cost within 1e-6 of GSL's in 99.8%% of fits", series, what, name);
        tap_ok(fabs((double)tally->ridges - (double)tally->reference_ridges) <= 0.002 * fits,
               "%s %s, %s: as many ridges as by GSL, to 0.2%% of fits", series, what, name);
        /* The others are off by up to 1e-5 where costs agree to 1e-14: GSL compares costs. */
        tap_ok((double)tally->off <= 0.02 * (double)tally->identified,
               "%s %s, %s: identified parameters within 1e-6 of GSL's in 98%%", series, what, name);
    }
}

static void run(const struct protocol *protocol, bool real)
{
    struct bench bench = {.protocol = protocol,
                          .fit = fit_workspace_create(POINTS_MAX),
                          .generator = replicate_generator_create(),
                          .reference = engine_of(ENGINE_GSL)->create(POINTS_MAX, 0)};
    const struct engine *batched = engine_of(ENGINE_BATCHED);
    for (size_t set = 0; set <= instruction_set_detect(); set++) {
        bench.batched[set] = batched->create(POINTS_MAX, (enum instruction_set)set);
    }
    fit_workspace_set_scout(bench.fit, batched->scout(bench.batched[0]));
    if (real) {
        DIR *directory = opendir(folder);
        for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
            char path[1024];
            (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
            run_file(&bench, path);
        }
        (void)closedir(directory);
    } else {
        run_simulated(&bench);
    }
    report(&bench, real ? "published" : "simulated");
    for (size_t set = 0; set <= instruction_set_detect(); set++) {
        batched->free(bench.batched[set]);
    }
    engine_of(ENGINE_GSL)->free(bench.reference);
    replicate_generator_free(bench.generator);
    fit_workspace_free(bench.fit);
}

int main(void)
{
    (void)gsl_set_error_handler_off();
    DIR *directory = opendir(folder);
    for (size_t i = 0; i < PROTOCOLS; i++) {
        run(&protocols[i], false);
        if (directory != NULL) {
            run(&protocols[i], true);
        } else {
            tap_skip("%s: %s is not here", protocols[i].name, folder);
        }
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
    return tap_done();
}
