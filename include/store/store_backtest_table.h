/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The variables of a backtest's output, described as in store_table.h. */
#ifndef GROWCAST_STORE_BACKTEST_TABLE_H
#define GROWCAST_STORE_BACKTEST_TABLE_H

#include "store.h"

/** Coordinates, labels and the single forecasts. */
enum store_backtest_field {
    STORE_BACKTEST_ORIGIN,
    STORE_BACKTEST_METHOD_NAME,
    STORE_BACKTEST_METHOD_DEFINITION,
    STORE_BACKTEST_LENGTH_NAME,
    STORE_BACKTEST_LEVEL,
    STORE_BACKTEST_CHOICE,
    STORE_BACKTEST_EVIDENCE_COUNT,
    STORE_BACKTEST_EVIDENCE_ERROR,
    STORE_BACKTEST_MODEL,
    STORE_BACKTEST_FROM,
    STORE_BACKTEST_METHOD,
    STORE_BACKTEST_AHEAD,
    STORE_BACKTEST_KNOWN,
    STORE_BACKTEST_LAST,
    STORE_BACKTEST_MEAN_INCREMENT,
    STORE_BACKTEST_VALUE,
    STORE_BACKTEST_TRUTH,
    STORE_BACKTEST_PIT_LOWER,
    STORE_BACKTEST_PIT_UPPER,
    STORE_BACKTEST_PIT,
    STORE_BACKTEST_QUANTILE,
    STORE_BACKTEST_FIELD_COUNT,
};

extern const struct store_variable store_backtest_table[STORE_BACKTEST_FIELD_COUNT];

/** What is measured; each is written in every view. */
enum store_backtest_metric {
    STORE_METRIC_COUNT,
    STORE_METRIC_LOG_ERROR,
    STORE_METRIC_RATIO,
    STORE_METRIC_RATIO_LOWER,
    STORE_METRIC_RATIO_UPPER,
    STORE_METRIC_WIN_RATE,
    STORE_METRIC_PERCENTAGE_ERROR,
    STORE_METRIC_PERCENTAGE_COUNT,
    STORE_METRIC_SCALED_ERROR,
    STORE_METRIC_COVERAGE,
    STORE_METRIC_INTERVAL_SCORE,
    STORE_METRIC_DISTRIBUTION_COUNT,
    STORE_METRIC_NUMBER,
};

/** Their variables; dimensions holds what follows those of the view. */
extern const struct store_variable store_backtest_metric_table[STORE_METRIC_NUMBER];

/** Over which forecasts a metric is taken. */
enum store_backtest_view {
    STORE_VIEW_HORIZON,
    STORE_VIEW_TOGETHER,
    STORE_VIEW_LENGTH,
    STORE_VIEW_NUMBER,
};

struct store_backtest_view_description {
    const char *suffix; /**< of the variable's name */
    const char *dimensions;
    const char *long_name; /**< what follows the metric's */
};

extern const struct store_backtest_view_description store_backtest_view_table[STORE_VIEW_NUMBER];

#endif
