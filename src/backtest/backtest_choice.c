/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "backtest.h"

#include "memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What forecast.method offers. */
static const enum backtest_method candidates[] = {
    BACKTEST_HIERARCHICAL,
    BACKTEST_LEAST_SQUARES,
    BACKTEST_DRIFT3,
    BACKTEST_DRIFT1,
};
enum { CANDIDATES = sizeof candidates / sizeof candidates[0] };

enum backtest_method backtest_fallback(const struct backtest_plan *plan)
{
    enum backtest_method method =
        plan->step == SERIES_STEP_DAY ? BACKTEST_DRIFT1 : BACKTEST_HIERARCHICAL;
    return plan->use[method] ? method : BACKTEST_DRIFT3;
}

struct backtest_choice backtest_choose(const struct backtest_plan *plan, size_t count,
                                       const struct score_forecast *record, double position)
{
    struct backtest_choice choice = {.method = (uint32_t)backtest_fallback(plan)};
    double sum[BACKTEST_METHODS] = {0};
    for (size_t i = 0; i < count; i++) {
        double made = plan->position[record[i].origin];
        double known = made + (double)plan->horizon[record[i].horizon];
        if (made < position && known <= position) {
            sum[record[i].method] += score_log_error(record[i].value, record[i].truth);
            choice.count += record[i].method == BACKTEST_DRIFT3;
        }
    }
    for (size_t method = 0; method < BACKTEST_METHODS; method++) {
        choice.error[method] = NAN;
    }
    for (size_t c = 0; choice.count > 0 && c < CANDIDATES; c++) {
        enum backtest_method method = candidates[c];
        if (plan->use[method]) {
            choice.error[method] = sum[method] / (double)choice.count;
        }
    }
    for (size_t c = 0; choice.count > 0 && c < CANDIDATES; c++) {
        if (choice.error[candidates[c]] < choice.error[choice.method]) {
            choice.method = (uint32_t)candidates[c];
        }
    }
    return choice;
}

/* Records of one target from `first` on. */
static size_t target_size(size_t count, const struct score_forecast *record, size_t first)
{
    size_t end = first;
    while (end < count && record[end].origin == record[first].origin &&
           record[end].model == record[first].model) {
        end++;
    }
    return end - first;
}

size_t backtest_add_auto(const struct backtest_plan *plan, size_t count,
                         struct score_forecast *record, struct backtest_choice *choice)
{
    struct backtest_choice chosen[CONFIG_LIST_MAX];
    for (size_t o = 0; o < plan->origins; o++) {
        chosen[o] = backtest_choose(plan, count, record, plan->position[o]);
    }
    if (choice != NULL) {
        memcpy(choice, chosen, plan->origins * sizeof *choice);
    }
    if (!plan->use[BACKTEST_AUTO]) {
        return count;
    }
    struct score_forecast *old = memory_array(count, sizeof *old);
    memcpy(old, record, count * sizeof *old);
    size_t next = 0;
    for (size_t first = 0; first < count;) {
        size_t size = target_size(count, old, first);
        memcpy(record + next, old + first, size * sizeof *record);
        next += size;
        for (size_t i = first; i < first + size; i++) {
            if (old[i].method == chosen[old[i].origin].method) {
                record[next] = old[i];
                record[next++].method = BACKTEST_AUTO;
            }
        }
        first += size;
    }
    free(old);
    return next;
}
