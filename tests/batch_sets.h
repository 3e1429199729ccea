/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The kernels that can run on this machine. */
#ifndef GROWCAST_BATCH_SETS_H
#define GROWCAST_BATCH_SETS_H

#include "../src/bootstrap/batch_kernel.h"

/** The kernel of an instruction set, or NULL if this machine lacks it. */
static inline const struct batch_kernel *batch_sets_kernel(enum instruction_set set)
{
    if (set > instruction_set_detect()) {
        return NULL;
    }
#ifdef __x86_64__
    if (set == INSTRUCTION_SET_AVX512) {
        return &batch_kernel_avx512;
    }
    if (set == INSTRUCTION_SET_AVX2) {
        return &batch_kernel_avx2;
    }
#endif
    return &batch_kernel_baseline;
}

#endif
