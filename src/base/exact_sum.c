/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exact_sum.h"

#include <float.h>
#include <math.h>

_Static_assert(FLT_EVAL_METHOD == 0, "rounding by a shift needs doubles evaluated as doubles");

enum { TERM_BITS = 51, SMALLEST_EXPONENT = -1000 };

struct exact_sum exact_sum_make(double bound)
{
    int exponent = 0;
    const double mantissa = frexp(bound, &exponent);
    /* bound = mantissa 2^exponent with mantissa in [1/2, 1): a power of two needs one bit less. */
    exponent = mantissa == 0.5 ? exponent - 1 : exponent;
    exponent = bound > 0.0 ? exponent - TERM_BITS : SMALLEST_EXPONENT;
    exponent = exponent < SMALLEST_EXPONENT ? SMALLEST_EXPONENT : exponent;
    const double quantum = ldexp(1.0, exponent);
    return (struct exact_sum){.quantum = quantum, .shift = 0x1.8p52 * quantum};
}
