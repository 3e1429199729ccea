/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session.h"

#include "identity.h"
#include "option.h"
#include "output.h"
#include "store.h"
#include "store_read.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A killed mpirun is outlived by its ranks, and their locks, by about a second. */
static const double lock_wait = 5;

struct session session_make(const struct command_line *line, const struct config *config,
                            struct transport *transport, struct log *log)
{
    return (struct session){.line = line, .config = config, .transport = transport, .log = log};
}

void session_free(struct session *session)
{
    journal_close(session->journal);
    session->journal = NULL;
    reader_report_free(&session->report);
}

bool session_is_first(const struct session *session)
{
    return transport_rank(session->transport) == 0;
}

/* Whether an attribute of an output is as this run would write it. */
static bool same_text(const struct store_reader *reader, const char *attribute,
                      const char *expected)
{
    char *text = NULL;
    struct error absent;
    bool same = store_read_text(reader, NULL, attribute, &text, &absent)
                    ? strcmp(text, expected) == 0
                    : expected[0] == '\0';
    free(text);
    return same;
}

/* With --resume and an output but no journal: the ranks of a killed mpirun may have come to the end
   of their run. Says so, which is no failure, if the output is whole and of the same run. */
static bool find_finished(const struct session *session, struct error *error)
{
    const char *output = session->line->output;
    struct provenance provenance = session_provenance(session);
    char *identifier = provenance_identifier(&provenance);
    struct store_reader *reader = store_read_open(output, error);
    bool same = reader != NULL && same_text(reader, "id", identifier) &&
                same_text(reader, "command", session->line->command->name) &&
                same_text(reader, "commit", provenance_commit()) &&
                same_text(reader, "shard", session->part != NULL ? session->part : "");
    store_read_close(reader);
    free(identifier);
    provenance_free(&provenance);
    return same ? error_set(error, ERROR_NONE, "%s is complete: nothing to do", output)
                : error_set(error, ERROR_USAGE,
                            "output %s exists already and is not of this run; --force replaces it",
                            output);
}

bool session_read(struct session *session, struct catalog *catalog, struct error *error)
{
    const struct command_line *line = session->line;
    struct log *log = session->log;
    /* An output beside a journal is from before the run that is continued, or that run was killed
       when it had nothing left to do but to remove the journal. */
    bool continued = line->resume && journal_exists(line->output);
    bool finished = line->resume && !continued && !line->force && access(line->output, F_OK) == 0;
    if (!output_check(line->output, line->force || line->resume, error)) {
        return false;
    }
    log_stage(log, "reading %zu input%s", line->input_count, line->input_count == 1 ? "" : "s");
    if (!reader_read(&session->config->input, line->input, line->input_count, catalog,
                     &session->report, error)) {
        return false;
    }
    if (line->verbosity >= 0) {
        reader_report_write(&session->report, log->stream);
    }
    log_stage(log, "%zu series of %zu organizations", catalog->series_count,
              catalog->organization_count);
    return !finished || find_finished(session, error);
}

static bool open_journal(struct session *session, enum instruction_set set,
                         const struct queue_job *job, const char *unit, struct error *error)
{
    const struct command_line *line = session->line;
    char *identity = identity_text(session->config, &session->report, set, session->part);
    struct journal_request request = {
        .output = line->output,
        .identity = identity,
        .item_count = job->item_count,
        .row_length = job->row_length,
        .sums = job->sums,
        .sum_length = job->sum_length,
        .policy = session->config->run.journal,
        .existing = line->resume  ? JOURNAL_RESUME
                    : line->force ? JOURNAL_REPLACE
                                  : JOURNAL_REFUSE,
        .lock_wait = lock_wait,
    };
    struct journal_report found;
    session->journal = journal_open(&request, &found, error);
    free(identity);
    if (session->journal == NULL) {
        return false;
    }
    if (session->config->run.journal != JOURNAL_NONE) {
        output_clean(line->output); /* the journal's lock says that nobody else is writing */
    }
    if (found.resumed) {
        log_stage(session->log, "resuming: %zu of %zu %s are in the journal, %zu are done again",
                  found.rows, job->item_count, unit, found.rows_redone);
    }
    if (found.bytes_dropped > 0) {
        log_warning(session->log, "the journal ended in %zu damaged bytes, which were dropped",
                    found.bytes_dropped);
    }
    return true;
}

bool session_begin(struct session *session, enum instruction_set set, const struct queue_job *job,
                   const char *unit, size_t total, struct error *error)
{
    bool first = session_is_first(session);
    session->set = set;
    bool open = !first || open_journal(session, set, job, unit, error);
    if (!transport_agree(session->transport, open, error)) {
        return false;
    }
    if (first) {
        session->progress = progress_begin(session->log, session->config->run.progress,
                                           transport_launched(session->transport), unit, total,
                                           journal_count(session->journal));
    }
    return true;
}

struct queue_options session_queue_options(const struct config_run *config)
{
    return (struct queue_options){
        .chunk = config->chunk,
        .chunk_deadline = config->chunk_deadline.seconds,
        .checkpoint_interval = config->checkpoint_interval.seconds,
        .grace_time = config->grace_time.seconds,
        .limit = signals_limit_begin(config->time_limit.seconds, config->grace_time.seconds),
        .forgets = config->journal == JOURNAL_NONE,
    };
}

struct provenance session_provenance(const struct session *session)
{
    char *versions = store_library_versions();
    char *configuration = option_recorded_text(session->config);
    struct provenance provenance = provenance_make(transport_library(session->transport), versions,
                                                   instruction_set_name(session->set),
                                                   configuration, session->config->run.seed);
    for (size_t i = 0; i < session->report.source_count; i++) {
        provenance_add_input(&provenance, session->report.source[i].name,
                             session->report.source[i].sha256);
    }
    free(versions);
    free(configuration);
    return provenance;
}

char *session_history(const struct session *session)
{
    return provenance_history(session->line->argument_count, session->line->arguments,
                              (int)transport_size(session->transport), time(NULL));
}

bool session_complete(struct session *session, struct error *error)
{
    struct journal *journal = session->journal;
    session->journal = NULL;
    return journal_remove(journal, error);
}
