/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The most likely dispersion r of negative binomial increments, given their means: a root of the
 * score of alpha = 1/r, by Newton's method on ln alpha inside a bracket. Where the score at
 * alpha = 0 is not positive, the increments vary no more than Poisson ones and r is infinite.
 */
#include "fit_internal.h"
#include "likelihood.h"

#include <math.h>

enum { MAX_ITERATIONS = 60 };

/** Relative accuracy of r; the likelihood is flat there to its square. A Newton step as short as
 * its root is the last: its error is the square. */
static const double tolerance = 1e-9, last_step = 3e-5;

/** Below this ln alpha the noise is Poisson's to all digits. */
static const double least_log_alpha = -40.0;

/** Where a maximum beside the Poisson limit is looked for when nothing is known: alpha = 0.3. */
static const double first_log_alpha = -1.2;

/** ln L at the means, given r. */
static double value_at(const struct fit_data *data, const struct fit_workspace *workspace,
                       double dispersion)
{
    double sum = 0.0;
    for (size_t k = 1; k < data->count; k++) {
        sum +=
            (data->weight != NULL ? data->weight[k] : 1.0) *
            likelihood_negative_binomial(workspace->increment[k], workspace->mean[k], dispersion);
    }
    return sum;
}

/** Its first two derivatives by alpha. */
static struct likelihood_by_overdispersion
slope_at(const struct fit_data *data, const struct fit_workspace *workspace, double dispersion)
{
    struct likelihood_by_overdispersion sum = {0.0, 0.0};
    for (size_t k = 1; k < data->count; k++) {
        const double weight = data->weight != NULL ? data->weight[k] : 1.0;
        const struct likelihood_by_overdispersion point =
            likelihood_by_overdispersion(workspace->increment[k], workspace->mean[k], dispersion);
        sum.first += weight * point.first;
        sum.second += weight * point.second;
    }
    return sum;
}

/** The score at alpha = 0 is half the sum of (d - M)^2 - d. */
static double poisson_score(const struct fit_data *data, const struct fit_workspace *workspace,
                            double *moment)
{
    double score = 0.0, squares = 0.0;
    for (size_t k = 1; k < data->count; k++) {
        const double weight = data->weight != NULL ? data->weight[k] : 1.0;
        const double excess = workspace->increment[k] - workspace->mean[k];
        score += weight * (excess * excess - workspace->increment[k]);
        squares += weight * workspace->mean[k] * workspace->mean[k];
    }
    *moment = score / squares;
    return 0.5 * score;
}

/** Climbs from ln alpha = x to a maximum of ln L over alpha; returns its ln alpha. */
static double climb(const struct fit_data *data, const struct fit_workspace *workspace, double x)
{
    const double ceiling = log(1.0 / FIT_DISPERSION_MINIMUM);
    double low = -INFINITY, high = ceiling;
    x = fmin(fmax(x, least_log_alpha), ceiling);
    for (int iteration = 0;; iteration++) {
        const double alpha = exp(x);
        const struct likelihood_by_overdispersion at = slope_at(data, workspace, 1.0 / alpha);
        const double slope = alpha * at.first;
        const double curvature = slope + alpha * alpha * at.second;
        if (slope > 0.0) {
            low = x;
        } else {
            high = x;
        }
        double next = curvature < 0.0 ? x - slope / curvature : x + (slope > 0.0 ? 2.0 : -2.0);
        next = fmin(fmax(next, x - 4.0), x + 4.0);
        if (curvature < 0.0 && next < high && next > low && fabs(next - x) <= last_step) {
            return next;
        }
        if (next >= high) {
            next = high == ceiling ? ceiling : 0.5 * (x + high);
        } else if (next <= low) {
            next = 0.5 * (x + low);
        }
        if (fabs(next - x) <= tolerance || iteration == MAX_ITERATIONS || x < least_log_alpha) {
            return x;
        }
        x = next;
    }
}

double fit_dispersion_maximise(const struct fit_data *data, struct fit_workspace *workspace,
                               double guess, double *cost)
{
    double moment;
    const bool is_wide = poisson_score(data, workspace, &moment) > 0.0;
    double poisson = -INFINITY;
    if (!is_wide) {
        /* A maximum, but not the only one where few increments are far from their means. */
        poisson = value_at(data, workspace, INFINITY);
        if (isinf(guess)) {
            *cost = -poisson;
            return INFINITY;
        }
    }
    const double start = isfinite(guess) ? -log(guess) : is_wide ? log(moment) : first_log_alpha;
    const double log_alpha = climb(data, workspace, start);
    const double value = value_at(data, workspace, 1.0 / exp(log_alpha));
    if (poisson >= value) {
        *cost = -poisson;
        return INFINITY;
    }
    *cost = -value;
    return exp(-log_alpha);
}
