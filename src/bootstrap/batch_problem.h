/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * One request as the kernel sees it: the points that depend on the parameters, the pivot, and the
 * lanes' data.
 */
#ifndef GROWCAST_BATCH_PROBLEM_H
#define GROWCAST_BATCH_PROBLEM_H

#include "batch_coordinates.h"
#include "engine.h"

/** Share of its last value that the curve has reached at the pivot age. */
#define BATCH_PIVOT_SHARE 0.6

/** Argument of Phi at the last age beyond which the curve's plateau is seen. */
#define BATCH_SATURATED 2.5

/** How exactly ln of the pivot age is found; any age nearby would do. */
#define BATCH_PIVOT_ACCURACY 1e-3

/** A larger dispersion r cannot be told from Poisson. */
#define BATCH_DISPERSION_MOST 1e9

/** What all lanes of a request share. Points at t = 0, where the curve is 0, are left out. */
struct batch_problem {
    const struct refit_request *request;
    const struct batch_coordinates *coordinates; /**< of the first pool */
    bool likelihood;                             /**< of increments; else least squares */
    double dispersion;                           /**< r where refits begin, finite */
    double unit;                                 /**< of the cost: m^2; 1 for the likelihood */
    double inverse_scale;                        /**< 1/m */
    size_t first;                                /**< index of the first point with t > 0 */
    size_t points;                               /**< number of points with t > 0 */
    size_t increment;     /**< first of these points that ends an increment: 0 or 1 */
    double pivot;         /**< ln t_p */
    double last_distance; /**< ln t_last - ln t_p */
    double *distance;     /**< [points] ln t - ln t_p */
};

/** Data of VECTOR_LANES refits, one vector a point. */
struct batch_data {
    vector *target; /**< [points] 1 + y/m, what e^v should be; or increments for the likelihood */
    vector *weight; /**< [points], or NULL for 1 */
};

/* The start's curve at an age, over m. */
static inline double batch_start_height(const struct growth_parameters *start, double log_time)
{
    vector z = vector_of((log_time - start->immediacy) / start->longevity);
    return (batch_exp(start->fitness * batch_normal_distribution(z)) - 1.0)[0];
}

/* ln of the age at which the start's curve has the pivot's share of its last value, by bisection
 * between the ages of the data: a curve may rise in one step, and its pivot belongs into the step.
 */
static inline double batch_pivot_of_curve(const struct growth_parameters *start, double first,
                                          double last)
{
    double share = BATCH_PIVOT_SHARE * batch_start_height(start, last);
    double low = first;
    double high = last;
    while (high - low > BATCH_PIVOT_ACCURACY) {
        double middle = 0.5 * (low + high);
        if (batch_start_height(start, middle) < share) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return high;
}

/* The same for data: between the first point that has reached the share and the one before. */
static inline double batch_pivot_of_data(const struct batch_problem *problem,
                                         const double *observed, const double *log_time)
{
    double share = BATCH_PIVOT_SHARE * observed[problem->points - 1];
    size_t k = 0;
    while (k + 1 < problem->points && observed[k] < share) {
        k++;
    }
    return k == 0 ? log_time[0] : 0.5 * (log_time[k - 1] + log_time[k]);
}

/** Finds the points, the pivot and the distances of a request. distance: [count]. */
static inline void batch_problem_open(struct batch_problem *problem,
                                      const struct refit_request *request, double *distance)
{
    *problem = (struct batch_problem){
        .request = request,
        .coordinates = &batch_straight,
        .likelihood = request->method == FIT_NEGATIVE_BINOMIAL,
        .dispersion = request->dispersion < BATCH_DISPERSION_MOST ? request->dispersion
                                                                  : BATCH_DISPERSION_MOST,
        .inverse_scale = 1.0 / request->scale,
        .distance = distance,
    };
    problem->unit = problem->likelihood ? 1.0 : request->scale * request->scale;
    while (problem->first < request->count && request->time[problem->first] <= 0.0) {
        problem->first++;
    }
    problem->points = request->count - problem->first;
    problem->increment = problem->first > 0 ? 0 : 1;
    if (problem->points == 0) {
        return;
    }
    for (size_t k = 0; k < problem->points; k++) {
        distance[k] = batch_log(vector_of(request->time[problem->first + k]))[0];
    }
    problem->pivot =
        request->starts != NULL
            ? batch_pivot_of_data(problem, request->observed + problem->first, distance)
            : batch_pivot_of_curve(&request->start, distance[0], distance[problem->points - 1]);
    double last_argument =
        (distance[problem->points - 1] - request->start.immediacy) / request->start.longevity;
    if (request->starts == NULL && last_argument > BATCH_SATURATED) {
        problem->coordinates = &batch_natural;
    }
    for (size_t k = 0; k < problem->points; k++) {
        distance[k] -= problem->pivot;
    }
    problem->last_distance = distance[problem->points - 1];
}

/** Points of the block that begins at a point. */
static inline size_t batch_block_count(const struct batch_problem *problem, size_t begin)
{
    size_t rest = problem->points - begin;
    return rest < BATCH_BLOCK ? rest : BATCH_BLOCK;
}

/* Where a replicate's row begins in the request's arrays, without the points at t = 0. */
static inline size_t batch_row_begin(const struct batch_problem *problem, size_t replicate)
{
    const struct refit_request *request = problem->request;
    return (request->shared ? 0 : replicate * request->count) + problem->first;
}

/** Reads the data of VECTOR_LANES replicates. */
static inline void batch_data_load(const struct batch_problem *problem,
                                   const size_t replicate[VECTOR_LANES],
                                   const struct batch_data *data)
{
    const struct refit_request *request = problem->request;
    const double *observed[VECTOR_LANES];
    const double *weight[VECTOR_LANES];
    for (int lane = 0; lane < VECTOR_LANES; lane++) {
        size_t begin = batch_row_begin(problem, replicate[lane]);
        observed[lane] = request->observed + begin;
        weight[lane] = data->weight != NULL ? request->weight + begin : NULL;
    }
    vector before = vector_of(0.0);
    for (int lane = 0; problem->first > 0 && lane < VECTOR_LANES; lane++) {
        before[lane] = observed[lane][-1];
    }
    for (size_t k = 0; k < problem->points; k++) {
        vector y;
        for (int lane = 0; lane < VECTOR_LANES; lane++) {
            y[lane] = observed[lane][k];
        }
        if (problem->likelihood) {
            data->target[k] = vector_at_least(vector_of(0.0), y - before);
            before = y;
        } else {
            data->target[k] = vector_fma(y, vector_of(problem->inverse_scale), vector_of(1.0));
        }
        for (int lane = 0; data->weight != NULL && lane < VECTOR_LANES; lane++) {
            data->weight[k][lane] = weight[lane][k];
        }
    }
}

/** Copies one lane's data to a lane elsewhere. */
static inline void batch_data_move(const struct batch_problem *problem,
                                   const struct batch_data *from, int from_lane,
                                   const struct batch_data *to, int to_lane)
{
    for (size_t k = 0; k < problem->points; k++) {
        to->target[k][to_lane] = from->target[k][from_lane];
    }
    for (size_t k = 0; to->weight != NULL && k < problem->points; k++) {
        to->weight[k][to_lane] = from->weight[k][from_lane];
    }
}

/** Half the weighted sum of squares of the points at t = 0, which no parameter changes, over m^2.
 */
static inline vector batch_constant_cost(const struct batch_problem *problem,
                                         const size_t replicate[VECTOR_LANES])
{
    const struct refit_request *request = problem->request;
    vector sum = vector_of(0.0);
    for (size_t k = 1; k <= problem->first; k++) {
        vector y;
        vector w = vector_of(1.0);
        for (int lane = 0; lane < VECTOR_LANES; lane++) {
            size_t at = batch_row_begin(problem, replicate[lane]) - k;
            y[lane] = request->observed[at];
            if (request->weight != NULL) {
                w[lane] = request->weight[at];
            }
        }
        y *= problem->inverse_scale;
        sum = vector_fma(0.5 * w * y, y, sum);
    }
    return sum;
}

#endif
