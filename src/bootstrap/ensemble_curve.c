/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ensemble_curve.h"

#include "curve_kernel.h"

void ensemble_curve_values(const struct ensemble_curves *curves, double scale, double log_time,
                           enum instruction_set set, double *value)
{
#ifdef __x86_64__
    if (set == INSTRUCTION_SET_AVX512) {
        curve_kernel_avx512(curves, scale, log_time, value);
        return;
    }
    if (set == INSTRUCTION_SET_AVX2) {
        curve_kernel_avx2(curves, scale, log_time, value);
        return;
    }
#endif
    (void)set;
    curve_kernel_baseline(curves, scale, log_time, value);
}
