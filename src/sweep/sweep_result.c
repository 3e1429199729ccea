/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep_result.h"

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

void sweep_result_take(const struct config *config, const struct result_layout *layout,
                       const double *analysis_row, double shift, double *row)
{
    size_t extent[SWEEP_FIELDS];
    (void)sweep_result_row_length(config, extent);
    for (size_t i = 0; i < SWEEP_FIELDS; i++) {
        memcpy(row, analysis_row + layout->offset[sweep_result_fields[i]], extent[i] * sizeof *row);
        if (sweep_result_fields[i] == RESULT_IMMEDIACY) {
            *row += shift;
        }
        row += extent[i];
    }
}
