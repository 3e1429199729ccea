/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session.h"

#include "identity.h"
#include "option.h"
#include "output.h"
#include "store.h"

#include <stdlib.h>

/* A killed mpirun is outlived by its ranks, and their locks, by about a second. */
static const double lock_wait = 5;

bool session_read(const struct command_line *line, const struct config *config, struct log *log,
                  struct catalog *catalog, struct reader_report *report, struct error *error)
{
    if (!output_check(line->output, line->force, error)) {
        return false;
    }
    log_stage(log, "reading %zu input%s", line->input_count, line->input_count == 1 ? "" : "s");
    if (!reader_read(&config->input, line->input, line->input_count, catalog, report, error)) {
        return false;
    }
    if (line->verbosity >= 0) {
        reader_report_write(report, log->stream);
    }
    log_stage(log, "%zu series of %zu organizations", catalog->series_count,
              catalog->organization_count);
    return true;
}

struct journal *session_journal(const struct command_line *line, const struct config *config,
                                const struct reader_report *report, enum instruction_set set,
                                const struct queue_job *job, const char *unit, struct log *log,
                                struct error *error)
{
    char *identity = identity_text(config, report, set);
    struct journal_request request = {
        .output = line->output,
        .identity = identity,
        .item_count = job->item_count,
        .row_length = job->row_length,
        .sums = job->sums,
        .sum_length = job->sum_length,
        .policy = config->run.journal,
        .existing = line->resume  ? JOURNAL_RESUME
                    : line->force ? JOURNAL_REPLACE
                                  : JOURNAL_REFUSE,
        .lock_wait = lock_wait,
    };
    struct journal_report found;
    struct journal *journal = journal_open(&request, &found, error);
    free(identity);
    if (journal == NULL) {
        return NULL;
    }
    if (found.resumed) {
        log_stage(log, "resuming: %zu of %zu %s are in the journal, %zu are done again", found.rows,
                  job->item_count, unit, found.rows_redone);
    }
    if (found.bytes_dropped > 0) {
        log_warning(log, "the journal ended in %zu damaged bytes, which were dropped",
                    found.bytes_dropped);
    }
    return journal;
}

struct queue_options session_queue_options(const struct config_run *config)
{
    return (struct queue_options){
        .chunk = config->chunk,
        .chunk_deadline = config->chunk_deadline.seconds,
        .checkpoint_interval = config->checkpoint_interval.seconds,
        .grace_time = config->grace_time.seconds,
        .limit = signals_limit_begin(config->time_limit.seconds, config->grace_time.seconds),
    };
}

struct provenance session_provenance(const struct transport *transport, const struct config *config,
                                     const struct reader_report *report)
{
    char *versions = store_library_versions();
    char *configuration = option_recorded_text(config);
    struct provenance provenance =
        provenance_make(transport_library(transport), versions, configuration, config->run.seed);
    for (size_t i = 0; i < report->source_count; i++) {
        provenance_add_input(&provenance, report->source[i].name, report->source[i].sha256);
    }
    free(versions);
    free(configuration);
    return provenance;
}
