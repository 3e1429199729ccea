/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forecaster_private.h"

#include "memory.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>

/**
 * Quantile tables: a draw is the linear interpolation of the quantile function at a uniform number.
 * In the outermost EXACT cells, where that would cut the tails, it is the function itself.
 */
enum { CELLS = 4096, EXACT = 16 };

/** The shape from which steady_quantile() is used, and its steps. */
enum { STEADY = 100, NEWTON_STEPS = 4 };
static const double largest_exact_shape = 5e4;

struct quantile_table {
    double shape;            /* of Gamma(shape, mean 1) */
    double value[CELLS + 1]; /* at i / CELLS; unused in the outermost cells */
};

struct forecaster_sampler {
    struct hierarchy_model model;
    const struct grid *grid;
    size_t ages;   /* rows of mean */
    double *mean;  /* [ages][stride] of the step to age k + 1 */
    double *other; /* [max_horizon][stride] of a series beyond the table */
    size_t max_horizon;
    size_t draws;
    double *level; /* [max_horizon][draws] exp(e_h) */
    struct quantile_table shock;
    struct quantile_table *ordinary; /* [dispersions] */
};

/**
 * Quantile of Gamma(shape, mean 1) for a large shape: Wilson and Hilferty's (1931) approximation,
 * then Newton's method on the logarithm of the smaller tail, which is concave. GSL's own inverse is
 * wrong there at single points (1.30 in place of 1.07 for shape 1000 at 0.98218). Above the largest
 * shape its incomplete gamma function may fail, and the approximation is good to 2e-7.
 */
static double steady_quantile(double shape, double lower, double upper)
{
    bool low = lower < 0.5;
    double z = low ? gsl_cdf_ugaussian_Pinv(lower) : gsl_cdf_ugaussian_Qinv(upper);
    double x = pow(1 - 1 / (9 * shape) + z / (3 * sqrt(shape)), 3);
    for (int i = 0; i < NEWTON_STEPS && shape <= largest_exact_shape; i++) {
        double density = gsl_ran_gamma_pdf(x, shape, 1 / shape);
        double tail =
            low ? gsl_cdf_gamma_P(x, shape, 1 / shape) : gsl_cdf_gamma_Q(x, shape, 1 / shape);
        double step = log(tail / (low ? lower : upper)) * tail / density;
        x += low ? -step : step;
    }
    return x;
}

static double quantile(const struct quantile_table *table, double lower, double upper)
{
    double shape = table->shape;
    if (shape >= STEADY) {
        return steady_quantile(shape, lower, upper);
    }
    return lower < 0.5 ? gsl_cdf_gamma_Pinv(lower, shape, 1 / shape)
                       : gsl_cdf_gamma_Qinv(upper, shape, 1 / shape);
}

static void fill_table(struct quantile_table *table, double shape)
{
    table->shape = shape;
    for (size_t i = EXACT; i <= CELLS - EXACT; i++) {
        double u = (double)i / CELLS;
        table->value[i] = quantile(table, u, 1 - u);
    }
}

static double draw(const struct quantile_table *table, struct random_stream *stream)
{
    double u = random_uniform(stream);
    double position = u * CELLS;
    size_t cell = (size_t)position;
    if (cell < EXACT || cell >= CELLS - EXACT) {
        return quantile(table, u, 1 - u);
    }
    double below = table->value[cell];
    return below + (table->value[cell + 1] - below) * (position - (double)cell);
}

/** Where previous + scale = 1, a reinforced mean is its growth factor. */
static double unit_level(const struct hierarchy_model *model)
{
    return 1 - model->scale;
}

static void shuffle(struct random_stream *stream, size_t count, size_t *item)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = random_below(stream, i);
        size_t swap = item[i - 1];
        item[i - 1] = item[j];
        item[j] = swap;
    }
}

/**
 * Paths exp(e_h) of the walk. A step's normal deviates are the quantiles (i + 1/2) / draws in
 * random order (a Latin hypercube): all series share these paths, so that a chance mean of theirs
 * would be an error of all forecasts.
 */
static void fill_levels(struct forecaster_sampler *sampler, double random_walk, uint64_t seed)
{
    size_t draws = sampler->draws;
    struct random_stream stream = random_stream_open(seed, RANDOM_LEVEL, 0, 0);
    size_t *rank = memory_array(draws, sizeof *rank);
    double *walk = memory_array(draws, sizeof *walk);
    for (size_t i = 0; i < draws; i++) {
        rank[i] = i;
    }
    for (size_t h = 0; h < sampler->max_horizon; h++) {
        shuffle(&stream, draws, rank);
        for (size_t i = 0; i < draws; i++) {
            walk[i] +=
                random_walk * gsl_cdf_ugaussian_Pinv(((double)rank[i] + 0.5) / (double)draws);
            sampler->level[h * draws + i] = exp(walk[i]);
        }
    }
    free(rank);
    free(walk);
}

struct forecaster_sampler *forecaster_sampler_create(const struct forecaster_settings *settings,
                                                     const struct grid *grid, size_t max_age,
                                                     size_t max_horizon)
{
    struct forecaster_sampler *sampler = memory_array(1, sizeof *sampler);
    const struct hierarchy_model *model = &settings->model;
    sampler->model = *model;
    sampler->grid = grid;
    sampler->ages = max_age + max_horizon;
    sampler->max_horizon = max_horizon;
    sampler->draws = settings->draws;
    sampler->level = memory_array(max_horizon * settings->draws, sizeof(double));
    fill_levels(sampler, settings->random_walk * sqrt(model->step_months), settings->seed);
    sampler->mean = memory_array(sampler->ages * grid->stride, sizeof(double));
    sampler->other = memory_array(max_horizon * grid->stride, sizeof(double));
    for (size_t k = 0; k < sampler->ages; k++) {
        hierarchy_mean(model, grid, (double)k, (double)(k + 1), unit_level(model),
                       sampler->mean + k * grid->stride);
    }
    fill_table(&sampler->shock, model->shock_dispersion);
    sampler->ordinary = memory_array(grid->dispersions, sizeof *sampler->ordinary);
    for (size_t r = 0; r < grid->dispersions; r++) {
        fill_table(&sampler->ordinary[r], grid->dispersion[r]);
    }
    return sampler;
}

void forecaster_sampler_free(struct forecaster_sampler *sampler)
{
    if (sampler != NULL) {
        free(sampler->mean);
        free(sampler->other);
        free(sampler->level);
        free(sampler->ordinary);
        free(sampler);
    }
}

/** Means [steps][stride] of the steps after the last age: from the table, or made now. */
static const double *means_after(struct forecaster_sampler *sampler, double last_age, size_t steps)
{
    size_t stride = sampler->grid->stride;
    if (last_age >= 0 && last_age == floor(last_age) &&
        last_age + (double)steps <= (double)sampler->ages) {
        return sampler->mean + (size_t)last_age * stride;
    }
    for (size_t h = 0; h < steps; h++) {
        hierarchy_mean(&sampler->model, sampler->grid, last_age + (double)h,
                       last_age + (double)(h + 1), unit_level(&sampler->model),
                       sampler->other + h * stride);
    }
    return sampler->other;
}

double forecaster_poisson(struct random_stream *stream, double mean)
{
    if (mean < 12) {
        double u = random_uniform(stream);
        if (u <= 1 - mean) {
            return 0; /* 1 - M < exp(-M) */
        }
        double term = exp(-mean);
        double count = 0;
        while (u > term && count < 200) {
            u -= term;
            count += 1;
            term *= mean / count;
        }
        return count;
    }
    if (mean > 1e15) {
        return mean; /* beyond the integers that a double holds */
    }
    double root = sqrt(mean);
    double b = 0.931 + 2.53 * root;
    double a = -0.059 + 0.02483 * b;
    double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    double squeeze = 0.9277 - 3.6224 / (b - 2);
    for (;;) {
        double u = random_uniform(stream) - 0.5;
        double v = random_uniform(stream);
        double side = 0.5 - fabs(u);
        double k = floor((2 * a / side + b) * u + mean + 0.43);
        if (side >= 0.07 && v <= squeeze) {
            return k;
        }
        if (k < 0 || (side < 0.013 && v > side)) {
            continue;
        }
        if (log(v) + log(inverse_alpha) - log(a / (side * side) + b) <=
            k * log(mean) - mean - lgamma(k + 1)) {
            return k;
        }
    }
}

/** Systematic draws of nodes: draw i is the node where the cumulative weight passes (i + u) / n. */
static void draw_nodes(const struct grid *grid, const double *weight, struct random_stream *stream,
                       size_t draws, size_t *node)
{
    double u = random_uniform(stream);
    double cumulative = 0;
    size_t next = 0;
    size_t last = 0;
    for (size_t i = 0; i < grid->nodes && next < draws; i++) {
        if (weight[i] > 0) {
            cumulative += weight[i];
            last = i;
            while (next < draws && ((double)next + u) / (double)draws < cumulative) {
                node[next++] = i;
            }
        }
    }
    while (next < draws) { /* rounding in the last sum */
        node[next++] = last;
    }
    shuffle(stream, draws, node);
}

void forecaster_sampler_draw(struct forecaster_sampler *sampler,
                             const struct hierarchy_series *series, const double *weight,
                             struct random_stream *stream, size_t steps, double *path)
{
    const struct grid *grid = sampler->grid;
    size_t draws = sampler->draws;
    const struct hierarchy_model *model = &sampler->model;
    size_t *node = memory_array(draws, sizeof *node);
    draw_nodes(grid, weight, stream, draws, node);
    const double *mean = means_after(sampler, series->age[series->count - 1], steps);
    double last = series->observed[series->count - 1];
    for (size_t i = 0; i < draws; i++) {
        const struct quantile_table *ordinary = &sampler->ordinary[node[i] / grid->stride];
        size_t cell = node[i] % grid->stride;
        double count = last;
        for (size_t h = 0; h < steps; h++) {
            double expected = mean[h * grid->stride + cell] * sampler->level[h * draws + i];
            expected *= model->curve == HIERARCHY_REINFORCED ? count + model->scale : 1;
            bool shock =
                model->shock_probability > 0 && random_uniform(stream) < model->shock_probability;
            double rate = shock ? (model->shock_factor * expected + model->shock_offset) *
                                      draw(&sampler->shock, stream)
                                : expected * draw(ordinary, stream);
            count += forecaster_poisson(stream, rate);
            path[h * draws + i] = count;
        }
    }
    free(node);
}
