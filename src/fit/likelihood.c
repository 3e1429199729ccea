/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "likelihood.h"

#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sf_log.h>
#include <math.h>
#include <stdbool.h>

static const double log_two_pi = 1.837877066409345483560659472811235279;

/** Above this argument four terms of Stirling's series give all digits. */
static const double series_argument = 40.0;

/** Above this one seven terms of the digamma function's series do. */
static const double recurrence_argument = 15.0;

/** Below this alpha max(d, M) the derivatives are those at alpha = 0 to all digits that count. */
static const double poisson_limit = 1e-9;

/** x ln(x / y) + y - x, the deviance of x > 0 against y > 0; difference is y - x, more exactly. */
static double deviance(double x, double y, double difference)
{
    if (fabs(difference) > 0.5 * x) {
        return x * log(x / y) + difference;
    }
    return -x * gsl_sf_log_1plusx_mx(difference / x);
}

/** lnG(x) - ((x - 1/2) ln x - x + ln(2 pi) / 2), the error of Stirling's formula, for x > 0. */
static double stirling_error(double x)
{
    if (x > series_argument) {
        const double u = 1.0 / (x * x);
        return (1.0 / 12.0 - u * (1.0 / 360.0 - u * (1.0 / 1260.0 - u / 1680.0))) / x;
    }
    return log(gsl_sf_gammastar(x));
}

double likelihood_poisson(double d, double mean)
{
    if (d == 0.0) {
        return -mean;
    }
    return -stirling_error(d) - deviance(d, mean, mean - d) - 0.5 * (log_two_pi + log(d));
}

double likelihood_negative_binomial(double d, double mean, double dispersion)
{
    if (isinf(dispersion)) {
        return likelihood_poisson(d, mean);
    }
    if (d == 0.0) {
        return -dispersion * log1p(mean / dispersion);
    }
    /* r and d against their expectations (d + r) r / (r + M) and (d + r) M / (r + M) */
    const double share = (d + dispersion) / (dispersion + mean);
    const double difference = (mean - d) / (1.0 + mean / dispersion);
    return stirling_error(d + dispersion) - stirling_error(dispersion) - stirling_error(d) -
           deviance(dispersion, dispersion * share, -difference) -
           deviance(d, mean * share, difference) -
           0.5 * (log1p(d / dispersion) + log_two_pi + log(d));
}

/** psi(x) - ln x and psi'(x) - 1/x, where psi is the digamma function; they vanish for large x. */
struct digamma_excess {
    double first;
    double second;
};

/** By recurrence up to an argument where the asymptotic series has all digits: the library's
 *  trigamma function alone would take most of a fit's time. */
static struct digamma_excess digamma_excess(double x)
{
    double reciprocals = 0.0, squares = 0.0, shifted = x;
    while (shifted < recurrence_argument) {
        const double u = 1.0 / shifted;
        reciprocals += u;
        squares += u * u;
        shifted += 1.0;
    }
    const double a = 1.0 / shifted, u = a * a;
    struct digamma_excess excess = {
        .first =
            -0.5 * a - u * (1.0 / 12.0 -
                            u * (1.0 / 120.0 -
                                 u * (1.0 / 252.0 -
                                      u * (1.0 / 240.0 -
                                           u * (1.0 / 132.0 - u * (691.0 / 32760.0 - u / 12.0)))))),
        .second = 0.5 * u +
                  a * u *
                      (1.0 / 6.0 -
                       u * (1.0 / 30.0 -
                            u * (1.0 / 42.0 -
                                 u * (1.0 / 30.0 -
                                      u * (5.0 / 66.0 - u * (691.0 / 2730.0 - u * 7.0 / 6.0)))))),
    };
    if (shifted > x) {
        excess.first += log(shifted / x) - reciprocals;
        excess.second += a + squares - 1.0 / x;
    }
    return excess;
}

/** The excess at d + r less that at r, which for large r is small against both. */
static struct digamma_excess digamma_step(double d, double r)
{
    const double n = d + r;
    if (r < series_argument) {
        const struct digamma_excess here = digamma_excess(n);
        const struct digamma_excess there = digamma_excess(r);
        return (struct digamma_excess){here.first - there.first, here.second - there.second};
    }
    const double a = 1.0 / r, b = 1.0 / n;
    const double difference = d * a * b; /* a - b, a factor of all terms of both series */
    const double sum = a + b, squares = a * a + b * b, product = a * b;
    const double fifth = squares * squares + product * squares - product * product;
    return (struct digamma_excess){
        .first = difference * (0.5 + sum * (1.0 / 12.0 - squares / 120.0 +
                                            (squares * squares - product * product) / 252.0)),
        .second = -difference * (0.5 * sum + (squares + product) / 6.0 - fifth / 30.0),
    };
}

struct likelihood_by_overdispersion likelihood_by_overdispersion(double d, double mean,
                                                                 double dispersion)
{
    const double alpha = 1.0 / dispersion;
    const double excess = d - mean;
    if (alpha * fmax(d, mean) < poisson_limit) {
        const double curvature = -d * (d - 1.0) * (2.0 * d - 1.0) / 6.0 + d * mean * mean -
                                 2.0 / 3.0 * mean * mean * mean;
        return (struct likelihood_by_overdispersion){
            0.5 * (excess * excess - d) + alpha * curvature, curvature};
    }
    const double r = dispersion, total = r + mean;
    const struct digamma_excess step = digamma_step(d, r);
    const double by_dispersion = step.first - deviance(1.0, (r + d) / total, excess / total);
    const double spread = excess / total;
    const double by_dispersion_twice = step.second + spread * spread / (d + r);
    return (struct likelihood_by_overdispersion){
        -r * r * by_dispersion, r * r * r * (r * by_dispersion_twice + 2.0 * by_dispersion)};
}

struct likelihood_point likelihood_negative_binomial_derivatives(double d, double mean,
                                                                 double dispersion)
{
    const double alpha = 1.0 / dispersion;
    const double widening = 1.0 + alpha * mean;
    const double excess = d - mean;
    const struct likelihood_by_overdispersion by_overdispersion =
        likelihood_by_overdispersion(d, mean, dispersion);
    return (struct likelihood_point){
        .value = likelihood_negative_binomial(d, mean, dispersion),
        .by_mean = excess / (mean * widening),
        .by_overdispersion = by_overdispersion.first,
        .by_mean_mean = -d / (mean * mean) + alpha * (1.0 + alpha * d) / (widening * widening),
        .by_mean_overdispersion = -excess / (widening * widening),
        .by_overdispersion_overdispersion = by_overdispersion.second,
    };
}

double likelihood_increments(const struct growth_parameters *parameters, double scale,
                             double dispersion, size_t count, const double *time,
                             const double *observed, const double *weight)
{
    double sum = 0.0;
    double before = count > 0 ? growth_count(parameters, scale, time[0]) : 0.0;
    for (size_t k = 1; k < count; k++) {
        const double now = growth_count(parameters, scale, time[k]);
        const double mean = fmax(now - before, LIKELIHOOD_MEAN_FLOOR);
        const double increment = fmax(observed[k] - observed[k - 1], 0.0);
        sum += (weight != NULL ? weight[k] : 1.0) *
               likelihood_negative_binomial(increment, mean, dispersion);
        before = now;
    }
    return sum;
}
