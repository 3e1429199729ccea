/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What coordinator and worker say to each other; not for others. */
#ifndef GROWCAST_QUEUE_PRIVATE_H
#define GROWCAST_QUEUE_PRIVATE_H

#include "queue.h"
#include "transport_mailbox.h"

#include <stdint.h>

/* Two chunks per worker: one in work, one waiting. */
enum { QUEUE_SLOTS = 2, QUEUE_ALIGNMENT = 16 };

enum queue_request {
    QUEUE_WORK, /* do the items that follow; the answer is a double, seconds busy, then the rows */
    QUEUE_SUM,  /* take part in transport_sum(); no answer */
    QUEUE_END,  /* take part in transport_agree() and return; no answer */
};

/* A message begins with this header. Each item follows as its uint64_t size and its bytes, both
 * aligned to QUEUE_ALIGNMENT. */
struct queue_header {
    uint64_t request;
    uint64_t count;
};

/* Does the items of a message one after the other; rows[count][row_length] is written. Calls
 * after_item (NULL: nothing) with mailbox after each. Returns the seconds it took. */
double queue_do_chunk(const struct queue_job *job, const struct buffer *message, double *rows,
                      void (*after_item)(struct transport_mailbox *), struct transport_mailbox *);

/* The loop of a rank other than 0, until QUEUE_END. */
void queue_serve(struct transport *transport, struct transport_mailbox *mailbox,
                 const struct queue_job *job);

/* The loop of rank 0; the other ranks have been sent QUEUE_END when it returns. */
bool queue_coordinate(struct transport *transport, struct transport_mailbox *mailbox,
                      const struct queue_job *job, const struct queue_options *options,
                      struct log *log, struct progress *progress, struct queue_share *shares,
                      struct error *error);

#endif
