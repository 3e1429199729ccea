/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fit_internal.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

static const double inverse_sqrt_two_pi = 0.398942280401432677939946059934381868;

/** Share of the last count at the pivot: high enough to be determined, low enough to slope. */
static const double pivot_share = 0.6;

/** An observed age serves as pivot only where the curve is not yet flat. */
static const double largest_pivot_argument = 5.0;

/** phi(z) / Phi(z), the inverse of Mills' ratio of the lower tail. */
static double inverse_mills(double z)
{
    if (z < -30.0) {
        const double u = 1.0 / (z * z);
        return -z * (1.0 + u * (1.0 - u * (2.0 - 10.0 * u)));
    }
    return inverse_sqrt_two_pi * exp(-0.5 * z * z) / growth_normal_distribution(z);
}

/** Normal argument at which the curve stands at pivot_share of a height lambda Phi = `last`. */
static double argument_of_share(const struct growth_parameters *near, double last)
{
    /* ln(1 + share c/m), without overflow for a large c */
    const double height = last > 30.0 ? last + log(pivot_share) : log1p(pivot_share * expm1(last));
    return gsl_cdf_ugaussian_Pinv(fmin(fmax(height / near->fitness, 1e-300), 1.0 - 1e-12));
}

/**
 * The normal argument at the pivot: the observed age at which the curve is nearest to pivot_share
 * of its last count, for there the data hold its height; between ages if it is flat at all of them.
 */
static double pivot_argument(const struct growth_parameters *near, const struct fit_data *data)
{
    const double last_z = (data->log_time[data->count - 1] - near->immediacy) / near->longevity;
    const double last = near->fitness * growth_normal_distribution(last_z);
    const double wanted = argument_of_share(near, last);
    double best = INFINITY;
    for (size_t k = 0; k < data->count; k++) {
        const double z = (data->log_time[k] - near->immediacy) / near->longevity;
        if (isfinite(z) && z < largest_pivot_argument && fabs(z - wanted) < fabs(best - wanted)) {
            best = z;
        }
    }
    return isfinite(best) ? best : wanted;
}

struct fit_coordinates fit_coordinates_free(const struct growth_parameters *near,
                                            const struct fit_data *data, double position[3])
{
    const double z = pivot_argument(near, data);
    position[0] = log(near->fitness) + growth_log_normal_distribution(z);
    position[1] = log(inverse_mills(z) / near->longevity);
    position[2] = z;
    return (struct fit_coordinates){.kind = FIT_COORDINATES_FREE,
                                    .count = 3,
                                    .log_pivot = near->immediacy + near->longevity * z};
}

struct fit_coordinates fit_coordinates_fitness_fixed(const struct growth_parameters *near,
                                                     const struct fit_data *data, double fitness,
                                                     double position[3])
{
    const double z = pivot_argument(near, data);
    const double share = near->fitness / fitness * growth_normal_distribution(z);
    const double fixed_z = gsl_cdf_ugaussian_Pinv(fmin(fmax(share, 1e-300), 1.0 - 1e-12));
    const double slope = inverse_mills(z) / near->longevity;
    position[0] = fixed_z;
    position[1] = log(inverse_mills(fixed_z) / slope);
    position[2] = 0.0;
    return (struct fit_coordinates){.kind = FIT_COORDINATES_FITNESS_FIXED,
                                    .count = 2,
                                    .log_pivot = near->immediacy + near->longevity * z,
                                    .fixed = fitness};
}

struct fit_coordinates fit_coordinates_immediacy_fixed(const struct growth_parameters *near,
                                                       const struct fit_data *data,
                                                       double immediacy, double position[3])
{
    const double z = pivot_argument(near, data);
    const double log_pivot = near->immediacy + near->longevity * z;
    position[0] = log(near->fitness) + growth_log_normal_distribution(z);
    position[1] = log(near->longevity);
    position[2] = 0.0;
    return (struct fit_coordinates){.kind = FIT_COORDINATES_IMMEDIACY_FIXED,
                                    .count = 2,
                                    .log_pivot = log_pivot,
                                    .fixed = immediacy};
}

/** exp of a logarithm of sigma, not below its minimum; *by_log its derivative. */
static double longevity_of(double log_longevity, double *by_log)
{
    const double free_longevity = exp(log_longevity);
    if (free_longevity < FIT_LONGEVITY_MINIMUM) {
        *by_log = 0.0;
        return FIT_LONGEVITY_MINIMUM;
    }
    *by_log = free_longevity;
    return free_longevity;
}

static struct growth_parameters
parameters_immediacy_fixed(const struct fit_coordinates *coordinates, const double position[3],
                           double chain[3][3])
{
    double by_log;
    const double longevity = longevity_of(position[1], &by_log);
    const double z = (coordinates->log_pivot - coordinates->fixed) / longevity;
    const double fitness = exp(position[0] - growth_log_normal_distribution(z));
    if (chain != NULL) {
        chain[0][0] = fitness;
        chain[0][1] = fitness * inverse_mills(z) * z * by_log / longevity;
        chain[1][0] = 0.0;
        chain[1][1] = 0.0;
        chain[2][0] = 0.0;
        chain[2][1] = by_log;
    }
    return (struct growth_parameters){fitness, coordinates->fixed, longevity};
}

static struct growth_parameters parameters_fitness_fixed(const struct fit_coordinates *coordinates,
                                                         const double position[3],
                                                         double chain[3][3])
{
    const double z = position[0];
    double by_log;
    const double longevity = longevity_of(position[1], &by_log);
    if (chain != NULL) {
        chain[0][0] = 0.0;
        chain[0][1] = 0.0;
        chain[1][0] = -longevity;
        chain[1][1] = -z * by_log;
        chain[2][0] = 0.0;
        chain[2][1] = by_log;
    }
    return (struct growth_parameters){coordinates->fixed, coordinates->log_pivot - longevity * z,
                                      longevity};
}

struct growth_parameters fit_coordinates_parameters(const struct fit_coordinates *coordinates,
                                                    const double position[3], double chain[3][3])
{
    if (coordinates->kind == FIT_COORDINATES_FITNESS_FIXED) {
        return parameters_fitness_fixed(coordinates, position, chain);
    }
    if (coordinates->kind == FIT_COORDINATES_IMMEDIACY_FIXED) {
        return parameters_immediacy_fixed(coordinates, position, chain);
    }
    const double z = position[2];
    const double ratio = inverse_mills(z);
    const double fitness = exp(position[0] - growth_log_normal_distribution(z));
    double by_log;
    const double longevity = longevity_of(log(ratio) - position[1], &by_log);
    if (chain != NULL) {
        /* d ln(phi/Phi)/dz = -(z + phi/Phi) */
        const double by_z = -by_log * (z + ratio);
        chain[0][0] = fitness;
        chain[0][1] = 0.0;
        chain[0][2] = -fitness * ratio;
        chain[1][0] = 0.0;
        chain[1][1] = z * by_log;
        chain[1][2] = -longevity - z * by_z;
        chain[2][0] = 0.0;
        chain[2][1] = -by_log;
        chain[2][2] = by_z;
    }
    return (struct growth_parameters){fitness, coordinates->log_pivot - longevity * z, longevity};
}
