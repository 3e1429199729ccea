/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "queue.h"

#include "queue_private.h"

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
