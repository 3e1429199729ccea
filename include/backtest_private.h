/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the files of the backtest share. */
#ifndef GROWCAST_BACKTEST_PRIVATE_H
#define GROWCAST_BACKTEST_PRIVATE_H

#include "backtest.h"
#include "fit.h"
#include "grid.h"

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
    double *time;           /* [longest series] ages in the unit of a fit */
    struct fit_workspace *fit;
};

/** The count of series i `ahead` steps after its last known point; NaN where it is not observed. */
double backtest_origin_truth(const struct backtest_origin *origin, size_t i, size_t ahead);

#endif
