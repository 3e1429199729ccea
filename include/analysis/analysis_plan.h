/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What is to be done to every model: the settings, and what follows from all series together.
 */
#ifndef GROWCAST_ANALYSIS_PLAN_H
#define GROWCAST_ANALYSIS_PLAN_H

#include "buffer.h"
#include "config.h"
#include "instruction_set.h"
#include "organization_sums.h"
#include "result.h"
#include "series.h"

#include <stdbool.h>
#include <stddef.h>

/** What every rank must know beforehand. */
struct analysis_plan {
    struct config config;
    enum series_step step;
    enum instruction_set set; /**< of the batched engine, the same on all ranks */
    size_t max_points;        /**< points of the longest series */
    double max_age;           /**< the largest age, steps */
    double max_count;         /**< the largest count */
    enum config_forecast_method forecast_method; /**< never auto: choice.h */
    struct result_layout layout;
    struct organization_plan organizations;
    /** Organizations that the prior knows, and the first of them that `organizations` holds. */
    size_t prior_organizations, first_organization;
};

/** The plan for a finished catalog. method: forecast.method, with auto resolved. Release with
 *  analysis_plan_free(). */
struct analysis_plan analysis_plan_make(const struct config *config, const struct catalog *catalog,
                                        enum config_forecast_method method,
                                        enum instruction_set set);
void analysis_plan_free(struct analysis_plan *plan);

/**
 * Restricts the plan for a whole input to the catalog of one of its models, whose organization has
 * the index `organization` in the whole. Its row stays what it is in the whole, since the prior and
 * the grid are those of the whole; only sums over organizations are of the one model.
 */
void analysis_plan_restrict(struct analysis_plan *plan, const struct catalog *one,
                            size_t organization);

/** The plan as bytes for other ranks of the same program, and back. */
void analysis_plan_pack(const struct analysis_plan *plan, struct buffer *buffer);
struct analysis_plan analysis_plan_unpack(const struct buffer *buffer);

/** Whether replicates are kept: bootstrap.keep, unless there are none. */
bool analysis_keeps_replicates(const struct config *config);

/** Doubles that analysis_model() writes: a row of the layout, then, where replicates are kept,
 *  their fitness, immediacy and longevity, [replicates] each. */
size_t analysis_row_length(const struct analysis_plan *plan);

/** Estimated work of analysis_model() for a series, in any unit: for the queue. */
double analysis_cost(const struct series *series);

#endif
