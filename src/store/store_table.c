/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store_table.h"

#define MODEL_COORDINATES "model_name release_date"
#define CURVE             "c(t) = m (exp(lambda Phi((ln t - mu) / sigma)) - 1)"

const struct store_variable store_table[STORE_FIELD_COUNT] = {
    [STORE_MODEL_NAME] =
        {
            .name = "model_name",
            .dimensions = "model",
            .type = STORE_TEXT,
            .units = "",
            .long_name = "full name of the base model",
            .comment = "as the input gives it, UTF-8",
        },
    [STORE_ORGANIZATION_NAME] =
        {
            .name = "organization_name",
            .dimensions = "organization",
            .type = STORE_TEXT,
            .units = "",
            .long_name = "name of the organization",
            .comment = "sorted; the last entry, \"all\", stands for all models together",
        },
    [STORE_ORGANIZATION_INDEX] =
        {
            .name = "organization_index",
            .dimensions = "model",
            .type = STORE_INTEGER,
            .units = "",
            .long_name = "organization of the model",
            .comment = "position in organization_name, counted from 0",
            .coordinates = MODEL_COORDINATES,
            .range = STORE_NOT_NEGATIVE,
            .required = true,
        },
    [STORE_RELEASE_DATE] =
        {
            .name = "release_date",
            .dimensions = "model",
            .type = STORE_INTEGER,
            .units = "days since 1970-01-01",
            .long_name = "release date of the model, UTC",
            .comment = "age 0; missing where the input does not give it. With the flag "
                       "left_censored in fit_flags the model is older than this.",
            .standard_name = "time",
        },
    [STORE_AGE] =
        {
            .name = "age",
            .dimensions = "age",
            .type = STORE_REAL,
            .units = "@step",
            .long_name = "age since release",
            .comment = "in steps of the input; a month has 30.4375 days on average",
            .range = STORE_NOT_NEGATIVE,
            .required = true,
        },
    [STORE_HORIZON] =
        {
            .name = "horizon",
            .dimensions = "horizon",
            .type = STORE_REAL,
            .units = "@step",
            .long_name = "forecast horizon: time since the last observation of the model",
            .comment = "in steps of the input",
            .standard_name = "forecast_period",
            .range = STORE_NOT_NEGATIVE,
            .required = true,
        },
    [STORE_QUANTILE] =
        {
            .name = "quantile",
            .dimensions = "quantile",
            .type = STORE_REAL,
            .units = "",
            .long_name = "probability of the quantile",
            .comment = "a share of about this size lies below the value",
            .range = STORE_PROBABILITY,
            .required = true,
        },
    [STORE_MILESTONE] =
        {
            .name = "milestone",
            .dimensions = "milestone",
            .type = STORE_REAL,
            .units = "@step",
            .long_name = "age at which models are compared",
            .comment = "in steps of the input; of count_density",
            .range = STORE_NOT_NEGATIVE,
            .required = true,
        },
    [STORE_THRESHOLD] =
        {
            .name = "threshold",
            .dimensions = "threshold",
            .type = STORE_REAL,
            .units = "",
            .long_name = "cumulative count to be reached",
            .comment = "of exceedance_probability and time_to_count_quantile",
            .range = STORE_NOT_NEGATIVE,
            .required = true,
        },
    [STORE_OBSERVED_COUNT] =
        {
            .name = "observed_count",
            .dimensions = "model age",
            .type = STORE_REAL,
            .units = "",
            .long_name = "observed cumulative count",
            .comment = "the counts that were used; missing where the model was not observed",
            .coordinates = MODEL_COORDINATES,
            .range = STORE_NOT_NEGATIVE,
            .compress = true,
        },
    [STORE_FITTED_COUNT] =
        {
            .name = "fitted_count",
            .dimensions = "model age",
            .type = STORE_REAL,
            .units = "",
            .long_name = "cumulative count of the fitted curve at the observed ages",
            .comment = CURVE " at the point estimate; missing where the model was not observed or "
                             "not fitted",
            .coordinates = MODEL_COORDINATES,
            .ancillary = "fit_status fit_flags",
            .range = STORE_NOT_NEGATIVE,
            .compress = true,
        },
    [STORE_REPLICATE_FITNESS] =
        {
            .name = "fitness",
            .dimensions = "model replicate",
            .type = STORE_REAL,
            .units = "",
            .long_name = "relative fitness lambda of each bootstrap replicate",
            .comment = "lambda in " CURVE "; missing where the replicate has no fit",
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_REPLICATE_IMMEDIACY] =
        {
            .name = "immediacy",
            .dimensions = "model replicate",
            .type = STORE_REAL,
            .units = "@ln_time",
            .long_name = "immediacy mu of each bootstrap replicate",
            .comment = "mu in " CURVE "; missing where the replicate has no fit",
        },
    [STORE_REPLICATE_LONGEVITY] =
        {
            .name = "longevity",
            .dimensions = "model replicate",
            .type = STORE_REAL,
            .units = "",
            .long_name = "longevity sigma of each bootstrap replicate",
            .comment = "sigma in " CURVE "; missing where the replicate has no fit",
            .range = STORE_NOT_NEGATIVE,
        },
};
