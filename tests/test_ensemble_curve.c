/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../src/bootstrap/ensemble_curve.h"
#include "growth.h"
#include "random.h"
#include "tap.h"

#include <string.h>

enum { COUNT = 1003 };

/** Curves of all shapes; every tenth is deep on a ridge: lambda up to 1e200 with a small Phi. */
static void fill(double *fitness, double *immediacy, double *longevity)
{
    struct random_stream stream = random_stream_open(1, RANDOM_SAMPLE, 0, 0);
    for (size_t i = 0; i < COUNT; i++) {
        fitness[i] = exp(-4.0 + 6.0 * random_uniform(&stream));
        immediacy[i] = -1.0 + 6.0 * random_uniform(&stream);
        longevity[i] = 0.1 + 3.0 * random_uniform(&stream);
        if (i % 10 == 0) {
            const double z = -1.0 - 29.0 * random_uniform(&stream);
            immediacy[i] = log(20.0) - z * longevity[i];
            fitness[i] = 5.0 * random_uniform(&stream) / growth_normal_distribution(z);
        }
    }
}

int main(void)
{
    static double fitness[COUNT];
    static double immediacy[COUNT];
    static double longevity[COUNT];
    static double baseline[COUNT];
    static double widest[COUNT];
    fill(fitness, immediacy, longevity);
    const struct ensemble_curves curves = {COUNT, fitness, immediacy, longevity};
    const double scale = 30.0;
    const double ages[] = {0.02, 1.0, 3.0, 12.0, 20.0, 36.0};
    bool close = true;
    bool same = true;
    for (size_t k = 0; k < sizeof ages / sizeof ages[0]; k++) {
        ensemble_curve_values(&curves, scale, log(ages[k]), INSTRUCTION_SET_BASELINE, baseline);
        ensemble_curve_values(&curves, scale, log(ages[k]), instruction_set_detect(), widest);
        same = same && memcmp(baseline, widest, sizeof baseline) == 0;
        for (size_t i = 0; i < COUNT; i++) {
            const struct growth_parameters parameters = {fitness[i], immediacy[i], longevity[i]};
            const double expected = growth_count(&parameters, scale, ages[k]);
            const double rise = log1p(expected / scale);
            /* Deep in the tail the rounding of z counts z^2 times, as in growth.h. */
            const double z = (log(ages[k]) - immediacy[i]) / longevity[i];
            const double relative = 2e-12 * (1.0 + rise) + 1e-15 * z * z * (1.0 + rise);
            close = close &&
                    (expected < 1e300 ? fabs(baseline[i] - expected) <= relative * expected + 1e-13
                                      : baseline[i] > 1e300);
        }
    }
    tap_ok(close, "curves agree with growth_count(), on ridges too");
    tap_ok(same, "every instruction set gives the same bits");
    ensemble_curve_values(&curves, scale, -(double)INFINITY, INSTRUCTION_SET_BASELINE, baseline);
    bool zero = true;
    for (size_t i = 0; i < COUNT; i++) {
        zero = zero && baseline[i] == 0.0;
    }
    tap_ok(zero, "every curve is 0 at age 0");
    const double huge[] = {1e308};
    const double middle[] = {0.0};
    const double narrow[] = {1.0};
    const struct ensemble_curves steep = {1, huge, middle, narrow};
    ensemble_curve_values(&steep, scale, 5.0, INSTRUCTION_SET_BASELINE, baseline);
    tap_ok(isfinite(baseline[0]) && baseline[0] > 1e300, "curves stay finite");
    return tap_done();
}
