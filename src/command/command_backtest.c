/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "backtest.h"
#include "command.h"
#include "identity.h"
#include "learning.h"
#include "memory.h"
#include "session.h"
#include "show_backtest.h"
#include "store_backtest.h"

#include <stdlib.h>
#include <string.h>

/* A target of an origin. */
struct item {
    uint32_t origin;
    uint32_t series; /* of backtest_origin_series() */
};

/* What a rank holds during the run. */
struct backtest_state {
    struct session session;
    enum instruction_set set;
    struct catalog catalog;
    struct backtest_plan plan;
    size_t item_count;
    struct item *item;                      /* [item_count] by origin, then series */
    size_t item_begin[CONFIG_LIST_MAX + 1]; /* first item of every origin, and the end */
    double *cost;                           /* [item_count] */
    struct backtest_origin *origin;         /* the one under way, its priors learned */
    size_t current;
};

/* A forecast's work grows with the paths that are drawn, beside the posterior's. */
static double target_cost(const struct backtest_origin *origin, size_t i)
{
    size_t count;
    const struct forecaster_series *series = backtest_origin_series(origin, &count);
    return 20 + (double)(series[i].points.count + backtest_origin_farthest(origin, i));
}

/* Every rank finds the same items, since all have the catalog. */
static void find_items(struct backtest_state *state)
{
    size_t capacity = 0;
    size_t cost_capacity = 0;
    for (size_t o = 0; o < state->plan.origins; o++) {
        struct backtest_origin *origin = backtest_origin_create(&state->plan, &state->catalog, o);
        size_t count;
        (void)backtest_origin_series(origin, &count);
        state->item_begin[o] = state->item_count;
        for (size_t i = 0; i < count; i++) {
            if (backtest_origin_target(origin, i)) {
                size_t n = state->item_count++;
                state->item = memory_reserve(state->item, &capacity, n, sizeof *state->item);
                state->cost = memory_reserve(state->cost, &cost_capacity, n, sizeof(double));
                state->item[n] = (struct item){(uint32_t)o, (uint32_t)i};
                state->cost[n] = target_cost(origin, i);
            }
        }
        backtest_origin_free(origin);
    }
    state->item_begin[state->plan.origins] = state->item_count;
}

static bool prepare(struct backtest_state *state, const bool use[BACKTEST_METHODS],
                    struct error *error)
{
    if (!identity_instruction_set(state->session.transport, state->session.config, &state->set,
                                  error) ||
        !learning_share_catalog(state->session.transport, &state->catalog, error)) {
        return false;
    }
    state->plan = backtest_plan_make(state->session.config, state->catalog.step, use);
    find_items(state);
    for (size_t o = 0; o < state->plan.origins; o++) {
        if (state->item_begin[o + 1] == state->item_begin[o]) {
            log_warning(state->session.log,
                        "origin %g: no series has what backtest.min_increments and "
                        "backtest.min_count ask for and a later point to compare with",
                        state->plan.position[o]);
        }
    }
    return true;
}

static double item_cost(void *context, size_t item)
{
    const struct backtest_state *state = context;
    return state->cost[item];
}

/* The queue ends with the items of the origin under way; those of earlier ones are done. */
static bool item_done(void *context, size_t item)
{
    const struct backtest_state *state = context;
    return item < state->item_begin[state->current] || journal_has(state->session.journal, item);
}

static void item_pack(void *context, size_t item, struct buffer *input)
{
    (void)context;
    uint64_t number = item;
    buffer_append(input, &number, sizeof number);
}

static void item_work(void *context, const void *input, size_t size, double *row)
{
    struct backtest_state *state = context;
    uint64_t number;
    (void)size;
    memcpy(&number, input, sizeof number);
    backtest_origin_forecast(state->origin, state->item[number].series, row);
}

static bool item_collect(void *context, size_t first, size_t count, const double *rows,
                         struct error *error)
{
    struct backtest_state *state = context;
    return journal_append(state->session.journal, first, count, rows, error);
}

static bool checkpoint(void *context, struct error *error)
{
    struct backtest_state *state = context;
    return journal_checkpoint(state->session.journal, error);
}

static struct queue_job make_job(struct backtest_state *state)
{
    return (struct queue_job){
        .context = state,
        .item_count = state->item_count,
        .row_length = backtest_row_length(&state->plan),
        .cost = item_cost,
        .done = item_done,
        .pack = item_pack,
        .work = item_work,
        .collect = item_collect,
        .checkpoint = checkpoint,
    };
}

/* Rank 0: whether items of the origin under way are missing in the journal. */
static bool has_work(const struct backtest_state *state)
{
    bool missing = false;
    for (size_t i = state->item_begin[state->current]; i < state->item_begin[state->current + 1];
         i++) {
        missing = missing || !journal_has(state->session.journal, i);
    }
    return missing;
}

/* Learns the priors of an origin and forecasts its targets. */
static bool compute_origin(struct backtest_state *state, const struct queue_options *options,
                           struct error *error)
{
    bool needed = session_is_first(&state->session) && has_work(state);
    transport_broadcast(state->session.transport, &needed, sizeof needed);
    if (!needed) {
        return true;
    }
    struct forecaster_exchange exchange = learning_exchange(state->session.transport);
    log_stage(state->session.log, "origin %g: learning priors, forecasting %zu series",
              state->plan.position[state->current],
              state->item_begin[state->current + 1] - state->item_begin[state->current]);
    state->origin = backtest_origin_create(&state->plan, &state->catalog, state->current);
    backtest_origin_learn(state->origin, &exchange);
    struct queue_job job = make_job(state);
    job.item_count = state->item_begin[state->current + 1];
    bool done = queue_run(state->session.transport, &job, options, state->session.log,
                          &state->session.progress, NULL, error);
    backtest_origin_free(state->origin);
    state->origin = NULL;
    return done;
}

static bool compute(struct backtest_state *state, struct error *error)
{
    struct queue_job job = make_job(state);
    bool done =
        session_begin(&state->session, state->set, &job, "targets", state->item_count, error);
    struct queue_options options = session_queue_options(&state->session.config->run);
    for (state->current = 0; done && state->current < state->plan.origins; state->current++) {
        done = compute_origin(state, &options, error);
    }
    return done;
}

/* All rows of the journal as records, sorted. Returns how many, or SIZE_MAX on failure. */
static size_t read_records(const struct backtest_state *state, struct score_forecast *record,
                           struct error *error)
{
    double *row = memory_array(backtest_row_length(&state->plan), sizeof *row);
    size_t count = 0;
    for (size_t o = 0; o < state->plan.origins && count != SIZE_MAX; o++) {
        struct backtest_origin *origin = backtest_origin_create(&state->plan, &state->catalog, o);
        for (size_t i = state->item_begin[o]; i < state->item_begin[o + 1]; i++) {
            if (!journal_read(state->session.journal, i, 1, row, error)) {
                count = SIZE_MAX;
                break;
            }
            count += backtest_origin_records(origin, state->item[i].series, row, record + count);
        }
        backtest_origin_free(origin);
    }
    free(row);
    return count;
}

static bool write_records(const struct backtest_state *state, struct score_forecast *record,
                          size_t count, struct error *error)
{
    struct backtest_choice choice[CONFIG_LIST_MAX];
    count = backtest_add_auto(&state->plan, count, record, choice);
    struct backtest_scores scores = backtest_scores_make(&state->plan, count, record);
    struct provenance provenance = session_provenance(&state->session);
    char *history = session_history(&state->session);
    struct store_backtest backtest = {
        .command = state->session.line->command->name,
        .plan = &state->plan,
        .catalog = &state->catalog,
        .provenance = &provenance,
        .history = history,
        .skipped_rows = state->session.report.skipped_rows,
        .count = count,
        .record = record,
        .choice = choice,
        .scores = &scores,
    };
    bool done = store_backtest_write(state->session.line->output, &backtest, error);
    free(history);
    provenance_free(&provenance);
    backtest_scores_free(&scores);
    return done;
}

/* The tables of the file that was written, to stdout. */
static bool print_tables(const struct backtest_state *state, struct error *error)
{
    struct store_reader *reader = store_read_open(state->session.line->output, error);
    bool done = reader != NULL && show_backtest_write(reader, stdout, error);
    store_read_close(reader);
    return done;
}

static bool write_output(struct backtest_state *state, struct error *error)
{
    log_stage(state->session.log, "writing %s", state->session.line->output);
    struct score_forecast *record =
        memory_array(state->item_count * backtest_record_max(&state->plan), sizeof *record);
    size_t count = read_records(state, record, error);
    bool done = count != SIZE_MAX && write_records(state, record, count, error);
    free(record);
    return done && session_complete(&state->session, error) &&
           (state->session.line->verbosity < 0 || print_tables(state, error));
}

static void release(struct backtest_state *state)
{
    session_free(&state->session);
    catalog_free(&state->catalog);
    free(state->item);
    free(state->cost);
}

bool command_backtest(const struct command_line *line, const struct config *config,
                      struct transport *transport, struct log *log, struct error *error)
{
    struct backtest_state state = {.session = session_make(line, config, transport, log)};
    bool first = session_is_first(&state.session);
    bool use[BACKTEST_METHODS];
    bool done = backtest_methods(config, use, error);
    if (done && first) {
        done = session_read(&state.session, &state.catalog, error);
    }
    done = transport_agree(transport, done, error) && prepare(&state, use, error) &&
           compute(&state, error) && (!first || write_output(&state, error));
    release(&state);
    return done;
}
