/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store_summary_table.h"

#define COORDINATES "organization_name"
#define KERNEL                                                                                     \
    "f(u) = 1 / (n h) sum_i phi((u - u_i) / h), phi the standard normal density, h the bandwidth " \
    "of Sheather and Jones 1991 (doi 10.1111/j.2517-6161.1991.tb01857.x)"

/* The seven variables of a parameter's distribution differ in its name, in the axis u and in the
 * unit and the range of its values. */
#define DISTRIBUTION(parameter, axis, unit, values)                                                \
    {                                                                                              \
        [STORE_GRID] = {.name = parameter "_grid",                                                 \
                        .dimensions = parameter "_grid",                                           \
                        .type = STORE_REAL,                                                        \
                        .units = unit,                                                             \
                        .long_name = parameter " at which densities are given",                    \
                        .comment = "even steps of " axis,                                          \
                        .range = values,                                                           \
                        .required = true},                                                         \
        [STORE_DENSITY] = {.name = parameter "_density",                                           \
                           .dimensions = "organization " parameter "_grid",                        \
                           .type = STORE_REAL,                                                     \
                           .units = "",                                                            \
                           .long_name = "density of " parameter " over models",                    \
                           .comment = "with respect to " axis ": " KERNEL "; missing for fewer "   \
                                      "models than density.minimum_models",                        \
                           .coordinates = COORDINATES,                                             \
                           .ancillary = parameter "_density_bandwidth " parameter "_density_n",    \
                           .range = STORE_NOT_NEGATIVE},                                           \
        [STORE_BANDWIDTH] = {.name = parameter "_density_bandwidth",                               \
                             .dimensions = "organization",                                         \
                             .type = STORE_REAL,                                                   \
                             .units = "",                                                          \
                             .long_name = "bandwidth of the density of " parameter,                \
                             .comment = "h in " parameter "_density, in units of " axis,           \
                             .coordinates = COORDINATES,                                           \
                             .range = STORE_NOT_NEGATIVE},                                         \
        [STORE_DENSITY_N] = {.name = parameter "_density_n",                                       \
                             .dimensions = "organization",                                         \
                             .type = STORE_INTEGER,                                                \
                             .units = "",                                                          \
                             .long_name = "number of models in the density of " parameter,         \
                             .comment = "n in " parameter "_density",                              \
                             .coordinates = COORDINATES,                                           \
                             .range = STORE_NOT_NEGATIVE},                                         \
        [STORE_BIN] = {.name = parameter "_bin",                                                   \
                       .dimensions = parameter "_bin",                                             \
                       .type = STORE_REAL,                                                         \
                       .units = unit,                                                              \
                       .long_name = parameter " in the middle of a bin",                           \
                       .comment = "bins of equal width in " axis,                                  \
                       .bounds = parameter "_bin_bounds",                                          \
                       .range = values,                                                            \
                       .required = true},                                                          \
        [STORE_BIN_BOUNDS] = {.name = parameter "_bin_bounds",                                     \
                              .dimensions = parameter "_bin bound",                                \
                              .type = STORE_REAL,                                                  \
                              .units = unit,                                                       \
                              .long_name = "lower and upper edge of the bin",                      \
                              .comment = "a bin includes its lower edge",                          \
                              .required = true},                                                   \
        [STORE_HISTOGRAM] = {.name = parameter "_histogram",                                       \
                             .dimensions = "organization " parameter "_bin",                       \
                             .type = STORE_INTEGER,                                                \
                             .units = "",                                                          \
                             .long_name = "number of models by " parameter,                        \
                             .comment = "models beyond the outermost edges are counted in the "    \
                                        "outermost bins",                                          \
                             .coordinates = COORDINATES,                                           \
                             .range = STORE_NOT_NEGATIVE},                                         \
    }

const struct store_variable
    store_distribution_table[STORE_PARAMETER_COUNT][STORE_DISTRIBUTION_FIELD_COUNT] = {
        [STORE_FITNESS] = DISTRIBUTION("fitness", "u = ln(fitness)", "", STORE_NOT_NEGATIVE),
        [STORE_IMMEDIACY] =
            DISTRIBUTION("immediacy", "u = immediacy = ln(impact time)", "@ln_time", STORE_ANY),
        [STORE_LONGEVITY] = DISTRIBUTION("longevity", "u = ln(longevity)", "", STORE_NOT_NEGATIVE),
};

const struct store_variable store_density_table[STORE_DENSITY_FIELD_COUNT] = {
    [STORE_COUNT_GRID] =
        {
            .name = "count_grid",
            .dimensions = "count_grid",
            .type = STORE_REAL,
            .units = "",
            .long_name = "cumulative count at which densities are given",
            .comment = "even steps of u = ln(count)",
            .range = STORE_NOT_NEGATIVE,
            .required = true,
        },
    [STORE_COUNT_DENSITY] =
        {
            .name = "count_density",
            .dimensions = "organization milestone count_grid",
            .type = STORE_REAL,
            .units = "",
            .long_name = "density of the cumulative count at an age over models",
            .comment = "with respect to u = ln(count), of counts above zero of the models whose "
                       "fitness is inside density.fitness_range: " KERNEL
                       ", reflected at the grid's lower limit; missing for fewer models than "
                       "density.minimum_models",
            .coordinates = COORDINATES,
            .ancillary = "count_density_bandwidth count_density_n count_density_zeros",
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_COUNT_DENSITY_BANDWIDTH] =
        {
            .name = "count_density_bandwidth",
            .dimensions = "organization milestone",
            .type = STORE_REAL,
            .units = "",
            .long_name = "bandwidth of the density of the cumulative count",
            .comment = "h in count_density, in units of u = ln(count)",
            .coordinates = COORDINATES,
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_COUNT_DENSITY_N] =
        {
            .name = "count_density_n",
            .dimensions = "organization milestone",
            .type = STORE_INTEGER,
            .units = "",
            .long_name = "number of models in the density of the cumulative count",
            .comment = "n in count_density: models observed at that age with a count above zero",
            .coordinates = COORDINATES,
            .range = STORE_NOT_NEGATIVE,
        },
    [STORE_COUNT_DENSITY_ZEROS] =
        {
            .name = "count_density_zeros",
            .dimensions = "organization milestone",
            .type = STORE_REAL,
            .units = "",
            .long_name = "share of models whose cumulative count is still zero",
            .comment = "among the models observed at that age; zeros have no place on the "
                       "logarithmic axis of count_density",
            .coordinates = COORDINATES,
            .range = STORE_PROBABILITY,
        },
    [STORE_PARAMETER_NAME] =
        {
            .name = "parameter_name",
            .dimensions = "parameter",
            .type = STORE_TEXT,
            .units = "",
            .long_name = "name of the parameter",
            .comment = "first dimension of parameter_rank_correlation",
        },
    [STORE_OTHER_PARAMETER_NAME] =
        {
            .name = "other_parameter_name",
            .dimensions = "other_parameter",
            .type = STORE_TEXT,
            .units = "",
            .long_name = "name of the other parameter",
            .comment = "second dimension of parameter_rank_correlation",
        },
    [STORE_RANK_CORRELATION] =
        {
            .name = "parameter_rank_correlation",
            .dimensions = "organization parameter other_parameter",
            .type = STORE_REAL,
            .units = "",
            .long_name = "Spearman's rank correlation of two parameters over models",
            .comment = "Pearson's correlation of the ranks of the point estimates, ties sharing "
                       "their mean rank; missing for fewer than three models",
            .coordinates = COORDINATES " parameter_name other_parameter_name",
            .ancillary = "parameter_rank_correlation_n",
            .range = STORE_CORRELATION,
        },
    [STORE_RANK_CORRELATION_N] =
        {
            .name = "parameter_rank_correlation_n",
            .dimensions = "organization",
            .type = STORE_INTEGER,
            .units = "",
            .long_name = "number of models in the rank correlations",
            .comment = "models with an estimate of every parameter",
            .coordinates = COORDINATES,
            .range = STORE_NOT_NEGATIVE,
        },
};
