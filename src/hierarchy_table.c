/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hierarchy_table.h"

#include "elementary.h"
#include "growth.h"
#include "memory.h"

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

void hierarchy_mean(const struct hierarchy_model *model, const struct grid *grid, double from,
                    double to, double previous, double *mean)
{
    if (model->curve == HIERARCHY_CONSTANT) {
        constant_mean(grid, to - from, mean);
        return;
    }
    size_t column = grid->shape[GRID_ULTIMATE];
    for (size_t first = 0; first < grid->cells; first += column) {
        double mu = grid->coordinate[GRID_IMMEDIACY][first];
        double sigma = exp(grid->coordinate[GRID_LONGEVITY][first]);
        double below = normal_argument(from, model->step_months, mu, sigma);
        double above = normal_argument(to, model->step_months, mu, sigma);
        double start = growth_normal_distribution(below);
        double rise = normal_probability(below, above);
        for (size_t i = 0; i < column; i++) {
            double ultimate = exp(grid->coordinate[GRID_ULTIMATE][first + i]);
            double fitness = growth_fitness_of_ultimate(ultimate, model->scale);
            double level = model->curve == HIERARCHY_REINFORCED
                               ? previous + model->scale
                               : model->scale * exp(fitness * start);
            mean[first + i] = fmax(level * expm1(fitness * rise), least_mean);
        }
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

void hierarchy_logarithms_fill(const struct hierarchy_model *model, const struct grid *grid,
                               const double *mean, const struct hierarchy_logarithms *logarithms)
{
    for (size_t cell = 0; cell < grid->stride; cell++) {
        logarithms->mean[cell] = log(mean[cell]);
    }
    for (size_t r = 0; r < grid->dispersions; r++) {
        double *ratio = logarithms->ratio + r * grid->stride;
        for (size_t cell = 0; cell < grid->stride; cell++) {
            ratio[cell] = logarithms->mean[cell] - log(grid->dispersion[r] + mean[cell]);
        }
    }
    if (model->shock_probability > 0) {
        for (size_t cell = 0; cell < grid->stride; cell++) {
            double shock = model->shock_factor * mean[cell] + model->shock_offset;
            logarithms->shock_mean[cell] = log(shock);
            logarithms->shock_ratio[cell] =
                logarithms->shock_mean[cell] - log(model->shock_dispersion + shock);
        }
    }
}

double hierarchy_log_binomial(double increment, double dispersion)
{
    return lgamma(increment + dispersion) - lgamma(dispersion) - lgamma(increment + 1);
}

/** constant + (d + r) ln(M / (r + M)) - r ln M: ln NB where constant holds the rest. */
__attribute__((target_clones("avx2", "default"))) static void
ordinary_terms(size_t count, const double *restrict log_mean, const double *restrict ratio,
               double increment, double dispersion, double constant, double *restrict result)
{
    double exponent = increment + dispersion;
    for (size_t i = 0; i < count; i++) {
        result[i] = constant + (exponent * ratio[i] - dispersion * log_mean[i]);
    }
}

/** The same, mixed with the shocks' ln probability. */
__attribute__((target_clones("avx2", "default"))) static void
mixture_terms(size_t count, const double *restrict log_mean, const double *restrict ratio,
              const double *restrict shock, double increment, double dispersion, double constant,
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
