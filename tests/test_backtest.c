/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The backtest looks at nothing that was not known, gives the same bits twice, and on the authors'
 * fine-tune data does what the documentation says of it (the table is printed).
 */
#include "backtest.h"

#include "memory.h"
#include "option.h"
#include "reader.h"
#include "tap.h"

#include <gsl/gsl_errno.h>
#include <stdlib.h>
#include <string.h>

enum { SERIES = 40, POINTS = 20, BACK = 6 };

/** Series of many shapes; what comes in the last BACK steps is multiplied by `later`. */
static void fill(struct catalog *catalog, double later)
{
    struct random_stream stream = random_stream_open(3, RANDOM_SIMULATION, 0, 0);
    for (size_t i = 0; i < SERIES; i++) {
        double age[POINTS];
        double observed[POINTS];
        char name[16];
        size_t count = 10 + i % (POINTS - 9);
        double level = 1 + (double)(i % 7) * (double)(i % 5);
        (void)snprintf(name, sizeof name, "org%zu/m%zu", i % 3, i);
        observed[0] = 0;
        for (size_t k = 0; k < count; k++) {
            double step = floor(level * -log(random_uniform(&stream)));
            age[k] = (double)k;
            observed[k] = k == 0 ? 0 : observed[k - 1] + (k + BACK >= count ? later * step : step);
        }
        struct series series = {
            .name = name,
            .organization = catalog_organization(catalog, i % 3 == 0 ? "a" : "b"),
            .release_date = SERIES_NO_DATE,
            .count = count,
            .age = age,
            .observed = observed,
        };
        (void)catalog_append(catalog, &series);
    }
    catalog->step = SERIES_STEP_MONTH;
    catalog_finish(catalog);
}

static struct config small_config(void)
{
    struct config config;
    option_defaults(&config);
    config.backtest.origins.count = 1;
    config.backtest.origins.value[0] = BACK;
    config.hierarchy.ultimate_nodes = 13;
    config.hierarchy.em_steps = 4;
    config.forecast.draws = 200;
    return config;
}

/** All methods, with the grid and the draws kept small. */
static struct backtest_plan small_plan(enum config_origin_kind kind)
{
    struct config config = small_config();
    bool use[BACKTEST_METHODS];
    struct error error;
    config.backtest.origin_kind = kind;
    (void)backtest_methods(&config, use, &error);
    return backtest_plan_make(&config, SERIES_STEP_MONTH, use);
}

static bool same_forecast(const struct score_forecast *a, const struct score_forecast *b)
{
    return memcmp(a->quantile, b->quantile, sizeof a->quantile) == 0 && a->value == b->value &&
           a->model == b->model && a->method == b->method && a->horizon == b->horizon &&
           a->length == b->length && a->known == b->known && a->scale == b->scale &&
           a->last == b->last;
}

static void test_no_look_ahead(void)
{
    struct backtest_plan plan = small_plan(ORIGIN_CALENDAR);
    struct catalog now = {0};
    struct catalog changed = {0};
    fill(&now, 1);
    fill(&changed, 50);
    struct score_forecast *a;
    struct score_forecast *b;
    struct score_forecast *c;
    size_t count = backtest_run(&plan, &now, &a, NULL);
    size_t again = backtest_run(&plan, &now, &b, NULL);
    size_t other = backtest_run(&plan, &changed, &c, NULL);
    tap_ok(count > 500, "%zu forecasts", count);
    tap_ok(count == again && memcmp(a, b, count * sizeof *a) == 0, "twice the same bits");
    size_t same = 0;
    size_t truths = 0;
    for (size_t i = 0; i < count && count == other; i++) {
        same += same_forecast(&a[i], &c[i]);
        truths += a[i].truth != c[i].truth;
    }
    tap_ok(same == count && count == other, "the later truth changes no forecast and no target");
    tap_ok(truths > count / 2, "though it differs (%zu of %zu)", truths, count);
    size_t per_method[BACKTEST_METHODS] = {0};
    bool sorted = true;
    for (size_t i = 0; i < count; i++) {
        per_method[a[i].method]++;
        sorted =
            sorted && (i == 0 || a[i].origin > a[i - 1].origin || a[i].model > a[i - 1].model ||
                       a[i].method > a[i - 1].method || a[i].horizon > a[i - 1].horizon);
    }
    bool all = true;
    for (size_t method = 0; method < BACKTEST_METHODS; method++) {
        all = all && per_method[method] == per_method[0];
    }
    tap_ok(all, "every method forecasts every target");
    tap_ok(sorted, "forecasts stand in order");
    free(a);
    free(b);
    free(c);
    catalog_free(&now);
    catalog_free(&changed);
}

/** An origin does not depend on which others there are, and those at an age cut at that age. */
static void test_origins(void)
{
    struct backtest_plan one = small_plan(ORIGIN_AGE);
    struct backtest_plan two = one;
    two.origins = 2;
    two.position[0] = 4;
    two.position[1] = BACK;
    struct catalog catalog = {0};
    fill(&catalog, 1);
    struct score_forecast *a;
    struct score_forecast *b;
    struct backtest_choice choice[2];
    one.use[BACKTEST_AUTO] = two.use[BACKTEST_AUTO] = false;
    size_t count = backtest_run(&one, &catalog, &a, NULL);
    size_t both = backtest_run(&two, &catalog, &b, choice);
    size_t first = 0;
    while (first < both && b[first].origin == 0) {
        first++;
    }
    bool same = both - first == count;
    bool cut = true;
    for (size_t i = 0; same && i < count; i++) {
        same = same_forecast(&a[i], &b[first + i]) && a[i].truth == b[first + i].truth;
        cut = cut && a[i].known == BACK && a[i].last == catalog.series[a[i].model].observed[BACK] &&
              a[i].truth == catalog.series[a[i].model].observed[BACK + one.horizon[a[i].horizon]];
    }
    tap_ok(count > 0 && same, "an origin's forecasts do not depend on the other origins");
    tap_ok(cut, "an origin at an age knows what was observed up to it");
    size_t known = 0;
    for (size_t i = 0; i < first; i++) {
        known += b[i].method == BACKTEST_DRIFT3 && 4 + one.horizon[b[i].horizon] <= BACK;
    }
    tap_ok(choice[0].count == 0 && known > 0 && choice[1].count == known,
           "auto rests on the %zu forecasts from age 4 that had come true by age 6", known);
    free(a);
    free(b);
    catalog_free(&catalog);
}

/** Origins -12 and -6, horizons 3 and 12: at -6 only the 3-step records of -12 are known. */
static void test_auto(void)
{
    struct backtest_plan plan = {
        .step = SERIES_STEP_MONTH,
        .use = {[BACKTEST_HIERARCHICAL] = true,
                [BACKTEST_DRIFT1] = true,
                [BACKTEST_DRIFT3] = true,
                [BACKTEST_AUTO] = true},
        .origins = 2,
        .position = {-12, -6},
        .horizons = 2,
        .horizon = {3, 12},
    };
    static const enum backtest_method methods[] = {BACKTEST_HIERARCHICAL, BACKTEST_DRIFT1,
                                                   BACKTEST_DRIFT3};
    struct score_forecast record[16];
    size_t count = 0;
    for (uint32_t origin = 0; origin < 2; origin++) {
        for (size_t k = 0; k < 3; k++) {
            for (uint32_t horizon = 0; horizon < 2; horizon++) {
                /* drift1 is right at horizon 3 of the first origin and nowhere else, drift3 never,
                   hierarchical everywhere else. */
                bool early = origin == 0 && horizon == 0;
                bool right = methods[k] == BACKTEST_DRIFT1 ? early : k == 0 && !early;
                record[count++] = (struct score_forecast){
                    .origin = origin,
                    .horizon = horizon,
                    .method = (uint32_t)methods[k],
                    .value = right ? 10 : 1000,
                    .truth = 10,
                };
            }
        }
    }
    struct backtest_choice choice = backtest_choose(&plan, count, record, -6);
    tap_ok(choice.method == BACKTEST_DRIFT1 && choice.count == 1 &&
               choice.error[BACKTEST_DRIFT1] == 0 && choice.error[BACKTEST_HIERARCHICAL] > 4 &&
               isnan(choice.error[BACKTEST_LEAST_SQUARES]),
           "at -6 the choice rests on what was known");
    choice = backtest_choose(&plan, count, record, -12);
    tap_ok(choice.method == BACKTEST_HIERARCHICAL && choice.count == 0,
           "at -12 nothing was known: the fallback");
    choice = backtest_choose(&plan, count, record, 0);
    tap_ok(choice.method == BACKTEST_HIERARCHICAL && choice.count == 3,
           "at the end what was known by then");
    struct backtest_choice chosen[2];
    size_t total = backtest_add_auto(&plan, count, record, chosen);
    bool right = total == 16 && chosen[0].method == BACKTEST_HIERARCHICAL &&
                 chosen[1].method == BACKTEST_DRIFT1;
    for (size_t i = 0; right && i < total; i++) {
        bool last = i % 8 >= 6;
        right = (record[i].method == BACKTEST_AUTO) == last && record[i].origin == i / 8;
        if (right && last) {
            /* First hierarchical, wrong at horizon 3 only; then drift1, wrong at both. */
            bool wrong = record[i].origin == 1 || record[i].horizon == 0;
            right = record[i].value == (wrong ? 1000 : 10);
        }
    }
    tap_ok(right, "auto repeats the chosen method's forecasts");
}

static void test_methods(void)
{
    struct config config;
    struct error error = {0};
    bool use[BACKTEST_METHODS];
    option_defaults(&config);
    tap_ok(backtest_methods(&config, use, &error) && use[0] && use[BACKTEST_AUTO],
           "all methods by default");
    strcpy(config.backtest.methods, "theta, plain");
    bool right = backtest_methods(&config, use, &error);
    for (size_t method = 0; method < BACKTEST_METHODS; method++) {
        bool wanted =
            method == BACKTEST_THETA || method == BACKTEST_PLAIN || method == BACKTEST_DRIFT3;
        right = right && use[method] == wanted;
    }
    tap_ok(right, "the methods asked for, and the baseline");
    strcpy(config.backtest.methods, "drift3, thta");
    tap_ok(!backtest_methods(&config, use, &error) && error.kind == ERROR_USAGE &&
               strstr(error.message, "the nearest is theta") != NULL,
           "an unknown method: %s", error.message);
}

static struct score_summary summary_of(const struct backtest_plan *plan, size_t count,
                                       const struct score_forecast *record,
                                       enum backtest_method method, uint32_t origin,
                                       uint32_t horizon)
{
    struct backtest_selection selection = {
        .method = (uint32_t)method, .origin = origin, .horizon = horizon, .length = BACKTEST_ALL};
    return backtest_summarise(plan, count, record, &selection);
}

static void check_origin(const struct backtest_plan *plan, size_t count,
                         const struct score_forecast *record, uint32_t origin, double back,
                         double most)
{
    struct score_summary own =
        summary_of(plan, count, record, BACKTEST_HIERARCHICAL, origin, BACKTEST_ALL);
    struct score_summary theta =
        summary_of(plan, count, record, BACKTEST_THETA, origin, BACKTEST_ALL);
    struct score_summary constant =
        summary_of(plan, count, record, BACKTEST_CONSTANT_RATE, origin, BACKTEST_ALL);
    printf("# -%g: %zu forecasts, log error %.4f, to drift3 %.3f, theta %.3f, win rate %.3f, "
           "coverage %.3f %.3f %.3f, interval score %.4f (constant rate %.4f)\n",
           back, own.count, own.mean_absolute_log_error, own.ratio, theta.ratio, own.win_rate,
           own.coverage[0], own.coverage[1], own.coverage[2], own.weighted_interval_score,
           constant.weighted_interval_score);
    tap_ok(own.ratio < most, "-%g: at most %.2f times drift3", back, most);
    tap_ok(own.ratio < theta.ratio, "-%g: better than theta", back);
    tap_ok(own.weighted_interval_score < constant.weighted_interval_score,
           "-%g: better intervals than a constant rate", back);
    tap_ok(own.win_rate > 0.53, "-%g: nearer than drift3 more often than not", back);
    bool covers = fabs(own.coverage[0] - 0.5) < 0.07 && fabs(own.coverage[1] - 0.8) < 0.07 &&
                  fabs(own.coverage[2] - 0.95) < 0.035;
    tap_ok(covers, "-%g: intervals cover what they say", back);
    for (uint32_t horizon = 0; horizon < 4; horizon++) {
        struct score_summary one =
            summary_of(plan, count, record, BACKTEST_HIERARCHICAL, origin, horizon);
        if (one.count > 0) {
            tap_ok(one.ratio < 1, "-%g, horizon %u: %.3f times drift3", back, horizon, one.ratio);
        }
    }
}

/** Bounds a little above what was measured on these series; the published ones are on more. */
static void test_published_series(void)
{
    static const char *const path = "../shared/data/hf_2025-02-18/finetune";
    static const double back[] = {15, 12, 9, 6, 3};
    static const double most[] = {0.85, 0.95, 0.87, 0.80, 0.75};
    struct config config;
    option_defaults(&config);
    config.backtest.origins.count = 5;
    memcpy(config.backtest.origins.value, back, sizeof back);
    struct catalog catalog = {0};
    struct reader_report report = {0};
    struct error error = {0};
    if (!reader_read(&config.input, &path, 1, &catalog, &report, &error)) {
        tap_skip("no fine-tune data: %s", error.message);
        return;
    }
    bool use[BACKTEST_METHODS] = {
        [BACKTEST_HIERARCHICAL] = true,
        [BACKTEST_CONSTANT_RATE] = true,
        [BACKTEST_DRIFT3] = true,
        [BACKTEST_THETA] = true,
    };
    struct score_forecast *record;
    struct backtest_plan plan = backtest_plan_make(&config, catalog.step, use);
    size_t count = backtest_run(&plan, &catalog, &record, NULL);
    for (uint32_t origin = 0; origin < 5; origin++) {
        check_origin(&plan, count, record, origin, back[origin], most[origin]);
    }
    free(record);
    reader_report_free(&report);
    catalog_free(&catalog);
}

int main(void)
{
    gsl_set_error_handler_off();
    test_no_look_ahead();
    test_origins();
    test_auto();
    test_methods();
    test_published_series();
    return tap_done();
}
