/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep.h"

#include "option.h"

#include <stdlib.h>
#include <string.h>

#define STAGE(name) (1U << SWEEP_STAGE_##name)

enum {
    FITS = STAGE(ESTIMATE) | STAGE(BOOTSTRAP),
    FORECASTS = STAGE(FORECASTER) | STAGE(FORECAST),
    LEARNS = STAGE(PRIOR) | FORECASTS,
};

/* What the keys of a section change; a row for a single key stands before that of its section. What
   has no row cannot differ within one output: how a run is executed, which series there are, and
   the dimensions that all combinations share. */
static const struct {
    const char *section;
    const char *name; /* NULL: all others */
    unsigned changes;
} changes_of[] = {
    {"input", "observation_window", STAGE(WINDOW) | FITS | LEARNS},
    {"model", "time_unit", FITS | STAGE(FORECAST)},
    {"model", NULL, FITS | LEARNS},
    {"fit", NULL, FITS},
    {"bootstrap", NULL, STAGE(BOOTSTRAP)},
    {"hierarchy", "discount", FORECASTS},
    {"hierarchy", "random_walk", FORECASTS},
    {"hierarchy", NULL, LEARNS},
    {"forecast", NULL, STAGE(FORECAST)},
    {"run", "seed", STAGE(BOOTSTRAP) | LEARNS},
};

static unsigned changes(const struct option_key *key)
{
    for (size_t i = 0; i < sizeof changes_of / sizeof changes_of[0]; i++) {
        if (strcmp(key->section, changes_of[i].section) == 0 &&
            (changes_of[i].name == NULL || strcmp(key->name, changes_of[i].name) == 0)) {
            return changes_of[i].changes;
        }
    }
    return 0;
}

/* Whether a forecast can be the extrapolation of the point estimate. */
static bool forecasts_curve(const struct config *config)
{
    bool varied = false;
    for (size_t i = 0; i < config->sweep.count; i++) {
        varied = varied || strcmp(config->sweep.setting[i].name, "forecast.method") == 0;
    }
    return varied || config->forecast.method == FORECAST_CURVE ||
           config->forecast.method == FORECAST_AUTO;
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
        grid->changes[i] = changes(key);
        if (grid->changes[i] == 0) {
            return error_set(error, ERROR_USAGE, "sweep.%s.%s: this setting cannot vary in a sweep",
                             key->section, key->name);
        }
        if ((grid->changes[i] & STAGE(ESTIMATE)) != 0 && forecasts_curve(config)) {
            grid->changes[i] |= STAGE(FORECAST);
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

size_t sweep_grid_same(const struct sweep_grid *grid, enum sweep_stage stage, size_t combination)
{
    size_t same = 0;
    for (size_t i = 0; i < grid->settings; i++) {
        bool matters = (grid->changes[i] >> stage & 1U) != 0;
        same = same * grid->extent[i] + (matters ? sweep_grid_value(grid, combination, i) : 0);
    }
    return same;
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
