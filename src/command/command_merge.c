/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"
#include "memory.h"
#include "output.h"
#include "store_sweep.h"
#include "store_sweep_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What all parts have in common, and which of them were read. */
struct merge {
    const struct command_line *line;
    struct catalog catalog;
    struct provenance provenance;
    struct sweep_result result;
    size_t shards;
    bool *seen; /* [shards] */
};

/* Everything but rows comes from the first part. */
static bool begin(struct merge *merge, const struct store_reader *reader, struct error *error)
{
    struct option_layers layers;
    struct sweep_grid grid;
    option_layers_start(&layers);
    if (!store_sweep_read_catalog(reader, &merge->catalog, error) ||
        !store_sweep_read_provenance(reader, &merge->provenance, error) ||
        !option_read_text(&layers, merge->provenance.configuration, "configuration", error) ||
        !sweep_grid_make(&layers.config, &grid, error)) {
        return false;
    }
    merge->result = sweep_result_make(&layers.config, &grid, &merge->catalog);
    merge->seen = memory_array(merge->shards, sizeof *merge->seen);
    return true;
}

/* Parts of other runs would not fit together, however alike they look. */
static bool check_same(const struct store_reader *reader, const char *path,
                       const struct merge *merge, struct error *error)
{
    char *expected = provenance_identifier(&merge->provenance);
    const struct {
        const char *attribute;
        const char *value;
    } checks[] = {
        {"id", expected},
        {"commit", provenance_commit()},
        {"compiler", provenance_compiler()},
        {"library_versions", merge->provenance.libraries},
        {"instruction_set", merge->provenance.instruction_set},
        {"elementary_functions", merge->provenance.functions},
    };
    bool done = true;
    for (size_t i = 0; i < sizeof checks / sizeof checks[0] && done; i++) {
        char *value = NULL;
        done =
            store_read_text(reader, NULL, checks[i].attribute, &value, error) &&
            (strcmp(value, checks[i].value) == 0 ||
             error_set(error, ERROR_INPUT,
                       "%s is a part of another sweep, or made by another build of growcast or on "
                       "another kind of machine: "
                       "%s is %.60s instead of %.60s",
                       path, checks[i].attribute, value, checks[i].value));
        free(value);
    }
    free(expected);
    return done;
}

static bool add_part(struct merge *merge, const struct store_reader *reader, const char *path,
                     struct error *error)
{
    size_t shard;
    size_t shards;
    if (!store_sweep_read_shard(reader, &shard, &shards, error)) {
        return error_set(error, ERROR_INPUT, "%s is not a part of a sweep (sweep --shard)", path);
    }
    if (merge->seen == NULL) {
        merge->shards = shards;
        if (!begin(merge, reader, error)) {
            return false;
        }
    }
    if (!check_same(reader, path, merge, error)) {
        return false;
    }
    if (shards != merge->shards || merge->seen[shard - 1]) {
        return error_set(error, ERROR_INPUT, "%s is part %zu of %zu: %s", path, shard, shards,
                         shards == merge->shards ? "given twice" : "others are of another number");
    }
    merge->seen[shard - 1] = true;
    size_t items = merge->result.grid.combinations * merge->catalog.series_count;
    return store_sweep_read_rows(reader, &merge->result, items * (shard - 1) / shards,
                                 items * shard / shards, error);
}

static bool read_parts(struct merge *merge, struct error *error)
{
    for (size_t i = 0; i < merge->line->input_count; i++) {
        const char *path = merge->line->input[i];
        struct store_reader *reader = command_result_open(merge->line, path, error);
        bool done = reader != NULL && add_part(merge, reader, path, error);
        store_read_close(reader);
        if (!done) {
            return false;
        }
    }
    for (size_t i = 0; i < merge->shards; i++) {
        if (!merge->seen[i]) {
            return error_set(error, ERROR_INPUT, "part %zu of %zu is missing", i + 1,
                             merge->shards);
        }
    }
    return true;
}

static bool write_whole(const struct merge *merge, struct error *error)
{
    struct sweep_summary summary = sweep_summary_make(&merge->result);
    char *history =
        provenance_history(merge->line->argument_count, merge->line->arguments, 1, time(NULL));
    struct store_sweep sweep = {
        .result = &merge->result,
        .summary = &summary,
        .provenance = &merge->provenance,
        .history = history,
    };
    bool done = store_sweep_write(merge->line->output, &sweep, error);
    free(history);
    sweep_summary_free(&summary);
    return done;
}

bool command_merge(const struct command_line *line, const struct config *config,
                   struct error *error)
{
    (void)config;
    struct merge merge = {.line = line};
    bool done = output_check(line->output, line->force, error) && read_parts(&merge, error) &&
                write_whole(&merge, error);
    sweep_result_free(&merge.result);
    provenance_free(&merge.provenance);
    catalog_free(&merge.catalog);
    free(merge.seen);
    return done;
}
