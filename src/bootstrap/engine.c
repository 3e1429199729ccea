/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine.h"

#include "engine_internal.h"

const struct engine *engine_of(enum config_engine engine)
{
    static const struct engine *const table[] = {
        [ENGINE_BATCHED] = &engine_batched,
        [ENGINE_GSL] = &engine_gsl,
    };
    return table[engine];
}
