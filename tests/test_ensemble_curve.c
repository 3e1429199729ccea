/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "../src/bootstrap/ensemble_curve.h"
#include "growth.h"
#include "random.h"
#include "tap.h"

#include <string.h>

enum { COUNT = 1003 };

/** Curves of all shapes; every tenth is deep on a ridge: lambda up to 1e200 with a small Phi. */
static void fill(double *fitness, double *immediacy, double *longevity, double *steepness)
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
        steepness[i] = 1.0 / longevity[i];
    }
}

/** Whether the curves of an instruction set agree with growth_count(). */
static bool agree(const struct ensemble_curves *curves, const double *longevity,
                  enum instruction_set set)
{
    static double value[COUNT];
    const double scale = 30.0;
    const double ages[] = {0.02, 1.0, 3.0, 12.0, 20.0, 36.0};
    bool close = true;
    for (size_t k = 0; k < sizeof ages / sizeof ages[0]; k++) {
        ensemble_curve_values(curves, scale, log(ages[k]), set, value);
        for (size_t i = 0; i < COUNT; i++) {
            const struct growth_parameters parameters = {curves->fitness[i], curves->immediacy[i],
                                                         longevity[i]};
            const double expected = growth_count(&parameters, scale, ages[k]);
            const double rise = log1p(expected / scale);
            /* Deep in the tail the rounding of z counts z^2 times, as in growth.h. */
            const double z = (log(ages[k]) - parameters.immediacy) / longevity[i];
            const double relative = 2e-12 * (1.0 + rise) + 1e-15 * z * z * (1.0 + rise);
            close = close &&
                    (expected < 1e300 ? fabs(value[i] - expected) <= relative * expected + 1e-13
                                      : value[i] > 1e300);
        }
    }
    return close;
}

/** Whether each curve has the same bits alone as among the others. */
static bool placeless(const struct ensemble_curves *curves, enum instruction_set set)
{
    static double value[COUNT];
    ensemble_curve_values(curves, 30.0, 1.0, set, value);
    bool same = true;
    for (size_t i = 0; i < COUNT; i++) {
        const struct ensemble_curves one = {1, &curves->fitness[i], &curves->immediacy[i],
                                            &curves->steepness[i]};
        double alone;
        ensemble_curve_values(&one, 30.0, 1.0, set, &alone);
        same = same && memcmp(&alone, &value[i], sizeof alone) == 0;
    }
    return same;
}

/** Whether every curve is 0 at age 0, and the steepest one finite. */
static bool ends(const struct ensemble_curves *curves, enum instruction_set set)
{
    static double value[COUNT];
    ensemble_curve_values(curves, 30.0, -(double)INFINITY, set, value);
    bool right = true;
    for (size_t i = 0; i < COUNT; i++) {
        right = right && value[i] == 0.0;
    }
    const double huge[] = {1e308};
    const double middle[] = {0.0};
    const double narrow[] = {1.0};
    const struct ensemble_curves steep = {1, huge, middle, narrow};
    ensemble_curve_values(&steep, 30.0, 5.0, set, value);
    return right && isfinite(value[0]) && value[0] > 1e300;
}

int main(void)
{
    static double fitness[COUNT];
    static double immediacy[COUNT];
    static double longevity[COUNT];
    static double steepness[COUNT];
    fill(fitness, immediacy, longevity, steepness);
    const struct ensemble_curves curves = {COUNT, fitness, immediacy, steepness};
    for (int set = 0; set < INSTRUCTION_SET_COUNT; set++) {
        const char *name = instruction_set_name((enum instruction_set)set);
        if ((enum instruction_set)set > instruction_set_detect()) {
            tap_skip("this processor lacks %s", name);
            continue;
        }
        tap_ok(agree(&curves, longevity, (enum instruction_set)set),
               "%s: curves agree with growth_count(), on ridges too", name);
        tap_ok(placeless(&curves, (enum instruction_set)set),
               "%s: a curve's bits do not depend on its place", name);
        tap_ok(ends(&curves, (enum instruction_set)set),
               "%s: curves are 0 at age 0 and stay finite", name);
    }
    return tap_done();
}
