/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The output file of `growcast backtest`: its summaries and every single forecast. */
#ifndef GROWCAST_STORE_BACKTEST_H
#define GROWCAST_STORE_BACKTEST_H

#include "backtest.h"
#include "provenance.h"
#include "series.h"
#include "store.h"

/** What is written; everything is borrowed for the call. */
struct store_backtest {
    const char *command; /**< "backtest" */
    const struct backtest_plan *plan;
    const struct catalog *catalog;
    const struct provenance *provenance;
    const char *history;
    size_t skipped_rows;
    size_t count;
    const struct score_forecast *record;  /**< [count], sorted */
    const struct backtest_choice *choice; /**< [origins] */
    const struct backtest_scores *scores;
};

/** Writes the file, which then exists whole or not at all. */
bool store_backtest_write(const char *path, const struct store_backtest *backtest,
                          struct error *error);

#endif
