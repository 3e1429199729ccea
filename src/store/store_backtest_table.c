/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store_backtest_table.h"

#define FORECAST_COORDINATES "forecast_model forecast_origin forecast_method forecast_horizon"
#define DISTRIBUTIONS        "; only methods with a distribution have one"
#define ERROR                "|ln(1 + forecast_value) - ln(1 + forecast_truth)|"

const struct store_variable store_backtest_table[STORE_BACKTEST_FIELD_COUNT] = {
    [STORE_BACKTEST_ORIGIN] =
        {
            .name = "origin",
            .dimensions = "origin",
            .type = STORE_REAL,
            .units = "@step",
            .long_name = "origin of the forecasts",
            .comment = "with backtest.origin_kind = calendar the time from the last point of every "
                       "series: -12 means that what came after 12 steps before it is not known; "
                       "with age the age at which every series is cut",
            .required = true,
        },
    [STORE_BACKTEST_METHOD_NAME] =
        {
            .name = "method_name",
            .dimensions = "method",
            .type = STORE_TEXT,
            .units = "",
            .long_name = "name of the forecasting method",
            .comment = "see method_definition",
        },
    [STORE_BACKTEST_METHOD_DEFINITION] =
        {
            .name = "method_definition",
            .dimensions = "method",
            .type = STORE_TEXT,
            .units = "",
            .long_name = "how the method forecasts the cumulative count h steps ahead",
            .comment = "from the points of the series up to the origin, and for methods with a "
                       "prior from those of the other series",
        },
    [STORE_BACKTEST_LENGTH_NAME] =
        {
            .name = "length_class_name",
            .dimensions = "length_class",
            .type = STORE_TEXT,
            .units = "",
            .long_name = "class of the length that was known at the origin",
            .comment = "by forecast_known_increments: short below 6 months, middle below 12, else "
                       "long; a month has 30.4375 days",
        },
    [STORE_BACKTEST_LEVEL] =
        {
            .name = "level",
            .dimensions = "level",
            .type = STORE_REAL,
            .units = "",
            .long_name = "nominal probability of a central prediction interval",
            .comment = "see interval_coverage",
            .range = STORE_PROBABILITY,
            .required = true,
        },
    [STORE_BACKTEST_CHOICE] =
        {
            .name = "auto_choice",
            .dimensions = "origin",
            .type = STORE_CATEGORY,
            .units = "",
            .long_name = "method that auto chose at the origin",
            .comment = "the smallest auto_evidence_error; where auto_evidence_count is 0, "
                       "hierarchical for "
                       "monthly and drift1 for daily series",
            .ancillary = "auto_evidence_count auto_evidence_error",
        },
    [STORE_BACKTEST_EVIDENCE_COUNT] =
        {
            .name = "auto_evidence_count",
            .dimensions = "origin",
            .type = STORE_INTEGER,
            .units = "",
            .long_name = "number of forecasts by which auto chose",
            .comment = "those made at earlier origins whose truth was known by this one: "
                       "forecast_origin below origin, forecast_origin + forecast_horizon at most "
                       "origin",
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_BACKTEST_EVIDENCE_ERROR] =
        {
            .name = "auto_evidence_error",
            .dimensions = "origin method",
            .type = STORE_REAL,
            .units = "",
            .long_name = "mean absolute log error of the forecasts by which auto chose",
            .comment = "missing for methods among which auto does not choose: it chooses among "
                       "those that forecast.method offers",
            .ancillary = "auto_evidence_count",
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_BACKTEST_MODEL] =
        {
            .name = "forecast_model",
            .dimensions = "forecast",
            .type = STORE_INTEGER,
            .units = "",
            .long_name = "model that was forecast",
            .comment = "position in model_name, counted from 0",
            .range = STORE_NOT_NEGATIVE,
            .required = true,
            .compress = true,
        },
    [STORE_BACKTEST_FROM] =
        {
            .name = "forecast_origin",
            .dimensions = "forecast",
            .type = STORE_REAL,
            .units = "@step",
            .long_name = "origin of the forecast",
            .comment = "a value of origin",
            .required = true,
            .compress = true,
        },
    [STORE_BACKTEST_METHOD] =
        {
            .name = "forecast_method",
            .dimensions = "forecast",
            .type = STORE_CATEGORY,
            .units = "",
            .long_name = "method of the forecast",
            .comment = "position in method_name, counted from 0",
            .required = true,
            .compress = true,
        },
    [STORE_BACKTEST_AHEAD] =
        {
            .name = "forecast_horizon",
            .dimensions = "forecast",
            .type = STORE_REAL,
            .units = "@step",
            .long_name = "horizon of the forecast",
            .comment = "a value of horizon: time from the last point known at the origin",
            .range = STORE_NOT_NEGATIVE,
            .required = true,
            .compress = true,
        },
    [STORE_BACKTEST_KNOWN] =
        {
            .name = "forecast_known_increments",
            .dimensions = "forecast",
            .type = STORE_INTEGER,
            .units = "",
            .long_name = "increments of the series known at the origin",
            .comment = "points but one; series with fewer than backtest.min_increments are not "
                       "forecast",
            .coordinates = FORECAST_COORDINATES,
            .range = STORE_NOT_NEGATIVE,
            .required = true,
            .compress = true,
        },
    [STORE_BACKTEST_LAST] =
        {
            .name = "forecast_last_count",
            .dimensions = "forecast",
            .type = STORE_REAL,
            .units = "count",
            .long_name = "cumulative count at the origin",
            .comment = "series with less than backtest.min_count are not forecast",
            .coordinates = FORECAST_COORDINATES,
            .range = STORE_NOT_NEGATIVE,
            .required = true,
            .compress = true,
        },
    [STORE_BACKTEST_MEAN_INCREMENT] =
        {
            .name = "forecast_mean_increment",
            .dimensions = "forecast",
            .type = STORE_REAL,
            .units = "count",
            .long_name = "mean absolute increment a step known at the origin",
            .comment = "what scaled errors are measured in, if it is above 0.5",
            .coordinates = FORECAST_COORDINATES,
            .range = STORE_NOT_NEGATIVE,
            .required = true,
            .compress = true,
        },
    [STORE_BACKTEST_VALUE] =
        {
            .name = "forecast_value",
            .dimensions = "forecast",
            .type = STORE_REAL,
            .units = "count",
            .long_name = "forecast of the cumulative count",
            .comment = "the median where there is a distribution. Extrapolated curves beyond 1e12 "
                       "count as 1e12; without a fit the last count stands",
            .coordinates = FORECAST_COORDINATES,
            .range = STORE_NOT_NEGATIVE,
            .required = true,
            .compress = true,
        },
    [STORE_BACKTEST_TRUTH] =
        {
            .name = "forecast_truth",
            .dimensions = "forecast",
            .type = STORE_REAL,
            .units = "count",
            .long_name = "cumulative count that was observed at that time",
            .comment = "forecasts without it are not made",
            .coordinates = FORECAST_COORDINATES,
            .range = STORE_NOT_NEGATIVE,
            .required = true,
            .compress = true,
        },
    [STORE_BACKTEST_PIT_LOWER] =
        {
            .name = "forecast_pit_lower",
            .dimensions = "forecast",
            .type = STORE_REAL,
            .units = "",
            .long_name = "lower end of the probability integral transform of the truth",
            .comment = "P(Y < truth) over the draws" DISTRIBUTIONS,
            .coordinates = FORECAST_COORDINATES,
            .range = STORE_PROBABILITY,
            .compress = true,
        },
    [STORE_BACKTEST_PIT_UPPER] =
        {
            .name = "forecast_pit_upper",
            .dimensions = "forecast",
            .type = STORE_REAL,
            .units = "",
            .long_name = "upper end of the probability integral transform of the truth",
            .comment = "P(Y <= truth) over the draws" DISTRIBUTIONS,
            .coordinates = FORECAST_COORDINATES,
            .range = STORE_PROBABILITY,
            .compress = true,
        },
    [STORE_BACKTEST_PIT] =
        {
            .name = "forecast_pit",
            .dimensions = "forecast",
            .type = STORE_REAL,
            .units = "",
            .long_name = "randomised probability integral transform of the truth",
            .comment = "forecast_pit_lower + u (forecast_pit_upper - forecast_pit_lower), u "
                       "uniform (Czado, Gneiting, Held 2009): uniform where the distribution is "
                       "right" DISTRIBUTIONS,
            .coordinates = FORECAST_COORDINATES,
            .range = STORE_PROBABILITY,
            .compress = true,
        },
    [STORE_BACKTEST_QUANTILE] =
        {
            .name = "forecast_quantile",
            .dimensions = "forecast quantile",
            .type = STORE_REAL,
            .units = "count",
            .long_name = "quantiles of the forecast's distribution",
            .comment = "of the draws, linear between order statistics" DISTRIBUTIONS,
            .coordinates = FORECAST_COORDINATES,
            .range = STORE_NOT_NEGATIVE,
            .compress = true,
        },
};

const struct store_variable store_backtest_metric_table[STORE_METRIC_NUMBER] = {
    [STORE_METRIC_COUNT] =
        {
            .name = "forecast_count",
            .type = STORE_INTEGER,
            .units = "",
            .long_name = "number of forecasts",
            .comment = "of mean_absolute_log_error, error_ratio, win_rate and scaled_error",
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_METRIC_LOG_ERROR] =
        {
            .name = "mean_absolute_log_error",
            .type = STORE_REAL,
            .units = "",
            .long_name = "mean absolute log error",
            .comment = "mean of " ERROR,
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_METRIC_RATIO] =
        {
            .name = "error_ratio",
            .type = STORE_REAL,
            .units = "",
            .long_name = "mean absolute log error as a ratio to that of drift3",
            .comment = "below 1: better than the baseline",
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_METRIC_RATIO_LOWER] =
        {
            .name = "error_ratio_lower",
            .type = STORE_REAL,
            .units = "",
            .long_name = "lower end of the 95% interval of error_ratio",
            .comment = "2.5% quantile over backtest.resamples bootstrap samples of models, since "
                       "the forecasts of one model fail together",
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_METRIC_RATIO_UPPER] =
        {
            .name = "error_ratio_upper",
            .type = STORE_REAL,
            .units = "",
            .long_name = "upper end of the 95% interval of error_ratio",
            .comment = "97.5% quantile, see error_ratio_lower",
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_METRIC_WIN_RATE] =
        {
            .name = "win_rate",
            .type = STORE_REAL,
            .units = "",
            .long_name = "share of forecasts with a smaller absolute log error than drift3's",
            .comment = "ties, to 1e-9, count half",
            .range = STORE_PROBABILITY,
        },
    [STORE_METRIC_PERCENTAGE_ERROR] =
        {
            .name = "median_absolute_percentage_error",
            .type = STORE_REAL,
            .units = "",
            .long_name = "median absolute percentage error",
            .comment = "median of |forecast_value - forecast_truth| / forecast_truth where the "
                       "truth is not 0, as a fraction; flattering, since most of a cumulative "
                       "count was known at the origin",
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_METRIC_PERCENTAGE_COUNT] =
        {
            .name = "percentage_count",
            .type = STORE_INTEGER,
            .units = "",
            .long_name = "number of forecasts with a truth above 0",
            .comment = "of median_absolute_percentage_error",
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_METRIC_SCALED_ERROR] =
        {
            .name = "scaled_error",
            .type = STORE_REAL,
            .units = "",
            .long_name = "mean absolute scaled error",
            .comment = "mean of min(|forecast_value - forecast_truth| / "
                       "max(forecast_mean_increment, 0.5), 50)",
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_METRIC_COVERAGE] =
        {
            .name = "interval_coverage",
            .dimensions = " level",
            .type = STORE_REAL,
            .units = "",
            .long_name = "coverage of the central prediction intervals",
            .comment = "by the randomised PIT, since closed intervals of integers always read "
                       "high: the mean over its random number of the share of transforms within "
                       "level / 2 of 1/2, so of the part of forecast_pit_lower ... "
                       "forecast_pit_upper that lies there",
            .range = STORE_PROBABILITY,
        },
    [STORE_METRIC_INTERVAL_SCORE] =
        {
            .name = "weighted_interval_score",
            .type = STORE_REAL,
            .units = "",
            .long_name = "mean weighted interval score",
            .comment = "Bracher et al. 2021, doi 10.1371/journal.pcbi.1008618, on ln(1 + count): "
                       "(|y - median| / 2 + sum_k alpha_k / 2 IS_k) / 3.5 with alpha = 0.05, 0.2, "
                       "0.5 and IS = (u - l) + 2 / alpha (max(l - y, 0) + max(y - u, 0))",
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_METRIC_DISTRIBUTION_COUNT] =
        {
            .name = "distribution_count",
            .type = STORE_INTEGER,
            .units = "",
            .long_name = "number of forecasts with a distribution",
            .comment = "of interval_coverage and weighted_interval_score",
            .range = STORE_NOT_NEGATIVE,
        },
};

const struct store_backtest_view_description store_backtest_view_table[STORE_VIEW_NUMBER] = {
    [STORE_VIEW_HORIZON] = {"", "origin method horizon", "at each horizon"},
    [STORE_VIEW_TOGETHER] = {"_all_horizons", "origin method", "over all horizons"},
    [STORE_VIEW_LENGTH] = {"_by_length", "origin method length_class",
                           "over all horizons, by the length known at the origin"},
};
