/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The part of a rank other than 0. */
#include "patience.h"
#include "queue_private.h"

#include <string.h>

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
