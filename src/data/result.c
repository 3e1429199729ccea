/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "result.h"

#include "fit.h"

#include <math.h>

static const char *const status_meanings[FIT_STATUS_COUNT + 1] = {
    [FIT_FITTED] = "fitted",
    [FIT_ALL_ZERO] = "all_zero",
    [FIT_TOO_SHORT] = "too_short",
    [FIT_NOT_CONVERGED] = "not_converged",
    [FIT_NUMERICAL_ERROR] = "numerical_error",
};

/** By bit, in the order of enum fit_flag. */
static const char *const flag_meanings[] = {
    "fitness_unbounded", "at_bound",      "start_returned", "step_like", "short_series",
    "low_count",         "left_censored", "prior_only",     "grid_edge", NULL,
};

static const char *const method_meanings[] = {"hierarchical", "curve", "drift", "persistence",
                                              NULL};

#define POOLED_COMMENT                                                                             \
    "Posterior of the negative binomial increments with shocks under the prior learned from the "  \
    "other series; all increments of the series with weight 1. Flag prior_only: no increment, "    \
    "the prior's answer. Flag grid_edge: piles up at the edge of the grid."

#define RIDGE_COMMENT                                                                              \
    "Over the replicates that have a minimum (see bootstrap_failures). A replicate on the ridge "  \
    "(see bootstrap_ridges) says that the parameters exceed any bound: it enters as infinite, so " \
    "that quantiles within the ridges' share of the replicates are infinite."

const struct result_descriptor result_table[RESULT_FIELD_COUNT] = {
    [RESULT_FIT_STATUS] =
        {
            .name = "fit_status",
            .type = RESULT_CATEGORY,
            .units = "",
            .long_name = "how the fit ended",
            .meanings = status_meanings,
            .comment = "fitted: converged to a minimum. all_zero: no count above zero. too_short: "
                       "fewer observations than parameters. not_converged: the optimiser stopped "
                       "without reaching a minimum. numerical_error: no finite cost anywhere. "
                       "Without a minimum there is no estimate.",
            .required = true,
        },
    [RESULT_FIT_FLAGS] =
        {
            .name = "fit_flags",
            .type = RESULT_FLAGS,
            .units = "",
            .long_name = "what a reader of the fit must know",
            .comment = "fitness_unbounded: the profile likelihood has no upper bound on fitness. "
                       "at_bound: a parameter stands at a bound of the method. start_returned: "
                       "zero gradient at the start value, which is what is reported.",
            .meanings = flag_meanings,
            .required = true,
        },
    [RESULT_OBSERVATION_COUNT] =
        {
            .name = "observation_count",
            .type = RESULT_INTEGER,
            .units = "1",
            .long_name = "number of observed ages",
            .comment = "ages with a count, age 0 included",
            .range = RESULT_NOT_NEGATIVE,
            .required = true,
        },
    [RESULT_FITNESS] =
        {
            .name = "fitness",
            .type = RESULT_REAL,
            .units = "1",
            .long_name = "relative fitness lambda",
            .comment = "c(t) = m (exp(lambda Phi((ln t - mu) / sigma)) - 1), Phi the standard "
                       "normal distribution function (Wang, Song, Barabasi 2013, "
                       "doi 10.1126/science.1237825)",
            .ancillary = "fitness_quantile fit_status fit_flags",
            .range = RESULT_NOT_NEGATIVE,
        },
    [RESULT_IMMEDIACY] =
        {
            .name = "immediacy",
            .type = RESULT_REAL,
            .units = "@ln_time",
            .long_name = "immediacy mu, natural logarithm of the impact time",
            .comment = "mu in c(t) = m (exp(lambda Phi((ln t - mu) / sigma)) - 1)",
            .ancillary = "immediacy_quantile fit_status fit_flags",
        },
    [RESULT_LONGEVITY] =
        {
            .name = "longevity",
            .type = RESULT_REAL,
            .units = "1",
            .long_name = "longevity sigma",
            .comment = "sigma in c(t) = m (exp(lambda Phi((ln t - mu) / sigma)) - 1): a spread of "
                       "ln t, the same in every unit of t",
            .ancillary = "longevity_quantile fit_status fit_flags",
            .range = RESULT_NOT_NEGATIVE,
        },
    [RESULT_ULTIMATE_COUNT] =
        {
            .name = "ultimate_count",
            .type = RESULT_REAL,
            .units = "1",
            .long_name = "cumulative count reached in the end",
            .comment = "m (exp(lambda) - 1)",
            .ancillary = "ultimate_count_quantile fit_status fit_flags",
            .range = RESULT_NOT_NEGATIVE,
        },
    [RESULT_IMPACT_TIME] =
        {
            .name = "impact_time",
            .type = RESULT_REAL,
            .units = "@time",
            .long_name = "impact time: age at which Phi reaches one half",
            .comment = "exp(mu)",
            .ancillary = "impact_time_quantile fit_status fit_flags",
            .range = RESULT_NOT_NEGATIVE,
        },
    [RESULT_FIT_RMSE] =
        {
            .name = "fit_rmse",
            .type = RESULT_REAL,
            .units = "1",
            .long_name = "root mean squared error of the fitted cumulative counts",
            .comment = "sqrt(mean over the observed ages of (observed_count - fitted_count)^2)",
            .ancillary = "fit_status fit_flags",
            .range = RESULT_NOT_NEGATIVE,
        },
    [RESULT_LOG_LIKELIHOOD] =
        {
            .name = "log_likelihood",
            .type = RESULT_REAL,
            .units = "1",
            .long_name = "log-likelihood of the increments at the fit",
            .comment = "sum over steps k of ln NB(y_k - y_(k-1); M_k, r), M_k = c(t_k) - "
                       "c(t_(k-1)), with variance M + M^2 / r and r = dispersion",
            .ancillary = "fit_status fit_flags",
        },
    [RESULT_DISPERSION] =
        {
            .name = "dispersion",
            .type = RESULT_REAL,
            .units = "1",
            .long_name = "dispersion r of the increments",
            .comment = "negative binomial with mean M and variance M + M^2 / r; infinite: Poisson",
            .ancillary = "fit_status fit_flags",
            .range = RESULT_NOT_NEGATIVE,
        },
    [RESULT_BOOTSTRAP_FAILURES] =
        {
            .name = "bootstrap_failures",
            .type = RESULT_INTEGER,
            .units = "1",
            .long_name = "bootstrap replicates without a fit",
            .comment = "no minimum found, or nothing to fit in the replicate; left out of the "
                       "quantiles",
            .range = RESULT_NOT_NEGATIVE,
        },
    [RESULT_BOOTSTRAP_RIDGES] =
        {
            .name = "bootstrap_ridges",
            .type = RESULT_INTEGER,
            .units = "1",
            .long_name = "bootstrap replicates on the ridge, where fitness has no upper bound",
            .comment = "their squared error or likelihood is at its minimum, but does not identify "
                       "fitness; part of the quantiles",
            .range = RESULT_NOT_NEGATIVE,
        },
    [RESULT_FITNESS_QUANTILE] =
        {
            .name = "fitness_quantile",
            .dimension = RESULT_QUANTILE,
            .type = RESULT_REAL,
            .units = "1",
            .long_name = "bootstrap quantiles of fitness",
            .comment = RIDGE_COMMENT,
            .ancillary = "bootstrap_failures bootstrap_ridges",
            .range = RESULT_NOT_NEGATIVE,
        },
    [RESULT_IMMEDIACY_QUANTILE] =
        {
            .name = "immediacy_quantile",
            .dimension = RESULT_QUANTILE,
            .type = RESULT_REAL,
            .units = "@ln_time",
            .long_name = "bootstrap quantiles of immediacy",
            .comment = RIDGE_COMMENT,
            .ancillary = "bootstrap_failures bootstrap_ridges",
        },
    [RESULT_LONGEVITY_QUANTILE] =
        {
            .name = "longevity_quantile",
            .dimension = RESULT_QUANTILE,
            .type = RESULT_REAL,
            .units = "1",
            .long_name = "bootstrap quantiles of longevity",
            .comment = RIDGE_COMMENT,
            .ancillary = "bootstrap_failures bootstrap_ridges",
            .range = RESULT_NOT_NEGATIVE,
        },
    [RESULT_ULTIMATE_COUNT_QUANTILE] =
        {
            .name = "ultimate_count_quantile",
            .dimension = RESULT_QUANTILE,
            .type = RESULT_REAL,
            .units = "1",
            .long_name = "bootstrap quantiles of the ultimate count",
            .comment = RIDGE_COMMENT,
            .ancillary = "bootstrap_failures bootstrap_ridges",
            .range = RESULT_NOT_NEGATIVE,
        },
    [RESULT_IMPACT_TIME_QUANTILE] =
        {
            .name = "impact_time_quantile",
            .dimension = RESULT_QUANTILE,
            .type = RESULT_REAL,
            .units = "@time",
            .long_name = "bootstrap quantiles of the impact time",
            .comment = RIDGE_COMMENT,
            .ancillary = "bootstrap_failures bootstrap_ridges",
            .range = RESULT_NOT_NEGATIVE,
        },
    [RESULT_POOLED_FITNESS] =
        {
            .name = "pooled_fitness",
            .type = RESULT_REAL,
            .units = "1",
            .long_name = "relative fitness lambda, median of the hierarchical posterior",
            .comment = POOLED_COMMENT,
            .ancillary = "pooled_fitness_quantile fit_flags",
            .range = RESULT_NOT_NEGATIVE,
        },
    [RESULT_POOLED_IMMEDIACY] =
        {
            .name = "pooled_immediacy",
            .type = RESULT_REAL,
            .units = "@ln_time",
            .long_name = "immediacy mu, median of the hierarchical posterior",
            .comment = POOLED_COMMENT,
            .ancillary = "pooled_immediacy_quantile fit_flags",
        },
    [RESULT_POOLED_LONGEVITY] =
        {
            .name = "pooled_longevity",
            .type = RESULT_REAL,
            .units = "1",
            .long_name = "longevity sigma, median of the hierarchical posterior",
            .comment = POOLED_COMMENT,
            .ancillary = "pooled_longevity_quantile fit_flags",
            .range = RESULT_NOT_NEGATIVE,
        },
    [RESULT_POOLED_ULTIMATE_COUNT] =
        {
            .name = "pooled_ultimate_count",
            .type = RESULT_REAL,
            .units = "1",
            .long_name =
                "cumulative count reached in the end, median of the hierarchical posterior",
            .comment = POOLED_COMMENT,
            .ancillary = "pooled_ultimate_count_quantile fit_flags",
            .range = RESULT_NOT_NEGATIVE,
        },
    [RESULT_POOLED_IMPACT_TIME] =
        {
            .name = "pooled_impact_time",
            .type = RESULT_REAL,
            .units = "@time",
            .long_name = "impact time exp(mu), median of the hierarchical posterior",
            .comment = POOLED_COMMENT,
            .ancillary = "pooled_impact_time_quantile fit_flags",
            .range = RESULT_NOT_NEGATIVE,
        },
    [RESULT_POOLED_FITNESS_QUANTILE] =
        {
            .name = "pooled_fitness_quantile",
            .dimension = RESULT_QUANTILE,
            .type = RESULT_REAL,
            .units = "1",
            .long_name = "relative fitness lambda, quantiles of the hierarchical posterior",
            .comment = POOLED_COMMENT,
            .range = RESULT_NOT_NEGATIVE,
        },
    [RESULT_POOLED_IMMEDIACY_QUANTILE] =
        {
            .name = "pooled_immediacy_quantile",
            .dimension = RESULT_QUANTILE,
            .type = RESULT_REAL,
            .units = "@ln_time",
            .long_name = "immediacy mu, quantiles of the hierarchical posterior",
            .comment = POOLED_COMMENT,
        },
    [RESULT_POOLED_LONGEVITY_QUANTILE] =
        {
            .name = "pooled_longevity_quantile",
            .dimension = RESULT_QUANTILE,
            .type = RESULT_REAL,
            .units = "1",
            .long_name = "longevity sigma, quantiles of the hierarchical posterior",
            .comment = POOLED_COMMENT,
            .range = RESULT_NOT_NEGATIVE,
        },
    [RESULT_POOLED_ULTIMATE_COUNT_QUANTILE] =
        {
            .name = "pooled_ultimate_count_quantile",
            .dimension = RESULT_QUANTILE,
            .type = RESULT_REAL,
            .units = "1",
            .long_name =
                "cumulative count reached in the end, quantiles of the hierarchical posterior",
            .comment = POOLED_COMMENT,
            .range = RESULT_NOT_NEGATIVE,
        },
    [RESULT_POOLED_IMPACT_TIME_QUANTILE] =
        {
            .name = "pooled_impact_time_quantile",
            .dimension = RESULT_QUANTILE,
            .type = RESULT_REAL,
            .units = "@time",
            .long_name = "impact time exp(mu), quantiles of the hierarchical posterior",
            .comment = POOLED_COMMENT,
            .range = RESULT_NOT_NEGATIVE,
        },
    [RESULT_FORECAST_METHOD] =
        {
            .name = "forecast_method",
            .type = RESULT_CATEGORY,
            .units = "",
            .long_name = "method of the forecast",
            .comment = "hierarchical: draws from the posterior predictive distribution. curve: "
                       "the fitted curve's extrapolation. drift: the mean flow of the last three "
                       "months goes on. persistence: the flow of the last month goes on. Only "
                       "hierarchical forecasts have a mean, quantiles and probabilities.",
            .meanings = method_meanings,
        },
    [RESULT_FORECAST_COUNT] =
        {
            .name = "forecast_count",
            .dimension = RESULT_HORIZON,
            .type = RESULT_REAL,
            .units = "1",
            .long_name = "cumulative count that many steps after the last observation, median",
            .comment = "conditional on the last count, except for the method curve; hierarchical: "
                       "with the probability that a model without a count stays without one, see "
                       "prior_dormant_share",
            .ancillary = "forecast_quantile forecast_method fit_flags",
            .range = RESULT_NOT_NEGATIVE,
        },
    [RESULT_FORECAST_MEAN] =
        {
            .name = "forecast_mean",
            .dimension = RESULT_HORIZON,
            .type = RESULT_REAL,
            .units = "1",
            .long_name = "cumulative count that many steps after the last observation, mean",
            .comment = "mean of the draws; rare shocks pull it above the median, which forecasts "
                       "better",
            .ancillary = "forecast_method fit_flags",
            .range = RESULT_NOT_NEGATIVE,
        },
    [RESULT_FORECAST_QUANTILE] =
        {
            .name = "forecast_quantile",
            .dimension = RESULT_HORIZON_QUANTILE,
            .type = RESULT_REAL,
            .units = "1",
            .long_name = "cumulative count that many steps after the last observation, quantiles",
            .comment = "predictive: parameters, increments, shocks and a random walk of the level",
            .range = RESULT_NOT_NEGATIVE,
        },
    [RESULT_EXCEEDANCE_PROBABILITY] =
        {
            .name = "exceedance_probability",
            .dimension = RESULT_HORIZON_THRESHOLD,
            .type = RESULT_REAL,
            .units = "1",
            .long_name = "probability that the count has reached a threshold at a horizon",
            .comment = "share of the draws",
            .range = RESULT_PROBABILITY,
        },
    [RESULT_TIME_TO_COUNT_QUANTILE] =
        {
            .name = "time_to_count_quantile",
            .dimension = RESULT_THRESHOLD_QUANTILE,
            .type = RESULT_REAL,
            .units = "@step",
            .long_name = "time after the last observation until the count reaches a threshold, "
                         "quantiles",
            .comment = "0: reached already. Missing: beyond the longest horizon.",
            .range = RESULT_NOT_NEGATIVE,
        },
};

struct result_layout result_layout_make(size_t quantiles, size_t horizons, size_t thresholds)
{
    struct result_layout layout = {
        .extent =
            {
                [RESULT_SCALAR] = 1,
                [RESULT_QUANTILE] = quantiles,
                [RESULT_HORIZON] = horizons,
                [RESULT_HORIZON_QUANTILE] = horizons * quantiles,
                [RESULT_HORIZON_THRESHOLD] = horizons * thresholds,
                [RESULT_THRESHOLD_QUANTILE] = thresholds * quantiles,
            },
    };
    for (size_t field = 0; field < RESULT_FIELD_COUNT; field++) {
        layout.offset[field] = layout.length;
        layout.length += layout.extent[result_table[field].dimension];
    }
    return layout;
}

void result_row_clear(const struct result_layout *layout, double *row)
{
    for (size_t i = 0; i < layout->length; i++) {
        row[i] = (double)NAN;
    }
}
