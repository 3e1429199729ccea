/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "backtest_private.h"

#include "forecast.h"

#include <math.h>

static const double damping = 0.9;

/** Where in a row the values of a method at a horizon stand. */
static double *values_at(const struct backtest_origin *origin, double *row, size_t method, size_t h)
{
    return row + (method * origin->plan->horizons + h) * BACKTEST_VALUES;
}

/** Streams are keyed by where the origin is, not by its place in the list of origins. */
static uint64_t stream_index(const struct backtest_origin *origin, size_t method)
{
    return (uint64_t)fabs(origin->position) * BACKTEST_METHODS + method;
}

/** Value, range of the PIT, PIT and quantiles from draws, which are reordered. */
static void summarise_draws(const struct backtest_origin *origin, size_t i, size_t method, size_t h,
                            double *draw, double *values)
{
    const struct config *config = &origin->plan->config;
    size_t ahead = origin->plan->horizon[h];
    struct random_stream stream =
        random_stream_open(config->run.seed, RANDOM_SCORE, random_name_hash(origin->series[i].name),
                           (stream_index(origin, method) << 32) + ahead);
    double mean;
    score_pit_range(draw, config->forecast.draws, backtest_origin_truth(origin, i, ahead),
                    &values[1], &values[2]);
    values[3] = values[1] + random_uniform(&stream) * (values[2] - values[1]);
    forecast_summarise(draw, config->forecast.draws, score_probability, SCORE_QUANTILES, &values[0],
                       &mean, values + 4);
}

/** Draws the paths of series i by a learned method. */
static void forecast_learned(struct backtest_origin *origin, size_t i, size_t method, double *row)
{
    const struct config *config = &origin->plan->config;
    const struct forecaster_series *series = &origin->series[i];
    struct forecaster *forecaster = origin->forecaster[method];
    (void)forecaster_posterior(forecaster, series, origin->log_likelihood, origin->weight);
    struct random_stream stream =
        random_stream_open(config->run.seed, RANDOM_FORECAST, random_name_hash(series->name),
                           stream_index(origin, method));
    forecaster_draw(forecaster, series, origin->weight, &stream,
                    backtest_origin_farthest(origin, i), origin->path);
    for (size_t h = 0; h < origin->plan->horizons; h++) {
        size_t ahead = origin->plan->horizon[h];
        if (!isnan(backtest_origin_truth(origin, i, ahead))) {
            summarise_draws(origin, i, method, h,
                            origin->path + (ahead - 1) * config->forecast.draws,
                            values_at(origin, row, method, h));
        }
    }
}

static double simple_value(const struct backtest_origin *origin, enum backtest_method method,
                           const struct hierarchy_series *points, size_t ahead)
{
    double month = 1 / origin->step_months;
    switch (method) {
    case BACKTEST_DRIFT1:
        return forecast_drift(points, month, (double)ahead);
    case BACKTEST_DRIFT3:
        return forecast_drift(points, 3 * month, (double)ahead);
    case BACKTEST_DAMPED_DRIFT:
        return forecast_damped_drift(points, 3 * month, damping, origin->step_months, ahead);
    case BACKTEST_THETA:
        return forecast_theta(points, (double)ahead);
    default:
        return forecast_last_value(points);
    }
}

static void forecast_simple(const struct backtest_origin *origin, size_t i,
                            enum backtest_method method, double *row)
{
    for (size_t h = 0; h < origin->plan->horizons; h++) {
        values_at(origin, row, method, h)[0] =
            simple_value(origin, method, &origin->series[i].points, origin->plan->horizon[h]);
    }
}

static void forecast_curves(struct backtest_origin *origin, size_t i, enum backtest_method method,
                            double *row)
{
    const struct hierarchy_series *points = &origin->series[i].points;
    backtest_curves_fit(origin->curves, method, points);
    for (size_t h = 0; h < origin->plan->horizons; h++) {
        values_at(origin, row, method, h)[0] =
            backtest_curves_value(origin->curves, points, origin->plan->horizon[h]);
    }
}

void backtest_origin_forecast(struct backtest_origin *origin, size_t i, double *row)
{
    size_t length = backtest_row_length(origin->plan);
    for (size_t k = 0; k < length; k++) {
        row[k] = NAN;
    }
    for (enum backtest_method method = 0; method < BACKTEST_AUTO; method++) {
        if (!origin->plan->use[method]) {
            continue;
        }
        if (method < BACKTEST_LEARNED) {
            forecast_learned(origin, i, method, row);
        } else if (method < BACKTEST_CURVES) {
            forecast_simple(origin, i, method, row);
        } else {
            forecast_curves(origin, i, method, row);
        }
    }
}
