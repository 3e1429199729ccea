/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "memory.h"
#include "random.h"
#include "replicate.h"
#include "tap.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 6, REPLICATES = 40000 };

static const double time_of[POINTS] = {0, 1, 2, 3, 5, 6};
static const double observed_of[POINTS] = {0, 4, 9, 11, 30, 31};
static const double fitted_of[POINTS] = {0, 3, 8.5, 12.5, 26.0, 26.0};

static struct replicate_source source_of(enum config_bootstrap_method method)
{
    return (struct replicate_source){
        .method = method,
        .count = POINTS,
        .time = time_of,
        .observed = observed_of,
        .fitted = fitted_of,
        .dispersion = 1.7,
        .block_length = 2,
        .seed = 12,
        .name_hash = random_name_hash("organization/model"),
    };
}

/** [replicates][POINTS] of a source; the caller frees them. */
static double *generated(const struct replicate_source *source, size_t replicates, double *weight)
{
    double *observed = memory_array(replicates * source->count, sizeof *observed);
    struct replicate_generator *generator = replicate_generator_create();
    replicate_prepare(generator, source);
    replicate_generate(generator, 0, replicates, observed, weight);
    replicate_generator_free(generator);
    return observed;
}

/** Chi-square of the increments of one step against GSL's probabilities. */
static double increment_fit(const double *observed, size_t step, double mean, double dispersion)
{
    enum { CELLS = 40 };
    double count[CELLS + 1] = {0.0};
    for (size_t b = 0; b < REPLICATES; b++) {
        const double d = observed[b * POINTS + step + 1] - observed[b * POINTS + step];
        count[d < CELLS ? (size_t)d : CELLS] += 1.0;
    }
    double statistic = 0.0;
    double degrees = -1.0;
    double pooled_count = 0.0;
    double pooled_expected = REPLICATES;
    for (unsigned d = 0; d < CELLS; d++) {
        const double mass =
            isinf(dispersion)
                ? gsl_ran_poisson_pdf(d, mean)
                : gsl_ran_negative_binomial_pdf(d, dispersion / (dispersion + mean), dispersion);
        const double expected = mass * REPLICATES;
        if (expected < 10.0) {
            pooled_count += count[d];
            continue;
        }
        statistic += (count[d] - expected) * (count[d] - expected) / expected;
        pooled_expected -= expected;
        degrees += 1.0;
    }
    pooled_count += count[CELLS];
    if (pooled_expected > 5.0) {
        statistic += pow(pooled_count - pooled_expected, 2.0) / pooled_expected;
        degrees += 1.0;
    }
    return gsl_cdf_chisq_Q(statistic, degrees);
}

static void test_parametric(enum config_bootstrap_method method, double dispersion,
                            double used_dispersion, const char *what)
{
    struct replicate_source source = source_of(method);
    source.dispersion = dispersion;
    double *observed = generated(&source, REPLICATES, NULL);
    bool start = true;
    bool whole = true;
    for (size_t b = 0; b < REPLICATES; b++) {
        const double *one = &observed[b * POINTS];
        start = start && one[0] == 0.0;
        for (size_t k = 1; k < POINTS; k++) {
            whole = whole && one[k] >= one[k - 1] && one[k] == floor(one[k]);
        }
    }
    tap_ok(start && whole, "%s: counts start at the first count and rise by integers", what);
    for (size_t step = 0; step < 4; step++) {
        const double mean = fitted_of[step + 1] - fitted_of[step];
        const double tail = increment_fit(observed, step, mean, used_dispersion);
        tap_ok(tail > 1e-4 && tail < 1.0 - 1e-4, "%s: step %zu has its law (p = %.3f)", what, step,
               tail);
    }
    size_t flat = 0;
    double product = 0.0;
    for (size_t b = 0; b < REPLICATES; b++) {
        const double *one = &observed[b * POINTS];
        flat += one[5] == one[4] ? 1 : 0;
        product += (one[2] - one[1] - 5.5) * (one[3] - one[2] - 4.0);
    }
    tap_ok(flat == REPLICATES, "%s: no increment where the curve is flat", what);
    const double spread = sqrt((5.5 + 5.5 * (5.5 / used_dispersion)) *
                               (4.0 + 4.0 * (4.0 / used_dispersion)) / REPLICATES);
    tap_ok(fabs(product / REPLICATES) < 4.5 * spread, "%s: steps are independent", what);
    free(observed);
}

static void test_first_count(void)
{
    const double time_late[] = {2, 3, 4};
    const double counts[] = {7, 9, 30};
    const double curve[] = {6, 10, 25};
    struct replicate_source source = source_of(BOOTSTRAP_PARAMETRIC_NB);
    source.count = 3;
    source.time = time_late;
    source.observed = counts;
    source.fitted = curve;
    double *observed = generated(&source, 500, NULL);
    bool start = true;
    for (size_t b = 0; b < 500; b++) {
        start = start && observed[3 * b] == 7.0;
    }
    tap_ok(start, "a series observed from age 2 keeps its first count");
    free(observed);
}

static void centred_residuals(double residual[POINTS])
{
    double mean = 0.0;
    for (size_t k = 1; k < POINTS; k++) {
        mean += (observed_of[k] - fitted_of[k]) / (POINTS - 1);
    }
    for (size_t k = 1; k < POINTS; k++) {
        residual[k] = observed_of[k] - fitted_of[k] - mean;
    }
}

/** Index of the residual at a point of a replicate, or 0. */
static size_t residual_index(const double residual[POINTS], double value)
{
    size_t found = 0;
    for (size_t j = 1; j < POINTS; j++) {
        found = fabs(residual[j] - value) < 1e-9 ? j : found;
    }
    return found;
}

static void test_residual(void)
{
    const struct replicate_source source = source_of(BOOTSTRAP_RESIDUAL);
    double *observed = generated(&source, REPLICATES, NULL);
    double residual[POINTS];
    centred_residuals(residual);
    double used[POINTS][POINTS] = {{0.0}};
    bool known = true;
    for (size_t b = 0; b < REPLICATES; b++) {
        known = known && observed[b * POINTS] == 0.0;
        for (size_t k = 1; k < POINTS; k++) {
            const size_t j = residual_index(residual, observed[b * POINTS + k] - fitted_of[k]);
            known = known && j > 0;
            used[k][j] += 1.0;
        }
    }
    tap_ok(known, "residual: curve plus a centred residual, nothing at age 0");
    double statistic = 0.0;
    const double expected = (double)REPLICATES / (POINTS - 1);
    for (size_t k = 1; k < POINTS; k++) {
        for (size_t j = 1; j < POINTS; j++) {
            statistic += (used[k][j] - expected) * (used[k][j] - expected) / expected;
        }
    }
    const double tail = gsl_cdf_chisq_Q(statistic, (POINTS - 1.0) * (POINTS - 2.0));
    tap_ok(tail > 1e-4 && tail < 1.0 - 1e-4, "residual: each as often at each point (p = %.3f)",
           tail);
    free(observed);
}

static void test_block(void)
{
    const struct replicate_source source = source_of(BOOTSTRAP_BLOCK);
    double *observed = generated(&source, REPLICATES, NULL);
    double residual[POINTS];
    centred_residuals(residual);
    double begins[POINTS] = {0.0};
    bool runs = true;
    for (size_t b = 0; b < REPLICATES; b++) {
        size_t index[POINTS];
        for (size_t k = 1; k < POINTS; k++) {
            index[k] = residual_index(residual, observed[b * POINTS + k] - fitted_of[k]);
        }
        runs = runs && index[2] == index[1] + 1 && index[4] == index[3] + 1 && index[5] < 5;
        begins[index[1]] += 1.0;
    }
    tap_ok(runs, "block: residuals come in runs of two, the last one cut");
    double statistic = 0.0;
    for (size_t j = 1; j <= 4; j++) {
        statistic += pow(begins[j] - REPLICATES / 4.0, 2.0) / (REPLICATES / 4.0);
    }
    const double tail = gsl_cdf_chisq_Q(statistic, 3.0);
    tap_ok(begins[5] == 0.0 && tail > 1e-4, "block: every beginning as often (p = %.3f)", tail);
    free(observed);

    struct replicate_source whole = source;
    whole.block_length = 100;
    double *same = generated(&whole, 3, NULL);
    bool equal = true;
    for (size_t k = 1; k < POINTS; k++) {
        equal = equal && fabs(same[k] - fitted_of[k] - residual[k]) < 1e-12;
    }
    tap_ok(equal, "block: one longer than the series is the whole series");
    free(same);
}

static void test_case(void)
{
    const struct replicate_source source = source_of(BOOTSTRAP_CASE);
    double *weight = memory_array(REPLICATES * POINTS, sizeof *weight);
    double *observed = generated(&source, REPLICATES, weight);
    bool kept = true;
    double sum = 0.0;
    double squares = 0.0;
    for (size_t b = 0; b < REPLICATES; b++) {
        const double *one = &weight[b * POINTS];
        double total = 0.0;
        for (size_t k = 1; k < POINTS; k++) {
            total += one[k];
        }
        sum += one[3];
        squares += one[3] * one[3];
        kept = kept && one[0] == 1.0 && total == POINTS - 1.0 &&
               memcmp(&observed[b * POINTS], observed_of, sizeof observed_of) == 0;
    }
    tap_ok(kept, "case: data as observed, weights add up to the points, age 0 has weight 1");
    /* One of n cells of a multinomial of n draws: mean 1, variance 1 - 1/n. */
    const double mean = sum / REPLICATES;
    const double variance = squares / REPLICATES - mean * mean;
    tap_ok(fabs(mean - 1.0) < 4.5 * sqrt(0.8 / REPLICATES) && fabs(variance - 0.8) < 0.03,
           "case: weights are multinomial (%.3f, %.3f)", mean, variance);
    tap_ok(replicate_is_weighted(BOOTSTRAP_CASE) && !replicate_is_weighted(BOOTSTRAP_RESIDUAL),
           "only method case has weights");
    free(observed);
    free(weight);
}

static void test_monotone(void)
{
    struct replicate_source source = source_of(BOOTSTRAP_RESIDUAL);
    double *raw = generated(&source, 2000, NULL);
    source.monotone = true;
    double *raised = generated(&source, 2000, NULL);
    bool falls = false;
    bool right = true;
    for (size_t b = 0; b < 2000; b++) {
        double largest = 0.0;
        for (size_t k = 0; k < POINTS; k++) {
            const double value = raw[b * POINTS + k];
            falls = falls || value < largest;
            largest = fmax(largest, value);
            right = right && raised[b * POINTS + k] == largest;
        }
    }
    tap_ok(falls && right, "monotone: each count is raised to the largest before it");
    free(raw);
    free(raised);
}

static void test_keys(void)
{
    enum { COUNT = 50 };
    for (int method = BOOTSTRAP_PARAMETRIC_NB; method <= BOOTSTRAP_BLOCK; method++) {
        struct replicate_source source = source_of((enum config_bootstrap_method)method);
        double weight[COUNT * POINTS];
        double *all = generated(&source, COUNT, weight);
        struct replicate_generator *generator = replicate_generator_create();
        /* A generator that has held a longer series before gives the same. */
        const double other_time[] = {0, 1, 2, 3, 4, 5, 6, 7};
        const double other[] = {0, 1e3, 2e3, 3e3, 4e3, 5e3, 6e6, 7e7};
        const struct replicate_source before = {
            .method = source.method,
            .count = 8,
            .time = other_time,
            .observed = other,
            .fitted = other,
            .dispersion = 0.5,
            .block_length = 3,
        };
        replicate_prepare(generator, &before);
        replicate_prepare(generator, &source);
        bool same = true;
        bool weights_same = true;
        for (size_t b = COUNT; b-- > 0;) {
            double one[POINTS];
            double one_weight[POINTS];
            replicate_generate(generator, b, 1, one, one_weight);
            same = same && memcmp(one, &all[b * POINTS], sizeof one) == 0;
            weights_same =
                weights_same && memcmp(one_weight, &weight[b * POINTS], sizeof one_weight) == 0;
        }
        tap_ok(same && (method != BOOTSTRAP_CASE || weights_same),
               "method %d: a replicate is the same alone, backwards, anywhere", method);
        source.name_hash++;
        double *renamed = generated(&source, COUNT, weight);
        source.seed++;
        double *reseeded = generated(&source, COUNT, weight);
        const size_t size = COUNT * POINTS * sizeof(double);
        tap_ok(method == BOOTSTRAP_CASE ||
                   (memcmp(all, renamed, size) != 0 && memcmp(renamed, reseeded, size) != 0),
               "method %d: another name or seed gives others", method);
        replicate_generator_free(generator);
        free(all);
        free(renamed);
        free(reseeded);
    }
}

int main(void)
{
    gsl_set_error_handler_off();
    const double infinity = (double)INFINITY;
    test_parametric(BOOTSTRAP_PARAMETRIC_NB, 1.7, 1.7, "negative binomial");
    test_parametric(BOOTSTRAP_PARAMETRIC_NB, infinity, infinity, "infinite dispersion");
    test_parametric(BOOTSTRAP_PARAMETRIC_NB, (double)NAN, infinity, "no dispersion");
    test_parametric(BOOTSTRAP_PARAMETRIC_POISSON, 1.7, infinity, "Poisson");
    test_first_count();
    test_residual();
    test_block();
    test_case();
    test_monotone();
    test_keys();
    return tap_done();
}
