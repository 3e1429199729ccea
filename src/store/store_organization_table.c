/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store_summary_table.h"

#define COORDINATES "organization_name"
#define UNBOUNDED                                                                                  \
    "Where the data give no upper bound on the fitness, it and with it immediacy and longevity "   \
    "count as larger than any number, so that an upper quantile may be infinite."
#define REPLICATES                                                                                 \
    "quantiles over bootstrap replicates of the sum of the models' fitted curves at their "        \
    "observed ages; a model without replicates adds its observed counts. Missing for "             \
    "organizations beyond the organization.maximum largest."

const struct store_variable store_organization_table[STORE_ORGANIZATION_FIELD_COUNT] = {
    [STORE_DATE] =
        {
            .name = "date",
            .dimensions = "date",
            .type = STORE_INTEGER,
            .units = "days since 1970-01-01",
            .long_name = "calendar date, UTC",
            .comment = "in steps of the input back from the last observation of any model",
            .standard_name = "time",
            .required = true,
        },
    [STORE_ORGANIZATION_MODEL_COUNT] =
        {
            .name = "organization_model_count",
            .dimensions = "organization",
            .type = STORE_INTEGER,
            .units = "",
            .long_name = "number of models of the organization",
            .comment = "all models of the file with its organization_index",
            .coordinates = COORDINATES,
            .range = STORE_NOT_NEGATIVE,
            .required = true,
        },
    [STORE_ORGANIZATION_FITTED_COUNT] =
        {
            .name = "organization_fitted_count",
            .dimensions = "organization",
            .type = STORE_INTEGER,
            .units = "",
            .long_name = "number of models of the organization that were fitted",
            .comment = "those with fit_status fitted",
            .coordinates = COORDINATES,
            .range = STORE_NOT_NEGATIVE,
            .required = true,
        },
    [STORE_ORGANIZATION_COUNT] =
        {
            .name = "organization_count",
            .dimensions = "organization age",
            .type = STORE_REAL,
            .units = "",
            .long_name = "observed cumulative count by age, summed over models",
            .comment = "sum of observed_count over the models observed at that age, which are "
                       "fewer and fewer; missing where there are none",
            .coordinates = COORDINATES,
            .cell_methods = "organization: sum",
            .ancillary = "organization_count_n",
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_ORGANIZATION_COUNT_N] =
        {
            .name = "organization_count_n",
            .dimensions = "organization age",
            .type = STORE_INTEGER,
            .units = "",
            .long_name = "number of models observed at that age",
            .comment = "the models in organization_count",
            .coordinates = COORDINATES,
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_ORGANIZATION_COUNT_QUANTILE] =
        {
            .name = "organization_count_quantile",
            .dimensions = "organization age quantile",
            .type = STORE_REAL,
            .units = "",
            .long_name = "bootstrap quantiles of the cumulative count by age, summed over models",
            .comment = REPLICATES,
            .coordinates = COORDINATES,
            .cell_methods = "organization: sum",
            .ancillary = "organization_count_n",
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_ORGANIZATION_CALENDAR_COUNT] =
        {
            .name = "organization_calendar_count",
            .dimensions = "organization date",
            .type = STORE_REAL,
            .units = "",
            .long_name = "observed cumulative count by date, summed over models",
            .comment = "sum of each model's last count at or before the date; a model keeps its "
                       "last count; models without a release date are left out",
            .coordinates = COORDINATES,
            .cell_methods = "organization: sum",
            .ancillary = "organization_calendar_count_n",
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_ORGANIZATION_CALENDAR_COUNT_N] =
        {
            .name = "organization_calendar_count_n",
            .dimensions = "organization date",
            .type = STORE_INTEGER,
            .units = "",
            .long_name = "number of models released and observed by that date",
            .comment = "the models in organization_calendar_count",
            .coordinates = COORDINATES,
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_ORGANIZATION_CALENDAR_COUNT_QUANTILE] =
        {
            .name = "organization_calendar_count_quantile",
            .dimensions = "organization date quantile",
            .type = STORE_REAL,
            .units = "",
            .long_name = "bootstrap quantiles of the cumulative count by date, summed over models",
            .comment = REPLICATES,
            .coordinates = COORDINATES,
            .cell_methods = "organization: sum",
            .ancillary = "organization_calendar_count_n",
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_ORGANIZATION_FITNESS_QUANTILE] =
        {
            .name = "organization_fitness_quantile",
            .dimensions = "organization quantile",
            .type = STORE_REAL,
            .units = "",
            .long_name = "quantiles of fitness over the models of the organization",
            .comment = "over the point estimates of the fitted models: their spread, not an "
                       "uncertainty. " UNBOUNDED,
            .coordinates = COORDINATES,
            .ancillary = "organization_fitted_count",
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_ORGANIZATION_IMMEDIACY_QUANTILE] =
        {
            .name = "organization_immediacy_quantile",
            .dimensions = "organization quantile",
            .type = STORE_REAL,
            .units = "@ln_time",
            .long_name = "quantiles of immediacy over the models of the organization",
            .comment = "over the point estimates of the fitted models: their spread, not an "
                       "uncertainty. " UNBOUNDED,
            .coordinates = COORDINATES,
            .ancillary = "organization_fitted_count",
        },
    [STORE_ORGANIZATION_LONGEVITY_QUANTILE] =
        {
            .name = "organization_longevity_quantile",
            .dimensions = "organization quantile",
            .type = STORE_REAL,
            .units = "",
            .long_name = "quantiles of longevity over the models of the organization",
            .comment = "over the point estimates of the fitted models: their spread, not an "
                       "uncertainty. " UNBOUNDED,
            .coordinates = COORDINATES,
            .ancillary = "organization_fitted_count",
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_ORGANIZATION_FORECAST_QUANTILE] =
        {
            .name = "organization_forecast_quantile",
            .dimensions = "organization horizon quantile",
            .type = STORE_REAL,
            .units = "",
            .long_name = "quantiles of the forecast cumulative count, summed over models",
            .comment = "quantiles over joint draws of the sum of the models' cumulative counts "
                       "that many steps after the last observation of each; models share the "
                       "random walk alone, so that an event that moves several of the largest at "
                       "once lies outside",
            .coordinates = COORDINATES,
            .cell_methods = "organization: sum",
            .range = STORE_NOT_NEGATIVE,
        },
};
