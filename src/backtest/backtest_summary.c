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

/* The summaries of a method at an origin. */
static void score_method(const struct backtest_plan *plan, size_t count,
                         const struct score_forecast *record, size_t origin, size_t method,
                         struct backtest_scores *scores)
{
    size_t row = origin * BACKTEST_METHODS + method;
    struct backtest_selection all = {
        .method = (uint32_t)method,
        .origin = (uint32_t)origin,
        .horizon = BACKTEST_ALL,
        .length = BACKTEST_ALL,
    };
    scores->together[row] = backtest_summarise(plan, count, record, &all);
    for (size_t h = 0; h < plan->horizons; h++) {
        struct backtest_selection part = all;
        part.horizon = (uint32_t)h;
        scores->by_horizon[row * plan->horizons + h] =
            backtest_summarise(plan, count, record, &part);
    }
    for (size_t length = 0; length < BACKTEST_LENGTHS; length++) {
        struct backtest_selection part = all;
        part.length = (uint32_t)length;
        scores->by_length[row * BACKTEST_LENGTHS + length] =
            backtest_summarise(plan, count, record, &part);
    }
}

/* The records of an origin: sorted, so one range of them. */
static size_t origin_range(size_t count, const struct score_forecast *record, size_t origin,
                           size_t *first)
{
    size_t begin = 0;
    while (begin < count && record[begin].origin < origin) {
        begin++;
    }
    size_t end = begin;
    while (end < count && record[end].origin == origin) {
        end++;
    }
    *first = begin;
    return end - begin;
}

struct backtest_scores backtest_scores_make(const struct backtest_plan *plan, size_t count,
                                            const struct score_forecast *record)
{
    size_t rows = plan->origins * BACKTEST_METHODS;
    struct backtest_scores scores = {
        .by_horizon = memory_array(rows * plan->horizons, sizeof *scores.by_horizon),
        .together = memory_array(rows, sizeof *scores.together),
        .by_length = memory_array(rows * BACKTEST_LENGTHS, sizeof *scores.by_length),
    };
    for (size_t origin = 0; origin < plan->origins; origin++) {
        size_t first;
        size_t part = origin_range(count, record, origin, &first);
        for (size_t method = 0; method < BACKTEST_METHODS; method++) {
            if (plan->use[method]) {
                score_method(plan, part, record + first, origin, method, &scores);
            }
        }
    }
    return scores;
}

void backtest_scores_free(struct backtest_scores *scores)
{
    free(scores->by_horizon);
    free(scores->together);
    free(scores->by_length);
    *scores = (struct backtest_scores){0};
}
