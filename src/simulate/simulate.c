/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "simulate.h"

#include "calendar.h"
#include "memory.h"
#include "random.h"
#include "series.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Models of a population when nothing says how many. */
enum { POPULATION_DEFAULT = 1000 };

/** Last observed day of every series, 2026-02-18: three years of months before it, the Hub had long
 *  begun to record release dates. */
enum { END_DATE = 20502 };

/** m of the population's parameters; its unit of t is the month. */
static const double population_scale = 30;

/** Means of (ln ultimate count, mu, ln sigma) and the Cholesky factor of their covariance. */
static const double population_mean[3] = {4.6, 2.15, 0.51};
static const double population_factor[3][3] = {{2.6, 0, 0}, {0.35, 1.55, 0}, {-0.04, -0.19, 0.43}};

/** What a stream of a model is for. */
enum { STREAM_PARAMETERS, STREAM_NOISE };

struct simulate_ensemble {
    const struct config *config;
    struct simulate_table table;
    size_t count;
    double *organization_share; /**< [organizations] cumulative shares, the last is 1 */
    gsl_rng *generator;         /**< its state is replaced for every model */
};

static double *cumulative_shares(size_t count)
{
    double *share = memory_array(count, sizeof *share);
    double sum = 0;
    for (size_t k = 0; k < count; k++) {
        sum += 1 / (double)(k + 1);
        share[k] = sum;
    }
    for (size_t k = 0; k < count; k++) {
        share[k] /= sum;
    }
    return share;
}

struct simulate_ensemble *simulate_ensemble_create(const struct config *config, struct error *error)
{
    struct simulate_table table = {0};
    const char *path = config->simulate.parameters;
    if (path[0] != '\0' && !simulate_table_read(path, config, &table, error)) {
        simulate_table_free(&table);
        return NULL;
    }
    struct simulate_ensemble *ensemble = memory_array(1, sizeof *ensemble);
    size_t fallback = path[0] != '\0' ? table.count : POPULATION_DEFAULT;
    *ensemble = (struct simulate_ensemble){
        .config = config,
        .table = table,
        .count = config->simulate.models > 0 ? config->simulate.models : fallback,
        .organization_share = cumulative_shares(config->simulate.organizations),
        .generator = gsl_rng_alloc(random_gsl_type),
    };
    return ensemble;
}

void simulate_ensemble_free(struct simulate_ensemble *ensemble)
{
    if (ensemble == NULL) {
        return;
    }
    gsl_rng_free(ensemble->generator);
    simulate_table_free(&ensemble->table);
    free(ensemble->organization_share);
    free(ensemble);
}

size_t simulate_ensemble_count(const struct simulate_ensemble *ensemble)
{
    return ensemble->count;
}

static struct random_stream stream_of(const struct simulate_ensemble *ensemble, const char *name,
                                      uint64_t index)
{
    return random_stream_open(ensemble->config->run.seed, RANDOM_SIMULATION, random_name_hash(name),
                              index);
}

/* The organization k with share[k - 1] <= u < share[k]. */
static size_t draw_organization(const struct simulate_ensemble *ensemble,
                                struct random_stream *stream)
{
    double u = random_uniform(stream);
    size_t low = 0;
    size_t high = ensemble->config->simulate.organizations - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (u < ensemble->organization_share[middle]) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

static void draw_parameters(struct random_stream *stream, struct simulate_model *model)
{
    double normal[3];
    double theta[3];
    for (size_t i = 0; i < 3; i++) {
        normal[i] = random_normal(stream);
        theta[i] = population_mean[i];
        for (size_t j = 0; j <= i; j++) {
            theta[i] += population_factor[i][j] * normal[j];
        }
    }
    model->origin = SIMULATE_FROM_POPULATION;
    model->scale = population_scale;
    model->unit = TIME_UNIT_MONTH;
    model->parameters = (struct growth_parameters){
        .fitness = growth_fitness_of_ultimate(exp(theta[0]), population_scale),
        .immediacy = theta[1],
        .longevity = exp(theta[2]),
    };
}

static double noise_dispersion(const struct config_simulate *simulate, double dispersion)
{
    switch (simulate->noise) {
    case NOISE_NEGATIVE_BINOMIAL:
        return dispersion;
    case NOISE_POISSON:
        return INFINITY;
    case NOISE_NONE:
        break;
    }
    return NAN;
}

/* Releases are spread evenly over the window, and so are the lengths up to simulate.steps. The day
   is early enough in its month that exactly so many whole months fit before the end. */
static void draw_dates(const struct config_simulate *simulate, struct random_stream *stream,
                       struct simulate_model *model)
{
    enum { SHORTEST_MONTH = 28 };
    if (model->release_date != SERIES_NO_DATE) {
        int32_t months = calendar_whole_months(model->release_date, END_DATE);
        size_t observed = months > 0 ? (size_t)months : 0;
        model->length = observed < simulate->steps ? observed : simulate->steps;
        return;
    }
    size_t window =
        simulate->release_window < simulate->steps ? simulate->release_window : simulate->steps - 1;
    model->length = simulate->steps - (size_t)random_below(stream, window + 1);
    int32_t month = calendar_add_months(END_DATE, -(int32_t)model->length);
    model->release_date = month - (int32_t)random_below(stream, SHORTEST_MONTH);
}

static void draw_from_population(const struct simulate_ensemble *ensemble, size_t i,
                                 struct simulate_model *model)
{
    memset(model, 0, sizeof *model);
    char base[SIMULATE_NAME_SIZE / 2];
    (void)snprintf(base, sizeof base, "model-%07zu", i + 1);
    struct random_stream stream = stream_of(ensemble, base, STREAM_PARAMETERS);
    (void)snprintf(model->organization, sizeof model->organization, "simulated-%03zu",
                   draw_organization(ensemble, &stream) + 1);
    (void)snprintf(model->name, sizeof model->name, "%.64s/%s", model->organization, base);
    model->release_date = SERIES_NO_DATE;
    draw_parameters(&stream, model);
    model->dispersion =
        noise_dispersion(&ensemble->config->simulate, ensemble->config->simulate.dispersion);
    draw_dates(&ensemble->config->simulate, &stream, model);
}

/* The rows in turn; from the second round on names carry the round's number. */
static void draw_from_table(const struct simulate_ensemble *ensemble, size_t i,
                            struct simulate_model *model)
{
    size_t round = i / ensemble->table.count;
    *model = ensemble->table.model[i % ensemble->table.count];
    if (round > 0) {
        size_t length = strlen(model->name);
        (void)snprintf(model->name + length, sizeof model->name - length, "#%zu", round + 1);
    }
    struct random_stream stream = stream_of(ensemble, model->name, STREAM_PARAMETERS);
    if (model->origin == SIMULATE_FROM_POPULATION) {
        draw_parameters(&stream, model);
    }
    model->dispersion = noise_dispersion(&ensemble->config->simulate, model->dispersion);
    draw_dates(&ensemble->config->simulate, &stream, model);
}

static double time_of_month(size_t month, enum config_time_unit unit)
{
    switch (unit) {
    case TIME_UNIT_YEAR:
        return (double)month / 12;
    case TIME_UNIT_DAY:
        return (double)month * SERIES_DAYS_PER_MONTH;
    case TIME_UNIT_STEP:
    case TIME_UNIT_MONTH:
        break;
    }
    return (double)month;
}

static bool compute_curve(const struct simulate_model *model, double *count, struct error *error)
{
    for (size_t k = 0; k <= model->length; k++) {
        count[k] = growth_count(&model->parameters, model->scale, time_of_month(k, model->unit));
        if (!(count[k] <= 0x1p53)) {
            return error_set(error, ERROR_INPUT, "%s: the curve exceeds 2^53 after %zu months",
                             model->name, k);
        }
    }
    return true;
}

/* GSL's Poisson deviate is an unsigned int; above 1e9 the normal limit is exact to 3e-5. */
static double draw_poisson(gsl_rng *generator, double mean)
{
    if (mean < 1e9) {
        return (double)gsl_ran_poisson(generator, mean);
    }
    double normal = random_normal((struct random_stream *)gsl_rng_state(generator));
    return fmax(0, round(mean + sqrt(mean) * normal));
}

/* Replaces the curve in count by counts drawn around it. */
static void draw_counts(gsl_rng *generator, const struct simulate_model *model, double *count)
{
    double expected = count[0];
    for (size_t k = 1; k <= model->length; k++) {
        double mean = count[k] - expected;
        expected = count[k];
        if (isfinite(model->dispersion)) {
            mean = gsl_ran_gamma(generator, model->dispersion, mean / model->dispersion);
        }
        count[k] = count[k - 1] + draw_poisson(generator, mean);
    }
}

bool simulate_ensemble_draw(struct simulate_ensemble *ensemble, size_t i,
                            struct simulate_model *model, double *count, struct error *error)
{
    if (ensemble->table.count > 0) {
        draw_from_table(ensemble, i, model);
    } else {
        draw_from_population(ensemble, i, model);
    }
    if (!compute_curve(model, count, error)) {
        return false;
    }
    if (ensemble->config->simulate.noise != NOISE_NONE) {
        *(struct random_stream *)gsl_rng_state(ensemble->generator) =
            stream_of(ensemble, model->name, STREAM_NOISE);
        draw_counts(ensemble->generator, model, count);
    }
    return true;
}
