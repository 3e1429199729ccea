/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hierarchy.h"

#include "hierarchy_product.h"
#include "hierarchy_table.h"
#include "memory.h"
#include "vector_clones.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/** Increments whose binomial terms are tabulated. */
enum { BINOMIALS = 64 };

/** Memory for vectors of (age, increment) pairs that many series share, bytes. */
static const size_t cache_bytes = (size_t)96 << 20;

struct hierarchy_likelihood {
    struct hierarchy_model model;
    const struct grid *grid;
    size_t max_age;
    struct hierarchy_logarithms *step; /* [max_age] logarithms of the step to age k + 1 */
    double *ratio;                     /* [max_age][nodes], what step[].ratio points into */
    /* Without shocks: the matrix product. */
    double discount;  /* that base was summed for; NaN: none yet */
    double *base;     /* [max_age + 1][nodes] sum over ages of w r ln(r / (r + M)) */
    double *weighted; /* [HIERARCHY_BLOCK][max_age] w_k d_k */
    double *panel;    /* [max_age][HIERARCHY_PRODUCT_COLUMNS] scratch */
    double binomial[GRID_DISPERSION_MAX][BINOMIALS]; /* log_binomial() */
    /* With shocks: vectors ln p(d | M_k, r), filled when first met. */
    size_t cached_increments; /* increments 0 ... cached_increments - 1 are kept */
    double **cache;           /* [max_age][cached_increments] of [nodes], or NULL */
    /* For increments that no table holds. */
    struct hierarchy_logarithms other;
    double *mean;    /* [stride] */
    double *scratch; /* [stride] */
    double *vector;  /* [nodes] */
};

static void create_steps(struct hierarchy_likelihood *likelihood)
{
    const struct grid *grid = likelihood->grid;
    bool shocks = likelihood->model.shock_probability > 0;
    likelihood->step = memory_array(likelihood->max_age, sizeof *likelihood->step);
    likelihood->ratio = memory_array(likelihood->max_age * grid->nodes, sizeof(double));
    for (size_t k = 0; k < likelihood->max_age; k++) {
        likelihood->step[k] = (struct hierarchy_logarithms){
            .mean = memory_array(grid->stride, sizeof(double)),
            .ratio = likelihood->ratio + k * grid->nodes,
            .shock_mean = shocks ? memory_array(grid->stride, sizeof(double)) : NULL,
            .shock_ratio = shocks ? memory_array(grid->stride, sizeof(double)) : NULL,
        };
        hierarchy_mean(&likelihood->model, grid, (double)k, (double)(k + 1), 0, likelihood->mean);
        hierarchy_logarithms_fill(&likelihood->model, grid, likelihood->mean, &likelihood->step[k]);
    }
}

struct hierarchy_likelihood *hierarchy_likelihood_create(const struct hierarchy_model *model,
                                                         const struct grid *grid, size_t max_age)
{
    struct hierarchy_likelihood *likelihood = memory_array(1, sizeof *likelihood);
    likelihood->model = *model;
    likelihood->grid = grid;
    likelihood->discount = NAN;
    likelihood->other = hierarchy_logarithms_create(model, grid);
    likelihood->mean = memory_array(grid->stride, sizeof(double));
    likelihood->scratch = memory_array(grid->stride, sizeof(double));
    likelihood->vector = memory_array(grid->nodes, sizeof(double));
    likelihood->max_age = max_age;
    if (model->curve == HIERARCHY_REINFORCED || max_age == 0) {
        likelihood->max_age = 0; /* its means depend on the counts: there is nothing to share */
        return likelihood;
    }
    create_steps(likelihood);
    for (size_t i = 0; i < grid->dispersions; i++) {
        for (size_t d = 0; d < BINOMIALS; d++) {
            likelihood->binomial[i][d] = hierarchy_log_binomial((double)d, grid->dispersion[i]);
        }
    }
    if (model->shock_probability > 0) {
        likelihood->cached_increments = cache_bytes / (max_age * grid->nodes * sizeof(double));
        likelihood->cache =
            memory_array(max_age * likelihood->cached_increments, sizeof *likelihood->cache);
    } else {
        likelihood->base = memory_array((max_age + 1) * grid->nodes, sizeof(double));
        likelihood->weighted = memory_array(HIERARCHY_BLOCK * max_age, sizeof(double));
        likelihood->panel = memory_array(max_age * HIERARCHY_PRODUCT_COLUMNS, sizeof(double));
    }
    return likelihood;
}

void hierarchy_likelihood_free(struct hierarchy_likelihood *likelihood)
{
    if (likelihood == NULL) {
        return;
    }
    for (size_t k = 0; likelihood->step != NULL && k < likelihood->max_age; k++) {
        free(likelihood->step[k].mean);
        free(likelihood->step[k].shock_mean);
        free(likelihood->step[k].shock_ratio);
    }
    for (size_t i = 0; i < likelihood->max_age * likelihood->cached_increments; i++) {
        free(likelihood->cache[i]);
    }
    hierarchy_logarithms_free(&likelihood->other);
    free(likelihood->step);
    free(likelihood->ratio);
    free(likelihood->base);
    free(likelihood->weighted);
    free(likelihood->panel);
    free(likelihood->cache);
    free(likelihood->mean);
    free(likelihood->scratch);
    free(likelihood->vector);
    free(likelihood);
}

static double increment_of(const struct hierarchy_series *series, size_t k)
{
    return series->observed[k] - series->observed[k - 1];
}

/** The weight of the increment that ends at point k. */
static double weight_of(const struct hierarchy_likelihood *likelihood, double discount,
                        const struct hierarchy_series *series, size_t k)
{
    double months =
        (series->age[series->count - 1] - series->age[k]) * likelihood->model.step_months;
    return pow(discount, months);
}

/** Whether the increment that ends at point k is a single step between whole, tabulated ages. */
static bool tabulated(const struct hierarchy_likelihood *likelihood,
                      const struct hierarchy_series *series, size_t k)
{
    double from = series->age[k - 1];
    double to = series->age[k];
    return to - from == 1 && to <= (double)likelihood->max_age && from >= 0 && from == floor(from);
}

/** ln p(d | M, r) of the increment that ends at point k; valid until the next call. */
static const double *increment_vector(struct hierarchy_likelihood *likelihood,
                                      const struct hierarchy_series *series, size_t k)
{
    const struct grid *grid = likelihood->grid;
    const struct hierarchy_model *model = &likelihood->model;
    double increment = increment_of(series, k);
    if (!tabulated(likelihood, series, k)) {
        hierarchy_mean(model, grid, series->age[k - 1], series->age[k], series->observed[k - 1],
                       likelihood->mean);
        hierarchy_logarithms_fill(model, grid, likelihood->mean, &likelihood->other);
        hierarchy_log_probability(model, grid, &likelihood->other, increment, likelihood->scratch,
                                  likelihood->vector);
        return likelihood->vector;
    }
    size_t step = (size_t)series->age[k - 1];
    double *vector = likelihood->vector;
    if (increment < (double)likelihood->cached_increments && increment == floor(increment)) {
        double **kept =
            &likelihood->cache[step * likelihood->cached_increments + (size_t)increment];
        if (*kept != NULL) {
            return *kept;
        }
        vector = *kept = memory_array(grid->nodes, sizeof(double));
    }
    hierarchy_log_probability(model, grid, &likelihood->step[step], increment, likelihood->scratch,
                              vector);
    return vector;
}

VECTOR_CLONES static void add_scaled(size_t count, double weight, const double *restrict vector,
                                     double *restrict sum)
{
    for (size_t i = 0; i < count; i++) {
        sum[i] += weight * vector[i];
    }
}

/** ln L of one series as a weighted sum of its increments' vectors. */
static void sum_vectors(struct hierarchy_likelihood *likelihood, double discount,
                        const struct hierarchy_series *series, double *log_likelihood)
{
    size_t nodes = likelihood->grid->nodes;
    memset(log_likelihood, 0, nodes * sizeof *log_likelihood);
    for (size_t k = 1; k < series->count; k++) {
        const double *vector = increment_vector(likelihood, series, k);
        add_scaled(nodes, weight_of(likelihood, discount, series, k), vector, log_likelihood);
    }
}

/** Sums w r ln(r / (r + M)) over the ages for a discount: S_L = discount S_(L-1) + r ln(...). */
static void sum_base(struct hierarchy_likelihood *likelihood, double discount)
{
    const struct grid *grid = likelihood->grid;
    double decay = pow(discount, likelihood->model.step_months);
    for (size_t k = 0; k < likelihood->max_age; k++) {
        const double *before = likelihood->base + k * grid->nodes;
        double *after = likelihood->base + (k + 1) * grid->nodes;
        for (size_t i = 0; i < grid->dispersions; i++) {
            double r = grid->dispersion[i];
            const double *ratio = likelihood->step[k].ratio + i * grid->stride;
            for (size_t cell = 0; cell < grid->stride; cell++) {
                size_t node = i * grid->stride + cell;
                double term = r * (log(r) - likelihood->step[k].mean[cell] + ratio[cell]);
                after[node] = decay * before[node] + term;
            }
        }
    }
    likelihood->discount = discount;
}

/** Whether the series is observed at every age from 0 on, as the matrix product needs it. */
static bool regular(const struct hierarchy_likelihood *likelihood,
                    const struct hierarchy_series *series)
{
    for (size_t k = 1; k < series->count; k++) {
        if (!tabulated(likelihood, series, k)) {
            return false;
        }
    }
    return series->count > 1 && series->age[0] == 0;
}

/** row[i] += base[i] + constant. */
VECTOR_CLONES static void add_base(size_t count, double constant, const double *restrict base,
                                   double *restrict row)
{
    for (size_t i = 0; i < count; i++) {
        row[i] += base[i] + constant;
    }
}

/** ln[Gamma(d + r) / (Gamma(r) Gamma(d + 1))], from a table for small whole increments. */
static double log_binomial(const struct hierarchy_likelihood *likelihood, double increment,
                           size_t dispersion)
{
    if (increment < BINOMIALS && increment == floor(increment)) {
        return likelihood->binomial[dispersion][(size_t)increment];
    }
    return hierarchy_log_binomial(increment, likelihood->grid->dispersion[dispersion]);
}

/** What the product leaves out: base sums and constants, added to one row. */
static void add_constants(const struct hierarchy_likelihood *likelihood, double discount,
                          const struct hierarchy_series *series, double *row)
{
    const struct grid *grid = likelihood->grid;
    const double *base = likelihood->base + (series->count - 1) * grid->nodes;
    double constant[GRID_DISPERSION_MAX] = {0};
    for (size_t k = 1; k < series->count; k++) {
        double weight = weight_of(likelihood, discount, series, k);
        double increment = increment_of(series, k);
        for (size_t i = 0; i < grid->dispersions; i++) {
            constant[i] += weight * log_binomial(likelihood, increment, i);
        }
    }
    for (size_t i = 0; i < grid->dispersions; i++) {
        add_base(grid->stride, constant[i], base + i * grid->stride, row + i * grid->stride);
    }
}

/** All regular series of a block by one product. */
static void multiply_block(struct hierarchy_likelihood *likelihood, double discount, size_t count,
                           const struct hierarchy_series *series, double *log_likelihood)
{
    size_t ages = likelihood->max_age;
    size_t tiles = (count + HIERARCHY_PRODUCT_ROWS - 1) / HIERARCHY_PRODUCT_ROWS;
    size_t rows = tiles * HIERARCHY_PRODUCT_ROWS;
    if (discount != likelihood->discount) {
        sum_base(likelihood, discount);
    }
    memset(likelihood->weighted, 0, rows * ages * sizeof(double));
    for (size_t i = 0; i < count; i++) {
        bool whole = regular(likelihood, &series[i]);
        for (size_t k = 1; whole && k < series[i].count; k++) {
            likelihood->weighted[i * ages + k - 1] =
                weight_of(likelihood, discount, &series[i], k) * increment_of(&series[i], k);
        }
    }
    hierarchy_product(rows, ages, likelihood->grid->nodes, likelihood->weighted, likelihood->ratio,
                      likelihood->panel, log_likelihood);
}

void hierarchy_likelihood_block(struct hierarchy_likelihood *likelihood, double discount,
                                size_t count, const struct hierarchy_series *series,
                                double *log_likelihood)
{
    assert(count <= HIERARCHY_BLOCK);
    bool product = likelihood->base != NULL;
    if (product) {
        multiply_block(likelihood, discount, count, series, log_likelihood);
    }
    for (size_t i = 0; i < count; i++) {
        double *row = log_likelihood + i * likelihood->grid->nodes;
        if (product && regular(likelihood, &series[i])) {
            add_constants(likelihood, discount, &series[i], row);
        } else {
            sum_vectors(likelihood, discount, &series[i], row);
        }
    }
}
