/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Series that never gain anything. */
#include "forecaster_private.h"
#include "memo.h"
#include "memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLOTS = 4096, /* results that are kept */
    EM_STEPS_MOST = 10000,
};

/** Where EM for the share of dormant series stands still. */
static const double least_step = 1e-12;

static bool has_count(const struct forecaster_series *series)
{
    return series->points.observed[series->points.count - 1] > 0;
}

/** ln of the evidence of the first `count` points of a series, every increment with weight 1. */
static double log_evidence(struct forecaster *forecaster, const struct hierarchy_series *points,
                           size_t count, const double mean[GRID_AXES], double *log_likelihood,
                           double *weight)
{
    struct hierarchy_series known = *points;
    known.count = count;
    hierarchy_likelihood_block(forecaster->likelihood, 1, 1, &known, log_likelihood);
    return hierarchy_posterior_compute(forecaster->field, mean, log_likelihood, weight)
        .log_evidence;
}

/** e_i: the evidence of the zeros over that of none, which is less than 1 where the grid cuts the
 *  prior off. */
static double compute_zeros(struct forecaster *forecaster, const struct hierarchy_series *points,
                            const double mean[GRID_AXES])
{
    size_t nodes = forecaster->grid->nodes;
    double *log_likelihood = memory_array(nodes, sizeof(double));
    double *weight = memory_array(nodes, sizeof(double));
    double zeros =
        exp(log_evidence(forecaster, points, points->count, mean, log_likelihood, weight) -
            log_evidence(forecaster, points, 1, mean, log_likelihood, weight));
    free(log_likelihood);
    free(weight);
    return fmin(zeros, 1);
}

/** e_i of a series of zeros, computed once for those that are alike. */
static double probability_of_zeros(struct forecaster *forecaster,
                                   const struct forecaster_series *series)
{
    enum { FIXED = HIERARCHY_PAIRS + GRID_DISPERSION_MAX };
    const struct hierarchy_series *points = &series->points;
    size_t count = FIXED + GRID_AXES + points->count;
    double *key = memory_array(count, sizeof *key);
    memcpy(key, forecaster->prior.covariance, sizeof forecaster->prior.covariance);
    memcpy(key + HIERARCHY_PAIRS, forecaster->prior.dispersion,
           sizeof forecaster->prior.dispersion);
    forecaster_mean(forecaster, series, key + FIXED);
    memcpy(key + FIXED + GRID_AXES, points->age, points->count * sizeof *key);
    if (forecaster->dormant == NULL) {
        forecaster->dormant = memo_create(SLOTS, sizeof(double));
    }
    const double *known = memo_find(forecaster->dormant, key, count * sizeof *key);
    double zeros = known != NULL ? *known : compute_zeros(forecaster, points, key + FIXED);
    if (known == NULL) {
        memo_store(forecaster->dormant, key, count * sizeof *key, &zeros);
    }
    free(key);
    return zeros;
}

static double dormant_given(double share, double zeros)
{
    return share > 0 ? share / (share + (1 - share) * zeros) : 0;
}

double forecaster_dormant(struct forecaster *forecaster, const struct forecaster_series *series)
{
    double share = forecaster->prior.dormant;
    return share > 0 && !has_count(series)
               ? dormant_given(share, probability_of_zeros(forecaster, series))
               : 0;
}

/** The share, by EM from 1/2. zeros: [quiet] e_i of series without a count, out of `count`. */
static double find_share(size_t quiet, const double *zeros, size_t count)
{
    double share = 0.5;
    double step = 1;
    for (size_t n = 0; n < EM_STEPS_MOST && step > least_step; n++) {
        double sum = 0;
        for (size_t i = 0; i < quiet; i++) {
            sum += dormant_given(share, zeros[i]);
        }
        step = fabs(sum / (double)count - share);
        share = sum / (double)count;
    }
    return share;
}

static double learn_share(struct forecaster *forecaster, size_t count,
                          const struct forecaster_series *series, uint64_t seed)
{
    struct hierarchy_sample sample = forecaster_sample_from(forecaster, 0, count, series, seed);
    double *zeros = memory_array(sample.count, sizeof *zeros);
    size_t quiet = 0;
    for (size_t i = 0; i < sample.count; i++) {
        const struct forecaster_series *member = &series[sample.index[i]];
        if (!has_count(member)) {
            zeros[quiet++] = probability_of_zeros(forecaster, member);
        }
    }
    double share = quiet > 0 ? find_share(quiet, zeros, sample.count) : 0;
    free(zeros);
    hierarchy_sample_free(&sample);
    return share;
}

void forecaster_learn_dormant(struct forecaster *forecaster, size_t count,
                              const struct forecaster_series *series, uint64_t seed,
                              const struct forecaster_exchange *exchange)
{
    double share = 0;
    if (exchange == NULL || exchange->rank == 0) {
        share = learn_share(forecaster, count, series, seed);
    }
    if (exchange != NULL) {
        exchange->broadcast(exchange->context, &share, sizeof share);
    }
    forecaster->prior.dormant = share;
}
