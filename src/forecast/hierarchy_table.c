/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hierarchy_table.h"

#include "elementary.h"
#include "growth.h"
#include "memory.h"
#include "vector_clones.h"

#include <math.h>
#include <stdlib.h>

/** A mean of 0 would make every positive increment impossible. */
static const double least_mean = 1e-9;

struct hierarchy_model hierarchy_model_make(const struct config_hierarchy *config, double scale,
                                            enum series_step step)
{
    return (struct hierarchy_model){
        .curve = HIERARCHY_GROWTH,
        .scale = scale,
        .step_months = step == SERIES_STEP_DAY ? 1 / SERIES_DAYS_PER_MONTH : 1,
        .shock_probability = config->shocks ? config->shock_probability : 0,
        .shock_factor = config->shock_factor,
        .shock_offset = config->shock_offset,
        .shock_dispersion = config->shock_dispersion,
    };
}

/** Phi(b) - Phi(a) for a <= b, taken in the tail where the difference keeps its digits. */
static double normal_probability(double a, double b)
{
    return a > 0 ? growth_normal_distribution(-a) - growth_normal_distribution(-b)
                 : growth_normal_distribution(b) - growth_normal_distribution(a);
}

static double normal_argument(double age, double step_months, double immediacy, double longevity)
{
    return age > 0 ? (log(age * step_months) - immediacy) / longevity : -INFINITY;
}

/** exp(A) at every cell. */
static void constant_mean(const struct grid *grid, double steps, double *mean)
{
    for (size_t cell = 0; cell < grid->stride; cell++) {
        mean[cell] = fmax(steps * exp(grid->coordinate[GRID_ULTIMATE][cell]), least_mean);
    }
}

/** lambda = ln(1 + exp(A) / m), so ln(1 + exp(A - ln m)): max(level exp(lambda start) (exp(lambda
 * rise) - 1), least) along a column of A. */
VECTOR_CLONES static void column_mean(size_t count, const double *restrict ultimate,
                                      double log_scale, double level, double start, double rise,
                                      double *restrict mean)
{
    for (size_t i = 0; i < count; i++) {
        double fitness = elementary_log_sum(0, ultimate[i] - log_scale);
        double value = level * elementary_exp(fitness * start) * elementary_expm1(fitness * rise);
        mean[i] = value > least_mean ? value : least_mean;
    }
}

void hierarchy_mean(const struct hierarchy_model *model, const struct grid *grid, double from,
                    double to, double previous, double *mean)
{
    if (model->curve == HIERARCHY_CONSTANT) {
        constant_mean(grid, to - from, mean);
        return;
    }
    bool reinforced = model->curve == HIERARCHY_REINFORCED;
    double log_scale = log(model->scale);
    double level = reinforced ? previous + model->scale : model->scale;
    size_t column = grid->shape[GRID_ULTIMATE];
    for (size_t first = 0; first < grid->cells; first += column) {
        double mu = grid->coordinate[GRID_IMMEDIACY][first];
        double sigma = exp(grid->coordinate[GRID_LONGEVITY][first]);
        double below = normal_argument(from, model->step_months, mu, sigma);
        double above = normal_argument(to, model->step_months, mu, sigma);
        double start = reinforced ? 0 : growth_normal_distribution(below);
        column_mean(column, grid->coordinate[GRID_ULTIMATE] + first, log_scale, level, start,
                    normal_probability(below, above), mean + first);
    }
    for (size_t cell = grid->cells; cell < grid->stride; cell++) {
        mean[cell] = mean[grid->cells - 1];
    }
}

struct hierarchy_logarithms hierarchy_logarithms_create(const struct hierarchy_model *model,
                                                        const struct grid *grid)
{
    bool shocks = model->shock_probability > 0;
    return (struct hierarchy_logarithms){
        .mean = memory_array(grid->stride, sizeof(double)),
        .ratio = memory_array(grid->nodes, sizeof(double)),
        .shock_mean = shocks ? memory_array(grid->stride, sizeof(double)) : NULL,
        .shock_ratio = shocks ? memory_array(grid->stride, sizeof(double)) : NULL,
    };
}

void hierarchy_logarithms_free(struct hierarchy_logarithms *logarithms)
{
    free(logarithms->mean);
    free(logarithms->ratio);
    free(logarithms->shock_mean);
    free(logarithms->shock_ratio);
    *logarithms = (struct hierarchy_logarithms){NULL, NULL, NULL, NULL};
}

/** ln(factor M + offset). */
VECTOR_CLONES static void fill_means(size_t count, const double *restrict mean, double factor,
                                     double offset, double *restrict log_mean)
{
    for (size_t i = 0; i < count; i++) {
        log_mean[i] = elementary_log(factor * mean[i] + offset);
    }
}

/** ln S - ln(factor M + offset) for S whose logarithm is log_mean. */
VECTOR_CLONES static void fill_ratios(size_t count, const double *restrict mean, double factor,
                                      double offset, const double *restrict log_mean,
                                      double *restrict ratio)
{
    for (size_t i = 0; i < count; i++) {
        ratio[i] = log_mean[i] - elementary_log(factor * mean[i] + offset);
    }
}

void hierarchy_logarithms_fill(const struct hierarchy_model *model, const struct grid *grid,
                               const double *mean, const struct hierarchy_logarithms *logarithms)
{
    fill_means(grid->stride, mean, 1, 0, logarithms->mean);
    for (size_t r = 0; r < grid->dispersions; r++) {
        fill_ratios(grid->stride, mean, 1, grid->dispersion[r], logarithms->mean,
                    logarithms->ratio + r * grid->stride);
    }
    if (model->shock_probability > 0) {
        double factor = model->shock_factor;
        double offset = model->shock_offset;
        fill_means(grid->stride, mean, factor, offset, logarithms->shock_mean);
        fill_ratios(grid->stride, mean, factor, offset + model->shock_dispersion,
                    logarithms->shock_mean, logarithms->shock_ratio);
    }
}

double hierarchy_log_binomial(double increment, double dispersion)
{
    return lgamma(increment + dispersion) - lgamma(dispersion) - lgamma(increment + 1);
}

/** constant + (d + r) ln(M / (r + M)) - r ln M: ln NB where constant holds the rest. */
VECTOR_CLONES static void ordinary_terms(size_t count, const double *restrict log_mean,
                                         const double *restrict ratio, double increment,
                                         double dispersion, double constant,
                                         double *restrict result)
{
    double exponent = increment + dispersion;
    for (size_t i = 0; i < count; i++) {
        result[i] = constant + (exponent * ratio[i] - dispersion * log_mean[i]);
    }
}

/** The same, mixed with the shocks' ln probability. */
VECTOR_CLONES static void mixture_terms(size_t count, const double *restrict log_mean,
                                        const double *restrict ratio, const double *restrict shock,
                                        double increment, double dispersion, double constant,
                                        double *restrict result)
{
    double exponent = increment + dispersion;
    for (size_t i = 0; i < count; i++) {
        double ordinary = constant + (exponent * ratio[i] - dispersion * log_mean[i]);
        result[i] = elementary_log_sum(ordinary, shock[i]);
    }
}

void hierarchy_log_probability(const struct hierarchy_model *model, const struct grid *grid,
                               const struct hierarchy_logarithms *logarithms, double increment,
                               double *scratch, double *log_probability)
{
    bool shocks = model->shock_probability > 0;
    if (shocks) {
        double r = model->shock_dispersion;
        double constant =
            hierarchy_log_binomial(increment, r) + r * log(r) + log(model->shock_probability);
        ordinary_terms(grid->stride, logarithms->shock_mean, logarithms->shock_ratio, increment, r,
                       constant, scratch);
    }
    for (size_t i = 0; i < grid->dispersions; i++) {
        double r = grid->dispersion[i];
        double constant =
            hierarchy_log_binomial(increment, r) + r * log(r) + log1p(-model->shock_probability);
        const double *ratio = logarithms->ratio + i * grid->stride;
        double *row = log_probability + i * grid->stride;
        if (shocks) {
            mixture_terms(grid->stride, logarithms->mean, ratio, scratch, increment, r, constant,
                          row);
        } else {
            ordinary_terms(grid->stride, logarithms->mean, ratio, increment, r, constant, row);
        }
    }
}

void hierarchy_increment_log_probability(const struct hierarchy_model *model,
                                         const struct grid *grid, const double *mean,
                                         double increment, double *log_probability)
{
    struct hierarchy_logarithms logarithms = hierarchy_logarithms_create(model, grid);
    double *scratch = memory_array(grid->stride, sizeof *scratch);
    hierarchy_logarithms_fill(model, grid, mean, &logarithms);
    hierarchy_log_probability(model, grid, &logarithms, increment, scratch, log_probability);
    free(scratch);
    hierarchy_logarithms_free(&logarithms);
}
