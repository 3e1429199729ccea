/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The published posterior against a plain sum over a far finer, regular grid. */
#include "pooled.h"

#include "growth.h"
#include "hierarchy_table.h"
#include "memory.h"
#include "option.h"
#include "tap.h"

#include <gsl/gsl_errno.h>
#include <stdlib.h>
#include <string.h>

enum { SERIES = 7, POINTS = 17, QUANTILES = 5 };

static const double observed[SERIES][POINTS] = {
    {0, 66, 181, 415, 538, 654, 778, 852, 957, 1059, 1156, 1269, 1357, 1469, 1561, 1630, 1696},
    {0, 2, 16, 234},
    {0, 3, 4, 5, 8, 11, 14, 15, 17, 23, 24, 28, 39, 102},
    {0, 12, 28, 48, 61, 521, 1499, 6081, 24502, 32587, 33167, 33402, 33592},
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    {0},
    {0, 5, 9, 14, 18, 22, 27, 31, 36, 40, 44, 49, 54, 58, 62, 67},
};
static const size_t points[SERIES] = {17, 4, 14, 13, 17, 1, 16};
static double age[POINTS];

static const double probability[QUANTILES] = {0.025, 0.25, 0.5, 0.75, 0.975};

static struct hierarchy_prior learned(void)
{
    return (struct hierarchy_prior){
        .covariates = 1,
        .coefficient = {{4.3, 1.5, 0.6}},
        .covariance = {6.4, 0.4, 0.1, 1.4, 0.02, 0.27},
        .dispersion = {0.04, 0.13, 0.19, 0.3, 0.32, 0.02},
    };
}

/** Weights of a regular grid of cells, the plain way, summed over r: [grid->stride], sum 1. */
static void weigh(const struct hierarchy_model *model, const struct grid *grid,
                  const struct hierarchy_prior *prior, const struct hierarchy_series *series,
                  double *weight)
{
    const double *v = prior->covariance;
    double *sum = memory_array(grid->nodes, sizeof *sum);
    double *vector = memory_array(grid->nodes, sizeof *vector);
    double *mean = memory_array(grid->stride, sizeof *mean);
    for (size_t k = 1; k < series->count; k++) {
        hierarchy_mean(model, grid, age[k - 1], age[k], series->observed[k - 1], mean);
        hierarchy_increment_log_probability(model, grid, mean,
                                            series->observed[k] - series->observed[k - 1], vector);
        for (size_t node = 0; node < grid->nodes; node++) {
            sum[node] += vector[node];
        }
    }
    double p[6] = {v[3] * v[5] - v[4] * v[4], v[2] * v[4] - v[1] * v[5], v[1] * v[4] - v[2] * v[3],
                   v[0] * v[5] - v[2] * v[2], v[1] * v[2] - v[0] * v[4], v[0] * v[3] - v[1] * v[1]};
    double determinant = v[0] * p[0] + v[1] * p[1] + v[2] * p[2];
    double largest = -HUGE_VAL;
    for (size_t node = 0; node < grid->nodes; node++) {
        size_t cell = node % grid->stride;
        double u[3];
        for (size_t axis = 0; axis < 3; axis++) {
            u[axis] = grid->coordinate[axis][cell] - prior->coefficient[0][axis];
        }
        double square = p[0] * u[0] * u[0] + p[3] * u[1] * u[1] + p[5] * u[2] * u[2] +
                        2 * (p[1] * u[0] * u[1] + p[2] * u[0] * u[2] + p[4] * u[1] * u[2]);
        sum[node] += log(prior->dispersion[node / grid->stride]) - square / determinant / 2;
        sum[node] = cell < grid->cells ? sum[node] : -HUGE_VAL;
        largest = fmax(largest, sum[node]);
    }
    double total = 0;
    memset(weight, 0, grid->stride * sizeof *weight);
    for (size_t node = 0; node < grid->nodes; node++) {
        weight[node % grid->stride] += exp(sum[node] - largest);
        total += exp(sum[node] - largest);
    }
    for (size_t cell = 0; cell < grid->stride; cell++) {
        weight[cell] /= total;
    }
    free(mean);
    free(vector);
    free(sum);
}

/** The weights below x on one axis, a node's own counted half. */
static double share_below(const struct grid *grid, const double *weight, size_t axis, double x)
{
    double width = (grid->upper[axis] - grid->lower[axis]) / (double)(grid->shape[axis] - 1);
    double share = 0;
    for (size_t cell = 0; cell < grid->cells; cell++) {
        double part = (x - grid->coordinate[axis][cell]) / width + 0.5;
        share += weight[cell] * fmin(fmax(part, 0), 1);
    }
    return share;
}

/** A grid of the same bounds, whose nodes stand in the middle of cells that fill them. */
static struct grid *fine_grid(const struct config_hierarchy *config)
{
    struct config_hierarchy fine = *config;
    fine.ultimate_nodes = 121;
    fine.immediacy_nodes = 61;
    fine.longevity_nodes = 35;
    double *range[3] = {fine.ultimate_range.value, fine.immediacy_range.value,
                        fine.longevity_range.value};
    size_t nodes[3] = {fine.ultimate_nodes, fine.immediacy_nodes, fine.longevity_nodes};
    for (size_t axis = 0; axis < 3; axis++) {
        double lower = axis == 2 ? log(range[axis][0]) : range[axis][0];
        double upper = axis == 2 ? log(range[axis][1]) : range[axis][1];
        double half = (upper - lower) / (double)nodes[axis] / 2;
        range[axis][0] = axis == 2 ? exp(lower + half) : lower + half;
        range[axis][1] = axis == 2 ? exp(upper - half) : upper - half;
    }
    return grid_create(&fine, SERIES_STEP_MONTH, 0);
}

static void check(const struct hierarchy_model *model, const struct grid *grid,
                  const struct grid *fine, size_t i)
{
    struct hierarchy_prior prior = learned();
    struct hierarchy_series series = {points[i], age, observed[i]};
    double *coarse = memory_array(grid->nodes, sizeof *coarse);
    double *weight = memory_array(fine->stride, sizeof *weight);
    double *start = memory_array(HIERARCHY_BLOCK * grid->nodes, sizeof *start);
    double quantile[POOLED_QUANTITIES][QUANTILES];
    struct hierarchy_likelihood *likelihood = hierarchy_likelihood_create(model, grid, POINTS);
    struct hierarchy_field *field = hierarchy_field_create(grid);
    hierarchy_field_set(field, &prior);
    hierarchy_likelihood_block(likelihood, 1, 1, &series, start);
    hierarchy_posterior_compute(field, prior.coefficient[0], start, coarse);
    struct pooled_posterior posterior =
        pooled_compute(model, grid, &prior, prior.coefficient[0], &series, coarse,
                       &pooled_default_rule, probability, QUANTILES, quantile[0]);
    weigh(model, fine, &prior, &series, weight);
    double worst_mean = 0;
    double worst_deviation = 0;
    for (size_t axis = 0; axis < 3; axis++) {
        double mean = 0;
        double square = 0;
        for (size_t cell = 0; cell < fine->cells; cell++) {
            mean += weight[cell] * fine->coordinate[axis][cell];
            square += weight[cell] * fine->coordinate[axis][cell] * fine->coordinate[axis][cell];
        }
        double deviation = sqrt(square - mean * mean);
        worst_mean = fmax(worst_mean, fabs(posterior.mean[axis] - mean) / deviation);
        worst_deviation = fmax(worst_deviation, fabs(posterior.deviation[axis] / deviation - 1));
    }
    double worst_share = 0;
    for (size_t q = 0; q < QUANTILES; q++) {
        double at[3] = {log(quantile[POOLED_ULTIMATE_COUNT][q]), quantile[POOLED_IMMEDIACY][q],
                        log(quantile[POOLED_LONGEVITY][q])};
        for (size_t axis = 0; axis < 3; axis++) {
            worst_share =
                fmax(worst_share, fabs(share_below(fine, weight, axis, at[axis]) - probability[q]));
        }
    }
    tap_ok(worst_mean < 0.05, "series %zu: means within %.3f standard deviations", i, worst_mean);
    tap_ok(worst_deviation < 0.05, "series %zu: standard deviations within %.1f%%", i,
           100 * worst_deviation);
    tap_ok(worst_share < 0.02, "series %zu: quantiles within %.4f in probability", i, worst_share);
    tap_ok(quantile[POOLED_FITNESS][2] ==
                   growth_fitness_of_ultimate(quantile[POOLED_ULTIMATE_COUNT][2], model->scale) &&
               quantile[POOLED_IMPACT_TIME][1] == exp(quantile[POOLED_IMMEDIACY][1]),
           "series %zu: lambda and impact time belong to A and mu", i);
    tap_ok(posterior.at_edge == (i == 4), "series %zu: edge of the grid", i);
    hierarchy_field_free(field);
    hierarchy_likelihood_free(likelihood);
    free(start);
    free(weight);
    free(coarse);
}

int main(void)
{
    gsl_set_error_handler_off();
    for (size_t k = 0; k < POINTS; k++) {
        age[k] = (double)k;
    }
    struct config config;
    option_defaults(&config);
    struct hierarchy_model model = hierarchy_model_make(&config.hierarchy, 30, SERIES_STEP_MONTH);
    struct grid *grid = grid_create(&config.hierarchy, SERIES_STEP_MONTH, 0);
    struct grid *fine = fine_grid(&config.hierarchy);
    for (size_t i = 0; i < SERIES; i++) {
        check(&model, grid, fine, i);
    }
    grid_free(grid);
    grid_free(fine);
    return tap_done();
}
