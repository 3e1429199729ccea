/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The batched engine against independent minimisations by GSL, on simulated series and, where
 * they are, on real ones; and its own promises: the same bits in any position, a status for all.
 */
#include "batch_reference.h"
#include "batch_sets.h"
#include "memory.h"
#include "random.h"
#include "tap.h"

#include <gsl/gsl_errno.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS_MAX = 64, REPLICATES = 40, SERIES = 40 };

/* Results of one request; the arrays of a refit_result. */
struct outcome {
    double fitness[REPLICATES], immediacy[REPLICATES], longevity[REPLICATES], cost[REPLICATES];
    unsigned char status[REPLICATES];
};

static struct refit_result result_of(struct outcome *outcome)
{
    return (struct refit_result){outcome->fitness, outcome->immediacy, outcome->longevity,
                                 outcome->cost, outcome->status};
}

static struct growth_parameters parameters_of(const struct outcome *outcome, size_t b)
{
    return (struct growth_parameters){outcome->fitness[b], outcome->immediacy[b],
                                      outcome->longevity[b]};
}

/* A model with replicates: Poisson increments around a curve, ages 0, 1, 2, ... */
struct model {
    struct growth_parameters truth;
    size_t count;
    double time[POINTS_MAX];
    double observed[REPLICATES * POINTS_MAX];
    double weight[REPLICATES * POINTS_MAX];
};

static double poisson(struct random_stream *stream, double mean)
{
    /* enough for a test: a rounded normal where the mean is large */
    if (mean > 30.0) {
        return fmax(0.0, floor(mean + sqrt(mean) * random_normal(stream) + 0.5));
    }
    double product = random_uniform(stream);
    double count = 0.0;
    for (double limit = exp(-mean); product > limit; count += 1.0) {
        product *= random_uniform(stream);
    }
    return count;
}

static void simulate(uint64_t index, struct model *model)
{
    struct random_stream stream = random_stream_open(7, RANDOM_SIMULATION, index, 0);
    model->count = 9 + random_below(&stream, 22);
    model->truth.fitness = exp(1.2 + 0.4 * random_normal(&stream));
    model->truth.immediacy = 1.9 + 0.4 * random_normal(&stream);
    model->truth.longevity = exp(-0.1 + 0.25 * random_normal(&stream));
    for (size_t k = 0; k < model->count; k++) {
        model->time[k] = (double)k;
    }
    for (size_t b = 0; b < REPLICATES; b++) {
        double *observed = model->observed + b * model->count;
        double *weight = model->weight + b * model->count;
        memset(weight, 0, model->count * sizeof *weight);
        observed[0] = 0.0;
        for (size_t k = 1; k < model->count; k++) {
            double mean = growth_count(&model->truth, scale, model->time[k]) -
                          growth_count(&model->truth, scale, model->time[k - 1]);
            observed[k] = observed[k - 1] + poisson(&stream, mean);
            weight[random_below(&stream, model->count)] += 1.0;
        }
    }
}

static struct refit_request request_of(const struct model *model, enum config_fit_method method,
                                       bool weighted)
{
    return (struct refit_request){
        .method = method,
        .count = model->count,
        .time = model->time,
        .scale = scale,
        .start = model->truth,
        .dispersion = 10.0,
        .replicates = REPLICATES,
        .observed = model->observed,
        .weight = weighted ? model->weight : NULL,
    };
}

static double sum_of_squares(const struct problem *problem)
{
    double sum = 0.0;
    for (size_t k = 0; k < problem->count; k++) {
        double w = problem->weight != NULL ? problem->weight[k] : 1.0;
        sum += w * problem->observed[k] * problem->observed[k];
    }
    return sum;
}

/* How well a set of refits agrees with the reference. */
struct agreement {
    size_t fits, ridges, failed, cost_worse, identified, parameters_off;
};

static void compare(const struct model *model, bool weighted, const struct outcome *outcome,
                    size_t replicates, struct agreement *agreement)
{
    for (size_t b = 0; b < replicates; b++) {
        struct problem problem = {model->count, model->time, model->observed + b * model->count,
                                  weighted ? model->weight + b * model->count : NULL};
        agreement->failed += outcome->status[b] == REFIT_FAILED ? 1 : 0;
        if (outcome->status[b] != REFIT_CONVERGED) {
            agreement->ridges += outcome->status[b] == REFIT_RIDGE ? 1 : 0;
            continue;
        }
        struct growth_parameters found;
        double cost = reference_squares(&problem, &model->truth, &found);
        double allowed = cost * (1.0 + 1e-6) + 1e-12 * sum_of_squares(&problem);
        agreement->fits++;
        agreement->cost_worse += outcome->cost[b] <= allowed ? 0 : 1;
        bool same_minimum = fabs(cost - outcome->cost[b]) <= 1e-9 * cost;
        if (same_minimum && found.fitness < 20.0) {
            double off = fmax(fmax(fabs(outcome->fitness[b] / found.fitness - 1.0),
                                   fabs(outcome->longevity[b] / found.longevity - 1.0)),
                              fabs(outcome->immediacy[b] - found.immediacy));
            agreement->identified++;
            agreement->parameters_off += off > 1e-6 ? 1 : 0;
        }
    }
}

static void report(const char *set, const char *what, const struct agreement *agreement)
{
    printf(
        "# %s, %s: %zu fits, %zu ridges, %zu failed; %zu costs worse, %zu of %zu parameters off\n",
        set, what, agreement->fits, agreement->ridges, agreement->failed, agreement->cost_worse,
        agreement->parameters_off, agreement->identified);
    tap_ok(agreement->fits > 100 &&
               (double)agreement->cost_worse <= 0.005 * (double)agreement->fits,
           "%s, %s: cost within 1e-6 of GSL's in 99.5%% of fits", set, what);
    tap_ok((double)agreement->parameters_off <= 0.01 * (double)agreement->identified,
           "%s, %s: parameters within 1e-6 of GSL's in 99%% of identified fits", set, what);
    tap_ok(agreement->failed == 0, "%s, %s: no fit failed", set, what);
}

static void test_least_squares(const struct batch_kernel *kernel, const char *set, void *workspace)
{
    static struct model model;
    struct outcome outcome;
    struct refit_result result = result_of(&outcome);
    for (int weighted = 0; weighted < 2; weighted++) {
        struct agreement agreement = {0};
        for (uint64_t i = 0; i < SERIES; i++) {
            simulate(i, &model);
            struct refit_request request = request_of(&model, FIT_LEAST_SQUARES, weighted);
            kernel->refit(workspace, &request, &result);
            compare(&model, weighted, &outcome, 10, &agreement);
        }
        report(set, weighted ? "weighted least squares" : "least squares", &agreement);
    }
}

static void test_likelihood(const struct batch_kernel *kernel, const char *set, void *workspace)
{
    static struct model model;
    struct outcome outcome;
    struct refit_result result = result_of(&outcome);
    for (int weighted = 0; weighted < 2; weighted++) {
        size_t fits = 0;
        size_t worse = 0;
        size_t failed = 0;
        for (uint64_t i = 0; i < 12; i++) {
            simulate(i, &model);
            struct refit_request request = request_of(&model, FIT_NEGATIVE_BINOMIAL, weighted);
            kernel->refit(workspace, &request, &result);
            for (size_t b = 0; b < 3; b++) {
                failed += outcome.status[b] == REFIT_FAILED ? 1 : 0;
                if (outcome.status[b] != REFIT_CONVERGED) {
                    continue;
                }
                struct problem problem = {model.count, model.time, model.observed + b * model.count,
                                          weighted ? model.weight + b * model.count : NULL};
                double x[4] = {log(outcome.fitness[b]), outcome.immediacy[b],
                               log(outcome.longevity[b]), -4.0};
                double lowest = reference_minimum(likelihood_at, &problem, 4, x);
                fits++;
                if (!(fabs(outcome.cost[b] - lowest) <= 1e-6 * lowest)) {
                    printf("# series %d replicate %zu: cost %.12g, simplex %.12g at alpha = %g\n",
                           (int)i, b, outcome.cost[b], lowest, exp(x[3]));
                    worse++;
                }
            }
        }
        tap_ok(fits > 20 && worse == 0, "%s: %s likelihood is at its minimum in %zu of %zu fits",
               set, weighted ? "weighted" : "plain", fits - worse, fits);
        tap_ok(failed == 0, "%s: no likelihood fit failed", set);
    }
}

static void test_paper(const struct batch_kernel *kernel, const char *set, void *workspace)
{
    static struct model model;
    struct outcome outcome;
    struct refit_result result = result_of(&outcome);
    size_t fits = 0;
    size_t worse = 0;
    size_t bound = 0;
    bool feasible = true;
    for (uint64_t i = 0; i < 12; i++) {
        simulate(i, &model);
        for (size_t k = 0; k < model.count; k++) {
            model.time[k] /= 12.0;
        }
        model.truth.immediacy = fmax(0.0, model.truth.immediacy - log(12.0));
        struct refit_request request = request_of(&model, FIT_PAPER, false);
        kernel->refit(workspace, &request, &result);
        for (size_t b = 0; b < 4; b++) {
            if (outcome.status[b] != REFIT_CONVERGED) {
                continue;
            }
            struct problem problem = {model.count, model.time, model.observed + b * model.count,
                                      NULL};
            feasible &= outcome.immediacy[b] >= 0.0;
            bound += outcome.immediacy[b] <= 0.0 ? 1 : 0;
            double x[3] = {log(outcome.fitness[b]), sqrt(outcome.immediacy[b]),
                           log(outcome.longevity[b])};
            double lowest = reference_minimum(bounded_squares_at, &problem, 3, x);
            fits++;
            worse += outcome.cost[b] <= lowest * (1.0 + 1e-6) ? 0 : 1;
        }
    }
    tap_ok(fits > 20 && worse == 0, "%s: bounded cost is minimal in %zu of %zu fits", set,
           fits - worse, fits);
    tap_ok(feasible && bound > 3 && bound < fits, "%s: mu >= 0, on the bound in %zu of %zu", set,
           bound, fits);
}

static bool same_bits(const struct outcome *a, size_t i, const struct outcome *b, size_t j)
{
    return memcmp(&a->fitness[i], &b->fitness[j], sizeof(double)) == 0 &&
           memcmp(&a->immediacy[i], &b->immediacy[j], sizeof(double)) == 0 &&
           memcmp(&a->longevity[i], &b->longevity[j], sizeof(double)) == 0 &&
           memcmp(&a->cost[i], &b->cost[j], sizeof(double)) == 0 && a->status[i] == b->status[j];
}

/* Every replicate alone, and all in reverse order, give the bits of all in order. */
static void test_positions(const struct batch_kernel *kernel, const char *set, void *workspace)
{
    static const enum config_fit_method methods[] = {FIT_LEAST_SQUARES, FIT_NEGATIVE_BINOMIAL,
                                                     FIT_PAPER};
    static struct model model;
    static double reversed[REPLICATES * POINTS_MAX];
    struct outcome all;
    struct outcome other;
    struct refit_result all_result = result_of(&all);
    struct refit_result other_result = result_of(&other);
    bool same_alone = true;
    bool same_reversed = true;
    for (uint64_t i = 0; i < 9; i++) {
        simulate(i, &model);
        struct refit_request request = request_of(&model, methods[i % 3], false);
        kernel->refit(workspace, &request, &all_result);
        for (size_t b = 0; b < REPLICATES; b++) {
            memcpy(reversed + (REPLICATES - 1 - b) * model.count, model.observed + b * model.count,
                   model.count * sizeof(double));
        }
        request.observed = reversed;
        kernel->refit(workspace, &request, &other_result);
        for (size_t b = 0; b < REPLICATES; b++) {
            same_reversed &= same_bits(&all, b, &other, REPLICATES - 1 - b);
        }
        request.replicates = 1;
        for (size_t b = 0; b < REPLICATES; b++) {
            request.observed = model.observed + b * model.count;
            kernel->refit(workspace, &request, &other_result);
            same_alone &= same_bits(&all, b, &other, 0);
        }
    }
    tap_ok(same_alone, "%s: a replicate alone has the bits it has among others", set);
    tap_ok(same_reversed, "%s: the order of replicates does not matter", set);
}

static void test_starts(const struct batch_kernel *kernel, const char *set, void *workspace)
{
    static struct model model;
    simulate(3, &model);
    struct growth_parameters starts[REPLICATES];
    for (size_t b = 0; b < REPLICATES; b++) {
        starts[b] = (struct growth_parameters){0.8 + 0.2 * (double)(b % 10),
                                               0.6 + 0.6 * (double)(b / 10), 0.7};
    }
    struct refit_request request = request_of(&model, FIT_LEAST_SQUARES, false);
    request.starts = starts;
    request.shared = true;
    struct outcome outcome;
    struct refit_result result = result_of(&outcome);
    kernel->refit(workspace, &request, &result);
    struct problem problem = {model.count, model.time, model.observed, NULL};
    struct growth_parameters found;
    double cost = reference_squares(&problem, &model.truth, &found);
    size_t arrived = 0;
    for (size_t b = 0; b < REPLICATES; b++) {
        arrived += outcome.cost[b] <= cost * (1.0 + 1e-6) ? 1 : 0;
    }
    tap_ok(arrived > REPLICATES / 2, "%s: %zu of %d starts of one series find its minimum", set,
           arrived, REPLICATES);
}

/* One hand-made replicate. */
static enum refit_status refit_one(const struct batch_kernel *kernel, void *workspace, size_t count,
                                   const double *observed, const double *weight,
                                   struct outcome *outcome)
{
    double time[POINTS_MAX];
    for (size_t k = 0; k < count; k++) {
        time[k] = (double)k;
    }
    struct refit_request request = {.method = FIT_LEAST_SQUARES,
                                    .count = count,
                                    .time = time,
                                    .scale = scale,
                                    .start = {2.0, 1.5, 0.8},
                                    .replicates = 1,
                                    .observed = observed,
                                    .weight = weight};
    struct refit_result result = result_of(outcome);
    kernel->refit(workspace, &request, &result);
    return (enum refit_status)outcome->status[0];
}

static void test_statuses(const struct batch_kernel *kernel, const char *set, void *workspace)
{
    struct outcome outcome;
    double observed[12] = {0};
    tap_ok(refit_one(kernel, workspace, 12, observed, NULL, &outcome) == REFIT_DEGENERATE &&
               isnan(outcome.fitness[0]) && isnan(outcome.cost[0]),
           "%s: all zero is degenerate", set);
    tap_ok(refit_one(kernel, workspace, 1, observed, NULL, &outcome) == REFIT_DEGENERATE,
           "%s: a point at t = 0 alone is degenerate", set);

    struct growth_parameters truth = {3.0, 1.2, 0.7};
    for (size_t k = 0; k < 12; k++) {
        observed[k] = growth_count(&truth, scale, (double)k);
    }
    tap_ok(refit_one(kernel, workspace, 12, observed, NULL, &outcome) == REFIT_CONVERGED &&
               fabs(outcome.fitness[0] / truth.fitness - 1.0) < 1e-6 &&
               fabs(outcome.immediacy[0] - truth.immediacy) < 1e-6 &&
               fabs(outcome.longevity[0] / truth.longevity - 1.0) < 1e-6,
           "%s: exact counts give their parameters back", set);
    const double two[12] = {1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0};
    tap_ok(refit_one(kernel, workspace, 12, observed, two, &outcome) == REFIT_DEGENERATE,
           "%s: two points of positive weight after age 0 are degenerate", set);
    observed[5] = NAN;
    tap_ok(refit_one(kernel, workspace, 12, observed, NULL, &outcome) == REFIT_FAILED &&
               isnan(outcome.fitness[0]),
           "%s: a count that is not a number fails", set);

    /* the limit of the ridge itself: c = m (exp(u (t/t_p)^g) - 1) */
    for (size_t k = 0; k < 12; k++) {
        observed[k] = scale * expm1(1.5 * pow((double)k / 8.0, 1.3));
    }
    tap_ok(refit_one(kernel, workspace, 12, observed, NULL, &outcome) == REFIT_RIDGE &&
               outcome.fitness[0] == FIT_FITNESS_LIMIT,
           "%s: a power law in t is a ridge, fitness at its limit", set);
    struct growth_parameters at_limit = parameters_of(&outcome, 0);
    double cost = 0.0;
    for (size_t k = 0; k < 12; k++) {
        double f = growth_count(&at_limit, scale, (double)k) - observed[k];
        cost += 0.5 * f * f;
    }
    tap_close(outcome.cost[0], cost, 1e-6, "the cost on the ridge is that of its parameters");
}

/* Real series: residual bootstrap around the best of many starts. */
static void test_real(const struct batch_kernel *kernel, const char *set, void *workspace)
{
    static const char *const path = "../shared/data/hf_2025-02-18/finetune/StabilityAI.csv";
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        tap_skip("%s: %s is not here", set, path);
        return;
    }
    static struct model model;
    static char line[8192];
    struct agreement agreement = {0};
    (void)fgets(line, sizeof line, file);
    for (size_t series = 0; series < 60 && fgets(line, sizeof line, file) != NULL;) {
        char *cell = strchr(line, ',');
        double counts[POINTS_MAX];
        model.count = 0;
        while (cell != NULL && model.count < 35) {
            char *end;
            double value = strtod(cell + 1, &end);
            if (end == cell + 1) {
                break;
            }
            model.time[model.count] = (double)model.count;
            counts[model.count++] = value;
            cell = end;
        }
        if (model.count < 8 || counts[model.count - 1] < 20.0) {
            continue;
        }
        struct growth_parameters starts[REPLICATES];
        for (size_t b = 0; b < REPLICATES; b++) {
            double ultimate = counts[model.count - 1] * pow(2.0, (double)(b % 5));
            starts[b] = (struct growth_parameters){growth_fitness_of_ultimate(ultimate, scale),
                                                   0.5 + 0.4 * (double)(b / 5), 0.6};
        }
        memcpy(model.observed, counts, sizeof counts);
        struct outcome outcome;
        struct refit_result result = result_of(&outcome);
        struct refit_request request = request_of(&model, FIT_LEAST_SQUARES, false);
        request.starts = starts;
        request.shared = true;
        kernel->refit(workspace, &request, &result);
        size_t best = 0;
        for (size_t b = 1; b < REPLICATES; b++) {
            best = outcome.cost[b] < outcome.cost[best] || isnan(outcome.cost[best]) ? b : best;
        }
        model.truth = parameters_of(&outcome, best);
        if (outcome.status[best] != REFIT_CONVERGED) {
            continue;
        }
        series++;
        struct random_stream stream = random_stream_open(1, RANDOM_BOOTSTRAP, series, 0);
        for (size_t b = 0; b < REPLICATES; b++) {
            for (size_t k = 0; k < model.count; k++) {
                size_t from = 1 + random_below(&stream, model.count - 1);
                double residual = counts[from] - growth_count(&model.truth, scale, (double)from);
                model.observed[b * model.count + k] =
                    k == 0 ? 0.0 : growth_count(&model.truth, scale, (double)k) + residual;
            }
        }
        request = request_of(&model, FIT_LEAST_SQUARES, false);
        kernel->refit(workspace, &request, &result);
        compare(&model, false, &outcome, 12, &agreement);
    }
    (void)fclose(file);
    report(set, "real series", &agreement);
}

int main(void)
{
    gsl_set_error_handler_off();
    for (int set = 0; set < INSTRUCTION_SET_COUNT; set++) {
        const char *name = instruction_set_name((enum instruction_set)set);
        const struct batch_kernel *kernel = batch_sets_kernel((enum instruction_set)set);
        if (kernel == NULL) {
            tap_skip("%s: not on this machine", name);
            continue;
        }
        void *workspace = kernel->create(POINTS_MAX);
        test_statuses(kernel, name, workspace);
        test_least_squares(kernel, name, workspace);
        test_likelihood(kernel, name, workspace);
        test_paper(kernel, name, workspace);
        test_positions(kernel, name, workspace);
        test_starts(kernel, name, workspace);
        test_real(kernel, name, workspace);
        kernel->free(workspace);
    }
    return tap_done();
}
