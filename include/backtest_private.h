/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Parts of the backtest that backtest.c puts together. */
#ifndef GROWCAST_BACKTEST_PRIVATE_H
#define GROWCAST_BACKTEST_PRIVATE_H

#include "backtest.h"

/** Fits curves to what is known at an origin and extrapolates them. */
struct backtest_curves;

/** Room for series of up to max_points points; config is borrowed. The caller owns it. */
struct backtest_curves *backtest_curves_create(const struct config *config, enum series_step step,
                                               size_t max_points);
void backtest_curves_free(struct backtest_curves *curves);

/** Fits a series by the protocol of method (BACKTEST_LEAST_SQUARES, _PAPER or _WEBAPP). */
void backtest_curves_fit(struct backtest_curves *curves, enum backtest_method method,
                         const struct hierarchy_series *points);

/** The count `ahead` steps after the last one by the curve fitted last; the last count if there
 *  was no estimate. */
double backtest_curves_value(const struct backtest_curves *curves,
                             const struct hierarchy_series *points, size_t ahead);

#endif
