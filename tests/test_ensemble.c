/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ensemble.h"
#include "growth.h"
#include "memory.h"
#include "quantile.h"
#include "random.h"
#include "replicate.h"
#include "tap.h"

#include <gsl/gsl_errno.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 5, REPLICATES = 200, QUANTILES = 3 };

static const double time_of[POINTS] = {0, 1, 2, 3, 4};
static const double observed_of[POINTS] = {0, 10, 35, 70, 90};

/** An engine that "fits" parameters which the test can compute from the replicate alone. */
struct stub {
    size_t ridges_from; /**< replicates whose last count is at least this are ridges */
    size_t failed;      /**< every failed-th replicate fails */
    struct refit_request seen;
};

static struct stub stub;

static void *stub_create(size_t max_points, enum instruction_set set)
{
    (void)set;
    return memory_array(max_points, 1);
}

static struct growth_parameters stub_parameters(const double *observed)
{
    return (struct growth_parameters){
        .fitness = log1p(observed[POINTS - 1] / 25.0),
        .immediacy = 0.2 + 0.001 * observed[2],
        .longevity = 0.5 + 0.001 * observed[1],
    };
}

static unsigned char stub_status(const double *observed, size_t replicate)
{
    if (stub.failed > 0 && replicate % stub.failed == 0) {
        return replicate % (2 * stub.failed) == 0 ? REFIT_FAILED : REFIT_DEGENERATE;
    }
    return observed[POINTS - 1] >= (double)stub.ridges_from ? REFIT_RIDGE : REFIT_CONVERGED;
}

static void stub_refit(void *workspace, const struct refit_request *request,
                       const struct refit_result *result)
{
    (void)workspace;
    stub.seen = *request;
    for (size_t b = 0; b < request->replicates; b++) {
        const double *observed = &request->observed[b * request->count];
        const struct growth_parameters parameters = stub_parameters(observed);
        const unsigned char status = stub_status(observed, b);
        const bool valid = status == REFIT_CONVERGED || status == REFIT_RIDGE;
        result->fitness[b] = valid ? parameters.fitness : (double)NAN;
        result->immediacy[b] = valid ? parameters.immediacy : (double)NAN;
        result->longevity[b] = valid ? parameters.longevity : (double)NAN;
        result->cost[b] = 0.0;
        result->status[b] = status;
    }
}

static const struct engine stub_engine = {"stub", stub_create, free, stub_refit, NULL};

static struct config config_of(enum config_bootstrap_method method)
{
    struct config config = {
        .fit = {.method = FIT_LEAST_SQUARES},
        .bootstrap = {.method = method, .replicates = REPLICATES, .block_length = 2},
        .output = {.quantiles = {.count = QUANTILES, .value = {0.1, 0.5, 0.97}}},
        .run = {.seed = 3},
    };
    return config;
}

static const struct fit_estimate estimate = {
    .status = FIT_FITTED,
    .parameters = {.fitness = 1.6, .immediacy = 0.4, .longevity = 0.6},
    .dispersion = 2.5,
};

static const struct ensemble_problem problem = {
    .name = "a/b",
    .count = POINTS,
    .time = time_of,
    .observed = observed_of,
    .scale = 30.0,
    .estimate = &estimate,
};

/** The replicates that the ensemble must have drawn. */
static double *expected_replicates(const struct config *config, double *fitted)
{
    for (size_t k = 0; k < POINTS; k++) {
        fitted[k] = growth_count(&estimate.parameters, 30.0, time_of[k]);
    }
    const struct replicate_source source = {
        .method = config->bootstrap.method,
        .count = POINTS,
        .time = time_of,
        .observed = observed_of,
        .fitted = fitted,
        .dispersion = 2.5,
        .block_length = 2,
        .seed = 3,
        .name_hash = random_name_hash("a/b"),
    };
    struct replicate_generator *generator = replicate_generator_create();
    double *observed = memory_array(REPLICATES * POINTS, sizeof *observed);
    replicate_prepare(generator, &source);
    replicate_generate(generator, 0, REPLICATES, observed, NULL);
    replicate_generator_free(generator);
    return observed;
}

struct received {
    size_t calls;
    double curve[POINTS * REPLICATES];
};

static void receive(void *context, size_t point, const double *curve, size_t replicates)
{
    struct received *received = context;
    if (point == received->calls++ && point < POINTS && replicates == REPLICATES) {
        memcpy(&received->curve[point * REPLICATES], curve, replicates * sizeof *curve);
    }
}

static bool quantiles_match(double *sample, size_t count, const struct config *config,
                            const double *actual, double tolerance)
{
    double expected[QUANTILES];
    (void)quantile_sample(sample, count, config->output.quantiles.value, QUANTILES, expected);
    bool match = true;
    for (size_t i = 0; i < QUANTILES; i++) {
        match = match && (actual[i] == expected[i] ||
                          fabs(actual[i] - expected[i]) <= tolerance * fabs(expected[i]));
    }
    return match;
}

static void test_row(void)
{
    const struct config config = config_of(BOOTSTRAP_PARAMETRIC_NB);
    const struct result_layout layout = result_layout_make(QUANTILES, 0, 0);
    double *row = memory_array(layout.length, sizeof *row);
    double fitted[POINTS];
    double *observed = expected_replicates(&config, fitted);
    struct received *received = memory_array(1, sizeof *received);
    const struct ensemble_sink sink = {received, receive};
    stub = (struct stub){.ridges_from = 170, .failed = 10};

    struct ensemble *ensemble =
        ensemble_create(&config, &stub_engine, POINTS + 3, INSTRUCTION_SET_BASELINE);
    result_row_clear(&layout, row);
    tap_ok(ensemble_run(ensemble, &problem, &layout, row, &sink), "a fitted model is bootstrapped");
    tap_ok(stub.seen.count == POINTS && stub.seen.replicates == REPLICATES &&
               stub.seen.start.fitness == 1.6 && stub.seen.scale == 30.0 &&
               stub.seen.time == time_of && stub.seen.weight == NULL && !stub.seen.shared &&
               stub.seen.starts == NULL && stub.seen.dispersion == 2.5,
           "the engine is asked for this model's replicates from its estimate");

    double sample[6][REPLICATES];
    size_t ridges = 0;
    bool curves = received->calls == POINTS;
    for (size_t b = 0; b < REPLICATES; b++) {
        const double *one = &observed[b * POINTS];
        const unsigned char status = stub_status(one, b);
        const bool failed = status == REFIT_FAILED || status == REFIT_DEGENERATE;
        const struct growth_parameters p = stub_parameters(one);
        const double shift = status == REFIT_RIDGE ? (double)INFINITY : 0.0;
        ridges += status == REFIT_RIDGE ? 1 : 0;
        sample[0][b] = failed ? (double)NAN : p.fitness + shift;
        sample[1][b] = failed ? (double)NAN : p.immediacy + shift;
        sample[2][b] = failed ? (double)NAN : p.longevity + shift;
        sample[3][b] = failed ? (double)NAN : growth_ultimate(p.fitness, 30.0) + shift;
        sample[4][b] = failed ? (double)NAN : exp(p.immediacy) + shift;
        for (size_t k = 0; k < POINTS; k++) {
            const double expected = failed ? fitted[k] : growth_count(&p, 30.0, time_of[k]);
            const double actual = received->curve[k * REPLICATES + b];
            curves = curves && fabs(actual - expected) <= 1e-11 * expected + 1e-13;
        }
    }
    tap_ok(row[layout.offset[RESULT_BOOTSTRAP_FAILURES]] == REPLICATES / 10.0,
           "failed and degenerate replicates are counted");
    tap_ok(ridges > 0 && row[layout.offset[RESULT_BOOTSTRAP_RIDGES]] == (double)ridges,
           "so are ridges (%zu)", ridges);
    static const enum result_field field[] = {
        RESULT_FITNESS_QUANTILE, RESULT_IMMEDIACY_QUANTILE, RESULT_LONGEVITY_QUANTILE,
        RESULT_ULTIMATE_COUNT_QUANTILE, RESULT_IMPACT_TIME_QUANTILE};
    for (size_t i = 0; i < 5; i++) {
        tap_ok(
            quantiles_match(sample[i], REPLICATES, &config, &row[layout.offset[field[i]]], 1e-14),
            "%s", result_table[field[i]].name);
    }
    const double *fitness = &row[layout.offset[RESULT_FITNESS_QUANTILE]];
    tap_ok(isfinite(fitness[1]) && isinf(fitness[2]),
           "ridges make upper quantiles infinite and leave the median finite");
    tap_ok(curves, "the sink gets every curve, the estimate's for replicates without a fit");
    tap_ok(isnan(row[layout.offset[RESULT_FITNESS]]), "other fields are left alone");
    tap_ok(ensemble_refits(ensemble)->status[0] == REFIT_FAILED &&
               ensemble_refits(ensemble)->fitness[1] == stub_parameters(&observed[POINTS]).fitness,
           "the refits can be looked at");

    double *again = memory_array(layout.length, sizeof *again);
    result_row_clear(&layout, again);
    (void)ensemble_run(ensemble, &problem, &layout, again, NULL);
    tap_ok(memcmp(again, row, layout.length * sizeof *row) == 0 && received->calls == POINTS,
           "a second run gives the same bits, and needs no sink");

    stub = (struct stub){.ridges_from = 1000000, .failed = 1};
    result_row_clear(&layout, row);
    (void)ensemble_run(ensemble, &problem, &layout, row, NULL);
    tap_ok(isnan(fitness[0]) && row[layout.offset[RESULT_BOOTSTRAP_FAILURES]] == REPLICATES,
           "if all replicates fail there are no quantiles");
    ensemble_free(ensemble);
    free(again);
    free(received);
    free(observed);
    free(row);
}

static void test_nothing_to_do(void)
{
    struct config config = config_of(BOOTSTRAP_RESIDUAL);
    const struct result_layout layout = result_layout_make(QUANTILES, 0, 0);
    double *row = memory_array(layout.length, sizeof *row);
    result_row_clear(&layout, row);
    struct received received = {0};
    const struct ensemble_sink sink = {&received, receive};
    stub = (struct stub){.ridges_from = 1000000};
    struct ensemble *ensemble =
        ensemble_create(&config, &stub_engine, POINTS, INSTRUCTION_SET_BASELINE);

    struct fit_estimate zero = {.status = FIT_ALL_ZERO};
    struct ensemble_problem unfitted = problem;
    unfitted.estimate = &zero;
    bool done = ensemble_run(ensemble, &unfitted, &layout, row, &sink);
    struct fit_estimate broken = estimate;
    broken.parameters.fitness = (double)NAN;
    unfitted.estimate = &broken;
    done = done || ensemble_run(ensemble, &unfitted, &layout, row, &sink);
    ensemble_free(ensemble);

    config.bootstrap.replicates = 0;
    ensemble = ensemble_create(&config, &stub_engine, POINTS, INSTRUCTION_SET_BASELINE);
    done = done || ensemble_run(ensemble, &problem, &layout, row, &sink);
    ensemble_free(ensemble);
    bool missing = true;
    for (size_t i = 0; i < layout.length; i++) {
        missing = missing && isnan(row[i]);
    }
    tap_ok(!done && missing && received.calls == 0,
           "without a fit or replicates nothing is done or written");
    free(row);
}

static void test_weights(void)
{
    const struct config config = config_of(BOOTSTRAP_CASE);
    const struct result_layout layout = result_layout_make(QUANTILES, 0, 0);
    double *row = memory_array(layout.length, sizeof *row);
    struct ensemble *ensemble =
        ensemble_create(&config, &stub_engine, POINTS, INSTRUCTION_SET_BASELINE);
    stub = (struct stub){.ridges_from = 1000000};
    (void)ensemble_run(ensemble, &problem, &layout, row, NULL);
    double sum = 0.0;
    for (size_t i = 0; stub.seen.weight != NULL && i < POINTS * REPLICATES; i++) {
        sum += stub.seen.weight[i];
    }
    tap_ok(sum == POINTS * REPLICATES, "method case hands weights to the engine");
    ensemble_free(ensemble);
    free(row);
}

/** The whole chain with the reference engine: the increments of the "data" are the means of the
 *  curve itself, so the replicates' parameters must scatter around those of the curve. */
static void test_reference_engine(enum config_bootstrap_method method)
{
    enum { LONG = 25 };
    double age[LONG];
    double observed[LONG];
    struct fit_estimate truth = {
        .status = FIT_FITTED,
        .parameters = {.fitness = 3.5, .immediacy = 1.6, .longevity = 0.7},
        .dispersion = 40.0,
    };
    for (size_t k = 0; k < LONG; k++) {
        age[k] = (double)k;
        observed[k] = growth_count(&truth.parameters, 30.0, age[k]);
        /* Residuals to be resampled. */
        observed[k] += k == 0 ? 0.0 : (k % 3 == 0 ? 6.0 : -3.0);
    }
    const struct ensemble_problem long_problem = {
        .name = "long",
        .count = LONG,
        .time = age,
        .observed = observed,
        .scale = 30.0,
        .estimate = &truth,
    };
    const struct config config = config_of(method);
    const struct result_layout layout = result_layout_make(QUANTILES, 0, 0);
    double *row = memory_array(layout.length, sizeof *row);
    result_row_clear(&layout, row);
    struct ensemble *ensemble =
        ensemble_create(&config, engine_of(ENGINE_GSL), LONG, INSTRUCTION_SET_BASELINE);
    (void)ensemble_run(ensemble, &long_problem, &layout, row, NULL);
    const double *fitness = &row[layout.offset[RESULT_FITNESS_QUANTILE]];
    const double *immediacy = &row[layout.offset[RESULT_IMMEDIACY_QUANTILE]];
    const double *longevity = &row[layout.offset[RESULT_LONGEVITY_QUANTILE]];
    tap_ok(fitness[0] < 3.6 && fitness[2] > 3.4 && fabs(fitness[1] - 3.5) < 0.3 &&
               fabs(immediacy[1] - 1.6) < 0.2 && fabs(longevity[1] - 0.7) < 0.1 &&
               fitness[0] < fitness[1] && fitness[1] < fitness[2],
           "method %d with the reference engine: %.3f %.3f %.3f around 3.5", (int)method,
           fitness[0], fitness[1], fitness[2]);
    tap_ok(row[layout.offset[RESULT_BOOTSTRAP_FAILURES]] == 0.0,
           "method %d: every replicate has a fit", (int)method);
    ensemble_free(ensemble);
    free(row);
}

int main(void)
{
    gsl_set_error_handler_off();
    for (int method = BOOTSTRAP_PARAMETRIC_NB; method <= BOOTSTRAP_BLOCK; method++) {
        test_reference_engine((enum config_bootstrap_method)method);
    }
    test_row();
    test_nothing_to_do();
    test_weights();
    return tap_done();
}
