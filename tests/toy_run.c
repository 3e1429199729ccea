/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A whole run in small, for the tests that kill it: transport, queue, journal, output. It works
 * for a given time on each item, whose row and sums depend on nothing but the item.
 *
 *     toy_run OUTPUT [name=value...]
 *
 * items, seconds (work per item), row (doubles), sums (doubles), checkpoint (seconds), deadline
 * (seconds), grace (seconds), limit (seconds), journal (0 sync, 1 flush, 2 none), hang (the item
 * from which on a rank other than 0 stops answering; 0: none), wait (seconds for a lock), file (the
 * largest size of a file in bytes, instead of a full disk; 0: no limit), speak (1: messages and the
 * ranks' shares). It always resumes. The output, written at the end, is all rows, then the sums.
 */
#include "journal.h"
#include "memory.h"
#include "patience.h"
#include "progress.h"
#include "queue.h"
#include "signals.h"
#include "transport.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct setting {
    const char *name;
    double value;
};

enum {
    ITEMS,
    SECONDS,
    ROW,
    SUM,
    CHECKPOINT,
    DEADLINE,
    GRACE,
    LIMIT,
    POLICY,
    HANG,
    SPEAK,
    WAIT,
    FILE_SIZE,
    SETTINGS
};

struct toy {
    double setting[SETTINGS];
    bool root;
    size_t row_length;
    size_t sum_length;
    double *sums;
    struct journal *journal;
};

static double toy_cost(void *context, size_t item)
{
    (void)context;
    return 1 + (double)(item % 3);
}

static bool toy_done(void *context, size_t item)
{
    const struct toy *toy = context;
    return journal_has(toy->journal, item);
}

static void toy_pack(void *context, size_t item, struct buffer *input)
{
    (void)context;
    uint64_t number = item;
    buffer_append(input, &number, sizeof number);
}

static void toy_work(void *context, const void *input, size_t size, double *row)
{
    struct toy *toy = context;
    uint64_t item;
    memcpy(&item, input, sizeof item < size ? sizeof item : size);
    double began = patience_now();
    while (!toy->root && toy->setting[HANG] > 0 && (double)item >= toy->setting[HANG]) {
        (void)sleep(1);
    }
    for (size_t k = 0; k < toy->row_length; k++) {
        row[k] = (double)item + (double)k / 1024;
    }
    /* Multiples of 2^-20 below 2^20: their sums are exact in any order. */
    for (size_t k = 0; k < toy->sum_length; k++) {
        toy->sums[k] += (double)((item * 2654435761U + k * 40503U) % 1048576U) / 1048576.0;
    }
    while (patience_now() - began < toy->setting[SECONDS]) {
    }
}

static bool toy_collect(void *context, size_t first, size_t count, const double *rows,
                        struct error *error)
{
    const struct toy *toy = context;
    return journal_append(toy->journal, first, count, rows, error);
}

static bool toy_checkpoint(void *context, struct error *error)
{
    const struct toy *toy = context;
    return journal_checkpoint(toy->journal, error);
}

static bool parse_settings(int argc, char **argv, double *values, struct error *error)
{
    static const struct setting settings[SETTINGS] = {
        [ITEMS] = {"items", 1000},
        [SECONDS] = {"seconds", 0},
        [ROW] = {"row", 10},
        [SUM] = {"sums", 100},
        [CHECKPOINT] = {"checkpoint", 60},
        [DEADLINE] = {"deadline", 60},
        [GRACE] = {"grace", 30},
        [LIMIT] = {"limit", 0},
        [POLICY] = {"journal", 0},
        [HANG] = {"hang", 0},
        [SPEAK] = {"speak", 0},
        [WAIT] = {"wait", 15},
        [FILE_SIZE] = {"file", 0},
    };
    for (size_t i = 0; i < SETTINGS; i++) {
        values[i] = settings[i].value;
    }
    for (int i = 2; i < argc; i++) {
        size_t length = strcspn(argv[i], "=");
        size_t which = 0;
        while (which < SETTINGS && (strncmp(settings[which].name, argv[i], length) != 0 ||
                                    settings[which].name[length] != '\0')) {
            which++;
        }
        if (which == SETTINGS || argv[i][length] == '\0') {
            return error_set(error, ERROR_USAGE, "what is %s?", argv[i]);
        }
        values[which] = strtod(argv[i] + length + 1, NULL);
    }
    return argc > 1 ? true : error_set(error, ERROR_USAGE, "usage: toy_run OUTPUT [name=value...]");
}

static bool write_output(const struct toy *toy, const char *output, struct error *error)
{
    size_t items = (size_t)toy->setting[ITEMS];
    double *rows = memory_array(items * toy->row_length, sizeof *rows);
    bool succeeded = journal_read(toy->journal, 0, items, rows, error);
    char temporary[500];
    (void)snprintf(temporary, sizeof temporary, "%.400s.new", output);
    FILE *file = succeeded ? fopen(temporary, "wb") : NULL;
    if (succeeded &&
        (file == NULL ||
         fwrite(rows, sizeof *rows, items * toy->row_length, file) != items * toy->row_length ||
         fwrite(toy->sums, sizeof *toy->sums, toy->sum_length, file) != toy->sum_length ||
         fclose(file) != 0 || rename(temporary, output) != 0)) {
        succeeded = error_set(error, ERROR_RUN, "cannot write %s: %s", output, strerror(errno));
    }
    free(rows);
    return succeeded;
}

static bool open_journal(struct toy *toy, const char *output, struct log *log, struct error *error)
{
    char identity[200];
    (void)snprintf(identity, sizeof identity, "items = %g\nrow = %g\nsums = %g\n",
                   toy->setting[ITEMS], toy->setting[ROW], toy->setting[SUM]);
    struct journal_request request = {.output = output,
                                      .identity = identity,
                                      .item_count = (size_t)toy->setting[ITEMS],
                                      .row_length = toy->row_length,
                                      .sums = toy->sums,
                                      .sum_length = toy->sum_length,
                                      .policy = (enum config_journal)toy->setting[POLICY],
                                      .existing = JOURNAL_RESUME,
                                      .lock_wait = toy->setting[WAIT]};
    struct journal_report report;
    toy->journal = journal_open(&request, &report, error);
    if (toy->journal != NULL && report.resumed) {
        log_stage(log, "resumed with %zu rows, %zu to be done again, %zu bytes dropped",
                  report.rows, report.rows_redone, report.bytes_dropped);
    }
    return toy->journal != NULL;
}

static void report_shares(struct transport *transport, struct log *log,
                          const struct queue_share *shares)
{
    for (size_t rank = 0; rank < transport_size(transport); rank++) {
        log_stage(log, "rank %zu on %s: %zu items, %.2f s busy", rank,
                  transport_host(transport, rank), shares[rank].items, shares[rank].busy);
    }
}

static bool run(struct transport *transport, struct toy *toy, const char *output,
                struct error *error)
{
    struct log log = log_make(stderr, toy->root && toy->setting[SPEAK] > 0, false, false);
    bool succeeded = !toy->root || open_journal(toy, output, &log, error);
    if (!transport_agree(transport, succeeded, error)) {
        return false;
    }
    size_t items = (size_t)toy->setting[ITEMS];
    struct queue_job job = {.context = toy,
                            .item_count = items,
                            .row_length = toy->row_length,
                            .cost = toy_cost,
                            .done = toy_done,
                            .pack = toy_pack,
                            .work = toy_work,
                            .collect = toy_collect,
                            .checkpoint = toy_checkpoint,
                            .sums = toy->sums,
                            .sum_length = toy->sum_length};
    struct queue_options options = {
        .chunk_deadline = toy->setting[DEADLINE],
        .checkpoint_interval = toy->setting[CHECKPOINT],
        .grace_time = toy->setting[GRACE],
        .limit = signals_limit_begin(toy->setting[LIMIT], toy->setting[GRACE]),
        .forgets = toy->setting[POLICY] == JOURNAL_NONE};
    struct queue_share *shares = memory_array(transport_size(transport), sizeof *shares);
    struct progress progress =
        progress_begin(&log, PROGRESS_LINES, transport_launched(transport), "items", items,
                       toy->root ? journal_count(toy->journal) : 0);
    succeeded = queue_run(transport, &job, &options, &log, &progress, shares, error);
    progress_end(&progress);
    report_shares(transport, &log, shares);
    free(shares);
    if (toy->root) {
        succeeded = succeeded && write_output(toy, output, error);
        if (succeeded) {
            succeeded = journal_remove(toy->journal, error);
        } else {
            journal_close(toy->journal);
        }
    }
    return transport_agree(transport, succeeded, error);
}

int main(int argc, char **argv)
{
    signals_install();
    struct transport *transport = transport_open(&argc, &argv);
    struct toy toy = {.root = transport_rank(transport) == 0};
    struct error error = {0};
    bool succeeded = parse_settings(argc, argv, toy.setting, &error);
    if (succeeded) {
        if (toy.setting[FILE_SIZE] > 0) {
            rlim_t limit = (rlim_t)toy.setting[FILE_SIZE];
            (void)setrlimit(RLIMIT_FSIZE, &(struct rlimit){limit, RLIM_INFINITY});
        }
        toy.row_length = (size_t)toy.setting[ROW];
        toy.sum_length = (size_t)toy.setting[SUM];
        toy.sums = memory_array(toy.sum_length, sizeof *toy.sums);
        succeeded = run(transport, &toy, argv[1], &error);
    }
    if (!succeeded && toy.root) {
        (void)fprintf(stderr, "toy_run: %s\n", error.message);
    }
    free(toy.sums);
    return transport_close(transport, succeeded ? 0 : (int)error.kind);
}
