/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store_summary_table.h"

#define THETA "theta = (ln(ultimate count), mu in ln(months), ln(sigma))"

const struct store_variable store_prior_table[STORE_PRIOR_FIELD_COUNT] = {
    [STORE_PRIOR_PARAMETER_NAME] =
        {
            .name = "prior_parameter_name",
            .dimensions = "prior_parameter",
            .type = STORE_TEXT,
            .units = "",
            .long_name = "coordinate of the parameters in the prior",
            .comment = THETA,
        },
    [STORE_PRIOR_COVARIATE_NAME] =
        {
            .name = "prior_covariate_name",
            .dimensions = "prior_covariate",
            .type = STORE_TEXT,
            .units = "",
            .long_name = "what the mean of the prior depends on",
            .comment = "constant: 1; cohort: (age in months at the last observation - 10) / 10; "
                       "size_known: whether the model's name states a size; log_size: ln(billions "
                       "of parameters) within [-4, 5], or 0; instruct: whether the name says "
                       "instruction-tuned",
        },
    [STORE_PRIOR_MEAN] =
        {
            .name = "prior_mean",
            .dimensions = "prior_parameter",
            .type = STORE_REAL,
            .units = "",
            .long_name = "mean of the prior where all covariates but the constant are 0",
            .comment = "theta ~ N(B'x, V), " THETA ": the row of B for the constant, which is the "
                       "mean for a model 10 months old",
            .coordinates = "prior_parameter_name",
        },
    [STORE_PRIOR_COEFFICIENT] =
        {
            .name = "prior_coefficient",
            .dimensions = "prior_covariate prior_parameter",
            .type = STORE_REAL,
            .units = "",
            .long_name = "dependence of the prior's mean on covariates",
            .comment = "B in theta ~ N(B'x, V), " THETA ", x the covariates",
            .coordinates = "prior_covariate_name prior_parameter_name",
        },
    [STORE_PRIOR_COVARIANCE] =
        {
            .name = "prior_covariance",
            .dimensions = "prior_parameter other_prior_parameter",
            .type = STORE_REAL,
            .units = "",
            .long_name = "covariance of the prior",
            .comment = "V in theta ~ N(B'x, V), " THETA "; both dimensions in the order of "
                       "prior_parameter_name",
            .coordinates = "prior_parameter_name",
        },
    [STORE_PRIOR_SIZE] =
        {
            .name = "prior_size",
            .dimensions = "prior_size",
            .type = STORE_REAL,
            .units = "",
            .long_name = "dispersion r of the increments",
            .comment = "negative binomial increments with mean M have variance M + M^2 / r",
            .range = STORE_NOT_NEGATIVE,
            .required = true,
        },
    [STORE_PRIOR_SIZE_WEIGHT] =
        {
            .name = "prior_size_weight",
            .dimensions = "prior_size",
            .type = STORE_REAL,
            .units = "",
            .long_name = "prior probability of the dispersion",
            .comment = "categorical over prior_size; adds up to 1",
            .range = STORE_PROBABILITY,
        },
    [STORE_PRIOR_DORMANT_SHARE] =
        {
            .name = "prior_dormant_share",
            .dimensions = "",
            .type = STORE_REAL,
            .units = "",
            .long_name = "prior probability that a model never gains anything",
            .comment =
                "learned from all models with at least 3 increments; the rest of the prior is "
                "that of models that do",
            .range = STORE_PROBABILITY,
        },
    [STORE_PRIOR_MODEL_COUNT] =
        {
            .name = "prior_model_count",
            .dimensions = "",
            .type = STORE_INTEGER,
            .units = "",
            .long_name = "number of models that taught the prior",
            .comment = "those with at least 3 increments and a last count of at least "
                       "hierarchy.min_count, at most hierarchy.sample",
            .range = STORE_NOT_NEGATIVE,
        },
};
