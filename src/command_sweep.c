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
#include <time.h>

/* What a rank holds during the run; the first block on rank 0 only. Items are models under
   combinations: item = combination * models + model. */
struct sweep_run {
    const struct command_line *line;
    struct reader_report report;
    struct journal *journal;
    struct progress progress;

    const struct config *config;
    struct transport *transport;
    struct log *log;
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

static bool is_first(const struct sweep_run *run)
{
    return transport_rank(run->transport) == 0;
}

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
    const struct series *series = &run->catalog.series[item % run->catalog.series_count];
    return series_all_zero(series) ? 1 : 10 + (double)series->count;
}

/* Only items of the combination under way are handed out; those of other shards never. */
static bool item_done(void *context, size_t item)
{
    const struct sweep_run *run = context;
    return item < run->begin || item >= run->end ||
           item < run->combination * run->catalog.series_count || journal_has(run->journal, item);
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
    sweep_result_take(run->config, &run->plan.layout, run->analysis_row, run->shift, row);
}

static bool item_collect(void *context, size_t first, size_t count, const double *rows,
                         struct error *error)
{
    struct sweep_run *run = context;
    return journal_append(run->journal, first, count, rows, error);
}

static bool checkpoint(void *context, struct error *error)
{
    struct sweep_run *run = context;
    return journal_checkpoint(run->journal, error);
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
    if (!identity_instruction_set(run->transport, run->config, &run->set, error) ||
        !learning_share_catalog(run->transport, &run->catalog, error)) {
        return false;
    }
    size_t items = run->grid.combinations * run->catalog.series_count;
    run->begin = items * (run->shard - 1) / run->shards;
    run->end = items * run->shard / run->shards;
    run->row_length = sweep_result_row_length(run->config, extent);
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
    struct config config = *run->config;
    sweep_grid_apply(&run->grid, run->combination, &config);
    config.organization.maximum = 0;
    config.bootstrap.keep = false;
    char evidence[256];
    enum config_forecast_method method =
        choice_forecast_method(&config, &run->catalog, evidence, sizeof evidence);
    run->plan = analysis_plan_make(&config, &run->catalog, method, run->set);
    run->analysis = analysis_create(&run->plan);
    run->analysis_row = memory_array(analysis_row_length(&run->plan), sizeof(double));
    run->shift = log(analysis_step_time(run->config, run->catalog.step) /
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
    bool needed = is_first(run) && has_work(run);
    transport_broadcast(run->transport, &needed, sizeof needed);
    if (!needed) {
        return true;
    }
    log_stage(run->log, "combination %zu of %zu", run->combination + 1, run->grid.combinations);
    begin_combination(run);
    size_t taught;
    const struct config *config = &run->plan.config;
    struct queue_job job = make_job(run, (run->combination + 1) * run->catalog.series_count);
    bool done = learning_prior(run->transport, analysis_forecaster(run->analysis), &run->catalog,
                               config->run.seed, config->hierarchy.min_series, &taught, error) &&
                queue_run(run->transport, &job, options, run->log, &run->progress, NULL, error);
    end_combination(run);
    return done;
}

static bool compute(struct sweep_run *run, struct error *error)
{
    const struct config_run *settings = &run->config->run;
    struct queue_job job = make_job(run, run->grid.combinations * run->catalog.series_count);
    if (is_first(run)) {
        run->journal = session_journal(run->line, run->config, &run->report, run->set, &job,
                                       "models", run->log, error);
    }
    bool done = transport_agree(run->transport, !is_first(run) || run->journal != NULL, error);
    struct queue_options options = session_queue_options(settings);
    if (done && is_first(run)) {
        run->progress =
            progress_begin(run->log, settings->progress, transport_launched(run->transport),
                           "models", run->end - run->begin, journal_count(run->journal));
    }
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
    struct provenance provenance = session_provenance(run->transport, run->config, &run->report);
    char *history = provenance_history(run->line->argument_count, run->line->arguments,
                                       (int)transport_size(run->transport), time(NULL));
    struct store_sweep sweep = {
        .result = result,
        .summary = whole ? &summary : NULL,
        .provenance = &provenance,
        .history = history,
        .shard = whole ? NULL : shard,
    };
    bool done = store_sweep_write(run->line->output, &sweep, error);
    free(history);
    provenance_free(&provenance);
    sweep_summary_free(&summary);
    return done;
}

static bool write_output(struct sweep_run *run, struct error *error)
{
    log_stage(run->log, "writing %s", run->line->output);
    struct sweep_result result = sweep_result_make(run->config, &run->grid, &run->catalog);
    bool done = journal_read(run->journal, run->begin, run->end - run->begin,
                             result.row + run->begin * run->row_length, error) &&
                write_result(run, &result, error);
    sweep_result_free(&result);
    if (!done) {
        return false;
    }
    struct journal *journal = run->journal;
    run->journal = NULL;
    return journal_remove(journal, error);
}

bool command_sweep(const struct command_line *line, const struct config *config,
                   struct transport *transport, struct log *log, struct error *error)
{
    struct sweep_run run = {.line = line, .config = config, .transport = transport, .log = log};
    bool done = read_shard(line, &run, error) && sweep_grid_make(config, &run.grid, error);
    if (done && is_first(&run)) {
        done = session_read(line, config, log, &run.catalog, &run.report, error);
    }
    done = transport_agree(transport, done, error) && prepare(&run, error) &&
           compute(&run, error) && (!is_first(&run) || write_output(&run, error));
    journal_close(run.journal);
    catalog_free(&run.catalog);
    reader_report_free(&run.report);
    return done;
}
