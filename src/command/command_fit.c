/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis.h"
#include "choice.h"
#include "command.h"
#include "fit.h"
#include "identity.h"
#include "learning.h"
#include "run_output.h"
#include "session.h"

/* What a rank holds during the run. */
struct fit_run {
    struct session session;
    struct config config;
    struct catalog input;          /* rank 0: what is read, which teaches the prior */
    struct catalog single;         /* rank 0: the model of --only */
    const struct catalog *catalog; /* rank 0: one of the two, which is fitted */
    size_t organization;           /* rank 0: of the model of --only in the input */
    char evidence[256];            /* rank 0: for the choice of forecast.method = auto, or "" */
    struct analysis_plan plan;
    struct analysis *analysis;
    size_t taught; /* series that taught the prior */
};

/* Every rank learns the plan; rank 0 makes it. */
static bool share_plan(struct fit_run *run, struct error *error)
{
    enum instruction_set set;
    if (!identity_instruction_set(run->session.transport, run->session.config, &set, error)) {
        return false;
    }
    struct buffer buffer = {0};
    if (session_is_first(&run->session)) {
        enum config_forecast_method method = choice_forecast_method(
            run->session.config, &run->input, run->evidence, sizeof run->evidence);
        if (run->evidence[0] != '\0') {
            log_stage(run->session.log, "chose how to forecast: %s", run->evidence);
        }
        run->plan = analysis_plan_make(run->session.config, &run->input, method, set);
        if (run->session.part != NULL) {
            analysis_plan_restrict(&run->plan, run->catalog, run->organization);
        }
        analysis_plan_pack(&run->plan, &buffer);
    }
    transport_broadcast_buffer(run->session.transport, &buffer);
    if (!session_is_first(&run->session)) {
        run->plan = analysis_plan_unpack(&buffer);
    }
    buffer_free(&buffer);
    run->analysis = analysis_create(&run->plan);
    return true;
}

static bool learn(struct fit_run *run, struct error *error)
{
    const struct config_hierarchy *config = &run->session.config->hierarchy;
    bool done =
        learning_prior(run->session.transport, analysis_forecaster(run->analysis), &run->input,
                       run->session.config->run.seed, config->min_series, &run->taught, error);
    if (done && run->taught > 0) {
        log_stage(run->session.log, "learned the prior from %zu series", run->taught);
    } else if (done && config->pool != POOL_NONE) {
        log_warning(run->session.log,
                    "fewer than %zu series could teach the prior, which stays wide "
                    "(hierarchy.min_series)",
                    config->min_series);
    }
    return done;
}

static double model_cost(void *context, size_t item)
{
    const struct fit_run *run = context;
    return analysis_cost(&run->catalog->series[item]);
}

static bool model_done(void *context, size_t item)
{
    const struct fit_run *run = context;
    return journal_has(run->session.journal, item);
}

static void model_pack(void *context, size_t item, struct buffer *input)
{
    const struct fit_run *run = context;
    const struct series *series = &run->catalog->series[item];
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
        run->session.progress.failures +=
            status == FIT_NOT_CONVERGED || status == FIT_NUMERICAL_ERROR;
    }
    return journal_append(run->session.journal, first, count, rows, error);
}

static bool model_checkpoint(void *context, struct error *error)
{
    struct fit_run *run = context;
    return journal_checkpoint(run->session.journal, error);
}

static struct queue_job make_job(struct fit_run *run)
{
    struct queue_job job = {
        .context = run,
        .item_count = run->catalog->series_count,
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
    struct queue_job job = make_job(run);
    if (!session_begin(&run->session, run->plan.set, &job, "models", job.item_count, error)) {
        return false;
    }
    struct queue_options options = session_queue_options(&run->session.config->run);
    if (session_is_first(&run->session)) {
        log_stage(run->session.log, "fitting by %s with %zu replicates on %zu rank%s",
                  fit_method_of(run->session.config->fit.method)->name,
                  run->session.config->bootstrap.replicates, transport_size(run->session.transport),
                  transport_size(run->session.transport) == 1 ? "" : "s");
    }
    return queue_run(run->session.transport, &job, &options, run->session.log,
                     &run->session.progress, NULL, error);
}

static bool write_output(struct fit_run *run, struct error *error)
{
    log_stage(run->session.log, "writing %s", run->session.line->output);
    analysis_end(run->analysis);
    struct run_output output = {
        .session = &run->session,
        .catalog = run->catalog,
        .plan = &run->plan,
        .analysis = run->analysis,
        .taught = run->taught,
        .evidence = run->evidence,
    };
    return run_output_write(&output, error) && session_complete(&run->session, error);
}

static void release(struct fit_run *run)
{
    session_free(&run->session);
    analysis_free(run->analysis);
    analysis_plan_free(&run->plan);
    catalog_free(&run->input);
    catalog_free(&run->single);
}

/* Rank 0: reads the input and chooses what of it is fitted. */
static bool read_input(struct fit_run *run, struct error *error)
{
    const char *only = run->session.part;
    return session_read(&run->session, &run->input, error) &&
           (only == NULL || catalog_single(&run->input, only, &run->single, &run->organization) ||
            error_set(error, ERROR_INPUT, "--only: the input has no model %s", only));
}

bool command_fit(const struct command_line *line, const struct config *config,
                 struct transport *transport, struct log *log, struct error *error)
{
    struct fit_run run = {.config = *config};
    run.session = session_make(line, &run.config, transport, log);
    run.session.part = command_line_own(line, "only");
    run.catalog = run.session.part == NULL ? &run.input : &run.single;
    run.config.bootstrap.keep = run.config.bootstrap.keep || run.session.part != NULL;
    bool first = session_is_first(&run.session);
    bool done = !first || read_input(&run, error);
    done = transport_agree(transport, done, error) && share_plan(&run, error) &&
           learn(&run, error) && compute(&run, error) && (!first || write_output(&run, error));
    release(&run);
    return done;
}
