/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep_result.h"

#include "fit.h"
#include "memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const enum result_field sweep_result_fields[SWEEP_FIELDS] = {
    RESULT_FIT_STATUS,       RESULT_FIT_FLAGS,      RESULT_FITNESS,
    RESULT_IMMEDIACY,        RESULT_LONGEVITY,      RESULT_ULTIMATE_COUNT,
    RESULT_FITNESS_QUANTILE, RESULT_POOLED_FITNESS, RESULT_FORECAST_COUNT,
};

size_t sweep_result_row_length(const struct config *config, size_t extent[SWEEP_FIELDS])
{
    struct result_layout layout =
        result_layout_make(config->output.quantiles.count, config->forecast.horizons.count,
                           config->forecast.thresholds.count);
    size_t length = 0;
    for (size_t i = 0; i < SWEEP_FIELDS; i++) {
        extent[i] = layout.extent[result_table[sweep_result_fields[i]].dimension];
        length += extent[i];
    }
    return length;
}

struct sweep_result sweep_result_make(const struct config *config, const struct sweep_grid *grid,
                                      const struct catalog *catalog)
{
    struct sweep_result result = {.config = *config, .grid = *grid, .catalog = catalog};
    result.row_length = sweep_result_row_length(config, result.extent);
    size_t count = grid->combinations * catalog->series_count * result.row_length;
    result.row = memory_array(count, sizeof *result.row);
    for (size_t i = 0; i < count; i++) {
        result.row[i] = NAN;
    }
    return result;
}

void sweep_result_free(struct sweep_result *result)
{
    free(result->row);
}

/* The stage that makes a field. */
static const double *part_of(const struct sweep_result_parts *parts, enum result_field field)
{
    switch (field) {
    case RESULT_FITNESS_QUANTILE:
        return parts->bootstrap;
    case RESULT_POOLED_FITNESS:
    case RESULT_FORECAST_COUNT:
        return parts->forecast;
    default:
        return parts->estimate;
    }
}

/* The flags of the estimate and those that come with the posterior. */
static double all_flags(const struct sweep_result_parts *parts, size_t offset)
{
    unsigned estimate = (unsigned)parts->estimate[offset];
    unsigned posterior = (unsigned)parts->forecast[offset];
    return (double)(estimate | (posterior & (unsigned)(FIT_PRIOR_ONLY | FIT_GRID_EDGE)));
}

void sweep_result_take(const struct config *config, const struct result_layout *layout,
                       const struct sweep_result_parts *parts, double shift, double *row)
{
    size_t extent[SWEEP_FIELDS];
    (void)sweep_result_row_length(config, extent);
    for (size_t i = 0; i < SWEEP_FIELDS; i++) {
        enum result_field field = sweep_result_fields[i];
        size_t offset = layout->offset[field];
        memcpy(row, part_of(parts, field) + offset, extent[i] * sizeof *row);
        if (field == RESULT_FIT_FLAGS) {
            *row = all_flags(parts, offset);
        } else if (field == RESULT_IMMEDIACY) {
            *row += shift;
        }
        row += extent[i];
    }
}

bool sweep_result_failed(const double *row)
{
    /* sweep_result_fields begins with the status. */
    return row[0] == FIT_NOT_CONVERGED || row[0] == FIT_NUMERICAL_ERROR;
}

void sweep_result_take_none(const struct config *config, double *row)
{
    size_t extent[SWEEP_FIELDS];
    size_t length = sweep_result_row_length(config, extent);
    for (size_t i = 0; i < length; i++) {
        row[i] = NAN;
    }
}
