/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What makes two executions give the same bits: the text that a journal keeps so that only the same
 * run can continue it, and the arithmetic that all ranks have in common.
 */
#ifndef GROWCAST_IDENTITY_H
#define GROWCAST_IDENTITY_H

#include "config.h"
#include "error.h"
#include "instruction_set.h"
#include "reader.h"
#include "transport.h"

#include <stdbool.h>

/**
 * Chooses the vector instructions of a run: run.instruction_set, or the widest set that every rank
 * has. ERROR_USAGE if a rank lacks the one that is asked for, or if the elementary functions of its
 * C library round otherwise than those of rank 0. Collective; the same on every rank.
 */
bool identity_instruction_set(struct transport *transport, const struct config *config,
                              enum instruction_set *set, struct error *error);

/**
 * One "name = value" line each for the program's version, the instruction set, the elementary
 * functions (arithmetic.h), every input's hash and every configuration key that can change a
 * result, and for the part of the work where there is more than one (NULL: all of it). The caller
 * frees it.
 */
char *identity_text(const struct config *config, const struct reader_report *report,
                    enum instruction_set set, const char *part);

#endif
