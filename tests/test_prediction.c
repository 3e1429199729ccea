/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the hierarchy fills into a result row: closed forms where there are any, and units. */
#include "prediction.h"

#include "fit.h"
#include "memory.h"
#include "option.h"
#include "tap.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double age[] = {0, 1, 2, 3, 4, 5, 6, 7};
static double observed[] = {0, 2, 5, 9, 15, 21, 26, 30};

struct fixture {
    struct config config;
    struct grid *grid;
    struct forecaster *forecaster;
    struct prediction_workspace *workspace;
    struct result_layout layout;
    double *row;
    double *draw;
};

static struct fixture make(enum config_time_unit unit)
{
    struct fixture fixture;
    option_defaults(&fixture.config);
    fixture.config.model.time_unit = unit;
    fixture.config.forecast.draws = 400;
    fixture.config.forecast.thresholds.count = 2;
    fixture.config.forecast.thresholds.value[0] = 20;
    fixture.config.forecast.thresholds.value[1] = 1e12;
    const struct config *config = &fixture.config;
    struct forecaster_settings settings = forecaster_settings_make(config, SERIES_STEP_MONTH);
    fixture.grid = grid_create(&config->hierarchy, SERIES_STEP_MONTH, 0);
    fixture.forecaster = forecaster_create(&settings, fixture.grid, 8, 12, 1);
    fixture.layout =
        result_layout_make(config->output.quantiles.count, config->forecast.horizons.count,
                           config->forecast.thresholds.count);
    fixture.row = memory_array(fixture.layout.length, sizeof(double));
    fixture.draw =
        memory_array(config->forecast.horizons.count * config->forecast.draws, sizeof(double));
    for (size_t i = 0; i < fixture.layout.length; i++) {
        fixture.row[i] = NAN;
    }
    return fixture;
}

static void fill(struct fixture *fixture, enum config_forecast_method method, size_t count)
{
    struct series series = {
        .name = (char[]){"a/b"}, .count = count, .age = age, .observed = observed};
    fixture->workspace = prediction_create(&fixture->config, fixture->forecaster, fixture->grid,
                                           SERIES_STEP_MONTH, method);
    prediction_fill(fixture->workspace, &series, &fixture->layout, fixture->row, fixture->draw);
}

static void release(struct fixture *fixture)
{
    prediction_free(fixture->workspace);
    forecaster_free(fixture->forecaster);
    grid_free(fixture->grid);
    free(fixture->row);
    free(fixture->draw);
}

static double at(const struct fixture *fixture, enum result_field field, size_t i)
{
    return fixture->row[fixture->layout.offset[field] + i];
}

static void test_plain(void)
{
    struct fixture drift = make(TIME_UNIT_MONTH);
    fill(&drift, FORECAST_DRIFT, 8);
    /* The last three months brought 15 to 30: 5 a month; horizons 1, 3, 6, 12. */
    tap_ok(at(&drift, RESULT_FORECAST_COUNT, 0) == 35 && at(&drift, RESULT_FORECAST_COUNT, 3) == 90,
           "drift goes on at the mean flow of three months");
    tap_ok(drift.draw[0] == 35 && drift.draw[399] == 35 && drift.draw[3 * 400] == 90,
           "a method without draws repeats its forecast");
    tap_ok(isnan(at(&drift, RESULT_FORECAST_QUANTILE, 0)) &&
               at(&drift, RESULT_FORECAST_METHOD, 0) == FORECAST_DRIFT,
           "it has no quantiles, and says which it is");
    release(&drift);
    struct fixture last = make(TIME_UNIT_MONTH);
    fill(&last, FORECAST_PERSISTENCE, 8);
    tap_ok(at(&last, RESULT_FORECAST_COUNT, 1) == 42, "persistence repeats the last month's flow");
    release(&last);
}

static void test_curve(void)
{
    struct fixture curve = make(TIME_UNIT_YEAR);
    curve.row[curve.layout.offset[RESULT_FITNESS]] = 1;
    curve.row[curve.layout.offset[RESULT_IMMEDIACY]] = log(8.0 / 12);
    curve.row[curve.layout.offset[RESULT_LONGEVITY]] = 1;
    fill(&curve, FORECAST_CURVE, 8);
    /* At t = exp(mu), eight months, Phi is 1/2: c = 30 (e^(1/2) - 1). */
    tap_ok(fabs(at(&curve, RESULT_FORECAST_COUNT, 0) - 30 * expm1(0.5)) < 1e-12,
           "the curve is followed in its own unit of time");
    release(&curve);
    struct fixture none = make(TIME_UNIT_MONTH);
    fill(&none, FORECAST_CURVE, 8);
    tap_ok(isnan(at(&none, RESULT_FORECAST_COUNT, 0)), "there is none without an estimate");
    release(&none);
}

static void test_units(void)
{
    struct fixture month = make(TIME_UNIT_MONTH);
    struct fixture year = make(TIME_UNIT_YEAR);
    fill(&month, FORECAST_DRIFT, 8);
    fill(&year, FORECAST_DRIFT, 8);
    tap_ok(fabs(at(&month, RESULT_POOLED_IMMEDIACY, 0) - at(&year, RESULT_POOLED_IMMEDIACY, 0) -
                log(12)) < 1e-12 &&
               fabs(at(&month, RESULT_POOLED_IMPACT_TIME, 0) /
                        at(&year, RESULT_POOLED_IMPACT_TIME, 0) -
                    12) < 1e-11 &&
               at(&month, RESULT_POOLED_LONGEVITY, 0) == at(&year, RESULT_POOLED_LONGEVITY, 0),
           "a unit twelve times as long shifts mu by ln 12 and leaves sigma");
    size_t quantiles = month.config.output.quantiles.count;
    bool rising = true;
    for (size_t q = 1; q < quantiles; q++) {
        rising = rising && at(&month, RESULT_POOLED_FITNESS_QUANTILE, q) >
                               at(&month, RESULT_POOLED_FITNESS_QUANTILE, q - 1);
    }
    double median = at(&month, RESULT_POOLED_FITNESS, 0);
    tap_ok(rising && median > at(&month, RESULT_POOLED_FITNESS_QUANTILE, 0) &&
               median < at(&month, RESULT_POOLED_FITNESS_QUANTILE, quantiles - 1) &&
               fabs(30 * expm1(median) / at(&month, RESULT_POOLED_ULTIMATE_COUNT, 0) - 1) < 1e-12,
           "quantiles rise around the median, and lambda is that of the ultimate count");
    release(&month);
    release(&year);
}

static void test_flags(void)
{
    struct fixture one = make(TIME_UNIT_MONTH);
    one.row[one.layout.offset[RESULT_FIT_FLAGS]] = FIT_LEFT_CENSORED;
    fill(&one, FORECAST_DRIFT, 1);
    tap_ok(((unsigned)at(&one, RESULT_FIT_FLAGS, 0) & (FIT_PRIOR_ONLY | FIT_LEFT_CENSORED)) ==
               (FIT_PRIOR_ONLY | FIT_LEFT_CENSORED),
           "a single point is the prior alone, and says so beside what was flagged before");
    release(&one);
}

static void test_draws(void)
{
    struct fixture drawn = make(TIME_UNIT_MONTH);
    fill(&drawn, FORECAST_HIERARCHICAL, 8);
    size_t draws = drawn.config.forecast.draws;
    size_t above = 0;
    double sum = 0;
    bool conditional = true;
    for (size_t i = 0; i < draws; i++) {
        double value = drawn.draw[2 * draws + i];
        sum += value;
        above += value >= 20;
        conditional =
            conditional && value >= 30 && value == floor(value) && value >= drawn.draw[draws + i];
    }
    tap_ok(conditional, "draws are counts that go on from the last one and never fall");
    tap_ok(fabs(at(&drawn, RESULT_FORECAST_MEAN, 2) * (double)draws / sum - 1) < 1e-12,
           "the mean is that of the draws");
    tap_ok(above == draws && at(&drawn, RESULT_EXCEEDANCE_PROBABILITY, 2 * 2) == 1 &&
               at(&drawn, RESULT_EXCEEDANCE_PROBABILITY, 2 * 2 + 1) == 0,
           "a threshold that was passed is exceeded for certain, an absurd one never");
    tap_ok(
        at(&drawn, RESULT_TIME_TO_COUNT_QUANTILE, 0) == 0 &&
            isnan(at(&drawn, RESULT_TIME_TO_COUNT_QUANTILE, drawn.config.output.quantiles.count)),
        "and is reached after 0 months, the absurd one not within the horizon");
    struct fixture again = make(TIME_UNIT_MONTH);
    fill(&again, FORECAST_HIERARCHICAL, 8);
    tap_ok(memcmp(again.row, drawn.row, drawn.layout.length * sizeof(double)) == 0,
           "the same name and seed give the same bits");
    release(&again);
    release(&drawn);
}

int main(void)
{
    gsl_set_error_handler_off();
    test_plain();
    test_curve();
    test_units();
    test_flags();
    test_draws();
    return tap_done();
}
