/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The work of a chunk, done by a worker or by the coordinator itself. */
#include "patience.h"
#include "queue_private.h"

#include <assert.h>
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
