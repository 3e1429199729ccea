/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gsl engine: refits agree with searches of the same replicate and say what they could not do.
 */
#include "engine.h"
#include "likelihood.h"
#include "tap.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <string.h>

enum { POINTS = 21, REPLICATES = 40 };

static const struct growth_parameters truth = {5.0, 1.9, 0.9};
static const double scale = 30.0;

struct results {
    double fitness[REPLICATES], immediacy[REPLICATES], longevity[REPLICATES], cost[REPLICATES];
    unsigned char status[REPLICATES];
};

static void refit(const struct refit_request *request, struct results *results)
{
    const struct refit_result result = {results->fitness, results->immediacy, results->longevity,
                                        results->cost, results->status};
    const struct engine *engine = engine_of(ENGINE_GSL);
    void *workspace = engine->create(POINTS, INSTRUCTION_SET_BASELINE);
    engine->refit(workspace, request, &result);
    engine->free(workspace);
}

static void fill_time(double time[POINTS])
{
    for (size_t k = 0; k < POINTS; k++) {
        time[k] = (double)k;
    }
}

static double half_squares(const struct growth_parameters *parameters, const double *time,
                           const double *observed)
{
    double sum = 0.0;
    for (size_t k = 0; k < POINTS; k++) {
        const double error = growth_count(parameters, scale, time[k]) - observed[k];
        sum += 0.5 * error * error;
    }
    return sum;
}

/** Poisson replicates of a known curve: every refit reaches the minimum that a search finds. */
static void test_against_search(enum config_fit_method method)
{
    static double observed[REPLICATES * POINTS];
    static struct results results;
    double time[POINTS];
    fill_time(time);
    gsl_rng *generator = gsl_rng_alloc(gsl_rng_mt19937);
    for (size_t b = 0; b < REPLICATES; b++) {
        double *row = &observed[b * POINTS];
        for (size_t k = 1; k < POINTS; k++) {
            row[k] = row[k - 1] +
                     gsl_ran_poisson(generator, growth_count(&truth, scale, time[k]) -
                                                    growth_count(&truth, scale, time[k - 1]));
        }
    }
    gsl_rng_free(generator);
    const struct refit_request request = {.method = method,
                                          .count = POINTS,
                                          .time = time,
                                          .scale = scale,
                                          .start = truth,
                                          .dispersion = INFINITY,
                                          .replicates = REPLICATES,
                                          .observed = observed};
    refit(&request, &results);
    const struct config_fit config = {.method = method, .confidence = 0.95};
    struct fit_workspace *workspace = fit_workspace_create(POINTS);
    size_t converged = 0, agree = 0, stated = 0;
    for (size_t b = 0; b < REPLICATES; b++) {
        const double *row = &observed[b * POINTS];
        const struct fit_problem problem = {
            .count = POINTS, .time = time, .observed = row, .scale = scale};
        struct fit_estimate estimate;
        fit_series(&config, &problem, workspace, &estimate);
        const struct growth_parameters refitted = {results.fitness[b], results.immediacy[b],
                                                   results.longevity[b]};
        const bool squares = method == FIT_LEAST_SQUARES;
        const double best =
            squares ? half_squares(&estimate.parameters, time, row) : -estimate.log_likelihood;
        converged += results.status[b] == REFIT_CONVERGED ? 1 : 0;
        agree += fabs(results.cost[b] - best) <= 1e-6 * fabs(best) ? 1 : 0;
        const double cost = squares ? half_squares(&refitted, time, row) : results.cost[b];
        stated += fabs(cost - results.cost[b]) <= 1e-9 * cost ? 1 : 0;
    }
    fit_workspace_free(workspace);
    tap_ok(converged == REPLICATES, "method %d: all converge", (int)method);
    tap_ok(agree == REPLICATES, "method %d: the search finds nothing lower, %zu of %d", (int)method,
           agree, REPLICATES);
    tap_ok(stated == REPLICATES, "method %d: the cost is that of the values", (int)method);
}

/** The paper's bound: curves whose mu is negative end at mu = 0, others where least squares does.
 */
static void test_bound(void)
{
    static struct results free_results, bounded;
    double time[POINTS], observed[2 * POINTS];
    fill_time(time);
    const struct growth_parameters early = {5.0, -0.5, 1.4};
    for (size_t k = 0; k < POINTS; k++) {
        observed[k] = growth_count(&early, scale, time[k]);
        observed[POINTS + k] = growth_count(&truth, scale, time[k]);
    }
    struct refit_request request = {.method = FIT_PAPER,
                                    .count = POINTS,
                                    .time = time,
                                    .scale = scale,
                                    .start = {4.0, 0.5, 1.0},
                                    .dispersion = NAN,
                                    .replicates = 2,
                                    .observed = observed};
    refit(&request, &bounded);
    request.method = FIT_LEAST_SQUARES;
    refit(&request, &free_results);
    tap_ok(fabs(free_results.immediacy[0] + 0.5) < 1e-6, "least squares finds mu = -0.5");
    tap_ok(bounded.immediacy[0] == 0.0 && bounded.cost[0] > free_results.cost[0],
           "the paper's bound holds mu at 0");
    const struct growth_parameters held = {bounded.fitness[0], 0.0, bounded.longevity[0]};
    const struct growth_parameters wider = {held.fitness, 0.0, held.longevity * 1.001};
    const struct growth_parameters higher = {held.fitness * 1.001, 0.0, held.longevity};
    tap_ok(half_squares(&wider, time, observed) > bounded.cost[0] &&
               half_squares(&higher, time, observed) > bounded.cost[0],
           "where lambda and sigma are at their best");
    tap_ok(fabs(bounded.immediacy[1] - truth.immediacy) < 1e-6 &&
               fabs(bounded.fitness[1] - truth.fitness) < 1e-5,
           "inside the bound nothing changes");
}

static void test_statuses(void)
{
    static struct results results;
    double time[POINTS], observed[4 * POINTS] = {0.0}, weight[4 * POINTS];
    fill_time(time);
    for (size_t k = 0; k < POINTS; k++) {
        observed[POINTS + k] = 30.0 * expm1(0.6 * pow((double)k, 0.7)); /* the ridge's far end */
        observed[2 * POINTS + k] = growth_count(&truth, scale, time[k]);
        observed[3 * POINTS + k] = growth_count(&truth, scale, time[k]);
        weight[k] = weight[POINTS + k] = 1.0;
        weight[2 * POINTS + k] = k == 5 || k == 9 ? 1.0 : 0.0;
        weight[3 * POINTS + k] = (double)(k % 3);
    }
    const struct refit_request request = {.method = FIT_LEAST_SQUARES,
                                          .count = POINTS,
                                          .time = time,
                                          .scale = scale,
                                          .start = {4.0, 2.5, 1.0},
                                          .dispersion = NAN,
                                          .replicates = 4,
                                          .observed = observed,
                                          .weight = weight};
    refit(&request, &results);
    tap_ok(results.status[0] == REFIT_DEGENERATE && isnan(results.fitness[0]) &&
               isnan(results.cost[0]),
           "all zero is degenerate");
    tap_ok(results.status[1] == REFIT_RIDGE, "a power law is on the ridge");
    tap_ok(results.fitness[1] > 50.0 && isfinite(results.longevity[1]), "with finite values");
    tap_ok(results.status[2] == REFIT_DEGENERATE, "two points of positive weight are degenerate");
    tap_ok(results.status[3] == REFIT_CONVERGED && fabs(results.fitness[3] - 5.0) < 1e-6,
           "weights of 0, 1 and 2 leave a curve without noise where it is");
}

/** Many starts of one problem, as a multi-start fit asks for. */
static void test_shared(void)
{
    static struct results results;
    double time[POINTS], observed[POINTS];
    fill_time(time);
    for (size_t k = 0; k < POINTS; k++) {
        observed[k] = growth_count(&truth, scale, time[k]);
    }
    const struct growth_parameters starts[] = {{4.0, 2.0, 1.0}, {6.0, 2.2, 0.8}, {5.0, 1.5, 1.5}};
    const struct refit_request request = {.method = FIT_LEAST_SQUARES,
                                          .count = POINTS,
                                          .time = time,
                                          .scale = scale,
                                          .starts = starts,
                                          .dispersion = NAN,
                                          .replicates = 3,
                                          .shared = true,
                                          .observed = observed};
    refit(&request, &results);
    for (size_t k = 0; k < 3; k++) {
        tap_ok(fabs(results.fitness[k] - truth.fitness) < 1e-6, "start %zu finds the curve", k);
    }
}

/** A search behind the batched engine's scout ends where one ends that scouts for itself. */
static void test_scout(enum config_fit_method method)
{
    double time[POINTS], observed[POINTS] = {0.0};
    fill_time(time);
    const struct engine *engine = engine_of(ENGINE_BATCHED);
    void *lanes = engine->create(POINTS, INSTRUCTION_SET_BASELINE);
    struct fit_workspace *scouted = fit_workspace_create(POINTS);
    struct fit_workspace *alone = fit_workspace_create(POINTS);
    fit_workspace_set_scout(scouted, engine->scout(lanes));
    const struct config_fit config = {.method = method, .confidence = 0.95};
    gsl_rng *generator = gsl_rng_alloc(gsl_rng_mt19937);
    size_t same = 0, stated = 0;
    for (size_t b = 0; b < REPLICATES; b++) {
        const struct growth_parameters curve = {1.0 + 0.1 * (double)b, 1.2 + 0.04 * (double)b,
                                                0.5 + 0.02 * (double)b};
        for (size_t k = 1; k < POINTS; k++) {
            observed[k] = observed[k - 1] +
                          gsl_ran_poisson(generator, growth_count(&curve, scale, time[k]) -
                                                         growth_count(&curve, scale, time[k - 1]));
        }
        const struct fit_problem problem = {
            .count = POINTS, .time = time, .observed = observed, .scale = scale};
        struct fit_estimate with, without;
        fit_series(&config, &problem, scouted, &with);
        fit_series(&config, &problem, alone, &without);
        const double difference = method == FIT_NEGATIVE_BINOMIAL
                                      ? with.log_likelihood - without.log_likelihood
                                      : without.rmse - with.rmse;
        same += difference >= -1e-6 * fabs(without.log_likelihood) ? 1 : 0;
        stated += with.status == without.status && with.flags == without.flags ? 1 : 0;
    }
    tap_ok(same == REPLICATES, "method %d: %zu of %d scouted searches end as low", (int)method,
           same, REPLICATES);
    tap_ok(stated == REPLICATES, "method %d: with the same status and flags", (int)method);
    gsl_rng_free(generator);
    fit_workspace_free(scouted);
    fit_workspace_free(alone);
    engine->free(lanes);
}

int main(void)
{
    (void)gsl_set_error_handler_off();
    tap_ok(strcmp(engine_of(ENGINE_GSL)->name, "gsl") == 0, "the reference engine's name");
    test_against_search(FIT_LEAST_SQUARES);
    test_against_search(FIT_NEGATIVE_BINOMIAL);
    test_bound();
    test_statuses();
    test_shared();
    tap_ok(engine_of(ENGINE_GSL)->scout(NULL) == NULL, "the reference has no scout");
    test_scout(FIT_LEAST_SQUARES);
    test_scout(FIT_NEGATIVE_BINOMIAL);
    return tap_done();
}
