/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "choice.h"

#include "backtest.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The candidates: a method of the backtest, and what forecast.method calls it. */
static const struct {
    enum backtest_method method;
    enum config_forecast_method forecast;
    const char *name;
} candidates[] = {
    {BACKTEST_HIERARCHICAL, FORECAST_HIERARCHICAL, "hierarchical"},
    {BACKTEST_LEAST_SQUARES, FORECAST_CURVE, "curve"},
    {BACKTEST_DRIFT3, FORECAST_DRIFT, "drift"},
    {BACKTEST_DRIFT1, FORECAST_PERSISTENCE, "persistence"},
};
enum { CANDIDATES = sizeof candidates / sizeof candidates[0] };

static void describe(const struct backtest_choice *choice, char *text, size_t size)
{
    int length = snprintf(
        text, size, "mean absolute log error over %zu forecasts from past origins:", choice->count);
    for (size_t i = 0; i < CANDIDATES && length > 0 && (size_t)length < size; i++) {
        length += snprintf(text + length, size - (size_t)length, "%s %s %.4g", i > 0 ? "," : "",
                           candidates[i].name, choice->error[candidates[i].method]);
    }
}

enum config_forecast_method choice_forecast_method(const struct config *config,
                                                   const struct catalog *catalog, char *evidence,
                                                   size_t size)
{
    evidence[0] = '\0';
    if (config->forecast.method != FORECAST_AUTO) {
        return config->forecast.method;
    }
    bool use[BACKTEST_METHODS] = {false};
    for (size_t i = 0; i < CANDIDATES; i++) {
        use[candidates[i].method] = true;
    }
    struct backtest_plan plan = backtest_plan_make(config, catalog->step, use);
    struct score_forecast *record = NULL;
    size_t count = backtest_run(&plan, catalog, &record, NULL);
    struct backtest_choice choice = backtest_choose(&plan, count, record, 0);
    free(record);
    describe(&choice, evidence, size);
    for (size_t i = 0; i < CANDIDATES; i++) {
        if (choice.method == candidates[i].method) {
            return candidates[i].forecast;
        }
    }
    return FORECAST_HIERARCHICAL;
}
