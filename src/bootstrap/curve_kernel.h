/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The vector code of ensemble_curve.h: one source, curve_kernel.c, compiled once per instruction
 *  set. */
#ifndef GROWCAST_CURVE_KERNEL_H
#define GROWCAST_CURVE_KERNEL_H

#include "ensemble_curve.h"

/** ensemble_curve_values() of one instruction set. */
typedef void curve_kernel(const struct ensemble_curves *curves, double scale, double log_time,
                          double *value);

extern curve_kernel curve_kernel_baseline;
#ifdef __x86_64__
extern curve_kernel curve_kernel_avx2;
extern curve_kernel curve_kernel_avx512;
#endif

#endif
