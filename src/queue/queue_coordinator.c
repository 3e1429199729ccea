/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rank 0's part of the queue. */
#include "memory.h"
#include "patience.h"
#include "queue_private.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Chunks last about this long, seconds: long against a message, short against the grace that a
 * stopped run has, which is one second when mpirun receives SIGTERM. */
static const double CHUNK_SECONDS = 0.1;

/* A chunk takes at most this part of a rank's share of what is left, so that chunks shrink at the
 * end and the ranks finish together. */
static const double CHUNK_SHARE = 0.25;

static const char nothing_saved[] = "Nothing is saved (run.journal = none)";

enum {
    CHUNK_ITEMS = 1024,      /* most items in a chunk */
    CHUNK_ITEMS_UNKNOWN = 4, /* the same before the speed is known */
    CHUNK_BYTES = 1 << 20,   /* a chunk whose input or rows are larger takes no further item */
};

/* A chunk under way. */
struct chunk {
    bool busy;
    size_t first;
    size_t count;
    double cost;
    struct buffer message;
    struct buffer answer;
};

/* Why no more items are handed out for now or for good. */
enum phase {
    PHASE_RUNNING,
    PHASE_CHECKPOINT, /* until the checkpoint is saved */
    PHASE_STOPPING,   /* by a signal or the clock */
    PHASE_FAILED,     /* collect() or checkpoint() failed */
};

struct coordinator {
    struct transport *transport;
    struct transport_mailbox *mailbox;
    const struct queue_job *job;
    const struct queue_options *options;
    struct log *log;
    struct progress *progress;
    struct queue_share *shares; /* [ranks] */
    struct error *error;
    size_t ranks;

    enum phase phase;
    size_t next;                      /* first item not yet handed out or done */
    double cost_left;                 /* of the items not handed out */
    double cost_done;                 /* of the items collected by this run */
    double busy;                      /* seconds of work behind cost_done */
    size_t done;                      /* items collected, those of earlier runs included */
    size_t under_way;                 /* chunks */
    struct chunk *chunks;             /* [ranks - 1][QUEUE_SLOTS] */
    struct chunk own;                 /* rank 0's own item */
    double *heard;                    /* [ranks] when each rank was last known to be well */
    struct transport_answer *answers; /* [ranks * QUEUE_SLOTS] scratch */
    struct patience_clock clock;
    const char *stop_reason;
    double stopped_at;      /* on clock */
    double next_checkpoint; /* on patience_now() */
    size_t done_at_checkpoint;
};

static struct chunk *chunk_at(struct coordinator *self, size_t rank, size_t slot)
{
    return &self->chunks[(rank - 1) * QUEUE_SLOTS + slot];
}

static bool is_idle(const struct coordinator *self, size_t rank)
{
    bool idle = true;
    for (size_t slot = 0; slot < QUEUE_SLOTS; slot++) {
        idle = idle && !self->chunks[(rank - 1) * QUEUE_SLOTS + slot].busy;
    }
    return idle;
}

static bool is_done(const struct coordinator *self, size_t item)
{
    return self->job->done != NULL && self->job->done(self->job->context, item);
}

/* Moves next over items that an earlier run has done. */
static bool has_next(struct coordinator *self)
{
    while (self->next < self->job->item_count && is_done(self, self->next)) {
        self->next++;
    }
    return self->next < self->job->item_count;
}

static void pack_item(const struct coordinator *self, size_t item, struct buffer *message)
{
    size_t size_at = message->size;
    uint64_t size = 0;
    buffer_append(message, &size, sizeof size);
    buffer_align(message, QUEUE_ALIGNMENT);
    size_t begin = message->size;
    self->job->pack(self->job->context, item, message);
    size = message->size - begin;
    memcpy(message->bytes + size_at, &size, sizeof size);
    buffer_align(message, QUEUE_ALIGNMENT);
}

/* Takes consecutive items from the queue until the chunk has cost_limit of work or item_limit
 * items, at least one. */
static void fill_chunk(struct coordinator *self, struct chunk *chunk, double cost_limit,
                       size_t item_limit)
{
    const struct queue_job *job = self->job;
    *chunk = (struct chunk){
        .busy = true, .first = self->next, .message = chunk->message, .answer = chunk->answer};
    buffer_clear(&chunk->message);
    struct queue_header header = {.request = QUEUE_WORK};
    buffer_append(&chunk->message, &header, sizeof header);
    buffer_align(&chunk->message, QUEUE_ALIGNMENT);
    size_t row_bytes = job->row_length * sizeof(double);
    do {
        pack_item(self, self->next, &chunk->message);
        chunk->cost += job->cost(job->context, self->next);
        chunk->count++;
        self->next++;
    } while (chunk->count < item_limit && chunk->cost < cost_limit &&
             chunk->message.size < CHUNK_BYTES && chunk->count * row_bytes < CHUNK_BYTES &&
             self->next < job->item_count && !is_done(self, self->next));
    header.count = chunk->count;
    memcpy(chunk->message.bytes, &header, sizeof header);
    buffer_clear(&chunk->answer);
    (void)buffer_extend(&chunk->answer, sizeof(double) + chunk->count * row_bytes);
    self->cost_left -= chunk->cost;
}

static void hand_out(struct coordinator *self, size_t rank, size_t slot)
{
    double speed = self->busy > 0 ? self->cost_done / self->busy : 0;
    double cost_limit = CHUNK_SHARE * self->cost_left / (double)self->ranks;
    size_t item_limit = self->options->chunk > 0 ? self->options->chunk : CHUNK_ITEMS;
    if (speed > 0) {
        cost_limit = fmin(cost_limit, speed * CHUNK_SECONDS);
    } else if (item_limit > CHUNK_ITEMS_UNKNOWN) {
        item_limit = CHUNK_ITEMS_UNKNOWN;
    }
    if (is_idle(self, rank)) {
        self->heard[rank] = patience_clock_read(&self->clock);
    }
    struct chunk *chunk = chunk_at(self, rank, slot);
    fill_chunk(self, chunk, cost_limit, item_limit);
    self->under_way++;
    transport_mailbox_post(self->mailbox, rank, slot, chunk->message.bytes, chunk->message.size,
                           chunk->answer.bytes, chunk->answer.size);
}

/* Gives every free slot a chunk; the first slots of all workers before the second ones. */
static void hand_out_all(struct coordinator *self)
{
    for (size_t slot = 0; slot < QUEUE_SLOTS; slot++) {
        for (size_t rank = 1; rank < self->ranks && has_next(self); rank++) {
            if (!chunk_at(self, rank, slot)->busy) {
                hand_out(self, rank, slot);
            }
        }
    }
}

/* Passes a finished chunk on to the job. After a failure the rows are dropped: they will be
 * computed again by the run that resumes. */
static void collect(struct coordinator *self, struct chunk *chunk, size_t rank)
{
    double busy;
    memcpy(&busy, chunk->answer.bytes, sizeof busy);
    const void *rows = chunk->answer.bytes + sizeof busy;
    chunk->busy = false;
    if (self->phase == PHASE_FAILED) {
        return;
    }
    if (!self->job->collect(self->job->context, chunk->first, chunk->count, rows, self->error)) {
        self->phase = PHASE_FAILED;
        return;
    }
    self->busy += busy;
    self->cost_done += chunk->cost;
    self->done += chunk->count;
    self->shares[rank].items += chunk->count;
    self->shares[rank].busy += busy;
    if (self->progress != NULL) {
        progress_update(self->progress, self->done);
    }
}

static size_t collect_arrived(struct coordinator *self)
{
    size_t found = transport_mailbox_poll(self->mailbox, self->answers);
    for (size_t i = 0; i < found; i++) {
        size_t rank = self->answers[i].rank;
        self->heard[rank] = patience_clock_read(&self->clock);
        self->under_way--;
        collect(self, chunk_at(self, rank, self->answers[i].slot), rank);
    }
    return found;
}

static void work_own_item(struct coordinator *self)
{
    fill_chunk(self, &self->own, 0, 1);
    double *values = (double *)(void *)self->own.answer.bytes;
    values[0] = queue_do_chunk(self->job, &self->own.message, values + 1, NULL, NULL);
    collect(self, &self->own, 0);
}

/* Looks whether anybody or the clock asks to stop. */
static void look_for_stop(struct coordinator *self)
{
    const char *reason = NULL;
    if (signals_received() != 0) {
        reason = signals_name(signals_received());
    } else if (transport_mailbox_notice(self->mailbox) != 0) {
        reason = signals_name(transport_mailbox_notice(self->mailbox));
    } else if (signals_limit_reached(&self->options->limit)) {
        reason = self->options->limit.reason;
    }
    if (reason != NULL) {
        self->phase = PHASE_STOPPING;
        self->stop_reason = reason;
        self->stopped_at = patience_clock_read(&self->clock);
        log_warning(self->log, "stopping: %s; collecting what is under way", reason);
    }
}

/* Gives up on workers that are silent for too long. True when one was given up. */
static bool lose_silent_worker(struct coordinator *self)
{
    double now = patience_clock_read(&self->clock);
    bool stopping = self->phase == PHASE_STOPPING;
    for (size_t i = 0; self->under_way > 0 && i < (self->ranks - 1) * QUEUE_SLOTS; i++) {
        const struct chunk *chunk = &self->chunks[i];
        size_t rank = 1 + i / QUEUE_SLOTS;
        if (!chunk->busy) {
            continue;
        }
        if (now - self->heard[rank] > self->options->chunk_deadline) {
            self->phase = PHASE_FAILED;
            (void)error_set(
                self->error, ERROR_RUN,
                "rank %zu on %s has not answered for %g s (run.chunk_deadline), in "
                "work on items %zu to %zu; %s. Run again%s, on other nodes or with a "
                "larger run.chunk_deadline",
                rank, transport_host(self->transport, rank), self->options->chunk_deadline,
                chunk->first, chunk->first + chunk->count - 1,
                self->options->forgets ? nothing_saved : "everything that was finished is saved",
                self->options->forgets ? "" : " with --resume");
        } else if (stopping && now - self->stopped_at > self->options->grace_time) {
            log_warning(self->log,
                        "rank %zu on %s has not finished within the grace time of %g s; its items "
                        "will be done by the run that resumes",
                        rank, transport_host(self->transport, rank), self->options->grace_time);
        } else {
            continue;
        }
        transport_declare_lost(self->transport);
        return true;
    }
    return false;
}

/* A message of which the header is all; every worker takes it. No chunk is under way. */
static void tell_all(struct coordinator *self, enum queue_request request)
{
    struct queue_header header = {.request = request};
    for (size_t rank = 1; rank < self->ranks; rank++) {
        transport_mailbox_post(self->mailbox, rank, 0, &header, sizeof header, NULL, 0);
    }
    transport_mailbox_flush(self->mailbox);
}

/* Moves all sums to rank 0 and saves them. No chunk is under way. */
static void save_checkpoint(struct coordinator *self)
{
    const struct queue_job *job = self->job;
    if (job->sum_length > 0) {
        tell_all(self, QUEUE_SUM);
        transport_sum(self->transport, job->sums, job->sum_length);
    }
    if (job->checkpoint != NULL && !job->checkpoint(job->context, self->error)) {
        self->phase = PHASE_FAILED;
    }
    self->next_checkpoint = patience_now() + self->options->checkpoint_interval;
    self->done_at_checkpoint = self->done;
}

/* Rows are saved as they come; only sums need to be brought together for a checkpoint. */
static bool checkpoint_is_due(const struct coordinator *self)
{
    return self->job->checkpoint != NULL && self->job->sum_length > 0 &&
           self->done > self->done_at_checkpoint && patience_now() >= self->next_checkpoint;
}

/* One turn when all chunks are in: saves, and says whether the run is over. */
static bool finish_round(struct coordinator *self)
{
    bool over = self->phase != PHASE_CHECKPOINT;
    if (self->phase != PHASE_FAILED) {
        save_checkpoint(self);
    }
    if (self->phase == PHASE_CHECKPOINT) {
        self->phase = PHASE_RUNNING;
    }
    return over || self->phase == PHASE_FAILED;
}

static void run(struct coordinator *self)
{
    struct patience patience = {0};
    for (;;) {
        size_t found = collect_arrived(self);
        if (self->phase == PHASE_RUNNING || self->phase == PHASE_CHECKPOINT) {
            look_for_stop(self);
        }
        if (self->phase == PHASE_RUNNING && checkpoint_is_due(self)) {
            self->phase = PHASE_CHECKPOINT;
        }
        bool working = self->phase == PHASE_RUNNING;
        if (working) {
            hand_out_all(self);
        }
        bool more = working && has_next(self);
        if (self->under_way == 0 && !more) {
            if (finish_round(self)) {
                return;
            }
        } else if (found > 0) {
            patience_reset(&patience);
        } else if (lose_silent_worker(self)) {
            return;
        } else if (more) {
            work_own_item(self);
        } else {
            patience_wait(&patience);
        }
    }
}

static void begin(struct coordinator *self)
{
    const struct queue_job *job = self->job;
    for (size_t item = 0; item < job->item_count; item++) {
        if (is_done(self, item)) {
            self->done++;
        } else {
            self->cost_left += job->cost(job->context, item);
        }
    }
    size_t slots = self->ranks * QUEUE_SLOTS;
    self->chunks = memory_array(slots, sizeof *self->chunks);
    self->answers = memory_array(slots, sizeof *self->answers);
    self->heard = memory_array(self->ranks, sizeof *self->heard);
    self->next_checkpoint = patience_now() + self->options->checkpoint_interval;
    self->done_at_checkpoint = self->done;
    (void)patience_clock_read(&self->clock);
    transport_set_patience(self->transport, self->options->chunk_deadline);
}

static void end(struct coordinator *self)
{
    for (size_t i = 0; i < self->ranks * QUEUE_SLOTS; i++) {
        buffer_free(&self->chunks[i].message);
        buffer_free(&self->chunks[i].answer);
    }
    buffer_free(&self->own.message);
    buffer_free(&self->own.answer);
    free(self->chunks);
    free(self->answers);
    free(self->heard);
}

bool queue_coordinate(struct transport *transport, struct transport_mailbox *mailbox,
                      const struct queue_job *job, const struct queue_options *options,
                      struct log *log, struct progress *progress, struct queue_share *shares,
                      struct error *error)
{
    size_t ranks = transport_size(transport);
    struct queue_share *own_shares = memory_array(ranks, sizeof *own_shares);
    struct coordinator self = {.transport = transport,
                               .mailbox = mailbox,
                               .job = job,
                               .options = options,
                               .log = log,
                               .progress = progress,
                               .shares = own_shares,
                               .error = error,
                               .ranks = ranks};
    begin(&self);
    run(&self);
    /* A stop that came when nothing was left to hand out changes nothing. */
    bool complete = self.phase != PHASE_FAILED && self.done == job->item_count;
    if (!complete && self.phase == PHASE_STOPPING) {
        /* ERROR_STOPPED promises that there is something to continue. */
        (void)error_set(error, options->forgets ? ERROR_RUN : ERROR_STOPPED,
                        "stopped early: %s; %zu of %zu are done. %s", self.stop_reason, self.done,
                        job->item_count,
                        options->forgets ? nothing_saved : "Run again with --resume");
    }
    /* When a worker was lost, its messages are still under way and MPI keeps their memory until
     * transport_close() ends the process. */
    if (self.under_way == 0) {
        tell_all(&self, QUEUE_END);
        end(&self);
    }
    if (shares != NULL) {
        memcpy(shares, own_shares, ranks * sizeof *shares);
    }
    free(own_shares);
    return complete;
}
