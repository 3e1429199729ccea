/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The vector instructions that the batched engine uses.
 *
 * One set is chosen for a whole run (the narrowest that every rank has, or the user's word) and
 * handed to whoever needs it: the bits of a result belong to the set, not to the machine.
 */
#ifndef GROWCAST_INSTRUCTION_SET_H
#define GROWCAST_INSTRUCTION_SET_H

#include <stdbool.h>

/** From narrow to wide: of several machines the smallest value is the set that all have. */
enum instruction_set {
    INSTRUCTION_SET_BASELINE, /**< what every processor of the architecture has: SSE2 on x86-64 */
    INSTRUCTION_SET_AVX2,     /**< x86-64: AVX2 and FMA, 4 doubles */
    INSTRUCTION_SET_AVX512,   /**< x86-64: AVX-512 F, DQ and VL, 8 doubles */
    INSTRUCTION_SET_COUNT,
};

/** The widest set that this processor and this build have. */
enum instruction_set instruction_set_detect(void);

/** The set's word in run.instruction_set: "baseline", "avx2" or "avx512". */
const char *instruction_set_name(enum instruction_set set);

/** Reads such a word into *set. False, with *set untouched, if it is none of them. */
bool instruction_set_parse(const char *word, enum instruction_set *set);

#endif
