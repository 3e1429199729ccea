/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep.h"

#include "option.h"

#include <stdlib.h>
#include <string.h>

/* What cannot differ within one output: how a run is executed, which series there are, and the
   dimensions that all combinations share. */
static bool can_vary(const struct option_key *key)
{
    static const char *const fixed[] = {"input",    "output",   "organization", "density",
                                        "simulate", "backtest", "run"};
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        if (strcmp(key->section, fixed[i]) == 0) {
            return strcmp(key->section, "run") == 0 && strcmp(key->name, "seed") == 0;
        }
    }
    return true;
}

bool sweep_grid_make(const struct config *config, struct sweep_grid *grid, struct error *error)
{
    const struct config_sweep *sweep = &config->sweep;
    *grid = (struct sweep_grid){.settings = sweep->count, .combinations = 1};
    if (sweep->count == 0) {
        return error_set(error, ERROR_USAGE,
                         "nothing to sweep over: give values in a section [sweep], for example "
                         "-s sweep.model.scale=1,10,100");
    }
    for (size_t i = 0; i < sweep->count; i++) {
        const struct option_key *key = option_sweep_key(&sweep->setting[i]);
        if (!can_vary(key)) {
            return error_set(error, ERROR_USAGE, "sweep.%s.%s: this setting cannot vary in a sweep",
                             key->section, key->name);
        }
        grid->extent[i] = option_sweep_count(&sweep->setting[i]);
        grid->combinations *= grid->extent[i];
        if (grid->combinations > SWEEP_COMBINATIONS_MAX) {
            return error_set(error, ERROR_USAGE, "a sweep over more than %d combinations",
                             SWEEP_COMBINATIONS_MAX);
        }
    }
    return true;
}

size_t sweep_grid_value(const struct sweep_grid *grid, size_t combination, size_t setting)
{
    for (size_t i = grid->settings - 1; i > setting; i--) {
        combination /= grid->extent[i];
    }
    return combination % grid->extent[setting];
}

void sweep_grid_apply(const struct sweep_grid *grid, size_t combination, struct config *config)
{
    const struct config_sweep sweep = config->sweep;
    for (size_t i = 0; i < grid->settings; i++) {
        option_sweep_apply(&sweep.setting[i], sweep_grid_value(grid, combination, i), config);
    }
    config->sweep.count = 0;
}

bool sweep_read_shard(const char *text, size_t *shard, size_t *shards)
{
    char *rest;
    if (strspn(text, "0123456789/") != strlen(text)) {
        return false;
    }
    unsigned long part = strtoul(text, &rest, 10);
    if (rest == text || *rest != '/' || rest[1] == '/') {
        return false;
    }
    unsigned long parts = strtoul(rest + 1, &rest, 10);
    if (*rest != '\0' || part < 1 || part > parts || parts > SWEEP_SHARDS_MAX) {
        return false;
    }
    *shard = part;
    *shards = parts;
    return true;
}
