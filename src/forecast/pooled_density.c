/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The posterior density of one series at any points of (A, mu, ln sigma), summed over r. */
#include "elementary.h"
#include "increment_table.h"
#include "memory.h"
#include "pooled_private.h"
#include "pooled_steady.h"
#include "vector_clones.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LANES = INCREMENT_TABLE_LANES,
    BATCH = 512, /* points that are summed for all ages before the next: they stay in the cache */
};
_Static_assert((int)BATCH >= (int)POOLED_SIDE, "a run fits into a batch");

/** As for the grid: a mean of 0 would make every positive increment impossible. */
static const double least_mean = 1e-9;

/** Larger r would take tables so dense that filling them costs more than ln p itself. */
static const double largest_tabulated = 40;

struct pooled_density {
    struct hierarchy_model model;
    size_t dispersions;
    struct increment_tables *tables;
    struct pooled_steady *steady;
    /* The series. */
    const struct hierarchy_series *series;
    double mean[GRID_AXES];
    double precision[GRID_AXES * GRID_AXES];
    double probability[(GRID_DISPERSION_MAX + LANES - 1) / LANES * LANES]; /* prior, of the lanes */
    double log_dispersion[GRID_DISPERSION_MAX];
    /* Of a run of a batch: Phi at the age before, and 1 - Phi. */
    double below[BATCH];
    double above[BATCH];
    double immediacy[BATCH];
    double per_longevity[BATCH]; /* 1 / sigma */
    double gain[BATCH];          /* of Phi in a step */
    /* Of a point. */
    double fitness[BATCH];
    double rise[BATCH];  /* its run's gain */
    double level[BATCH]; /* m exp(lambda Phi) */
    double step[BATCH];  /* M */
    double log_mean[BATCH];
    int32_t first[BATCH];
    double weight[4][BATCH];
    double *sum; /* [BATCH][lanes] ln p of all increments */
};

struct pooled_density *pooled_density_create(const struct hierarchy_model *model,
                                             const struct grid *grid)
{
    struct pooled_density *density = memory_array(1, sizeof *density);
    density->model = *model;
    density->dispersions = grid->dispersions;
    density->tables = increment_tables_create(model, grid, largest_tabulated);
    size_t tabulated = increment_tables_dispersions(density->tables);
    density->steady = pooled_steady_create(model, grid->dispersions - tabulated,
                                           grid->dispersion + tabulated, BATCH);
    density->sum =
        memory_array(BATCH * increment_tables_lanes(density->tables), sizeof *density->sum);
    return density;
}

void pooled_density_free(struct pooled_density *density)
{
    if (density != NULL) {
        increment_tables_free(density->tables);
        pooled_steady_free(density->steady);
        free(density->sum);
        free(density);
    }
}

void pooled_density_set(struct pooled_density *density, const struct hierarchy_prior *prior,
                        const double mean[GRID_AXES], const struct hierarchy_series *series)
{
    const double *v = prior->covariance;
    memcpy(density->precision, (double[]){v[0], v[1], v[2], v[1], v[3], v[4], v[2], v[4], v[5]},
           sizeof density->precision);
    gsl_matrix_view view = gsl_matrix_view_array(density->precision, GRID_AXES, GRID_AXES);
    (void)gsl_linalg_cholesky_decomp1(&view.matrix);
    (void)gsl_linalg_cholesky_invert(&view.matrix);
    memcpy(density->mean, mean, sizeof density->mean);
    size_t tabulated = increment_tables_dispersions(density->tables);
    memcpy(density->probability, prior->dispersion, tabulated * sizeof *density->probability);
    for (size_t r = 0; r < density->dispersions; r++) {
        density->log_dispersion[r] = log(prior->dispersion[r]);
    }
    density->series = series;
    increment_tables_open(density->tables);
    pooled_steady_open(density->steady, series);
}

void pooled_density_restart(struct pooled_density *density)
{
    pooled_steady_restart(density->steady);
}

/** Phi at an age, and by how much it rose since the age before, taken in the tail where the
 *  difference keeps its digits. */
VECTOR_CLONES static void take_age(size_t runs, double log_age, const double *restrict immediacy,
                                   const double *restrict per_longevity, double *restrict below,
                                   double *restrict above, double *restrict gain)
{
    for (size_t i = 0; i < runs; i++) {
        double z = (log_age - immediacy[i]) * per_longevity[i];
        double tail = elementary_normal_tail(z > 0 ? z : -z);
        double lower = z > 0 ? 1 - tail : tail;
        double upper = z > 0 ? tail : 1 - tail;
        gain[i] = z > 0 ? above[i] - upper : lower - below[i];
        below[i] = lower;
        above[i] = upper;
    }
}

/** The gain of every run at an age, for all its points. */
static void rise_to(struct pooled_density *density, size_t runs, const struct pooled_run *run,
                    double age)
{
    take_age(runs, log(age * density->model.step_months), density->immediacy,
             density->per_longevity, density->below, density->above, density->gain);
    double *rise = density->rise;
    for (size_t i = 0; i < runs; i++) {
        double gain = density->gain[i];
        for (size_t j = 0; j < run[i].count; j++) {
            *rise++ = gain;
        }
    }
}

/** lambda = ln(1 + exp(A) / m). */
VECTOR_CLONES static void fill_fitness(size_t count, const double *restrict ultimate,
                                       double log_scale, double *restrict fitness)
{
    for (size_t i = 0; i < count; i++) {
        fitness[i] = elementary_log_sum(0, ultimate[i] - log_scale);
    }
}

/** M of a step, level (exp(lambda rise) - 1), its logarithm, and the level after it. */
VECTOR_CLONES static void take_step(size_t count, const double *restrict fitness,
                                    const double *restrict rise, double *restrict level,
                                    double *restrict step, double *restrict log_mean)
{
    for (size_t i = 0; i < count; i++) {
        double mean = level[i] * elementary_expm1_short(fitness[i] * rise[i]);
        level[i] += mean;
        step[i] = mean > least_mean ? mean : least_mean;
        log_mean[i] = elementary_log_short(step[i]);
    }
}

/** Sums ln p of all increments of the series, with weight 1, at count points. */
static void sum_increments(struct pooled_density *density, size_t runs,
                           const struct pooled_run *run, size_t count, const double *ultimate)
{
    const struct hierarchy_series *series = density->series;
    const struct increment_position position = {
        density->first,
        {density->weight[0], density->weight[1], density->weight[2], density->weight[3]}};
    memset(density->sum, 0, count * increment_tables_lanes(density->tables) * sizeof *density->sum);
    pooled_steady_begin(density->steady, count);
    fill_fitness(count, ultimate, log(density->model.scale), density->fitness);
    for (size_t i = 0; i < runs; i++) {
        density->below[i] = 0;
        density->above[i] = 1;
        density->immediacy[i] = run[i].immediacy;
        density->per_longevity[i] = exp(-run[i].log_longevity);
    }
    for (size_t i = 0; i < count; i++) {
        density->level[i] = density->model.scale;
        density->step[i] = least_mean;
        density->log_mean[i] = log(least_mean);
    }
    for (size_t k = 0; k < series->count; k++) {
        if (series->age[k] > 0) {
            rise_to(density, runs, run, series->age[k]);
            take_step(count, density->fitness, density->rise, density->level, density->step,
                      density->log_mean);
        }
        if (k > 0) {
            increment_tables_place(density->tables, count, density->log_mean, &position);
            increment_tables_add(density->tables, k, series->observed[k] - series->observed[k - 1],
                                 count, &position, density->sum);
            pooled_steady_add(density->steady, k, count, density->step);
        }
    }
}

/** ln sum_r probability_r exp(sum_r) for every point; lanes whose probability is 0 add nothing. */
VECTOR_CLONES static void add_dispersions(size_t count, size_t lanes,
                                          const double *restrict probability,
                                          const double *restrict sum, double *restrict result)
{
    for (size_t i = 0; i < count; i++) {
        const double *row = sum + i * lanes;
        double largest = row[0];
        for (size_t r = 1; r < lanes; r++) {
            largest = largest > row[r] || probability[r] == 0 ? largest : row[r];
        }
        double total[LANES] = {0};
        for (size_t r = 0; r < lanes; r += LANES) {
            for (size_t lane = 0; lane < LANES; lane++) {
                double below = row[r + lane] - largest;
                total[lane] += probability[r + lane] * elementary_exp(below < 0 ? below : 0);
            }
        }
        result[i] = largest + elementary_log(vector_clones_total(total));
    }
}

/** ln of the likelihood at count points, at most BATCH, summed over r. */
static void take_batch(struct pooled_density *density, size_t runs, const struct pooled_run *run,
                       size_t count, const double *ultimate, double *log_density)
{
    size_t tabulated = increment_tables_dispersions(density->tables);
    sum_increments(density, runs, run, count, ultimate);
    if (tabulated > 0) {
        add_dispersions(count, increment_tables_lanes(density->tables), density->probability,
                        density->sum, log_density);
    }
    pooled_steady_join(density->steady, density->log_dispersion + tabulated, tabulated > 0, count,
                       log_density);
}

void pooled_density_evaluate(struct pooled_density *density, size_t runs,
                             const struct pooled_run *run, const double *ultimate,
                             double *log_density)
{
    for (size_t i = 0, point = 0; i < runs;) {
        size_t first = i;
        size_t count = 0;
        while (i < runs && count + run[i].count <= BATCH) {
            count += run[i++].count;
        }
        take_batch(density, i - first, run + first, count, ultimate + point, log_density + point);
        point += count;
    }
    const double *p = density->precision;
    for (size_t i = 0, point = 0; i < runs; i++) {
        double b = run[i].immediacy - density->mean[GRID_IMMEDIACY];
        double c = run[i].log_longevity - density->mean[GRID_LONGEVITY];
        double slope = p[1] * b + p[2] * c;
        double rest = b * (p[4] * b + 2 * p[5] * c) + p[8] * c * c;
        for (size_t j = 0; j < run[i].count; j++, point++) {
            double a = ultimate[point] - density->mean[GRID_ULTIMATE];
            log_density[point] -= (a * (p[0] * a + 2 * slope) + rest) / 2;
        }
    }
}
