/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collect.h"
#include "collect_hub.h"
#include "collect_series.h"
#include "command.h"
#include "log.h"
#include "memory.h"
#include "output.h"
#include "reader_mapping.h"
#include "series.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Says how much of something there was, if there was any. */
static void note(struct log *log, size_t count, const char *what)
{
    if (count > 0) {
        log_stage(log, "%s: %zu", what, count);
    }
}

static void report_read(struct log *log, const struct collect *collect)
{
    const struct collect_facts *facts = &collect->facts;
    log_stage(log, "read %zu records, %" PRIu64 " bytes: %zu models, %zu links to bases",
              facts->records, facts->bytes, collect->model_count, collect->link_count);
    if (facts->skipped > 0) {
        log_warning(log, "%zu records with defects skipped; the first: %s", facts->skipped,
                    facts->first_skipped);
    }
    note(log, facts->bad_bases, "bases left out because they cannot be names of models");
    note(log, facts->redated, "records with another date than the model's earlier record");
}

static void report_written(struct log *log, const struct collect_written *written,
                           const struct config_collect *config)
{
    note(log, written->excluded, "models left out by input.exclude");
    note(log, written->left_censored,
         config->left_censored == COLLECT_LEFT_CENSORED_DROP
             ? "models left out, as old as the Hub's earliest stamp or older"
             : "models as old as the Hub's earliest stamp or older, true age unknown");
    note(log, written->missing_bases, "bases with descendants but without a record of their own");
    note(log, written->undated_bases, "models without a known release");
    note(log, written->self_references, "models that name themselves as base, not counted");
    note(log, written->undated_children, "descendants without a date, not counted");
    note(log, written->early_children, "descendants dated before their base, not counted");
    note(log, written->unrecovered, "models whose downloads cannot be recovered");
    if (written->counter.falls > 0) {
        log_stage(log,
                  "recovered downloads fell at %zu of %zu points, by %.0f in all and at most %.0f; "
                  "raised to the count before",
                  written->counter.falls, written->counter.points, written->counter.fall_total,
                  written->counter.fall_largest);
    }
}

static struct collect_question get_question(const struct command_line *line)
{
    return (struct collect_question){
        .bases = command_line_own(line, "base"),
        .authors = command_line_own(line, "author"),
        .top = command_line_own(line, "top"),
    };
}

/* Either files or the Hub; of the Hub, either the top or names. */
static bool check_sources(const struct command_line *line, struct error *error)
{
    struct collect_question question = get_question(line);
    bool names = question.bases != NULL || question.authors != NULL;
    if (line->input_count == 0 && !names && question.top == NULL) {
        return error_set(error, ERROR_USAGE,
                         "collect: an INPUT is missing, or --base, --author or --top");
    }
    if ((line->input_count > 0 ? 1 : 0) + (names ? 1 : 0) + (question.top != NULL ? 1 : 0) > 1) {
        return error_set(error, ERROR_USAGE,
                         "collect: INPUT, --base or --author, and --top exclude each other");
    }
    return true;
}

/* The folder for the Hub's answers; owned by the caller. */
static char *pages_folder(const struct command_line *line)
{
    static const char ending[] = ".pages";
    const char *cache = command_line_own(line, "cache");
    if (cache != NULL) {
        return memory_string(cache);
    }
    size_t size = strlen(line->output) + sizeof ending;
    char *folder = memory_array(size, 1);
    (void)snprintf(folder, size, "%s%s", line->output, ending);
    return folder;
}

/* A folder that a broken collection left is only used, or emptied, when that is asked for. */
static bool prepare_folder(const struct command_line *line, const char *folder, struct error *error)
{
    bool left_behind = command_line_own(line, "cache") == NULL && collect_pages_exist(folder);
    if (left_behind && !line->resume && !line->force) {
        return error_set(error, ERROR_USAGE,
                         "%s is there from a collection that broke off: --resume continues it, "
                         "--force begins anew",
                         folder);
    }
    if (left_behind && !line->resume) {
        collect_pages_remove(folder);
    }
    return collect_pages_create(folder, error);
}

static bool ask_hub(const struct command_line *line, const struct config *config,
                    struct collect *collect, struct log *log, struct error *error)
{
    const char *endpoint = getenv("HF_ENDPOINT");
    bool given = endpoint != NULL && *endpoint != '\0';
    struct collect_web *web = collect_web_open(given ? endpoint : "https://huggingface.co",
                                               getenv("HF_TOKEN"), &config->collect, log, error);
    if (web == NULL) {
        return false;
    }
    char *folder = pages_folder(line);
    /* Pages of a collection that broke off belong together, however old they are. */
    bool cached = command_line_own(line, "cache") != NULL;
    struct collect_pages pages = {
        .folder = folder,
        .expiry = cached ? config->collect.cache_expiry.seconds : (double)INFINITY,
        .web = web,
    };
    struct collect_question question = get_question(line);
    bool good = prepare_folder(line, folder, error) &&
                collect_hub(collect, &question, config, &pages, log, error);
    if (!good) {
        /* A folder without a page, which is all that this removes, is nothing to resume from. */
        (void)rmdir(folder);
    }
    free(folder);
    collect_web_close(web);
    return good;
}

static bool read_all(const struct command_line *line, const struct config *config,
                     struct collect *collect, struct log *log, struct error *error)
{
    const char *renamed = command_line_own(line, "renamed");
    bool good = line->input_count > 0
                    ? collect_read(collect, &config->input, line->input, line->input_count, error)
                    : ask_hub(line, config, collect, log, error);
    return good && (renamed == NULL || collect_rename(collect, renamed, error));
}

/* The output is complete: what was kept for resuming is not needed any more. */
static void clean_up(const struct command_line *line)
{
    if (line->input_count == 0 && command_line_own(line, "cache") == NULL) {
        char *folder = pages_folder(line);
        collect_pages_remove(folder);
        free(folder);
    }
}

static bool write_all(const struct command_line *line, const struct config *config,
                      const struct collect *collect, const struct reader_mapping *mapping,
                      struct log *log, struct error *error)
{
    struct output output = {0};
    struct collect_written written;
    if (!output_create(&output, line->output, line->force, error)) {
        return false;
    }
    if (!collect_write(collect, config, mapping, output.stream, &written, error) ||
        !output_complete(&output, error)) {
        output_discard(&output);
        return false;
    }
    report_written(log, &written, &config->collect);
    char until[CALENDAR_TEXT_SIZE];
    calendar_format(written.until, until);
    log_stage(log, "wrote %zu series, observed until %s, to %s", written.series, until,
              line->output);
    if (config->collect.count == COLLECT_COUNT_DOWNLOADS &&
        config->input.counter != COUNTER_TRAILING30) {
        log_stage(log, "the counts are those of the trailing 30 days: fit them with --set "
                       "input.counter=trailing30");
    }
    return true;
}

bool command_collect(const struct command_line *line, const struct config *config,
                     struct error *error)
{
    struct log log = log_make(stderr, true, line->verbosity<0, line->verbosity> 0);
    struct collect collect = {
        .count = config->collect.count,
        .relations = collect_relations_wanted(config->collect.relation),
    };
    struct reader_mapping mapping = {0};
    struct reader_report report = {0};
    bool good = check_sources(line, error) && output_check(line->output, line->force, error) &&
                reader_mapping_read(&mapping, &config->input, &report, error) &&
                read_all(line, config, &collect, &log, error);
    if (good) {
        report_read(&log, &collect);
        good = write_all(line, config, &collect, &mapping, &log, error);
    }
    if (good) {
        clean_up(line);
    }
    reader_mapping_free(&mapping);
    reader_report_free(&report);
    collect_free(&collect);
    return good;
}
