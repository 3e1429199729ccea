/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hierarchy.h"

#include "elementary.h"
#include "memory.h"
#include "vector_clones.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = VECTOR_CLONES_LANES };

/** Nodes below exp(-this) of the heaviest are left out: together less than 1e-11 of the sum. */
static const double negligible = 36.8;

struct hierarchy_field {
    const struct grid *grid;
    struct hierarchy_prior prior;
    double precision[HIERARCHY_PAIRS];
    double log_constant; /* of the normal density, with the volume of a cell */
    double log_dispersion[GRID_DISPERSION_MAX];
    /* Of the series at hand. */
    double *peak;      /* [stride] hierarchy_peak() */
    double *log_prior; /* [stride] */
    double *bound;     /* [stride] log_prior + peak */
    double *collapsed; /* [stride] weights summed over r */
    double *weight;    /* [nodes] that nobody asked for */
    size_t groups;     /* LANES cells each, of which some node may carry weight */
    size_t *group;     /* [stride / LANES] their first cells */
};

struct hierarchy_field *hierarchy_field_create(const struct grid *grid)
{
    struct hierarchy_field *field = memory_array(1, sizeof *field);
    field->grid = grid;
    field->peak = memory_array(grid->stride, sizeof(double));
    field->log_prior = memory_array(grid->stride, sizeof(double));
    field->bound = memory_array(grid->stride, sizeof(double));
    field->collapsed = memory_array(grid->stride, sizeof(double));
    field->weight = memory_array(grid->nodes, sizeof(double));
    field->group = memory_array(grid->stride / LANES, sizeof *field->group);
    return field;
}

void hierarchy_field_free(struct hierarchy_field *field)
{
    if (field != NULL) {
        free(field->peak);
        free(field->log_prior);
        free(field->bound);
        free(field->collapsed);
        free(field->weight);
        free(field->group);
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

/** sum[i] = larger of it and row[i]. */
VECTOR_CLONES static void take_larger(size_t count, const double *restrict row,
                                      double *restrict sum)
{
    for (size_t i = 0; i < count; i++) {
        sum[i] = sum[i] > row[i] ? sum[i] : row[i];
    }
}

void hierarchy_peak(const struct grid *grid, const double *log_likelihood, double *peak)
{
    memcpy(peak, log_likelihood, grid->stride * sizeof *peak);
    for (size_t r = 1; r < grid->dispersions; r++) {
        take_larger(grid->stride, log_likelihood + r * grid->stride, peak);
    }
}

/** ln N(theta; mean, V) dtheta at all cells, and with the peak added. */
VECTOR_CLONES static void add_prior(const struct grid *grid, const double p[HIERARCHY_PAIRS],
                                    const double mean[GRID_AXES], double constant,
                                    const double *restrict peak, double *restrict log_prior,
                                    double *restrict bound)
{
    const double *restrict first = grid->coordinate[0];
    const double *restrict second = grid->coordinate[1];
    const double *restrict third = grid->coordinate[2];
    for (size_t cell = 0; cell < grid->stride; cell++) {
        double a = first[cell] - mean[0];
        double b = second[cell] - mean[1];
        double c = third[cell] - mean[2];
        double square = a * (p[0] * a + 2 * (p[1] * b + p[2] * c)) +
                        b * (p[3] * b + 2 * (p[4] * c)) + p[5] * (c * c);
        log_prior[cell] = constant - 0.5 * square;
        bound[cell] = log_prior[cell] + peak[cell];
    }
}

/** The prior; nothing at the padding. */
static void lay_prior(struct hierarchy_field *field, const double mean[GRID_AXES],
                      const double *peak)
{
    const struct grid *grid = field->grid;
    add_prior(grid, field->precision, mean, field->log_constant, peak, field->log_prior,
              field->bound);
    for (size_t cell = grid->cells; cell < grid->stride; cell++) {
        field->log_prior[cell] = field->bound[cell] = -HUGE_VAL;
    }
}

/** Of LANES numbers. */
static inline double largest_of(const double *value)
{
    double largest = value[0];
    for (size_t lane = 1; lane < LANES; lane++) {
        largest = largest > value[lane] ? largest : value[lane];
    }
    return largest;
}

/** Lists the groups that reach `least`. */
static void list_groups(struct hierarchy_field *field, double least)
{
    field->groups = 0;
    for (size_t cell = 0; cell < field->grid->stride; cell += LANES) {
        if (largest_of(field->bound + cell) > least) {
            field->group[field->groups++] = cell;
        }
    }
}

/**
 * weight = exp(log likelihood + log prior + shift_r), 0 unless the logarithm is above least, at the
 * cells of groups; adds it over r in collapsed and over cells, in LANES parts, to sum.
 */
VECTOR_CLONES static void exponentiate(const struct grid *grid, size_t groups,
                                       const size_t *restrict group, const double *restrict shift,
                                       double least, const double *restrict log_likelihood,
                                       const double *restrict log_prior, double *restrict weight,
                                       double *restrict collapsed, double (*restrict sum)[LANES])
{
    for (size_t g = 0; g < groups; g++) {
        size_t cell = group[g];
        double all[LANES] = {0};
        for (size_t r = 0; r < grid->dispersions; r++) {
            size_t node = r * grid->stride + cell;
            for (size_t lane = 0; lane < LANES; lane++) {
                double logarithm = log_likelihood[node + lane] + log_prior[cell + lane] + shift[r];
                double value = elementary_exp(logarithm);
                value = logarithm > least ? value : 0;
                weight[node + lane] = value;
                all[lane] += value;
                sum[r][lane] += value;
            }
        }
        for (size_t lane = 0; lane < LANES; lane++) {
            collapsed[cell + lane] = all[lane];
        }
    }
}

/** Multiplies LANES numbers. */
static inline void multiply(double *value, double factor)
{
    for (size_t lane = 0; lane < LANES; lane++) {
        value[lane] *= factor;
    }
}

/** Multiplies the weights of groups, and those summed over r. */
VECTOR_CLONES static void scale(const struct grid *grid, size_t groups, const size_t *group,
                                double factor, double *weight, double *collapsed)
{
    for (size_t g = 0; g < groups; g++) {
        multiply(collapsed + group[g], factor);
        for (size_t node = group[g]; node < grid->nodes; node += grid->stride) {
            multiply(weight + node, factor);
        }
    }
}

/** Sums of theta and of its products under the collapsed weights, in LANES parts. */
VECTOR_CLONES static void sum_moments(const struct grid *grid, size_t groups,
                                      const size_t *restrict group, const double *restrict weight,
                                      double (*restrict sum)[LANES])
{
    const double *restrict a = grid->coordinate[0];
    const double *restrict b = grid->coordinate[1];
    const double *restrict c = grid->coordinate[2];
    for (size_t g = 0; g < groups; g++) {
        for (size_t lane = 0; lane < LANES; lane++) {
            size_t cell = group[g] + lane;
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
}

/** The posterior at the nodes of the groups that may carry weight. */
static struct hierarchy_moments compute(struct hierarchy_field *field, const double *log_likelihood,
                                        double *weight)
{
    const struct grid *grid = field->grid;
    struct hierarchy_moments moments = {0};
    double most = field->log_dispersion[0];
    double least = field->log_dispersion[0];
    for (size_t r = 1; r < grid->dispersions; r++) {
        most = fmax(most, field->log_dispersion[r]);
        least = fmin(least, field->log_dispersion[r]);
    }
    double bound = -HUGE_VAL;
    for (size_t cell = 0; cell < grid->stride; cell += LANES) {
        bound = fmax(bound, largest_of(field->bound + cell));
    }
    /* No node is above top, and the heaviest not below top - (most - least). */
    double top = bound + most;
    double lightest = least - most - negligible;
    double shift[GRID_DISPERSION_MAX];
    for (size_t r = 0; r < grid->dispersions; r++) {
        shift[r] = field->log_dispersion[r] - top;
    }
    list_groups(field, bound + lightest);
    double part[GRID_DISPERSION_MAX][LANES] = {{0}};
    exponentiate(grid, field->groups, field->group, shift, lightest, log_likelihood,
                 field->log_prior, weight, field->collapsed, part);
    double total = 0;
    for (size_t r = 0; r < grid->dispersions; r++) {
        moments.dispersion[r] = vector_clones_total(part[r]);
        total += moments.dispersion[r];
    }
    moments.log_evidence = top + log(total);
    for (size_t r = 0; r < grid->dispersions; r++) {
        moments.dispersion[r] /= total;
    }
    scale(grid, field->groups, field->group, 1 / total, weight, field->collapsed);
    double sum[GRID_AXES + HIERARCHY_PAIRS][LANES] = {{0}};
    sum_moments(grid, field->groups, field->group, field->collapsed, sum);
    for (size_t i = 0; i < GRID_AXES + HIERARCHY_PAIRS; i++) {
        *(i < GRID_AXES ? &moments.mean[i] : &moments.second[i - GRID_AXES]) =
            vector_clones_total(sum[i]);
    }
    return moments;
}

struct hierarchy_moments hierarchy_expect(struct hierarchy_field *field,
                                          const double mean[GRID_AXES],
                                          const double *log_likelihood, const double *peak)
{
    lay_prior(field, mean, peak);
    return compute(field, log_likelihood, field->weight);
}

struct hierarchy_moments hierarchy_posterior_compute(struct hierarchy_field *field,
                                                     const double mean[GRID_AXES],
                                                     const double *log_likelihood, double *weight)
{
    hierarchy_peak(field->grid, log_likelihood, field->peak);
    lay_prior(field, mean, field->peak);
    memset(weight, 0, field->grid->nodes * sizeof *weight);
    return compute(field, log_likelihood, weight);
}
