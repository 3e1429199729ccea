/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The start grid of a search, VECTOR_LANES nodes (mu, sigma) at once: as struct fit_scout states.
 *
 * With (mu, sigma) fixed ln(1 + c/m) = lambda Phi is linear in lambda, whose least-squares value on
 * ln(1 + y/m), with the weights (1 + y/m)^2 that turn errors of the logarithm into errors of the
 * count, is sum w Phi ln(1 + y/m) / sum w Phi^2.
 */
#ifndef GROWCAST_BATCH_START_H
#define GROWCAST_BATCH_START_H

#include "batch_kernel.h"
#include "batch_math.h"
#include "fit.h"

/** One point of the series, as all nodes see it. */
struct batch_score_point {
    double log_time; /**< ln t, t > 0 */
    double observed; /**< y, or the increment that ends here */
    double weight;   /**< of the cost */
    double height;   /**< w ln(1 + y/m), w = weight (1 + y/m)^2 */
    double rise;     /**< w */
};

/* The points after age 0; returns how many. */
static inline size_t batch_score_points(const struct batch_score_request *request,
                                        struct batch_score_point *points)
{
    const struct fit_problem *problem = request->problem;
    size_t count = 0;
    for (size_t k = 0; k < problem->count; k++) {
        if (problem->time[k] <= 0.0) {
            continue;
        }
        double y = problem->observed[k];
        double growth = (y > 0.0 ? y : 0.0) / problem->scale;
        double before = k > 0 ? problem->observed[k - 1] : y;
        double weight = problem->weight != NULL ? problem->weight[k] : 1.0;
        double rise = weight * (1.0 + growth) * (1.0 + growth);
        points[count++] = (struct batch_score_point){
            .log_time = batch_log(vector_of(problem->time[k]))[0],
            .observed = !request->likelihood ? y
                        : y > before         ? y - before
                                             : 0.0,
            .weight = request->likelihood && k == 0 ? 0.0 : weight,
            .height = rise * batch_log1p(vector_of(growth))[0],
            .rise = rise,
        };
    }
    return count;
}

/* lambda of each node; fills the distribution at the points. */
static inline vector batch_score_fitness(const struct batch_score_point *points, size_t count,
                                         vector immediacy, vector longevity, vector *distribution)
{
    vector product = vector_of(0.0);
    vector square = vector_of(0.0);
    for (size_t k = 0; k < count; k++) {
        vector phi = batch_normal_distribution((points[k].log_time - immediacy) / longevity);
        product = vector_fma(phi, vector_of(points[k].height), product);
        square = vector_fma(points[k].rise * phi, phi, square);
        distribution[k] = phi;
    }
    return product / square;
}

/* What ranks a node: the sum of squares, or minus the part of ln L that depends on the curve, at a
 * typical dispersion. */
static inline vector batch_score_cost(const struct batch_score_point *points, size_t count,
                                      bool likelihood, double scale, vector fitness,
                                      const vector *distribution)
{
    vector dispersion = vector_of(BATCH_START_DISPERSION);
    vector sum = vector_of(0.0);
    vector before = vector_of(0.0);
    for (size_t k = 0; k < count; k++) {
        vector curve = scale * (batch_exp(fitness * distribution[k]) - 1.0);
        vector y = vector_of(points[k].observed);
        vector value = (curve - y) * (curve - y);
        if (likelihood) {
            vector mean = vector_at_least(vector_of(1e-9), curve - before);
            value = (y + dispersion) * batch_log(dispersion + mean) - y * batch_log(mean);
        }
        sum = vector_fma(vector_of(points[k].weight), value, sum);
        before = curve;
    }
    return sum;
}

/** points, distribution: room for the problem's points. */
static inline void batch_score_nodes(const struct batch_score_request *request,
                                     struct batch_score_point *points, vector *distribution)
{
    const double largest_height = 600.0; /* a larger exponent cannot belong to a count */
    size_t count = batch_score_points(request, points);
    for (size_t begin = 0; begin < request->nodes; begin += VECTOR_LANES) {
        size_t rest = request->nodes - begin;
        size_t bytes = (rest < VECTOR_LANES ? rest : VECTOR_LANES) * sizeof(double);
        vector immediacy = vector_of(1.0);
        vector longevity = vector_of(1.0);
        memcpy(&immediacy, request->immediacy + begin, bytes);
        memcpy(&longevity, request->longevity + begin, bytes);
        vector fitness = batch_score_fitness(points, count, immediacy, longevity, distribution);
        vector cost = batch_score_cost(points, count, request->likelihood, request->problem->scale,
                                       fitness, distribution);
        vector last = count > 0 ? distribution[count - 1] : vector_of(0.0);
        vector_mask valid = (fitness > 0.0) & (fitness <= FIT_FITNESS_LIMIT) &
                            (fitness * last < largest_height) & (cost < INFINITY);
        cost = vector_select(valid, cost, vector_of(INFINITY));
        memcpy(request->fitness + begin, &fitness, bytes);
        memcpy(request->cost + begin, &cost, bytes);
    }
}

#endif
