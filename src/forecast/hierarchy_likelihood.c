/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hierarchy.h"

#include "hierarchy_sum.h"
#include "hierarchy_table.h"
#include "memory.h"
#include "vector_clones.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    BINOMIALS = 512, /* increments whose binomial terms are tabulated */
    PANEL = 256,     /* nodes that are summed for all series before the next: their vectors stay in
                        the cache */
};

/** Memory for vectors of (age, increment) pairs that many series share, and what of it is taken
 * from the system at a time, bytes. */
static const size_t cache_bytes = (size_t)32 << 20, slab_bytes = (size_t)2 << 20;

/** What the likelihood of one series is put together from. */
struct plan {
    bool shared;        /* from vectors in tables; else increment by increment */
    const double *base; /* [nodes], NULL: 0 */
    double constant[GRID_DISPERSION_MAX];
    size_t terms;
    struct hierarchy_term *term; /* [max_age] */
};

struct hierarchy_likelihood {
    struct hierarchy_model model;
    const struct grid *grid;
    size_t max_age;
    struct hierarchy_logarithms *step; /* [max_age] logarithms of the step to age k + 1 */
    double discount;                   /* that decay and base are for; NaN: none yet */
    double *decay;                     /* [max_age + 1] weight of an increment so many steps old */
    struct plan *plan;                 /* [HIERARCHY_BLOCK] */
    /* Without shocks. */
    double *base; /* [max_age + 1][nodes] sum over ages of w r ln(r / (r + M)) */
    double log_gamma[GRID_DISPERSION_MAX];           /* ln Gamma(r) */
    double binomial[GRID_DISPERSION_MAX][BINOMIALS]; /* hierarchy_log_binomial() */
    /* With shocks: vectors ln p(d | M_k, r), filled when first met. */
    size_t cached_increments; /* increments 0 ... cached_increments - 1 are kept */
    double **cache;           /* [max_age][cached_increments] of [nodes] in a slab, or NULL */
    size_t per_slab;          /* vectors */
    size_t cached;            /* vectors in slabs */
    double **slab;
    size_t slab_capacity;
    /* For increments that no table holds. */
    struct hierarchy_logarithms other;
    double *mean;    /* [stride] */
    double *scratch; /* [stride] */
    double *vector;  /* [nodes] */
};

static void create_steps(struct hierarchy_likelihood *likelihood)
{
    const struct hierarchy_model *model = &likelihood->model;
    const struct grid *grid = likelihood->grid;
    likelihood->step = memory_array(likelihood->max_age, sizeof *likelihood->step);
    for (size_t k = 0; k < likelihood->max_age; k++) {
        likelihood->step[k] = hierarchy_logarithms_create(model, grid);
        hierarchy_mean(model, grid, (double)k, (double)(k + 1), 0, likelihood->mean);
        hierarchy_logarithms_fill(model, grid, likelihood->mean, &likelihood->step[k]);
    }
}

static void create_binomials(struct hierarchy_likelihood *likelihood)
{
    const struct grid *grid = likelihood->grid;
    for (size_t i = 0; i < grid->dispersions; i++) {
        likelihood->log_gamma[i] = lgamma(grid->dispersion[i]);
        for (size_t d = 0; d < BINOMIALS; d++) {
            likelihood->binomial[i][d] = hierarchy_log_binomial((double)d, grid->dispersion[i]);
        }
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
    likelihood->plan = memory_array(HIERARCHY_BLOCK, sizeof *likelihood->plan);
    /* The reinforced curve's means depend on the counts: there is nothing to share. */
    likelihood->max_age = model->curve == HIERARCHY_REINFORCED ? 0 : max_age;
    likelihood->decay = memory_array(likelihood->max_age + 1, sizeof(double));
    if (likelihood->max_age == 0) {
        return likelihood;
    }
    create_steps(likelihood);
    for (size_t i = 0; i < HIERARCHY_BLOCK; i++) {
        likelihood->plan[i].term = memory_array(max_age, sizeof *likelihood->plan[i].term);
    }
    if (model->shock_probability > 0) {
        size_t fit = slab_bytes / (grid->nodes * sizeof(double));
        likelihood->per_slab = fit > 0 ? fit : 1;
        likelihood->cached_increments = cache_bytes / (max_age * grid->nodes * sizeof(double));
        likelihood->cache =
            memory_array(max_age * likelihood->cached_increments, sizeof *likelihood->cache);
    } else {
        create_binomials(likelihood);
        likelihood->base = memory_array((max_age + 1) * grid->nodes, sizeof(double));
    }
    return likelihood;
}

void hierarchy_likelihood_free(struct hierarchy_likelihood *likelihood)
{
    if (likelihood == NULL) {
        return;
    }
    for (size_t k = 0; k < likelihood->max_age; k++) {
        hierarchy_logarithms_free(&likelihood->step[k]);
    }
    for (size_t i = 0; i < likelihood->cached; i += likelihood->per_slab) {
        free(likelihood->slab[i / likelihood->per_slab]);
    }
    for (size_t i = 0; i < HIERARCHY_BLOCK; i++) {
        free(likelihood->plan[i].term);
    }
    hierarchy_logarithms_free(&likelihood->other);
    free(likelihood->step);
    free(likelihood->decay);
    free(likelihood->plan);
    free(likelihood->base);
    free(likelihood->cache);
    free(likelihood->slab);
    free(likelihood->mean);
    free(likelihood->scratch);
    free(likelihood->vector);
    free(likelihood);
}

static double increment_of(const struct hierarchy_series *series, size_t k)
{
    return series->observed[k] - series->observed[k - 1];
}

/** Sums w r ln(r / (r + M)) over the ages for a discount: S_L = discount S_(L-1) + r ln(...). */
static void sum_base(struct hierarchy_likelihood *likelihood, double decay)
{
    const struct grid *grid = likelihood->grid;
    for (size_t k = 0; k < likelihood->max_age; k++) {
        const double *before = likelihood->base + k * grid->nodes;
        double *after = likelihood->base + (k + 1) * grid->nodes;
        for (size_t i = 0; i < grid->dispersions; i++) {
            double r = grid->dispersion[i];
            double log_r = log(r);
            const double *ratio = likelihood->step[k].ratio + i * grid->stride;
            for (size_t cell = 0; cell < grid->stride; cell++) {
                size_t node = i * grid->stride + cell;
                double term = r * (log_r - likelihood->step[k].mean[cell] + ratio[cell]);
                after[node] = decay * before[node] + term;
            }
        }
    }
}

static void set_discount(struct hierarchy_likelihood *likelihood, double discount)
{
    double months = likelihood->model.step_months;
    if (discount == likelihood->discount) {
        return;
    }
    for (size_t k = 0; k <= likelihood->max_age; k++) {
        likelihood->decay[k] = pow(discount, (double)k * months);
    }
    if (likelihood->base != NULL) {
        sum_base(likelihood, pow(discount, months));
    }
    likelihood->discount = discount;
}

/** The weight of the increment that ends at point k. */
static double weight_of(const struct hierarchy_likelihood *likelihood,
                        const struct hierarchy_series *series, size_t k)
{
    double steps = series->age[series->count - 1] - series->age[k];
    bool whole = steps <= (double)likelihood->max_age && steps == floor(steps);
    return whole ? likelihood->decay[(size_t)steps]
                 : pow(likelihood->discount, steps * likelihood->model.step_months);
}

/** Whether the increment that ends at point k is a single step between whole, tabulated ages. */
static bool tabulated(const struct hierarchy_likelihood *likelihood,
                      const struct hierarchy_series *series, size_t k)
{
    double from = series->age[k - 1];
    double to = series->age[k];
    return to - from == 1 && to <= (double)likelihood->max_age && from >= 0 && from == floor(from);
}

/** Room for a vector that is kept. */
static double *slab_vector(struct hierarchy_likelihood *likelihood)
{
    size_t nodes = likelihood->grid->nodes;
    size_t slab = likelihood->cached / likelihood->per_slab;
    size_t place = likelihood->cached++ % likelihood->per_slab;
    if (place == 0) {
        likelihood->slab = memory_reserve(likelihood->slab, &likelihood->slab_capacity, slab,
                                          sizeof *likelihood->slab);
        likelihood->slab[slab] = memory_pages(likelihood->per_slab * nodes, sizeof(double));
    }
    return likelihood->slab[slab] + place * nodes;
}

/** ln p(d | M_k, r) of an increment that the cache has a place for, else NULL. */
static const double *cached_vector(struct hierarchy_likelihood *likelihood,
                                   const struct hierarchy_series *series, size_t k)
{
    double increment = increment_of(series, k);
    if (!(increment < (double)likelihood->cached_increments && increment == floor(increment) &&
          tabulated(likelihood, series, k))) {
        return NULL;
    }
    size_t step = (size_t)series->age[k - 1];
    double **kept = &likelihood->cache[step * likelihood->cached_increments + (size_t)increment];
    if (*kept == NULL) {
        *kept = slab_vector(likelihood);
        hierarchy_log_probability(&likelihood->model, likelihood->grid, &likelihood->step[step],
                                  increment, likelihood->scratch, *kept);
    }
    return *kept;
}

/** ln p(d | M, r) of the increment that ends at point k; valid until the next call. */
static const double *increment_vector(struct hierarchy_likelihood *likelihood,
                                      const struct hierarchy_series *series, size_t k)
{
    const struct grid *grid = likelihood->grid;
    const struct hierarchy_model *model = &likelihood->model;
    const double *kept = cached_vector(likelihood, series, k);
    if (kept != NULL) {
        return kept;
    }
    const struct hierarchy_logarithms *logarithms = &likelihood->other;
    if (tabulated(likelihood, series, k)) {
        logarithms = &likelihood->step[(size_t)series->age[k - 1]];
    } else {
        hierarchy_mean(model, grid, series->age[k - 1], series->age[k], series->observed[k - 1],
                       likelihood->mean);
        hierarchy_logarithms_fill(model, grid, likelihood->mean, logarithms);
    }
    hierarchy_log_probability(model, grid, logarithms, increment_of(series, k), likelihood->scratch,
                              likelihood->vector);
    return likelihood->vector;
}

/** ln L of one series as a weighted sum of its increments' vectors. */
static void sum_vectors(struct hierarchy_likelihood *likelihood,
                        const struct hierarchy_series *series, double *log_likelihood)
{
    size_t nodes = likelihood->grid->nodes;
    memset(log_likelihood, 0, nodes * sizeof *log_likelihood);
    for (size_t k = 1; k < series->count; k++) {
        struct hierarchy_term term = {increment_vector(likelihood, series, k),
                                      weight_of(likelihood, series, k)};
        hierarchy_sum_add(0, nodes, 1, &term, log_likelihood);
    }
}

/** Whether the series is observed at every age from 0 on, as the base sums need it. */
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

/** constant[r] += weight ln[Gamma(d + r) / (Gamma(r) Gamma(d + 1))]. */
static void add_binomials(const struct hierarchy_likelihood *likelihood, double increment,
                          double weight, double *constant)
{
    const struct grid *grid = likelihood->grid;
    if (increment < BINOMIALS && increment == floor(increment)) {
        for (size_t i = 0; i < grid->dispersions; i++) {
            constant[i] += weight * likelihood->binomial[i][(size_t)increment];
        }
        return;
    }
    double log_factorial = lgamma(increment + 1);
    for (size_t i = 0; i < grid->dispersions; i++) {
        double log_gamma = lgamma(increment + grid->dispersion[i]);
        constant[i] += weight * (log_gamma - likelihood->log_gamma[i] - log_factorial);
    }
}

/** Without shocks ln L is linear in the increments; those of 0 have a binomial of 1. */
static void plan_product(const struct hierarchy_likelihood *likelihood,
                         const struct hierarchy_series *series, struct plan *plan)
{
    plan->shared = regular(likelihood, series);
    plan->base = likelihood->base + (series->count - 1) * likelihood->grid->nodes;
    memset(plan->constant, 0, sizeof plan->constant);
    plan->terms = 0;
    for (size_t k = 1; plan->shared && k < series->count; k++) {
        double increment = increment_of(series, k);
        if (increment != 0) {
            double weight = weight_of(likelihood, series, k);
            add_binomials(likelihood, increment, weight, plan->constant);
            plan->term[plan->terms++] =
                (struct hierarchy_term){likelihood->step[k - 1].ratio, weight * increment};
        }
    }
}

/** With shocks it is a sum of vectors that series share. */
static void plan_vectors(struct hierarchy_likelihood *likelihood,
                         const struct hierarchy_series *series, struct plan *plan)
{
    plan->shared = true;
    plan->base = NULL;
    memset(plan->constant, 0, sizeof plan->constant);
    plan->terms = 0;
    for (size_t k = 1; plan->shared && k < series->count; k++) {
        const double *vector = cached_vector(likelihood, series, k);
        plan->shared = vector != NULL;
        if (plan->shared) {
            plan->term[plan->terms++] =
                (struct hierarchy_term){vector, weight_of(likelihood, series, k)};
        }
    }
}

/** row[i] = base[i] + constant. */
VECTOR_CLONES static void start_row(size_t count, double constant, const double *restrict base,
                                    double *restrict row)
{
    for (size_t i = 0; i < count; i++) {
        row[i] = base[i] + constant;
    }
}

/** The nodes from first to first + count - 1, all of one dispersion, of all planned rows. */
static void sum_panel(const struct hierarchy_likelihood *likelihood, size_t rows, size_t dispersion,
                      size_t first, size_t count, double *log_likelihood)
{
    for (size_t i = 0; i < rows; i++) {
        const struct plan *plan = &likelihood->plan[i];
        double *row = log_likelihood + i * likelihood->grid->nodes;
        if (!plan->shared) {
            continue;
        }
        if (plan->base != NULL) {
            start_row(count, plan->constant[dispersion], plan->base + first, row + first);
        } else {
            memset(row + first, 0, count * sizeof *row);
        }
        hierarchy_sum_add(first, count, plan->terms, plan->term, row);
    }
}

void hierarchy_likelihood_block(struct hierarchy_likelihood *likelihood, double discount,
                                size_t count, const struct hierarchy_series *series,
                                double *log_likelihood)
{
    const struct grid *grid = likelihood->grid;
    assert(count <= HIERARCHY_BLOCK);
    set_discount(likelihood, discount);
    for (size_t i = 0; i < count; i++) {
        if (likelihood->base != NULL) {
            plan_product(likelihood, &series[i], &likelihood->plan[i]);
        } else {
            plan_vectors(likelihood, &series[i], &likelihood->plan[i]);
        }
    }
    for (size_t r = 0; r < grid->dispersions; r++) {
        for (size_t cell = 0; cell < grid->stride; cell += PANEL) {
            size_t rest = grid->stride - cell;
            sum_panel(likelihood, count, r, r * grid->stride + cell, rest < PANEL ? rest : PANEL,
                      log_likelihood);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!likelihood->plan[i].shared) {
            sum_vectors(likelihood, &series[i], log_likelihood + i * grid->nodes);
        }
    }
}
