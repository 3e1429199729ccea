/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The coordinator at any number of ranks; run by tests/run_mpi.sh. */
#include "memory.h"
#include "patience.h"
#include "queue.h"
#include "tap_mpi.h"

#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SUMS = 1000 };

/* A job whose rows and sums have closed forms: column k of item i is i * 1000 + k. */
struct toy {
    size_t items;
    size_t row_length;
    size_t input_doubles; /* of item 0; later items have up to 6 more */
    double sums[SUMS];
    unsigned char *collected; /* rank 0: [items] how often */
    bool rows_right;
    bool inputs_right;
    size_t fail_after; /* rank 0: collect() fails from that many items on; 0: never */
    size_t collected_count;
    size_t skipped;  /* rank 0: items below are done already */
    size_t raise_at; /* the rank that works on this item receives SIGTERM; SIZE_MAX: none */
    size_t checkpoints;
    bool checkpoint_right;
    double item_seconds;
};

static double toy_cost(void *context, size_t item)
{
    (void)context;
    return 1 + (double)(item % 5);
}

static bool toy_done(void *context, size_t item)
{
    const struct toy *toy = context;
    return item < toy->skipped;
}

static void toy_pack(void *context, size_t item, struct buffer *input)
{
    const struct toy *toy = context;
    for (size_t i = 0; i < toy->input_doubles + item % 7; i++) {
        double value = (double)item;
        buffer_append(input, &value, sizeof value);
    }
    if (toy->input_doubles == 1) {
        buffer_append(input, "odd", item % 3); /* sizes that are no multiple of a double's */
    }
}

static void toy_work(void *context, const void *input, size_t size, double *row)
{
    struct toy *toy = context;
    const double *values = input;
    size_t count = size / sizeof(double);
    size_t item = (size_t)values[0];
    toy->inputs_right = toy->inputs_right && count == toy->input_doubles + item % 7 &&
                        values[count - 1] == values[0];
    for (size_t k = 0; k < toy->row_length; k++) {
        row[k] = (double)(item * 1000 + k);
    }
    toy->sums[item % SUMS] += (double)item;
    if (item == toy->raise_at) {
        (void)raise(SIGTERM);
    }
    for (double began = patience_now(); patience_now() - began < toy->item_seconds;) {
    }
}

static bool toy_collect(void *context, size_t first, size_t count, const double *rows,
                        struct error *error)
{
    struct toy *toy = context;
    if (toy->fail_after > 0 && toy->collected_count + count > toy->fail_after) {
        return error_set(error, ERROR_RUN, "no space left");
    }
    toy->collected_count += count;
    for (size_t i = 0; i < count; i++) {
        toy->collected[first + i]++;
        for (size_t k = 0; k < toy->row_length; k++) {
            toy->rows_right = toy->rows_right &&
                              rows[i * toy->row_length + k] == (double)((first + i) * 1000 + k);
        }
    }
    return true;
}

/* The sums on rank 0 are those of exactly the items collected. */
static bool sums_match(const struct toy *toy)
{
    double expected[SUMS] = {0};
    for (size_t item = 0; item < toy->items; item++) {
        expected[item % SUMS] += (double)(toy->collected[item] * item);
    }
    return memcmp(expected, toy->sums, sizeof expected) == 0;
}

static bool toy_checkpoint(void *context, struct error *error)
{
    (void)error;
    struct toy *toy = context;
    toy->checkpoints++;
    toy->checkpoint_right = toy->checkpoint_right && sums_match(toy);
    return true;
}

static struct toy toy_make(size_t items, size_t row_length, size_t input_doubles)
{
    return (struct toy){.items = items,
                        .row_length = row_length,
                        .input_doubles = input_doubles,
                        .collected = memory_array(items, 1),
                        .rows_right = true,
                        .inputs_right = true,
                        .raise_at = SIZE_MAX,
                        .checkpoint_right = true};
}

static bool toy_run(struct transport *transport, struct toy *toy, struct queue_options *options,
                    struct queue_share *shares, struct error *error)
{
    struct log log = log_make(stderr, false, true, false);
    struct queue_job job = {.context = toy,
                            .item_count = toy->items,
                            .row_length = toy->row_length,
                            .cost = toy_cost,
                            .done = toy_done,
                            .pack = toy_pack,
                            .work = toy_work,
                            .collect = toy_collect,
                            .checkpoint = toy_checkpoint,
                            .sums = toy->sums,
                            .sum_length = SUMS};
    return queue_run(transport, &job, options, &log, NULL, shares, error);
}

static struct queue_options generous(void)
{
    return (struct queue_options){.chunk_deadline = 60,
                                  .checkpoint_interval = 60,
                                  .grace_time = 60,
                                  .limit = signals_limit_begin(0, 0)};
}

static bool once_each(const struct toy *toy)
{
    bool once = true;
    for (size_t item = 0; item < toy->items; item++) {
        once = once && toy->collected[item] == (item < toy->skipped ? 0 : 1);
    }
    return once;
}

static void test_complete(struct tap_mpi *tap, size_t items, size_t row_length,
                          size_t input_doubles, size_t chunk)
{
    bool root = transport_rank(tap->transport) == 0;
    struct toy toy = toy_make(items, row_length, input_doubles);
    struct queue_options options = generous();
    options.chunk = chunk;
    struct error error = {0};
    size_t ranks = transport_size(tap->transport);
    struct queue_share *shares = memory_array(ranks, sizeof *shares);
    bool succeeded = toy_run(tap->transport, &toy, &options, shares, &error);
    size_t shared = 0;
    for (size_t rank = 0; rank < ranks; rank++) {
        shared += shares[rank].items;
    }
    tap_mpi_ok(tap, succeeded && error.kind == ERROR_NONE,
               "%zu items, rows of %zu, inputs of %zu doubles, chunks of %zu are done", items,
               row_length, input_doubles, chunk);
    tap_mpi_ok(tap, toy.inputs_right, "inputs arrive as packed");
    tap_mpi_ok(tap, !root || (once_each(&toy) && toy.rows_right), "each row arrives once");
    tap_mpi_ok(tap, !root || sums_match(&toy), "sums are complete");
    tap_mpi_ok(tap, !root || shared == items, "the ranks' shares add up");
    free(shares);
    free(toy.collected);
}

static void test_checkpoints(struct tap_mpi *tap)
{
    bool root = transport_rank(tap->transport) == 0;
    struct toy toy = toy_make(400, 3, 1);
    toy.item_seconds = 1e-4;
    struct queue_options options = generous();
    options.checkpoint_interval = 0;
    struct error error = {0};
    bool succeeded = toy_run(tap->transport, &toy, &options, NULL, &error);
    tap_mpi_ok(tap, succeeded && (!root || (toy.checkpoints > 3 && toy.checkpoint_right)),
               "every checkpoint covers exactly what was collected");
    tap_mpi_ok(tap, !root || (once_each(&toy) && sums_match(&toy)), "and nothing is counted twice");
    free(toy.collected);
}

static void test_resume(struct tap_mpi *tap)
{
    bool root = transport_rank(tap->transport) == 0;
    struct toy toy = toy_make(100, 2, 1);
    toy.skipped = 37;
    struct queue_options options = generous();
    struct error error = {0};
    bool succeeded = toy_run(tap->transport, &toy, &options, NULL, &error);
    tap_mpi_ok(tap, succeeded && (!root || once_each(&toy)), "items done before are left out");
    toy.skipped = 100;
    succeeded = toy_run(tap->transport, &toy, &options, NULL, &error);
    tap_mpi_ok(tap, succeeded, "a run with nothing left to do ends well");
    free(toy.collected);
}

static void test_failing_collect(struct tap_mpi *tap)
{
    struct toy toy = toy_make(2000, 2, 1);
    toy.fail_after = 100;
    struct queue_options options = generous();
    struct error error = {0};
    bool succeeded = toy_run(tap->transport, &toy, &options, NULL, &error);
    tap_mpi_ok(tap,
               !succeeded && error.kind == ERROR_RUN && strcmp(error.message, "no space left") == 0,
               "what collect() says ends the run on every rank");
    free(toy.collected);
}

/* Some rank, whichever does item 500, gets a SIGTERM. */
static void test_signal(struct tap_mpi *tap)
{
    bool root = transport_rank(tap->transport) == 0;
    struct toy toy = toy_make(100000, 2, 1);
    toy.raise_at = 500;
    toy.item_seconds = 5e-5;
    struct queue_options options = generous();
    struct error error = {0};
    bool succeeded = toy_run(tap->transport, &toy, &options, NULL, &error);
    tap_mpi_ok(tap, !succeeded && error.kind == ERROR_STOPPED,
               "a signal on one rank stops the run on every rank");
    tap_mpi_ok(tap, strstr(error.message, "SIGTERM") != NULL, "the message names the signal");
    tap_mpi_ok(tap, !root || (toy.collected_count > 500 && toy.collected_count < toy.items),
               "part of the items are done");
    tap_mpi_ok(tap, !root || (toy.checkpoints == 1 && toy.checkpoint_right && sums_match(&toy)),
               "the last checkpoint covers exactly these");
    (void)signals_take();
    free(toy.collected);
}

static void test_time_limit(struct tap_mpi *tap)
{
    bool root = transport_rank(tap->transport) == 0;
    struct toy toy = toy_make(100000, 2, 1);
    toy.item_seconds = 1e-3;
    struct queue_options options = generous();
    options.limit = signals_limit_begin(0.3, 0);
    struct error error = {0};
    bool succeeded = toy_run(tap->transport, &toy, &options, NULL, &error);
    tap_mpi_ok(tap,
               !succeeded && error.kind == ERROR_STOPPED &&
                   strstr(error.message, "run.time_limit") != NULL,
               "the time limit stops the run");
    tap_mpi_ok(tap, !root || (toy.collected_count > 0 && sums_match(&toy)),
               "with what was done until then");
    free(toy.collected);
}

/* With work that takes a while every rank gets its part. */
static void test_shares(struct tap_mpi *tap)
{
    bool root = transport_rank(tap->transport) == 0;
    size_t ranks = transport_size(tap->transport);
    struct toy toy = toy_make(600, 2, 1);
    toy.item_seconds = 1e-3;
    struct queue_options options = generous();
    struct error error = {0};
    struct queue_share *shares = memory_array(ranks, sizeof *shares);
    bool succeeded = toy_run(tap->transport, &toy, &options, shares, &error);
    bool all_busy = true;
    for (size_t rank = 0; root && rank < ranks; rank++) {
        all_busy = all_busy && shares[rank].items > 0 && shares[rank].busy > 0;
    }
    tap_mpi_ok(tap, succeeded && all_busy, "every rank does a part of the work");
    free(shares);
    free(toy.collected);
}

int main(int argc, char **argv)
{
    signals_install();
    struct transport *transport = transport_open(&argc, &argv);
    struct tap_mpi tap = {.transport = transport};
    test_complete(&tap, 0, 3, 1, 0);
    test_complete(&tap, 1, 3, 1, 0);
    test_complete(&tap, 5000, 3, 1, 0);
    test_complete(&tap, 500, 7, 1, 1);
    /* Messages both ways far beyond the eager limit (4 KB), many at a time. */
    test_complete(&tap, 300, 20000, 30000, 0);
    test_complete(&tap, 20, 400000, 1, 0);
    test_checkpoints(&tap);
    test_resume(&tap);
    test_failing_collect(&tap);
    test_signal(&tap);
    test_time_limit(&tap);
    test_shares(&tap);
    return transport_close(transport, tap_mpi_done(&tap));
}
