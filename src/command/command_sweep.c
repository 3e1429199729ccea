/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis_plan.h"
#include "command.h"
#include "identity.h"
#include "learning.h"
#include "patience.h"
#include "session.h"
#include "store_sweep.h"
#include "sweep_order.h"
#include "sweep_result.h"
#include "sweep_work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a rank holds during the run. */
struct sweep_run {
    struct session session;
    struct config config; /* of the session */
    enum instruction_set set;
    struct catalog catalog;
    struct sweep_grid grid;
    size_t shard, shards;
    char part[64]; /* "2/4" */
    struct sweep_order order;
    size_t row_length;
    struct sweep_work *work; /* of the pass under way */
};

/* --shard I/N: the I-th of N parts, 1 <= I <= N. */
static bool read_shard(const struct command_line *line, struct sweep_run *run, struct error *error)
{
    const char *text = command_line_own(line, "shard");
    run->shard = 1;
    run->shards = 1;
    if (text == NULL || sweep_read_shard(text, &run->shard, &run->shards)) {
        return true;
    }
    return error_set(error, ERROR_USAGE, "sweep: --shard %s: must be I/N with 1 <= I <= N", text);
}

static double item_cost(void *context, size_t item)
{
    const struct sweep_run *run = context;
    return analysis_cost(&run->catalog.series[run->order.item[item].model]);
}

static bool item_done(void *context, size_t item)
{
    const struct sweep_run *run = context;
    return journal_has(run->session.journal, item);
}

static void item_pack(void *context, size_t item, struct buffer *input)
{
    const struct sweep_run *run = context;
    buffer_append(input, &run->order.item[item], sizeof run->order.item[item]);
}

static void item_work(void *context, const void *input, size_t size, double *row)
{
    struct sweep_run *run = context;
    struct sweep_item item;
    (void)size;
    memcpy(&item, input, sizeof item);
    sweep_work_row(run->work, item.place, item.model, row);
}

static bool item_collect(void *context, size_t first, size_t count, const double *rows,
                         struct error *error)
{
    struct sweep_run *run = context;
    for (size_t i = 0; i < count; i++) {
        run->session.progress.failures += sweep_result_failed(rows + i * run->row_length) ? 1 : 0;
    }
    return journal_append(run->session.journal, first, count, rows, error);
}

static bool checkpoint(void *context, struct error *error)
{
    struct sweep_run *run = context;
    return journal_checkpoint(run->session.journal, error);
}

static struct queue_job make_job(struct sweep_run *run, size_t item_count)
{
    return (struct queue_job){
        .context = run,
        .item_count = item_count,
        .row_length = run->row_length,
        .cost = item_cost,
        .done = item_done,
        .pack = item_pack,
        .work = item_work,
        .collect = item_collect,
        .checkpoint = checkpoint,
    };
}

/* The window of the combinations takes the place of the configuration's own, so that all series are
   read whole. */
static struct config whole_series(const struct config *config)
{
    struct config whole = *config;
    for (size_t i = 0; i < config->sweep.count; i++) {
        if (strcmp(config->sweep.setting[i].name, "input.observation_window") == 0) {
            whole.input.observation_window = SERIES_AGE_MAX;
        }
    }
    return whole;
}

/* Every rank reads the series from its own copy of the catalog. */
static bool prepare(struct sweep_run *run, struct error *error)
{
    size_t extent[SWEEP_FIELDS];
    if (!identity_instruction_set(run->session.transport, run->session.config, &run->set, error) ||
        !learning_share_catalog(run->session.transport, &run->catalog, error)) {
        return false;
    }
    run->order = sweep_order_make(&run->grid, run->catalog.series_count, run->shard, run->shards,
                                  SWEEP_WORK_FORECASTERS_MAX);
    run->row_length = sweep_result_row_length(run->session.config, extent);
    return true;
}

/* Rank 0: whether items of a pass are still to be done. */
static bool has_work(const struct sweep_run *run, size_t pass)
{
    size_t item = pass > 0 ? run->order.pass[pass - 1].end : 0;
    while (item < run->order.pass[pass].end && journal_has(run->session.journal, item)) {
        item++;
    }
    return item < run->order.pass[pass].end;
}

static bool compute_pass(struct sweep_run *run, size_t number, const struct queue_options *options,
                         struct error *error)
{
    bool needed = session_is_first(&run->session) && has_work(run, number);
    transport_broadcast(run->session.transport, &needed, sizeof needed);
    if (!needed) {
        return true;
    }
    const struct sweep_pass *pass = &run->order.pass[number];
    struct sweep_work_request request = {
        .config = run->session.config,
        .grid = &run->grid,
        .catalog = &run->catalog,
        .set = run->set,
        .count = pass->combinations,
        .combination = pass->combination,
    };
    double began = patience_now();
    run->work = sweep_work_create(&request, run->session.transport, error);
    if (run->work == NULL) {
        return false;
    }
    progress_skip(&run->session.progress, began);
    log_stage(
        run->session.log,
        "pass %zu of %zu: %zu combinations, with %zu priors, and %zu fits, %zu bootstraps and "
        "%zu forecasts of every model",
        number + 1, run->order.passes, pass->combinations,
        sweep_work_groups(run->work, SWEEP_STAGE_PRIOR),
        sweep_work_groups(run->work, SWEEP_STAGE_ESTIMATE),
        sweep_work_groups(run->work, SWEEP_STAGE_BOOTSTRAP),
        sweep_work_groups(run->work, SWEEP_STAGE_FORECAST));
    struct queue_job job = make_job(run, pass->end);
    bool done = queue_run(run->session.transport, &job, options, run->session.log,
                          &run->session.progress, NULL, error);
    sweep_work_free(run->work);
    run->work = NULL;
    return done;
}

static bool compute(struct sweep_run *run, struct error *error)
{
    struct queue_job job = make_job(run, run->order.count);
    bool done = session_begin(&run->session, run->set, &job, "results", job.item_count, error);
    struct queue_options options = session_queue_options(&run->session.config->run);
    for (size_t pass = 0; done && pass < run->order.passes; pass++) {
        done = compute_pass(run, pass, &options, error);
    }
    return done;
}

static bool write_result(struct sweep_run *run, const struct sweep_result *result,
                         struct error *error)
{
    bool whole = run->shards == 1;
    struct sweep_summary summary = {0};
    if (whole) {
        summary = sweep_summary_make(result);
    }
    struct provenance provenance = session_provenance(&run->session);
    char *history = session_history(&run->session);
    struct store_sweep sweep = {
        .result = result,
        .summary = whole ? &summary : NULL,
        .provenance = &provenance,
        .history = history,
        .shard = run->session.part,
    };
    bool done = store_sweep_write(run->session.line->output, &sweep, error);
    free(history);
    provenance_free(&provenance);
    sweep_summary_free(&summary);
    return done;
}

/* The rows of the journal, each to its place. */
static bool read_rows(const struct sweep_run *run, struct sweep_result *result, struct error *error)
{
    bool done = true;
    for (size_t i = 0; i < run->order.count && done; i++) {
        const struct sweep_item *item = &run->order.item[i];
        size_t place = item->combination * run->catalog.series_count + item->model;
        done =
            journal_read(run->session.journal, i, 1, result->row + place * run->row_length, error);
    }
    return done;
}

static bool write_output(struct sweep_run *run, struct error *error)
{
    log_stage(run->session.log, "writing %s", run->session.line->output);
    struct sweep_result result = sweep_result_make(run->session.config, &run->grid, &run->catalog);
    bool done = read_rows(run, &result, error) && write_result(run, &result, error);
    sweep_result_free(&result);
    return done && session_complete(&run->session, error);
}

bool command_sweep(const struct command_line *line, const struct config *config,
                   struct transport *transport, struct log *log, struct error *error)
{
    struct sweep_run run = {.config = whole_series(config)};
    run.session = session_make(line, &run.config, transport, log);
    bool first = session_is_first(&run.session);
    bool done = read_shard(line, &run, error) && sweep_grid_make(config, &run.grid, error);
    if (run.shards > 1) {
        (void)snprintf(run.part, sizeof run.part, "%zu/%zu", run.shard, run.shards);
        run.session.part = run.part;
    }
    if (done && first) {
        done = session_read(&run.session, &run.catalog, error);
    }
    done = transport_agree(transport, done, error) && prepare(&run, error) &&
           compute(&run, error) && (!first || write_output(&run, error));
    session_free(&run.session);
    sweep_order_free(&run.order);
    catalog_free(&run.catalog);
    return done;
}
