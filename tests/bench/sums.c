/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How often the intervals of sums over organizations hold what came true:
 *
 *     sums INPUT
 *
 * INPUT is a file or folder of series as growcast fit reads them. From the origins 15, 12, 9, 6 and
 * 3 months before the end of the data every series that is observed at the horizon is forecast,
 * with the prior learned from what was known then, and draws are added: over the models of each
 * organization with a count at the origin, and over all. Prints, twice, coverage of the sums of
 * organizations by the randomised probability integral transform and the place of the sum over all
 * among its draws, and how many series without a count gain one: with the share of dormant series
 * set to 0, and as it is.
 */
#include "backtest_private.h"
#include "memory.h"
#include "option.h"
#include "reader.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEVELS = 3 };

static const double level[LEVELS] = {0.5, 0.8, 0.95};

/** Series that have no count at the origin, and how many gain one, in truth and by their draws. */
struct quiet {
    size_t count;
    size_t gained;
    size_t drawn;
};

/** Sums at one origin. Row `organizations` is over all. */
struct sums {
    size_t organizations;
    size_t horizons;
    size_t draws;
    double *draw;        /* [organizations + 1][horizons][draws] added to the last counts */
    double *truth;       /* [organizations + 1][horizons] */
    double *last;        /* [organizations + 1][horizons] */
    struct quiet *quiet; /* [horizons] */
};

/** Held sums of organizations, by horizon and together. */
struct tally {
    size_t count;
    double held[LEVELS];
};

static void add_series(struct sums *sums, const struct backtest_origin *origin, size_t i)
{
    const struct forecaster_series *series = &origin->series[i];
    double last = series->points.observed[series->points.count - 1];
    size_t row[2] = {series->organization, sums->organizations};
    for (size_t h = 0; h < sums->horizons; h++) {
        size_t ahead = origin->plan->horizon[h];
        double truth = backtest_origin_truth(origin, i, ahead);
        const double *path = origin->path + (ahead - 1) * sums->draws;
        for (size_t k = 0; k < 2 && !isnan(truth); k++) {
            size_t at = row[k] * sums->horizons + h;
            sums->truth[at] += truth - last;
            sums->last[at] += last;
            for (size_t d = 0; d < sums->draws; d++) {
                sums->draw[at * sums->draws + d] += path[d] - last;
            }
        }
    }
}

static void add_quiet(struct sums *sums, const struct backtest_origin *origin, size_t i)
{
    const struct hierarchy_series *points = &origin->series[i].points;
    for (size_t h = 0; h < sums->horizons; h++) {
        size_t ahead = origin->plan->horizon[h];
        double truth = backtest_origin_truth(origin, i, ahead);
        if (points->observed[points->count - 1] == 0 && !isnan(truth)) {
            sums->quiet[h].count++;
            sums->quiet[h].gained += truth > 0;
            for (size_t d = 0; d < sums->draws; d++) {
                sums->quiet[h].drawn += origin->path[(ahead - 1) * sums->draws + d] > 0;
            }
        }
    }
}

static struct sums make_sums(struct backtest_origin *origin)
{
    const struct backtest_plan *plan = origin->plan;
    struct forecaster *forecaster = origin->forecaster[BACKTEST_HIERARCHICAL];
    struct sums sums = {
        .organizations = origin->catalog->organization_count,
        .horizons = plan->horizons,
        .draws = plan->config.forecast.draws,
    };
    size_t rows = (sums.organizations + 1) * sums.horizons;
    sums.draw = memory_array(rows * sums.draws, sizeof(double));
    sums.truth = memory_array(rows, sizeof(double));
    sums.last = memory_array(rows, sizeof(double));
    sums.quiet = memory_array(sums.horizons, sizeof *sums.quiet);
    for (size_t i = 0; i < origin->count; i++) {
        const struct forecaster_series *series = &origin->series[i];
        size_t farthest = backtest_origin_farthest(origin, i);
        if (farthest > 0) {
            struct random_stream stream =
                random_stream_open(plan->config.run.seed, RANDOM_FORECAST,
                                   random_name_hash(series->name), (uint64_t)-origin->position);
            (void)forecaster_posterior(forecaster, series, origin->log_likelihood, origin->weight);
            forecaster_draw(forecaster, series, origin->weight, &stream, farthest, origin->path);
            add_series(&sums, origin, i);
            add_quiet(&sums, origin, i);
        }
    }
    return sums;
}

static void count_held(const struct sums *sums, size_t at, struct tally *tally)
{
    double lower;
    double upper;
    score_pit_range(sums->draw + at * sums->draws, sums->draws, sums->truth[at], &lower, &upper);
    tally->count++;
    for (size_t k = 0; k < LEVELS; k++) {
        tally->held[k] += score_inside(lower, upper, level[k]);
    }
}

static void print_held(const struct tally *tally)
{
    printf("%5zu sums of organizations held:", tally->count);
    for (size_t k = 0; k < LEVELS; k++) {
        printf(" %.3f", tally->held[k] / (double)tally->count);
    }
}

/** Prints the rows of an origin and adds to the tally of all. */
static void report(const struct backtest_origin *origin, const struct sums *sums,
                   struct tally *together)
{
    for (size_t h = 0; h < sums->horizons; h++) {
        struct tally tally = {0};
        for (size_t row = 0; row < sums->organizations; row++) {
            size_t at = row * sums->horizons + h;
            if (sums->last[at] > 0) {
                count_held(sums, at, &tally);
                count_held(sums, at, together);
            }
        }
        size_t all = sums->organizations * sums->horizons + h;
        double lower;
        double upper;
        if (tally.count > 0) {
            printf("  %4g + %2zu months: ", origin->position, origin->plan->horizon[h]);
            print_held(&tally);
            score_pit_range(sums->draw + all * sums->draws, sums->draws, sums->truth[all], &lower,
                            &upper);
            printf("; over all %.0f more, at %.3f of its draws", sums->truth[all], upper);
            const struct quiet *quiet = &sums->quiet[h];
            printf("; of %zu without a count %.3f gained, %.3f of their draws\n", quiet->count,
                   (double)quiet->gained / (double)quiet->count,
                   (double)quiet->drawn / (double)(quiet->count * sums->draws));
        }
    }
}

static void measure(const struct backtest_plan *plan, const struct catalog *catalog, bool dormant)
{
    struct tally together = {0};
    printf("%s\n", dormant ? "With the share of dormant series" : "With no dormant series");
    for (size_t o = 0; o < plan->origins; o++) {
        struct backtest_origin *origin = backtest_origin_create(plan, catalog, o);
        backtest_origin_learn(origin, NULL);
        struct forecaster *forecaster = origin->forecaster[BACKTEST_HIERARCHICAL];
        struct hierarchy_prior prior = *forecaster_prior(forecaster);
        prior.dormant *= dormant;
        forecaster_set_prior(forecaster, &prior);
        struct sums sums = make_sums(origin);
        printf("  %4g: share of dormant series %.3f\n", origin->position, prior.dormant);
        report(origin, &sums, &together);
        free(sums.draw);
        free(sums.truth);
        free(sums.last);
        free(sums.quiet);
        backtest_origin_free(origin);
    }
    printf("  all: ");
    print_held(&together);
    puts("");
}

int main(int argc, char **argv)
{
    struct config config;
    struct catalog catalog;
    struct reader_report read = {0};
    struct error error = {0};
    bool use[BACKTEST_METHODS] = {[BACKTEST_HIERARCHICAL] = true};
    if (argc != 2) {
        (void)fputs("usage: sums INPUT\n", stderr);
        return 2;
    }
    gsl_set_error_handler_off();
    option_defaults(&config);
    memcpy(config.backtest.origins.value, (double[]){15, 12, 9, 6, 3}, 5 * sizeof(double));
    config.backtest.origins.count = 5;
    const char *input = argv[1];
    bool done = reader_read(&config.input, &input, 1, &catalog, &read, &error);
    reader_report_free(&read);
    if (!done) {
        (void)fprintf(stderr, "sums: %s\n", error.message);
        return 1;
    }
    struct backtest_plan plan = backtest_plan_make(&config, catalog.step, use);
    measure(&plan, &catalog, false);
    measure(&plan, &catalog, true);
    catalog_free(&catalog);
    return 0;
}
