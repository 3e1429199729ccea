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

/** Whether the least cost at the limit is not above a threshold. */
static bool is_reached(const struct fit_objective *objective, const struct fit_data *data,
                       struct fit_workspace *workspace, const struct fit_estimate *estimate,
                       double threshold)
{
    struct fit_descent limit;
    objective->descend_fixed(data, workspace, &estimate->parameters, FIT_FITNESS_LIMIT,
                             estimate->dispersion, threshold, &limit);
    return !(limit.cost > threshold);
}

/** The cost at which the ratio of least squares is critical. */
static double squares_threshold(const struct fit_data *data,
                                const struct growth_parameters *parameters, double critical)
{
    size_t points = 0;
    for (size_t k = 0; k < data->count; k++) {
        points += isfinite(data->log_time[k]) ? 1 : 0;
    }
    const double cost = fmax(half_sum_of_squares(data, parameters), fit_squares.least_cost(data));
    return points > PARAMETERS ? cost * exp(critical / (double)points) : INFINITY;
}

bool fit_profile_unbounded(const struct config_fit *config, const struct fit_problem *problem,
                           struct fit_workspace *workspace, const struct fit_estimate *estimate)
{
    const struct fit_data data = fit_data_of(problem, workspace);
    const double critical = gsl_cdf_chisq_Pinv(config->confidence, 1.0);
    if (config->method == FIT_NEGATIVE_BINOMIAL) {
        return is_reached(&fit_likelihood, &data, workspace, estimate,
                          0.5 * critical - estimate->log_likelihood);
    }
    const double threshold = squares_threshold(&data, &estimate->parameters, critical);
    if (config->method == FIT_LEAST_SQUARES) {
        return is_reached(&fit_squares, &data, workspace, estimate, threshold);
    }
    return isinf(threshold) || !(fit_paper_cost_fixed(&data, workspace, &estimate->parameters,
                                                      FIT_FITNESS_LIMIT) > threshold);
}
