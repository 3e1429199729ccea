/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether the data bound lambda from above: the profile likelihood ratio between the estimate and
 * the best curve at lambda = FIT_FITNESS_LIMIT, against the chi-squared distribution of one degree
 * of freedom. For least squares the errors are normal with unknown variance, so that the ratio is
 * n ln(S(limit) / S), S the sum of squares over the n points after age 0. Three points or fewer
 * leave nothing to judge three parameters by: no bound.
 */
#include "fit_internal.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

enum { PARAMETERS = 3 };

static double half_sum_of_squares(const struct fit_data *data,
                                  const struct growth_parameters *parameters)
{
    double sum = 0.0;
    for (size_t k = 0; k < data->count; k++) {
        double gradient[3];
        const double residual =
            growth_gradient_at_log(parameters, data->scale, data->log_time[k], gradient) -
            data->observed[k];
        sum += (data->weight != NULL ? data->weight[k] : 1.0) * residual * residual;
    }
    return 0.5 * sum;
}

static double likelihood_deviance(const struct fit_data *data, struct fit_workspace *workspace,
                                  const struct fit_estimate *estimate)
{
    struct fit_descent limit;
    fit_likelihood.descend_fixed(data, workspace, &estimate->parameters, FIT_FITNESS_LIMIT,
                                 estimate->dispersion, &limit);
    return 2.0 * (limit.cost + estimate->log_likelihood);
}

static double squares_deviance(const struct fit_data *data, struct fit_workspace *workspace,
                               enum config_fit_method method,
                               const struct growth_parameters *parameters)
{
    size_t points = 0;
    for (size_t k = 0; k < data->count; k++) {
        points += isfinite(data->log_time[k]) ? 1 : 0;
    }
    if (points <= PARAMETERS) {
        return 0.0;
    }
    struct fit_descent limit;
    if (method == FIT_PAPER) {
        limit.cost = fit_paper_cost_fixed(data, workspace, parameters, FIT_FITNESS_LIMIT);
    } else {
        fit_squares.descend_fixed(data, workspace, parameters, FIT_FITNESS_LIMIT, NAN, &limit);
    }
    return (double)points * log(limit.cost / half_sum_of_squares(data, parameters));
}

bool fit_profile_unbounded(const struct config_fit *config, const struct fit_problem *problem,
                           struct fit_workspace *workspace, const struct fit_estimate *estimate)
{
    const struct fit_data data = fit_data_of(problem, workspace);
    const double deviance =
        config->method == FIT_NEGATIVE_BINOMIAL
            ? likelihood_deviance(&data, workspace, estimate)
            : squares_deviance(&data, workspace, config->method, &estimate->parameters);
    return !(deviance > gsl_cdf_chisq_Pinv(config->confidence, 1.0));
}
