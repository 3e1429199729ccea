/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every rank runs; the coordinator's own part is in queue_coordinator.c. */
#include "queue.h"

#include "memory.h"
#include "patience.h"
#include "queue_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static size_t aligned(size_t size)
{
    return (size + QUEUE_ALIGNMENT - 1) / QUEUE_ALIGNMENT * QUEUE_ALIGNMENT;
}

double queue_do_chunk(const struct queue_job *job, const struct buffer *message, double *rows,
                      void (*after_item)(struct transport_mailbox *),
                      struct transport_mailbox *mailbox)
{
    struct queue_header header;
    memcpy(&header, message->bytes, sizeof header);
    size_t at = aligned(sizeof header);
    double began = patience_now();
    for (size_t i = 0; i < header.count; i++) {
        uint64_t size;
        memcpy(&size, message->bytes + at, sizeof size);
        at += aligned(sizeof size);
        job->work(job->context, message->bytes + at, (size_t)size, rows + i * job->row_length);
        at += aligned((size_t)size);
        if (after_item != NULL) {
            after_item(mailbox);
        }
    }
    assert(at == message->size);
    return patience_now() - began;
}

/* Tells rank 0 of a signal that reached this rank, once. */
static void report_signal(struct transport_mailbox *mailbox)
{
    int number = signals_take();
    if (number != 0) {
        transport_mailbox_notify(mailbox, number);
    }
}

static void answer_chunk(struct transport_mailbox *mailbox, const struct queue_job *job,
                         const struct buffer *message, size_t slot, struct buffer *answer)
{
    struct queue_header header;
    memcpy(&header, message->bytes, sizeof header);
    buffer_clear(answer);
    double *values =
        buffer_extend(answer, (1 + (size_t)header.count * job->row_length) * sizeof(double));
    values[0] = queue_do_chunk(job, message, values + 1, report_signal, mailbox);
    transport_mailbox_answer(mailbox, slot, answer->bytes, answer->size);
}

void queue_serve(struct transport *transport, struct transport_mailbox *mailbox,
                 const struct queue_job *job)
{
    struct buffer message = {0};
    struct buffer answers[QUEUE_SLOTS] = {{0}};
    struct patience patience = {0};
    uint64_t request = QUEUE_WORK;
    while (request != QUEUE_END) {
        size_t slot;
        if (!transport_mailbox_receive(mailbox, &message, &slot)) {
            report_signal(mailbox);
            patience_wait(&patience);
            continue;
        }
        patience_reset(&patience);
        memcpy(&request, message.bytes, sizeof request);
        if (request == QUEUE_WORK) {
            answer_chunk(mailbox, job, &message, slot, &answers[slot]);
        } else if (request == QUEUE_SUM) {
            transport_sum(transport, job->sums, job->sum_length);
        }
    }
    transport_mailbox_close(mailbox);
    for (size_t i = 0; i < QUEUE_SLOTS; i++) {
        buffer_free(&answers[i]);
    }
    buffer_free(&message);
}

bool queue_run(struct transport *transport, const struct queue_job *job,
               const struct queue_options *options, struct log *log, struct progress *progress,
               struct queue_share *shares, struct error *error)
{
    struct transport_mailbox *mailbox = transport_mailbox_open(transport, QUEUE_SLOTS);
    bool succeeded = true;
    if (transport_rank(transport) == 0) {
        succeeded =
            queue_coordinate(transport, mailbox, job, options, log, progress, shares, error);
        transport_mailbox_close(mailbox);
    } else {
        queue_serve(transport, mailbox, job);
    }
    return transport_agree(transport, succeeded, error);
}
