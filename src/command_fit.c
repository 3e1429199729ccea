/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis.h"
#include "choice.h"
#include "command.h"
#include "fit.h"
#include "identity.h"
#include "learning.h"
#include "run_output.h"
#include "session.h"

/* What a rank holds during the run; the first block on rank 0 only. */
struct fit_run {
    const struct command_line *line;
    struct catalog catalog;
    struct reader_report report;
    struct journal *journal;
    struct progress progress;
    char evidence[256]; /* for the choice of forecast.method = auto, or "" */

    const struct config *config;
    struct transport *transport;
    struct log *log;
    struct analysis_plan plan;
    struct analysis *analysis;
    size_t taught; /* series that taught the prior */
};

static bool is_first(const struct fit_run *run)
{
    return transport_rank(run->transport) == 0;
}

/* Every rank learns the plan; rank 0 makes it. */
static bool share_plan(struct fit_run *run, struct error *error)
{
    enum instruction_set set;
    if (!identity_instruction_set(run->transport, run->config, &set, error)) {
        return false;
    }
    struct buffer buffer = {0};
    if (is_first(run)) {
        enum config_forecast_method method =
            choice_forecast_method(run->config, &run->catalog, run->evidence, sizeof run->evidence);
        if (run->evidence[0] != '\0') {
            log_stage(run->log, "chose how to forecast: %s", run->evidence);
        }
        run->plan = analysis_plan_make(run->config, &run->catalog, method, set);
        analysis_plan_pack(&run->plan, &buffer);
    }
    transport_broadcast_buffer(run->transport, &buffer);
    if (!is_first(run)) {
        run->plan = analysis_plan_unpack(&buffer);
    }
    buffer_free(&buffer);
    run->analysis = analysis_create(&run->plan);
    return true;
}

static bool learn(struct fit_run *run, struct error *error)
{
    const struct config_hierarchy *config = &run->config->hierarchy;
    bool done = learning_prior(run->transport, analysis_forecaster(run->analysis), &run->catalog,
                               run->config->run.seed, config->min_series, &run->taught, error);
    if (done && run->taught > 0) {
        log_stage(run->log, "learned the prior from %zu series", run->taught);
    } else if (done && config->pool != POOL_NONE) {
        log_warning(run->log,
                    "fewer than %zu series could teach the prior, which stays wide "
                    "(hierarchy.min_series)",
                    config->min_series);
    }
    return done;
}

static double model_cost(void *context, size_t item)
{
    const struct fit_run *run = context;
    const struct series *series = &run->catalog.series[item];
    return series_all_zero(series) ? 1 : 10 + (double)series->count;
}

static bool model_done(void *context, size_t item)
{
    const struct fit_run *run = context;
    return journal_has(run->journal, item);
}

static void model_pack(void *context, size_t item, struct buffer *input)
{
    const struct fit_run *run = context;
    const struct series *series = &run->catalog.series[item];
    series_pack(series, buffer_extend(input, series_packed_size(series)));
}

static void model_work(void *context, const void *input, size_t size, double *row)
{
    struct fit_run *run = context;
    struct series series;
    (void)series_unpack(input, size, &series);
    analysis_model(run->analysis, &series, row);
    series_free(&series);
}

static bool model_collect(void *context, size_t first, size_t count, const double *rows,
                          struct error *error)
{
    struct fit_run *run = context;
    size_t length = analysis_row_length(&run->plan);
    for (size_t i = 0; i < count; i++) {
        double status = rows[i * length + run->plan.layout.offset[RESULT_FIT_STATUS]];
        run->progress.failures += status == FIT_NOT_CONVERGED || status == FIT_NUMERICAL_ERROR;
    }
    return journal_append(run->journal, first, count, rows, error);
}

static bool model_checkpoint(void *context, struct error *error)
{
    struct fit_run *run = context;
    return journal_checkpoint(run->journal, error);
}

static struct queue_job make_job(struct fit_run *run)
{
    struct queue_job job = {
        .context = run,
        .item_count = run->catalog.series_count,
        .row_length = analysis_row_length(&run->plan),
        .cost = model_cost,
        .done = model_done,
        .pack = model_pack,
        .work = model_work,
        .collect = model_collect,
        .checkpoint = model_checkpoint,
    };
    job.sums = analysis_sums(run->analysis, &job.sum_length);
    return job;
}

static bool compute(struct fit_run *run, struct error *error)
{
    const struct config_run *settings = &run->config->run;
    struct queue_job job = make_job(run);
    if (is_first(run)) {
        run->journal = session_journal(run->line, run->config, &run->report, run->plan.set, &job,
                                       "models", run->log, error);
    }
    bool ready = !is_first(run) || run->journal != NULL;
    if (!transport_agree(run->transport, ready, error)) {
        return false;
    }
    struct queue_options options = session_queue_options(settings);
    if (is_first(run)) {
        log_stage(run->log, "fitting by %s with %zu replicates on %zu rank%s",
                  fit_method_of(run->config->fit.method)->name, run->config->bootstrap.replicates,
                  transport_size(run->transport), transport_size(run->transport) == 1 ? "" : "s");
        run->progress =
            progress_begin(run->log, settings->progress, transport_launched(run->transport),
                           "models", job.item_count, journal_count(run->journal));
    }
    return queue_run(run->transport, &job, &options, run->log, &run->progress, NULL, error);
}

static bool write_output(struct fit_run *run, struct error *error)
{
    log_stage(run->log, "writing %s", run->line->output);
    struct run_output output = {
        .line = run->line,
        .catalog = &run->catalog,
        .report = &run->report,
        .plan = &run->plan,
        .analysis = run->analysis,
        .taught = run->taught,
        .evidence = run->evidence,
        .journal = run->journal,
        .transport = run->transport,
    };
    if (!run_output_write(&output, error)) {
        return false;
    }
    struct journal *journal = run->journal;
    run->journal = NULL;
    return journal_remove(journal, error);
}

static void release(struct fit_run *run)
{
    journal_close(run->journal);
    analysis_free(run->analysis);
    analysis_plan_free(&run->plan);
    catalog_free(&run->catalog);
    reader_report_free(&run->report);
}

bool command_fit(const struct command_line *line, const struct config *config,
                 struct transport *transport, struct log *log, struct error *error)
{
    struct fit_run run = {.line = line, .config = config, .transport = transport, .log = log};
    bool done =
        !is_first(&run) || session_read(line, config, log, &run.catalog, &run.report, error);
    if (transport_agree(transport, done, error)) {
        done = share_plan(&run, error) && learn(&run, error) && compute(&run, error) &&
               (!is_first(&run) || write_output(&run, error));
    } else {
        done = false;
    }
    release(&run);
    return done;
}
