/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What is known about one model when its work is done: one row of doubles.
 *
 * The descriptor table of result.c lists every per-model variable once: name, extra dimension,
 * NetCDF type, units, long_name, flag meanings. The table gives the layout of a row (the fixed-size
 * record of messages and of the journal) and the variables of the output file. Integers up to 2^53
 * travel exactly; a missing value is NaN and becomes the variable's fill value.
 */
#ifndef GROWCAST_RESULT_H
#define GROWCAST_RESULT_H

#include <stdbool.h>
#include <stddef.h>

/** The dimension that a per-model variable has beside `model`. */
enum result_dimension {
    RESULT_SCALAR,
    RESULT_QUANTILE,
    RESULT_HORIZON,
    RESULT_HORIZON_QUANTILE,
    RESULT_HORIZON_THRESHOLD,
    RESULT_THRESHOLD_QUANTILE,
    RESULT_DIMENSION_COUNT,
};

enum result_type { RESULT_REAL, RESULT_INTEGER, RESULT_FLAGS, RESULT_CATEGORY };

/** Which values are possible at all. */
enum result_range { RESULT_ANY, RESULT_NOT_NEGATIVE, RESULT_PROBABILITY };

/** Identifies a per-model variable; indexes the descriptor table. */
enum result_field {
    RESULT_FIT_STATUS,
    RESULT_FIT_FLAGS,
    RESULT_OBSERVATION_COUNT,
    RESULT_FITNESS,
    RESULT_IMMEDIACY,
    RESULT_LONGEVITY,
    RESULT_ULTIMATE_COUNT,
    RESULT_IMPACT_TIME,
    RESULT_FIT_RMSE,
    RESULT_LOG_LIKELIHOOD,
    RESULT_DISPERSION,
    RESULT_BOOTSTRAP_FAILURES,
    RESULT_BOOTSTRAP_RIDGES,
    RESULT_FITNESS_QUANTILE,
    RESULT_IMMEDIACY_QUANTILE,
    RESULT_LONGEVITY_QUANTILE,
    RESULT_ULTIMATE_COUNT_QUANTILE,
    RESULT_IMPACT_TIME_QUANTILE,
    RESULT_POOLED_FITNESS,
    RESULT_POOLED_IMMEDIACY,
    RESULT_POOLED_LONGEVITY,
    RESULT_POOLED_ULTIMATE_COUNT,
    RESULT_POOLED_IMPACT_TIME,
    RESULT_POOLED_FITNESS_QUANTILE,
    RESULT_POOLED_IMMEDIACY_QUANTILE,
    RESULT_POOLED_LONGEVITY_QUANTILE,
    RESULT_POOLED_ULTIMATE_COUNT_QUANTILE,
    RESULT_POOLED_IMPACT_TIME_QUANTILE,
    RESULT_FORECAST_METHOD,
    RESULT_FORECAST_COUNT,
    RESULT_FORECAST_MEAN,
    RESULT_FORECAST_QUANTILE,
    RESULT_EXCEEDANCE_PROBABILITY,
    RESULT_TIME_TO_COUNT_QUANTILE,
    RESULT_FIELD_COUNT,
};

struct result_descriptor {
    const char *name; /**< the NetCDF variable */
    enum result_dimension dimension;
    enum result_type type;
    const char *units; /**< udunits text; "" for none, "@step", "@ln_time", "@time" are replaced */
    const char *long_name;
    const char *comment;         /**< NULL or how to read it, with the equation */
    const char *const *meanings; /**< categories by value, or flags by bit; NULL-terminated */
    const char *ancillary;       /**< NULL or the variables that qualify this one, by blanks */
    enum result_range range;
    bool required; /**< every finished model has it; a row without is not a result */
};

extern const struct result_descriptor result_table[RESULT_FIELD_COUNT];

/** Where each field stands in a row; depends only on the configuration. A plain value. */
struct result_layout {
    size_t extent[RESULT_DIMENSION_COUNT]; /**< doubles of a field with that dimension */
    size_t offset[RESULT_FIELD_COUNT];
    size_t length; /**< doubles in a row */
};

/** The layout for so many quantiles, horizons and thresholds (any may be 0). */
struct result_layout result_layout_make(size_t quantiles, size_t horizons, size_t thresholds);

/** Fills a row of layout->length doubles with missing values (NaN). */
void result_row_clear(const struct result_layout *layout, double *row);

#endif
