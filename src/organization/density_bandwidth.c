/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "density.h"

#include "memory.h"
#include "quantile.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

enum { BINS = 1000 };

/** min(s, IQR / divisor), s alone where the IQR is 0. */
static double robust_scale(double *sample, size_t count, double divisor)
{
    static const double quartiles[] = {0.25, 0.75};
    double quartile[2];
    const double deviation = gsl_stats_sd(sample, 1, count);
    (void)quantile_sample(sample, count, quartiles, 2, quartile);
    const double spread = (quartile[1] - quartile[0]) / divisor;
    return spread > 0.0 && spread < deviation ? spread : deviation;
}

static bool is_spread(const double *sample, size_t count)
{
    return count >= 2 && gsl_stats_max(sample, 1, count) > gsl_stats_min(sample, 1, count);
}

double density_bandwidth_silverman(double *sample, size_t count)
{
    if (!is_spread(sample, count)) {
        return (double)NAN;
    }
    return 0.9 * robust_scale(sample, count, 1.34) * pow((double)count, -0.2);
}

/** The sample's distances in bins: pairs[k] unordered pairs that are k bins apart. */
struct distances {
    size_t count; /**< of the sample */
    double width; /**< of a bin */
    double pairs[BINS];
};

static void bin_distances(struct distances *distances, const double *sample, size_t count)
{
    const double low = gsl_stats_min(sample, 1, count);
    const double range = gsl_stats_max(sample, 1, count) - low;
    double occupied[BINS] = {0.0};
    /* As in R, the bins reach a little beyond the sample. */
    distances->count = count;
    distances->width = range * 1.01 / BINS;
    for (size_t i = 0; i < count; i++) {
        occupied[(size_t)((sample[i] - low) / distances->width)] += 1.0;
    }
    for (size_t k = 0; k < BINS; k++) {
        distances->pairs[k] = 0.0;
    }
    for (size_t i = 0; i < BINS; i++) {
        if (occupied[i] == 0.0) {
            continue;
        }
        distances->pairs[0] += 0.5 * occupied[i] * (occupied[i] - 1.0);
        for (size_t j = 0; j < i; j++) {
            distances->pairs[i - j] += occupied[i] * occupied[j];
        }
    }
}

/** sum over all ordered pairs, equal ones included, of the fourth (order 4) or sixth derivative of
 *  phi at distance / h, divided by n (n - 1) h^(order + 1). */
static double roughness(const struct distances *distances, double h, unsigned order)
{
    double sum = 0.0;
    for (size_t k = 0; k < BINS; k++) {
        const double x = (double)k * distances->width / h;
        const double s = x * x;
        if (s > 1000.0) {
            break;
        }
        const double polynomial =
            order == 4 ? s * s - 6.0 * s + 3.0 : s * s * s - 15.0 * s * s + 45.0 * s - 15.0;
        sum += distances->pairs[k] * polynomial * exp(-0.5 * s);
    }
    const double n = (double)distances->count;
    const double at_zero = order == 4 ? 3.0 : -15.0;
    const double inverse_sqrt_tau = 0.39894228040143267794;
    return (2.0 * sum + n * at_zero) * inverse_sqrt_tau /
           (n * (n - 1.0) * pow(h, (double)order + 1.0));
}

struct equation {
    const struct distances *distances;
    double pilot;    /**< the pilot bandwidth is pilot h^(5/7) */
    double constant; /**< R(phi) / n */
};

/** Positive where h is below the solution. */
static double excess(const struct equation *equation, double h)
{
    const double curvature = roughness(equation->distances, equation->pilot * pow(h, 5.0 / 7.0), 4);
    return pow(equation->constant / curvature, 0.2) - h;
}

/** The root of excess() in [low, high] by bisection to relative 1e-10, or NaN without a change of
 *  sign. Every comparison with NaN (a negative roughness) is false, which ends in NaN too. */
static double solve(const struct equation *equation, double low, double high)
{
    if (!(excess(equation, low) > 0.0 && excess(equation, high) < 0.0)) {
        return (double)NAN;
    }
    while (high - low > 1e-10 * high) {
        const double middle = 0.5 * (low + high);
        if (excess(equation, middle) > 0.0) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return 0.5 * (low + high);
}

double density_bandwidth(double *sample, size_t count)
{
    const double fallback = density_bandwidth_silverman(sample, count);
    if (isnan(fallback)) {
        return fallback;
    }
    struct distances *distances = memory_array(1, sizeof *distances);
    bin_distances(distances, sample, count);
    const double n = (double)count;
    const double scale = robust_scale(sample, count, 1.349);
    const double fourth = roughness(distances, 1.24 * scale * pow(n, -1.0 / 7.0), 4);
    const double sixth = -roughness(distances, 1.23 * scale * pow(n, -1.0 / 9.0), 6);
    const struct equation equation = {
        .distances = distances,
        .pilot = 1.357 * pow(fourth / sixth, 1.0 / 7.0),
        .constant = 0.28209479177387814347 / n, /* 1 / (2 sqrt(pi) n) */
    };
    const double oversmoothed = 1.144 * scale * pow(n, -0.2);
    const double solution = solve(&equation, 0.1 * oversmoothed, 1.5 * oversmoothed);
    free(distances);
    return isnan(solution) ? fallback : solution;
}
