/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis_plan.h"

#include "memory.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct analysis_plan analysis_plan_make(const struct config *config, const struct catalog *catalog,
                                        enum config_forecast_method method,
                                        enum instruction_set set)
{
    struct analysis_plan plan = {
        .config = *config,
        .step = catalog->step,
        .set = set,
        .forecast_method = method,
        .layout =
            result_layout_make(config->output.quantiles.count, config->forecast.horizons.count,
                               config->forecast.thresholds.count),
        .organizations = organization_plan_make(catalog, config->organization.maximum,
                                                config->bootstrap.replicates),
        .prior_organizations = catalog->organization_count,
    };
    for (size_t i = 0; i < catalog->series_count; i++) {
        const struct series *series = &catalog->series[i];
        plan.max_points = series->count > plan.max_points ? series->count : plan.max_points;
        plan.max_age = fmax(plan.max_age, series->age[series->count - 1]);
        plan.max_count = fmax(plan.max_count, series_last_count(series));
    }
    return plan;
}

void analysis_plan_restrict(struct analysis_plan *plan, const struct catalog *one,
                            size_t organization)
{
    organization_plan_free(&plan->organizations);
    plan->organizations = organization_plan_make(one, plan->config.organization.maximum,
                                                 plan->config.bootstrap.replicates);
    plan->first_organization = organization;
}

void analysis_plan_free(struct analysis_plan *plan)
{
    organization_plan_free(&plan->organizations);
}

void analysis_plan_pack(const struct analysis_plan *plan, struct buffer *buffer)
{
    struct analysis_plan flat = *plan;
    memset(&flat.organizations, 0, sizeof flat.organizations);
    buffer_append(buffer, &flat, sizeof flat);
    size_t length = 0;
    double *organizations = organization_plan_pack(&plan->organizations, &length);
    buffer_append(buffer, organizations, length * sizeof *organizations);
    free(organizations);
}

struct analysis_plan analysis_plan_unpack(const struct buffer *buffer)
{
    struct analysis_plan plan;
    assert(buffer->size > sizeof plan);
    memcpy(&plan, buffer->bytes, sizeof plan);
    size_t bytes = buffer->size - sizeof plan;
    double *organizations = memory_array(bytes, 1);
    memcpy(organizations, buffer->bytes + sizeof plan, bytes);
    plan.organizations = organization_plan_unpack(organizations);
    free(organizations);
    return plan;
}

bool analysis_keeps_replicates(const struct config *config)
{
    return config->bootstrap.keep && config->bootstrap.replicates > 0;
}

size_t analysis_row_length(const struct analysis_plan *plan)
{
    size_t kept =
        analysis_keeps_replicates(&plan->config) ? 3 * plan->config.bootstrap.replicates : 0;
    return plan->layout.length + kept;
}

double analysis_cost(const struct series *series)
{
    return series_all_zero(series) ? 1 : 10 + (double)series->count;
}
