/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "backtest.h"

#include "memory.h"

#include <stdlib.h>

size_t backtest_run(const struct backtest_plan *plan, const struct catalog *catalog,
                    struct score_forecast **record, struct backtest_choice *choice)
{
    size_t count = 0;
    size_t capacity = 0;
    size_t targets = 0;
    size_t most = backtest_record_max(plan);
    double *row = memory_array(backtest_row_length(plan), sizeof *row);
    *record = NULL;
    for (size_t o = 0; o < plan->origins; o++) {
        struct backtest_origin *origin = backtest_origin_create(plan, catalog, o);
        size_t series;
        (void)backtest_origin_series(origin, &series);
        backtest_origin_learn(origin, NULL);
        for (size_t i = 0; i < series; i++) {
            if (backtest_origin_target(origin, i)) {
                *record = memory_reserve(*record, &capacity, ++targets * most, sizeof **record);
                backtest_origin_forecast(origin, i, row);
                count += backtest_origin_records(origin, i, row, *record + count);
            }
        }
        backtest_origin_free(origin);
    }
    free(row);
    return backtest_add_auto(plan, count, *record, choice);
}
