/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hierarchy.h"

#include "elementary.h"
#include "memory.h"
#include "vector_clones.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 8 };

/** Nodes below exp(-this) of the heaviest are left out: together less than 1e-11 of the sum. */
static const double negligible = 36.8;

struct hierarchy_field {
    const struct grid *grid;
    struct hierarchy_prior prior;
    double precision[HIERARCHY_PAIRS];
    double log_constant; /* of the normal density, with the volume of a cell */
    double log_dispersion[GRID_DISPERSION_MAX];
    double *log_prior; /* [stride] of the series at hand */
    double *collapsed; /* [stride] weights summed over r */
};

struct hierarchy_field *hierarchy_field_create(const struct grid *grid)
{
    struct hierarchy_field *field = memory_array(1, sizeof *field);
    field->grid = grid;
    field->log_prior = memory_array(grid->stride, sizeof(double));
    field->collapsed = memory_array(grid->stride, sizeof(double));
    return field;
}

void hierarchy_field_free(struct hierarchy_field *field)
{
    if (field != NULL) {
        free(field->log_prior);
        free(field->collapsed);
        free(field);
    }
}

void hierarchy_field_set(struct hierarchy_field *field, const struct hierarchy_prior *prior)
{
    const double *v = prior->covariance;
    double matrix[9] = {v[0], v[1], v[2], v[1], v[3], v[4], v[2], v[4], v[5]};
    gsl_matrix_view view = gsl_matrix_view_array(matrix, 3, 3);
    (void)gsl_linalg_cholesky_decomp1(&view.matrix); /* positive definite: V has a floor */
    double log_root = log(matrix[0]) + log(matrix[4]) + log(matrix[8]);
    (void)gsl_linalg_cholesky_invert(&view.matrix);
    field->prior = *prior;
    memcpy(field->precision,
           (double[]){matrix[0], matrix[1], matrix[2], matrix[4], matrix[5], matrix[8]},
           sizeof field->precision);
    field->log_constant = field->grid->log_volume - log_root - 1.5 * log(2 * acos(-1));
    for (size_t r = 0; r < field->grid->dispersions; r++) {
        field->log_dispersion[r] = log(prior->dispersion[r]);
    }
}

/** ln N(theta; mean, V) dtheta at all cells; nothing at the padding. */
static void lay_prior(struct hierarchy_field *field, const double mean[GRID_AXES])
{
    const struct grid *grid = field->grid;
    const double *p = field->precision;
    for (size_t cell = 0; cell < grid->cells; cell++) {
        double a = grid->coordinate[0][cell] - mean[0];
        double b = grid->coordinate[1][cell] - mean[1];
        double c = grid->coordinate[2][cell] - mean[2];
        double square = a * (p[0] * a + 2 * (p[1] * b + p[2] * c)) +
                        b * (p[3] * b + 2 * (p[4] * c)) + p[5] * (c * c);
        field->log_prior[cell] = field->log_constant - 0.5 * square;
    }
    for (size_t cell = grid->cells; cell < grid->stride; cell++) {
        field->log_prior[cell] = -HUGE_VAL;
    }
}

/** sum[i] = a[i] + b[i] + constant; returns the largest. count is a multiple of LANES. */
VECTOR_CLONES static double add_logs(size_t count, const double *restrict a,
                                     const double *restrict b, double constant,
                                     double *restrict sum)
{
    double largest[LANES];
    for (size_t lane = 0; lane < LANES; lane++) {
        largest[lane] = -HUGE_VAL;
    }
    for (size_t i = 0; i < count; i += LANES) {
        for (size_t lane = 0; lane < LANES; lane++) {
            double value = a[i + lane] + b[i + lane] + constant;
            sum[i + lane] = value;
            largest[lane] = largest[lane] > value ? largest[lane] : value;
        }
    }
    double result = largest[0];
    for (size_t lane = 1; lane < LANES; lane++) {
        result = fmax(result, largest[lane]);
    }
    return result;
}

/**
 * Replaces logarithms by exp(log - largest), 0 where negligible, adds them to collapsed and returns
 * their sum, taken in LANES interleaved parts.
 */
VECTOR_CLONES static double exponentiate(size_t count, double largest, double *restrict weight,
                                         double *restrict collapsed)
{
    double sum[LANES] = {0};
    for (size_t i = 0; i < count; i += LANES) {
        double highest = -HUGE_VAL;
        for (size_t lane = 0; lane < LANES; lane++) {
            highest = highest > weight[i + lane] ? highest : weight[i + lane];
        }
        if (!(highest > largest - negligible)) {
            for (size_t lane = 0; lane < LANES; lane++) {
                weight[i + lane] = 0;
            }
            continue;
        }
        for (size_t lane = 0; lane < LANES; lane++) {
            double logarithm = weight[i + lane] - largest;
            double value = elementary_exp(logarithm);
            value = logarithm > -negligible ? value : 0;
            weight[i + lane] = value;
            collapsed[i + lane] += value;
            sum[lane] += value;
        }
    }
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

/** weight[i] *= factor. */
VECTOR_CLONES static void scale(size_t count, double factor, double *weight)
{
    for (size_t i = 0; i < count; i++) {
        weight[i] *= factor;
    }
}

/** Means and second moments of theta under the collapsed weights. */
VECTOR_CLONES static void sum_moments(const struct grid *grid, const double *restrict weight,
                                      struct hierarchy_moments *moments)
{
    double sum[GRID_AXES + HIERARCHY_PAIRS][LANES] = {{0}};
    const double *restrict a = grid->coordinate[0];
    const double *restrict b = grid->coordinate[1];
    const double *restrict c = grid->coordinate[2];
    for (size_t i = 0; i < grid->stride; i += LANES) {
        for (size_t lane = 0; lane < LANES; lane++) {
            size_t cell = i + lane;
            double wa = weight[cell] * a[cell];
            double wb = weight[cell] * b[cell];
            double wc = weight[cell] * c[cell];
            sum[0][lane] += wa;
            sum[1][lane] += wb;
            sum[2][lane] += wc;
            sum[3][lane] += wa * a[cell];
            sum[4][lane] += wa * b[cell];
            sum[5][lane] += wa * c[cell];
            sum[6][lane] += wb * b[cell];
            sum[7][lane] += wb * c[cell];
            sum[8][lane] += wc * c[cell];
        }
    }
    for (size_t i = 0; i < GRID_AXES + HIERARCHY_PAIRS; i++) {
        double total = 0;
        for (size_t lane = 0; lane < LANES; lane++) {
            total += sum[i][lane];
        }
        *(i < GRID_AXES ? &moments->mean[i] : &moments->second[i - GRID_AXES]) = total;
    }
}

struct hierarchy_moments hierarchy_posterior_compute(struct hierarchy_field *field,
                                                     const double mean[GRID_AXES],
                                                     const double *log_likelihood, double *weight)
{
    const struct grid *grid = field->grid;
    struct hierarchy_moments moments = {0};
    lay_prior(field, mean);
    double largest = -HUGE_VAL;
    for (size_t r = 0; r < grid->dispersions; r++) {
        size_t row = r * grid->stride;
        largest = fmax(largest, add_logs(grid->stride, log_likelihood + row, field->log_prior,
                                         field->log_dispersion[r], weight + row));
    }
    memset(field->collapsed, 0, grid->stride * sizeof(double));
    double total = 0;
    for (size_t r = 0; r < grid->dispersions; r++) {
        moments.dispersion[r] =
            exponentiate(grid->stride, largest, weight + r * grid->stride, field->collapsed);
        total += moments.dispersion[r];
    }
    moments.log_evidence = largest + log(total);
    scale(grid->nodes, 1 / total, weight);
    scale(grid->stride, 1 / total, field->collapsed);
    scale(grid->dispersions, 1 / total, moments.dispersion);
    sum_moments(grid, field->collapsed, &moments);
    return moments;
}
