/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The distribution itself: probabilities, their ratios, the mode. */
#include "increment.h"

#include <gsl/gsl_sf_gamma.h>
#include <math.h>

/** ln Gamma(z) - ((z - 1/2) ln z - z + ln(2 pi) / 2) for z > 0, by its asymptotic series where its
 *  five terms reach 1e-14 (Abramowitz and Stegun 6.1.41). */
static double stirling_remainder(double z)
{
    if (z < 12.0) {
        return gsl_sf_lngamma(z) - ((z - 0.5) * log(z) - z + 0.91893853320467274178);
    }
    const double w = 1.0 / (z * z);
    return (1.0 / 12 - w * (1.0 / 360 - w * (1.0 / 1260 - w * (1.0 / 1680 - w / 1188)))) / z;
}

struct increment_law increment_law_make(double mean, double dispersion)
{
    struct increment_law law = {.mean = mean, .dispersion = dispersion};
    if (isinf(dispersion)) {
        law.log_zero = -mean;
    } else {
        law.log_zero = -dispersion * log1p(mean / dispersion);
        law.stirling_dispersion = stirling_remainder(dispersion);
    }
    return law;
}

/** ln(numerator / denominator), where difference = numerator - denominator is known more exactly
 *  than by subtracting the two. */
static double log_quotient(double numerator, double denominator, double difference)
{
    return fabs(difference) < 0.5 * denominator ? log1p(difference / denominator)
                                                : log(numerator / denominator);
}

double increment_log_mass(const struct increment_law *law, double x)
{
    if (x == 0.0) {
        return law->log_zero;
    }
    /* With Stirling's formula the large terms cancel on paper instead of in floating point:
       ln NB = x ln((1 + r / x) / (1 + r / M)) + r ln((r + x) / (r + M))
               - ln(2 pi x (r + x) / r) / 2 + s(r + x) - s(r) - s(x),
       and Poisson is its limit as r grows. */
    const double m = law->mean;
    const double r = law->dispersion;
    const double tau = 6.28318530717958647693;
    if (isinf(r)) {
        return x * log_quotient(m, x, m - x) + (x - m) - 0.5 * log(tau * x) - stirling_remainder(x);
    }
    const double difference = r * ((m - x) / (x * m));
    return x * log_quotient(1.0 + r / x, 1.0 + r / m, difference) +
           r * log_quotient(r + x, r + m, x - m) - 0.5 * log(tau * x * (1.0 + x / r)) +
           stirling_remainder(r + x) - law->stirling_dispersion - stirling_remainder(x);
}

double increment_mass_ratio(const struct increment_law *law, double x)
{
    const double m = law->mean;
    const double r = law->dispersion;
    return isinf(r) ? m / (x + 1.0) : (x + r) / (x + 1.0) * (m / (m + r));
}

double increment_mode(const struct increment_law *law)
{
    /* The ratio exceeds 1 exactly for x < M (r - 1) / r - 1. */
    const double m = law->mean;
    const double r = law->dispersion;
    const double peak = isinf(r) ? m : m * (1.0 - 1.0 / r);
    return peak > 1.0 ? ceil(peak) - 1.0 : 0.0;
}
