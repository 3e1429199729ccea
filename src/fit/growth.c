/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "growth.h"

#include <math.h>

/*
 * The condition number of Phi at z is about z^2, so that in the lower tail the rounding of z alone
 * would cost three digits. The normal argument is therefore carried in long double (64 bits of
 * mantissa on x86-64, more on other machines), while the transcendental functions work on its
 * double part and are corrected to first order for the rest. Where double would underflow,
 * functions of long double take over.
 */

static const long double sqrt_half = 0.707106781186547524400844362104849039L;
static const long double inverse_sqrt_two_pi = 0.398942280401432677939946059934381868L;
static const double log_sqrt_two_pi = 0.918938533204672741780329736405617640;

/** Below this argument the density and the distribution come near the least normal double. */
static const long double deep_tail = -37.0L;

/** A larger exponent could overflow double on its way to a representable product. */
static const long double largest_exponent = 700.0L;

/** phi(z) and Phi(z). */
struct normal {
    long double density;
    long double distribution;
};

static struct normal normal_at(long double z)
{
    const long double half_square = 0.5L * z * z;
    const long double x = -z * sqrt_half;
    struct normal normal;
    if (z < deep_tail || z > -deep_tail) {
        normal.density = inverse_sqrt_two_pi * expl(-half_square);
        normal.distribution = 0.5L * erfcl(x);
        return normal;
    }
    const double square_head = (double)half_square;
    const double x_head = (double)x;
    const long double square_tail = half_square - (long double)square_head;
    const long double x_tail = x - (long double)x_head;
    normal.density = inverse_sqrt_two_pi * (long double)exp(-square_head) * (1.0L - square_tail);
    /* d(erfc(x)/2)/dx = -exp(-x^2)/sqrt(pi) = -sqrt(2) phi(z) */
    normal.distribution =
        0.5L * (long double)erfc(x_head) - 2.0L * sqrt_half * normal.density * x_tail;
    return normal;
}

static long double exponential_minus_one(long double x)
{
    if (x > largest_exponent) {
        return expm1l(x);
    }
    if (x < 1e-290L) {
        return x; /* also where the double would be subnormal */
    }
    const double head = (double)x;
    const long double tail = x - (long double)head;
    const long double value = (long double)expm1(head);
    return value + (value + 1.0L) * tail;
}

static double gradient_at(const struct growth_parameters *parameters, double scale, long double z,
                          double gradient[3])
{
    const long double fitness = (long double)parameters->fitness;
    const struct normal normal = normal_at(z);
    const long double rise = exponential_minus_one(fitness * normal.distribution);
    const long double height = (long double)scale * (rise + 1.0L);
    gradient[0] = (double)(height * normal.distribution);
    gradient[1] = 0.0;
    gradient[2] = 0.0;
    if (normal.density > 0.0L) { /* else z may be infinite */
        const long double by_immediacy =
            -height * fitness * normal.density / (long double)parameters->longevity;
        gradient[1] = (double)by_immediacy;
        gradient[2] = (double)(z * by_immediacy);
    }
    return (double)((long double)scale * rise);
}

static long double normal_argument(const struct growth_parameters *parameters, double t)
{
    return (logl((long double)t) - (long double)parameters->immediacy) /
           (long double)parameters->longevity;
}

double growth_count(const struct growth_parameters *parameters, double scale, double t)
{
    if (t == 0.0) {
        return 0.0;
    }
    const struct normal normal = normal_at(normal_argument(parameters, t));
    return (double)((long double)scale *
                    exponential_minus_one((long double)parameters->fitness * normal.distribution));
}

double growth_gradient(const struct growth_parameters *parameters, double scale, double t,
                       double gradient[3])
{
    if (t == 0.0) {
        gradient[0] = gradient[1] = gradient[2] = 0.0;
        return 0.0;
    }
    return gradient_at(parameters, scale, normal_argument(parameters, t), gradient);
}

double growth_gradient_at_log(const struct growth_parameters *parameters, double scale,
                              double log_t, double gradient[3])
{
    const double z = (log_t - parameters->immediacy) / parameters->longevity;
    const double distribution = 0.5 * erfc(-z * (double)sqrt_half);
    const double exponent = parameters->fitness * distribution;
    if (!(exponent > 1e-290 && exponent < (double)largest_exponent)) {
        return gradient_at(parameters, scale, (long double)z, gradient);
    }
    const double density = (double)inverse_sqrt_two_pi * exp(-0.5 * z * z);
    const double rise = expm1(exponent);
    const double height = scale * (rise + 1.0);
    gradient[0] = height * distribution;
    gradient[1] = -height * parameters->fitness * density / parameters->longevity;
    gradient[2] = density > 0.0 ? z * gradient[1] : 0.0;
    return scale * rise;
}

double growth_log_count(const struct growth_parameters *parameters, double scale, double t)
{
    if (t == 0.0) {
        return -INFINITY;
    }
    const long double z = normal_argument(parameters, t);
    const long double exponent = (long double)parameters->fitness * normal_at(z).distribution;
    if (exponent < 1e-20L) { /* c = m lambda Phi to all digits */
        return log(scale) + log(parameters->fitness) + growth_log_normal_distribution((double)z);
    }
    if (exponent > largest_exponent) { /* exp(-exponent) is negligible, c may overflow */
        return (double)((long double)log(scale) + exponent);
    }
    return (double)((long double)log(scale) + logl(exponential_minus_one(exponent)));
}

double growth_ultimate(double fitness, double scale)
{
    return scale * expm1(fitness);
}

double growth_fitness_of_ultimate(double ultimate, double scale)
{
    return log1p(ultimate / scale);
}

double growth_normal_distribution(double z)
{
    return (double)normal_at((long double)z).distribution;
}

/** ln Phi(z) by the asymptotic series of Mills' ratio, for z << 0. */
static double log_distribution_series(double z)
{
    const double u = 1.0 / (z * z);
    const double series =
        -u * (1.0 - u * (3.0 - u * (15.0 - u * (105.0 - u * (945.0 - u * 10395.0)))));
    return -0.5 * z * z - log(-z) - log_sqrt_two_pi + log1p(series);
}

double growth_log_normal_distribution(double z)
{
    if ((long double)z < deep_tail) {
        return log_distribution_series(z);
    }
    if (z > 0.0) {
        return log1p(-(double)normal_at(-(long double)z).distribution);
    }
    return log((double)normal_at((long double)z).distribution);
}
