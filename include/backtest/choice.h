/* SPDX-License-Identifier: GPL-3.0-or-later */
/** forecast.method = auto: the method that a backtest inside the run speaks for. */
#ifndef GROWCAST_CHOICE_H
#define GROWCAST_CHOICE_H

#include "config.h"
#include "series.h"

#include <stddef.h>

/**
 * Backtests hierarchical, curve, drift and persistence at backtest.origins in this process and
 * returns the one with the least mean absolute log error; evidence (capacity size) says in words
 * how each did. Any other forecast.method is returned as it is, with empty evidence.
 */
enum config_forecast_method choice_forecast_method(const struct config *config,
                                                   const struct catalog *catalog, char *evidence,
                                                   size_t size);

#endif
