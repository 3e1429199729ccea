/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The share of dormant series against closed forms: a prior that is all at one node. */
#include "forecaster.h"
#include "growth.h"
#include "memory.h"
#include "option.h"
#include "tap.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>

enum { POINTS = 7, ZEROS = 8, SERIES = 10, AHEAD = 3, DRAWS = 1000 };

static const double age[POINTS] = {0, 1, 2, 3, 4, 5, 6};
static const double nothing[POINTS];
static const double something[POINTS] = {0, 0, 0, 1, 1, 1, 4};

/** A = 2, mu = 2, sigma = 1: a node of the grid that make() asks for. */
static const double ultimate = 2, immediacy = 2, longevity = 1;

static struct forecaster *make(struct config *config, struct grid **grid)
{
    option_defaults(config);
    config->hierarchy.ultimate_range = (struct config_list){2, {0, 16}};
    config->hierarchy.ultimate_nodes = 9;
    config->hierarchy.immediacy_range = (struct config_list){2, {-2, 6}};
    config->hierarchy.immediacy_nodes = 5;
    config->hierarchy.longevity_range = (struct config_list){2, {exp(-1), exp(1)}};
    config->hierarchy.longevity_nodes = 3;
    config->hierarchy.dispersions = (struct config_list){1, {0.6}};
    config->forecast.draws = DRAWS;
    struct forecaster_settings settings = forecaster_settings_make(config, SERIES_STEP_MONTH);
    *grid = grid_create(&config->hierarchy, SERIES_STEP_MONTH, 0);
    struct forecaster *forecaster = forecaster_create(&settings, *grid, POINTS, AHEAD, 1);
    struct hierarchy_prior prior = *forecaster_prior(forecaster);
    for (size_t axis = 0; axis < GRID_AXES; axis++) {
        prior.coefficient[0][axis] = (double[]){ultimate, immediacy, log(longevity)}[axis];
    }
    for (size_t pair = 0; pair < HIERARCHY_PAIRS; pair++) {
        prior.covariance[pair] = pair == 0 || pair == 3 || pair == 5 ? 1e-4 : 0;
    }
    forecaster_set_prior(forecaster, &prior);
    return forecaster;
}

/** P(0) of all increments. */
static double probability_of_zeros(const struct config *config, size_t points)
{
    const struct config_hierarchy *h = &config->hierarchy;
    struct growth_parameters curve = {growth_fitness_of_ultimate(exp(ultimate), 30), immediacy,
                                      longevity};
    double product = 1;
    for (size_t k = 1; k < points; k++) {
        double mean = growth_count(&curve, 30, age[k]) - growth_count(&curve, 30, age[k - 1]);
        double shock = h->shock_factor * mean + h->shock_offset;
        product *=
            (1 - h->shock_probability) * pow(1 + mean / 0.6, -0.6) +
            h->shock_probability * pow(1 + shock / h->shock_dispersion, -h->shock_dispersion);
    }
    return product;
}

static void set_share(struct forecaster *forecaster, double share)
{
    struct hierarchy_prior prior = *forecaster_prior(forecaster);
    prior.dormant = share;
    forecaster_set_prior(forecaster, &prior);
}

static void test_probability(struct forecaster *forecaster, const struct config *config)
{
    const struct forecaster_series zeros = {{POINTS, age, nothing}, "a/zeros", 0};
    const struct forecaster_series young = {{1, age, nothing}, "a/young", 0};
    const struct forecaster_series grown = {{POINTS, age, something}, "a/grown", 0};
    double e = probability_of_zeros(config, POINTS);
    tap_ok(forecaster_dormant(forecaster, &zeros) == 0, "without a share nothing is dormant");
    set_share(forecaster, 0.4);
    tap_close(forecaster_dormant(forecaster, &zeros), 0.4 / (0.4 + 0.6 * e), 1e-6,
              "six months of zeros");
    tap_close(forecaster_dormant(forecaster, &young), 0.4, 1e-12, "a single point says nothing");
    tap_ok(forecaster_dormant(forecaster, &grown) == 0, "a series with a count is not dormant");
}

static void test_share(struct forecaster *forecaster, const struct config *config)
{
    struct forecaster_series series[SERIES + 1];
    char name[SERIES + 1][8];
    for (size_t i = 0; i <= SERIES; i++) {
        (void)snprintf(name[i], sizeof name[i], "a/%zu", i);
        series[i] =
            (struct forecaster_series){{POINTS, age, i < ZEROS ? nothing : something}, name[i], 0};
    }
    series[SERIES].points.count = 2; /* too short to count */
    forecaster_learn_dormant(forecaster, SERIES + 1, series, 1, NULL);
    /* K ln(w + (1 - w) e) + (N - K) ln(1 - w) is largest where w + (1 - w) e = K / N. */
    double e = probability_of_zeros(config, POINTS);
    double expected = ((double)ZEROS / SERIES - e) / (1 - e);
    tap_close(forecaster_prior(forecaster)->dormant, expected, 1e-6,
              "the share makes as many series zero as are");
    forecaster_learn_dormant(forecaster, SERIES - ZEROS, series + ZEROS, 1, NULL);
    tap_ok(forecaster_prior(forecaster)->dormant == 0, "where none is zero, none is dormant");
}

static void test_paths(struct forecaster *forecaster, const struct grid *grid)
{
    const struct forecaster_series zeros = {{POINTS, age, nothing}, "a/zeros", 0};
    double *weight = memory_array(grid->nodes, sizeof(double));
    double *path = memory_array(AHEAD * DRAWS, sizeof *path);
    /* A curve of thousands a month: every path that is not dormant moves. */
    for (size_t i = 0; i < grid->nodes; i++) {
        weight[i] = 0;
    }
    weight[8 + 9 * (2 + 5)] = 1;
    set_share(forecaster, 0.3);
    double dormant = forecaster_dormant(forecaster, &zeros);
    struct random_stream stream = random_stream_open(1, RANDOM_FORECAST, 1, 1);
    forecaster_draw(forecaster, &zeros, weight, &stream, AHEAD, path);
    double still = 0;
    for (size_t i = 0; i < DRAWS; i++) {
        still += path[(AHEAD - 1) * DRAWS + i] == 0;
    }
    tap_ok(dormant > 0.3 && fabs(still / DRAWS - dormant) <= 1.5 / DRAWS,
           "%.4f of the paths stay where they are, %.4f are dormant", still / DRAWS, dormant);
    free(weight);
    free(path);
}

int main(void)
{
    struct config config;
    struct grid *grid;
    gsl_set_error_handler_off();
    struct forecaster *forecaster = make(&config, &grid);
    test_probability(forecaster, &config);
    test_share(forecaster, &config);
    test_paths(forecaster, grid);
    forecaster_free(forecaster);
    grid_free(grid);
    return tap_done();
}
