/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the files of the backtest share. */
#ifndef GROWCAST_BACKTEST_PRIVATE_H
#define GROWCAST_BACKTEST_PRIVATE_H

#include "backtest.h"
#include "grid.h"

struct backtest_curves;

struct backtest_origin {
    const struct backtest_plan *plan;
    const struct catalog *catalog;
    uint32_t index;
    double position;
    double step_months;
    size_t count;
    struct forecaster_series *series; /* [count] known at the origin */
    size_t *index_of;                 /* [count] into the catalog */

    /* Made by learning. */
    struct grid *grid;
    struct grid *line; /* of the constant rate */
    struct forecaster *forecaster[BACKTEST_LEARNED];
    double *log_likelihood; /* scratch of a block */
    double *weight;         /* [nodes] */
    double *path;           /* [longest horizon][draws] */
    struct backtest_curves *curves;
};

/** The count of series i `ahead` steps after its last known point; NaN where it is not observed. */
double backtest_origin_truth(const struct backtest_origin *origin, size_t i, size_t ahead);

/** Fits curves to what is known at an origin and extrapolates them: room for series of up to
 *  max_points points; config is borrowed. The caller owns it. */
struct backtest_curves *backtest_curves_create(const struct config *config, enum series_step step,
                                               size_t max_points);
void backtest_curves_free(struct backtest_curves *curves);

/** Fits a series by the protocol of method (BACKTEST_LEAST_SQUARES, _PAPER or _WEBAPP). */
void backtest_curves_fit(struct backtest_curves *curves, enum backtest_method method,
                         const struct hierarchy_series *points);

/** The count `ahead` steps after the last one by the curve fitted last, at most 1e12, since an
 *  extrapolated curve may leave all bounds; the last count if there was no estimate. */
double backtest_curves_value(const struct backtest_curves *curves,
                             const struct hierarchy_series *points, size_t ahead);

#endif
