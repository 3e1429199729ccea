/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "backtest.h"
#include "memory.h"

#include <math.h>
#include <stdlib.h>

const enum backtest_method backtest_candidates[BACKTEST_CANDIDATES] = {
    BACKTEST_HIERARCHICAL, BACKTEST_LEAST_SQUARES, BACKTEST_DRIFT3, BACKTEST_DRIFT1};

/** Whether a record's truth was known `back` steps before the end of the data. */
static bool known(const struct backtest_times *times, const struct score_forecast *record,
                  double back)
{
    return times->back[record->origin] - (double)times->steps[record->horizon] >= back;
}

enum backtest_method backtest_choose(size_t count, const struct score_forecast *record,
                                     const struct backtest_times *times, double back,
                                     enum backtest_method otherwise,
                                     double evidence[BACKTEST_CANDIDATES])
{
    enum backtest_method best = otherwise;
    double least = HUGE_VAL;
    for (size_t c = 0; c < BACKTEST_CANDIDATES; c++) {
        double sum = 0;
        size_t number = 0;
        for (size_t i = 0; i < count; i++) {
            if (record[i].method == backtest_candidates[c] && known(times, &record[i], back)) {
                sum += score_log_error(record[i].value, record[i].truth);
                number++;
            }
        }
        evidence[c] = number > 0 ? sum / (double)number : NAN;
        if (evidence[c] < least) {
            least = evidence[c];
            best = backtest_candidates[c];
        }
    }
    return best;
}

size_t backtest_add_auto(size_t count, const struct backtest_times *times,
                         enum backtest_method otherwise, struct score_forecast **record)
{
    size_t capacity = count;
    size_t total = count;
    for (uint32_t origin = 0; origin < times->origins; origin++) {
        double evidence[BACKTEST_CANDIDATES];
        enum backtest_method chosen =
            backtest_choose(count, *record, times, times->back[origin], otherwise, evidence);
        for (size_t i = 0; i < count; i++) {
            if ((*record)[i].origin == origin && (*record)[i].method == (uint32_t)chosen) {
                *record = memory_reserve(*record, &capacity, total + 1, sizeof **record);
                (*record)[total] = (*record)[i];
                (*record)[total++].method = BACKTEST_AUTO;
            }
        }
    }
    return total;
}
