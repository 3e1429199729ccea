/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The work of a sweep on one rank: the analysis of a model under a combination of settings, where
 * what several combinations have in common is done once.
 *
 * Priors, tables and the series of an observation window are shared by all combinations that do
 * not change them. Estimates, bootstraps and forecasts are kept for the model under way: they are
 * shared when a model's combinations are worked on one after the other, and no result depends on
 * whether they are.
 */
#ifndef GROWCAST_SWEEP_WORK_H
#define GROWCAST_SWEEP_WORK_H

#include "config.h"
#include "error.h"
#include "instruction_set.h"
#include "series.h"
#include "sweep.h"
#include "transport.h"

#include <stddef.h>

/** Most hierarchical models at a time: each has some 100 MB of tables. */
enum { SWEEP_WORK_FORECASTERS_MAX = 8 };

/** What is to be done. All pointers are borrowed as long as the work lives. */
struct sweep_work_request {
    const struct config *config; /**< with its [sweep] */
    const struct sweep_grid *grid;
    const struct catalog *catalog; /**< all series, whole; the same on every rank */
    enum instruction_set set;
    size_t count;
    const size_t *combination; /**< [count] the combinations, increasing */
};

struct sweep_work;

/** Prepares the combinations and learns their priors. Collective. The caller owns the work; NULL
 *  with *error filled on every rank if communication failed. */
struct sweep_work *sweep_work_create(const struct sweep_work_request *request,
                                     struct transport *transport, struct error *error);
void sweep_work_free(struct sweep_work *work);

/** In how many groups the combinations of a request fall that have this stage in common. */
size_t sweep_work_groups(const struct sweep_work *work, enum sweep_stage stage);

/** The row (sweep_result.h) of a model of the catalog under the i-th combination. All is missing
 *  where the observation window holds no point of the series. */
void sweep_work_row(struct sweep_work *work, size_t i, size_t model, double *row);

#endif
