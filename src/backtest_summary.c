/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "backtest.h"

#include "memory.h"

#include <stdlib.h>

static bool selected(const struct score_forecast *record,
                     const struct backtest_selection *selection)
{
    return (selection->origin == BACKTEST_ALL || record->origin == selection->origin) &&
           (selection->horizon == BACKTEST_ALL || record->horizon == selection->horizon) &&
           (selection->length == BACKTEST_ALL || record->length == selection->length);
}

struct score_summary backtest_summarise(const struct backtest_plan *plan, size_t count,
                                        const struct score_forecast *record,
                                        const struct backtest_selection *selection)
{
    struct score_forecast *own = memory_array(count, sizeof *own);
    struct score_forecast *baseline = memory_array(count, sizeof *baseline);
    size_t own_count = 0;
    size_t baseline_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (selected(&record[i], selection)) {
            if (record[i].method == selection->method) {
                own[own_count++] = record[i];
            }
            if (record[i].method == BACKTEST_DRIFT3) {
                baseline[baseline_count++] = record[i];
            }
        }
    }
    /* A method in use forecasts every target, so that the two are pairs. */
    size_t pairs = own_count < baseline_count ? own_count : baseline_count;
    const struct config *config = &plan->config;
    struct random_stream stream = random_stream_open(config->run.seed, RANDOM_SCORE, 0, 0);
    struct score_summary summary =
        score_summarise(pairs, own, baseline, config->backtest.resamples, &stream);
    free(own);
    free(baseline);
    return summary;
}
