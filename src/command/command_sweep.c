/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis.h"
#include "choice.h"
#include "command.h"
#include "identity.h"
#include "learning.h"
#include "memory.h"
#include "session.h"
#include "store_sweep.h"
#include "sweep_result.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a rank holds during the run. Items are models under combinations:
   item = combination * models + model. */
struct sweep_run {
    struct session session;
    enum instruction_set set;
    struct catalog catalog;
    struct sweep_grid grid;
    size_t shard, shards;
    size_t begin, end; /* the items of this shard */
    size_t row_length;

    size_t combination; /* the one under way, with its plan and its learned prior */
    struct analysis_plan plan;
    struct analysis *analysis;
    double *analysis_row;
    double shift; /* ln of its unit of t in that of the sweep */
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
    return analysis_cost(&run->catalog.series[item % run->catalog.series_count]);
}

/* Only items of the combination under way are handed out; those of other shards never. */
static bool item_done(void *context, size_t item)
{
    const struct sweep_run *run = context;
    return item < run->begin || item >= run->end ||
           item < run->combination * run->catalog.series_count ||
           journal_has(run->session.journal, item);
}

static void item_pack(void *context, size_t item, struct buffer *input)
{
    const struct sweep_run *run = context;
    uint64_t model = item % run->catalog.series_count;
    buffer_append(input, &model, sizeof model);
}

static void item_work(void *context, const void *input, size_t size, double *row)
{
    struct sweep_run *run = context;
    uint64_t model;
    (void)size;
    memcpy(&model, input, sizeof model);
    analysis_model(run->analysis, &run->catalog.series[model], run->analysis_row);
    sweep_result_take(run->session.config, &run->plan.layout, run->analysis_row, run->shift, row);
}

static bool item_collect(void *context, size_t first, size_t count, const double *rows,
                         struct error *error)
{
    struct sweep_run *run = context;
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

/* Every rank reads the series from its own copy of the catalog. */
static bool prepare(struct sweep_run *run, struct error *error)
{
    size_t extent[SWEEP_FIELDS];
    if (!identity_instruction_set(run->session.transport, run->session.config, &run->set, error) ||
        !learning_share_catalog(run->session.transport, &run->catalog, error)) {
        return false;
    }
    size_t items = run->grid.combinations * run->catalog.series_count;
    run->begin = items * (run->shard - 1) / run->shards;
    run->end = items * run->shard / run->shards;
    run->row_length = sweep_result_row_length(run->session.config, extent);
    return true;
}

/* Rank 0: whether items of the combination under way are still to be done. */
static bool has_work(struct sweep_run *run)
{
    size_t models = run->catalog.series_count;
    bool missing = false;
    for (size_t i = 0; i < models; i++) {
        missing = missing || !item_done(run, run->combination * models + i);
    }
    return missing;
}

/* The plan of the combination under way. No sums over organizations are wanted. */
static void begin_combination(struct sweep_run *run)
{
    struct config config = *run->session.config;
    sweep_grid_apply(&run->grid, run->combination, &config);
    config.organization.maximum = 0;
    config.bootstrap.keep = false;
    enum config_forecast_method method = FORECAST_HIERARCHICAL;
    if (session_is_first(&run->session)) {
        char evidence[256];
        method = choice_forecast_method(&config, &run->catalog, evidence, sizeof evidence);
    }
    transport_broadcast(run->session.transport, &method, sizeof method);
    run->plan = analysis_plan_make(&config, &run->catalog, method, run->set);
    run->analysis = analysis_create(&run->plan);
    run->analysis_row = memory_array(analysis_row_length(&run->plan), sizeof(double));
    run->shift = log(analysis_step_time(run->session.config, run->catalog.step) /
                     analysis_step_time(&config, run->catalog.step));
}

static void end_combination(struct sweep_run *run)
{
    analysis_free(run->analysis);
    analysis_plan_free(&run->plan);
    free(run->analysis_row);
    run->analysis = NULL;
}

static bool compute_combination(struct sweep_run *run, const struct queue_options *options,
                                struct error *error)
{
    bool needed = session_is_first(&run->session) && has_work(run);
    transport_broadcast(run->session.transport, &needed, sizeof needed);
    if (!needed) {
        return true;
    }
    log_stage(run->session.log, "combination %zu of %zu", run->combination + 1,
              run->grid.combinations);
    begin_combination(run);
    size_t taught;
    const struct config *config = &run->plan.config;
    struct queue_job job = make_job(run, (run->combination + 1) * run->catalog.series_count);
    bool done =
        learning_prior(run->session.transport, analysis_forecaster(run->analysis), &run->catalog,
                       config->run.seed, config->hierarchy.min_series, &taught, error) &&
        queue_run(run->session.transport, &job, options, run->session.log, &run->session.progress,
                  NULL, error);
    end_combination(run);
    return done;
}

static bool compute(struct sweep_run *run, struct error *error)
{
    struct queue_job job = make_job(run, run->grid.combinations * run->catalog.series_count);
    bool done =
        session_begin(&run->session, run->set, &job, "models", run->end - run->begin, error);
    struct queue_options options = session_queue_options(&run->session.config->run);
    for (run->combination = 0; done && run->combination < run->grid.combinations;
         run->combination++) {
        done = compute_combination(run, &options, error);
    }
    return done;
}

static bool write_result(struct sweep_run *run, const struct sweep_result *result,
                         struct error *error)
{
    char shard[32];
    (void)snprintf(shard, sizeof shard, "%zu/%zu", run->shard, run->shards);
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
        .shard = whole ? NULL : shard,
    };
    bool done = store_sweep_write(run->session.line->output, &sweep, error);
    free(history);
    provenance_free(&provenance);
    sweep_summary_free(&summary);
    return done;
}

static bool write_output(struct sweep_run *run, struct error *error)
{
    log_stage(run->session.log, "writing %s", run->session.line->output);
    struct sweep_result result = sweep_result_make(run->session.config, &run->grid, &run->catalog);
    bool done = journal_read(run->session.journal, run->begin, run->end - run->begin,
                             result.row + run->begin * run->row_length, error) &&
                write_result(run, &result, error);
    sweep_result_free(&result);
    return done && session_complete(&run->session, error);
}

bool command_sweep(const struct command_line *line, const struct config *config,
                   struct transport *transport, struct log *log, struct error *error)
{
    struct sweep_run run = {.session = session_make(line, config, transport, log)};
    bool first = session_is_first(&run.session);
    bool done = read_shard(line, &run, error) && sweep_grid_make(config, &run.grid, error);
    if (done && first) {
        done = session_read(&run.session, &run.catalog, error);
    }
    done = transport_agree(transport, done, error) && prepare(&run, error) &&
           compute(&run, error) && (!first || write_output(&run, error));
    session_free(&run.session);
    catalog_free(&run.catalog);
    return done;
}
