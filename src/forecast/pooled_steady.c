/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pooled_steady.h"

#include "elementary.h"
#include "grid.h"
#include "hierarchy_table.h"
#include "memory.h"
#include "vector_clones.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    FACTORS = 512, /* of at most 2 in a product before its logarithm is taken */
    TRIED = 64,    /* points after which an r may be left out */
};

/** An r is left out once its probability has been below exp(-negligible) at all points. */
static const double negligible = 60;

struct pooled_steady {
    struct hierarchy_model model;
    size_t dispersions;
    double dispersion[GRID_DISPERSION_MAX];
    double highest[GRID_DISPERSION_MAX]; /* ln of the largest probability of r so far */
    size_t tried;                        /* points so far */
    size_t most;
    /* Of the series, for every point k from 1 on. */
    size_t capacity;
    double *increment; /* [capacity] */
    double *constant;  /* [capacity][dispersions + 1] what of ln p no mean enters; last of shocks */
    /* Of a point. */
    size_t factors;   /* in the products */
    double *log_mean; /* [most] */
    double *shock;    /* [most] ln of the shocks' part of p */
    double *sum;      /* [dispersions][most] */
    double *product;  /* [dispersions][most] */
};

struct pooled_steady *pooled_steady_create(const struct hierarchy_model *model, size_t dispersions,
                                           const double *dispersion, size_t most)
{
    struct pooled_steady *steady = memory_array(1, sizeof *steady);
    steady->model = *model;
    steady->dispersions = dispersions;
    memcpy(steady->dispersion, dispersion, dispersions * sizeof *dispersion);
    steady->most = most;
    steady->log_mean = memory_array(most, sizeof(double));
    steady->shock = memory_array(most, sizeof(double));
    steady->sum = memory_array(dispersions * most, sizeof(double));
    steady->product = memory_array(dispersions * most, sizeof(double));
    return steady;
}

void pooled_steady_free(struct pooled_steady *steady)
{
    if (steady != NULL) {
        free(steady->increment);
        free(steady->constant);
        free(steady->log_mean);
        free(steady->shock);
        free(steady->sum);
        free(steady->product);
        free(steady);
    }
}

void pooled_steady_open(struct pooled_steady *steady, const struct hierarchy_series *series)
{
    const struct hierarchy_model *model = &steady->model;
    size_t row = steady->dispersions + 1;
    if (steady->dispersions == 0) {
        return;
    }
    if (steady->capacity < series->count) {
        steady->capacity = series->count;
        steady->increment = memory_resize(steady->increment, steady->capacity, sizeof(double));
        steady->constant = memory_resize(steady->constant, steady->capacity * row, sizeof(double));
    }
    for (size_t k = 1; k < series->count; k++) {
        double increment = series->observed[k] - series->observed[k - 1];
        double *constant = steady->constant + k * row;
        steady->increment[k] = increment;
        for (size_t r = 0; r < row; r++) {
            bool shock = r == steady->dispersions;
            double dispersion = shock ? model->shock_dispersion : steady->dispersion[r];
            constant[r] =
                hierarchy_log_binomial(increment, dispersion) + dispersion * log(dispersion) +
                (shock ? log(model->shock_probability) : log1p(-model->shock_probability));
        }
    }
}

void pooled_steady_restart(struct pooled_steady *steady)
{
    steady->tried = 0;
    for (size_t r = 0; r < steady->dispersions; r++) {
        steady->highest[r] = -HUGE_VAL;
    }
}

static bool left_out(const struct pooled_steady *steady, size_t r)
{
    return steady->tried >= TRIED && steady->highest[r] < -negligible;
}

static bool all_left_out(const struct pooled_steady *steady)
{
    bool all = true;
    for (size_t r = 0; r < steady->dispersions; r++) {
        all = all && left_out(steady, r);
    }
    return all;
}

void pooled_steady_begin(struct pooled_steady *steady, size_t count)
{
    steady->factors = 0;
    for (size_t r = 0; r < steady->dispersions; r++) {
        for (size_t i = 0; i < count; i++) {
            steady->sum[r * steady->most + i] = 0;
            steady->product[r * steady->most + i] = 1;
        }
    }
}

VECTOR_CLONES static void take_logarithms(size_t count, const double *restrict mean,
                                          double *restrict log_mean)
{
    for (size_t i = 0; i < count; i++) {
        log_mean[i] = elementary_log(mean[i]);
    }
}

/** constant + d ln S - (d + s) ln(s + S) of S = factor M + offset. */
VECTOR_CLONES static void take_shocks(size_t count, const double *restrict mean, double factor,
                                      double offset, double increment, double dispersion,
                                      double constant, double *restrict shock)
{
    for (size_t i = 0; i < count; i++) {
        double value = factor * mean[i] + offset;
        shock[i] = constant + (increment * elementary_log(value) -
                               (increment + dispersion) * elementary_log(value + dispersion));
    }
}

/** constant + d ln M - (d + r) ln(r + M), mixed with the shocks. */
VECTOR_CLONES static void add_mixture(size_t count, const double *restrict mean,
                                      const double *restrict log_mean, const double *restrict shock,
                                      double increment, double dispersion, double constant,
                                      double *restrict sum, double *restrict product)
{
    double exponent = increment + dispersion;
    for (size_t i = 0; i < count; i++) {
        double ordinary =
            constant + (increment * log_mean[i] - exponent * elementary_log(mean[i] + dispersion));
        double high = ordinary > shock[i] ? ordinary : shock[i];
        double low = ordinary > shock[i] ? shock[i] : ordinary;
        sum[i] += high;
        product[i] *= 1 + elementary_exp(low - high);
    }
}

/** Takes the products into the sums. */
VECTOR_CLONES static void take_products(size_t count, double *restrict sum,
                                        double *restrict product)
{
    for (size_t i = 0; i < count; i++) {
        sum[i] += elementary_log(product[i]);
        product[i] = 1;
    }
}

static void close_products(struct pooled_steady *steady, size_t count)
{
    for (size_t r = 0; r < steady->dispersions; r++) {
        take_products(count, steady->sum + r * steady->most, steady->product + r * steady->most);
    }
    steady->factors = 0;
}

void pooled_steady_add(struct pooled_steady *steady, size_t k, size_t count, const double *mean)
{
    const struct hierarchy_model *model = &steady->model;
    if (all_left_out(steady)) {
        return;
    }
    double increment = steady->increment[k];
    const double *constant = steady->constant + k * (steady->dispersions + 1);
    if (model->shock_probability > 0) {
        take_shocks(count, mean, model->shock_factor, model->shock_offset, increment,
                    model->shock_dispersion, constant[steady->dispersions], steady->shock);
    } else {
        for (size_t i = 0; i < count; i++) {
            steady->shock[i] = -HUGE_VAL;
        }
    }
    take_logarithms(count, mean, steady->log_mean);
    for (size_t r = 0; r < steady->dispersions; r++) {
        if (!left_out(steady, r)) {
            add_mixture(count, mean, steady->log_mean, steady->shock, increment,
                        steady->dispersion[r], constant[r], steady->sum + r * steady->most,
                        steady->product + r * steady->most);
        }
    }
    if (++steady->factors == FACTORS) {
        close_products(steady, count);
    }
}

void pooled_steady_join(struct pooled_steady *steady, const double *log_probability, bool more,
                        size_t count, double *log_sum)
{
    double highest[GRID_DISPERSION_MAX] = {0};
    close_products(steady, count);
    for (size_t r = 0; r < steady->dispersions; r++) {
        const double *sum = steady->sum + r * steady->most;
        highest[r] = steady->highest[r];
        for (size_t i = 0; i < count && !left_out(steady, r); i++) {
            double value = sum[i] + log_probability[r];
            log_sum[i] = r > 0 || more ? elementary_log_sum(log_sum[i], value) : value;
            highest[r] = fmax(highest[r], value - log_sum[i]);
        }
    }
    memcpy(steady->highest, highest, sizeof highest);
    steady->tried += count;
}
