/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The engines, for the table of engine.c and for one that hands work to another. */
#ifndef GROWCAST_ENGINE_INTERNAL_H
#define GROWCAST_ENGINE_INTERNAL_H

#include "engine.h"

extern const struct engine engine_batched;
extern const struct engine engine_gsl;

#endif
