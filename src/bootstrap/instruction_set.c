/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "instruction_set.h"

#include <string.h>

static const char *const set_names[INSTRUCTION_SET_COUNT] = {
    [INSTRUCTION_SET_BASELINE] = "baseline",
    [INSTRUCTION_SET_AVX2] = "avx2",
    [INSTRUCTION_SET_AVX512] = "avx512",
};

/* __builtin_cpu_supports() also asks whether the operating system saves the registers. */
enum instruction_set instruction_set_detect(void)
{
#ifdef __x86_64__
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
    return avx512 ? INSTRUCTION_SET_AVX512 : avx2 ? INSTRUCTION_SET_AVX2 : INSTRUCTION_SET_BASELINE;
#else
    return INSTRUCTION_SET_BASELINE;
#endif
}

const char *instruction_set_name(enum instruction_set set)
{
    return set_names[set];
}

bool instruction_set_parse(const char *word, enum instruction_set *set)
{
    for (unsigned i = 0; i < INSTRUCTION_SET_COUNT; i++) {
        if (strcmp(word, set_names[i]) == 0) {
            *set = (enum instruction_set)i;
            return true;
        }
    }
    return false;
}
