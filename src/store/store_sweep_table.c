/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store_sweep_table.h"

const struct store_variable store_sweep_table[STORE_SWEEP_FIELD_COUNT] = {
    [STORE_SWEEP_SETTING] =
        {
            .name = "setting_name",
            .dimensions = "setting",
            .type = STORE_TEXT,
            .units = "",
            .long_name = "name of the varied setting",
            .comment = "section.key of the configuration",
        },
    [STORE_SWEEP_QUANTITY] =
        {
            .name = "quantity_name",
            .dimensions = "quantity",
            .type = STORE_TEXT,
            .units = "",
            .long_name = "what is compared between combinations",
            .comment = "ln_fitness is ln lambda, immediacy mu, ln_longevity ln sigma, ln_forecast "
                       "ln(1 + forecast) at the longest horizon",
        },
    [STORE_SWEEP_SPEARMAN] =
        {
            .name = "spearman_correlation",
            .dimensions = "quantity combination other_combination",
            .type = STORE_REAL,
            .units = "",
            .long_name = "rank correlation of the models between two combinations, Spearman",
            .comment = "over models that have the quantity under both",
            .range = STORE_CORRELATION,
        },
    [STORE_SWEEP_KENDALL] =
        {
            .name = "kendall_correlation",
            .dimensions = "quantity combination other_combination",
            .type = STORE_REAL,
            .units = "",
            .long_name = "rank correlation of the models between two combinations, Kendall's tau-b",
            .comment = "over models that have the quantity under both",
            .range = STORE_CORRELATION,
        },
    [STORE_SWEEP_VARIANCE] =
        {
            .name = "model_variance",
            .dimensions = "quantity model",
            .type = STORE_REAL,
            .units = "",
            .long_name = "variance of the model's quantity over all combinations",
            .comment = "missing unless the model has the quantity under all",
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_SWEEP_FIRST] =
        {
            .name = "first_order_share",
            .dimensions = "quantity setting",
            .type = STORE_REAL,
            .units = "",
            .long_name = "share of variance that a setting explains by itself",
            .comment = "Var(E[y | x_i]) / Var(y), variances added up over models",
        },
    [STORE_SWEEP_TOTAL] =
        {
            .name = "total_share",
            .dimensions = "quantity setting",
            .type = STORE_REAL,
            .units = "",
            .long_name = "share of variance that a setting is part of",
            .comment = "1 - Var(E[y | all but x_i]) / Var(y), variances added up over models",
        },
    [STORE_SWEEP_COMPARED] =
        {
            .name = "compared_model_count",
            .dimensions = "quantity",
            .type = STORE_INTEGER,
            .units = "",
            .long_name = "models that have the quantity under all combinations",
            .comment = "those whose variance enters first_order_share and total_share",
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_SWEEP_SENSITIVITY] =
        {
            .name = "sensitivity_rank",
            .dimensions = "model",
            .type = STORE_REAL,
            .units = "",
            .long_name = "rank of the model by the variance of ln lambda over the combinations",
            .comment = "1 is the most sensitive",
        },
    [STORE_SWEEP_ELASTICITY] =
        {
            .name = "scale_elasticity",
            .dimensions = "model",
            .type = STORE_REAL,
            .units = "",
            .long_name = "elasticity of lambda with respect to m",
            .comment = "least-squares slope of ln lambda against ln m over all combinations; "
                       "missing unless model.scale is varied",
        },
    [STORE_SWEEP_RANK] =
        {
            .name = "organization_rank",
            .dimensions = "combination organization",
            .type = STORE_REAL,
            .units = "",
            .long_name = "rank of the organization by the median fitness of its models",
            .comment = "1 is the largest; missing with fewer than density.minimum_models models",
        },
    [STORE_SWEEP_CHANGE_SHARE] =
        {
            .name = "organization_change_share",
            .dimensions = "organization",
            .type = STORE_REAL,
            .units = "",
            .long_name = "how often the organization changes places with another",
            .comment = "share, among the pairs with another organization and the pairs of "
                       "combinations, of those in which the two stand in another order",
            .range = STORE_PROBABILITY,
        },
};
