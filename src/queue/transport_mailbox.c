/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "transport_mailbox.h"

#include "memory.h"
#include "transport_private.h"

#include <assert.h>
#include <stdlib.h>

/* Tags: a slot's number for messages and answers; notices have their own. */
enum { NOTICE_TAG = 1000, NOTICE_CLOSING = -1 };

struct transport_mailbox {
    struct transport *transport;
    MPI_Comm communicator;
    size_t slots;
    size_t count;          /* rank 0: slots of all workers; a worker: its own */
    MPI_Request *sends;    /* [count] messages of rank 0, or answers of a worker */
    MPI_Request *receives; /* rank 0: [count + 1] answers, then the notice */
    int *arrived;          /* rank 0: [count + 1] indices that MPI reports */
    int incoming_notice;   /* rank 0: where the next notice is received */
    int notice;            /* rank 0: the latest one */
    size_t closed;         /* rank 0: workers that have closed their mailbox */
};

static void expect_notice(struct transport_mailbox *mailbox)
{
    MPI_Irecv(&mailbox->incoming_notice, 1, MPI_INT, MPI_ANY_SOURCE, NOTICE_TAG,
              mailbox->communicator, &mailbox->receives[mailbox->count]);
}

struct transport_mailbox *transport_mailbox_open(struct transport *transport, size_t slots)
{
    assert(slots > 0 && slots < NOTICE_TAG);
    struct transport_mailbox *mailbox = memory_array(1, sizeof *mailbox);
    mailbox->transport = transport;
    mailbox->slots = slots;
    bool root = transport->rank == 0;
    mailbox->count = root ? ((size_t)transport->size - 1) * slots : slots;
    mailbox->sends = memory_array(mailbox->count, sizeof(MPI_Request));
    mailbox->receives = memory_array(mailbox->count + 1, sizeof(MPI_Request));
    mailbox->arrived = memory_array(mailbox->count + 1, sizeof(int));
    for (size_t i = 0; i < mailbox->count; i++) {
        mailbox->sends[i] = MPI_REQUEST_NULL;
        mailbox->receives[i] = MPI_REQUEST_NULL;
    }
    mailbox->receives[mailbox->count] = MPI_REQUEST_NULL;
    MPI_Comm_dup(MPI_COMM_WORLD, &mailbox->communicator);
    if (root && transport->size > 1) {
        expect_notice(mailbox);
    }
    return mailbox;
}

static void take_notice(struct transport_mailbox *mailbox)
{
    if (mailbox->incoming_notice == NOTICE_CLOSING) {
        mailbox->closed++;
    } else {
        mailbox->notice = mailbox->incoming_notice;
    }
    if (mailbox->closed + 1 < (size_t)mailbox->transport->size) {
        expect_notice(mailbox);
    }
}

/* Every worker's last notice says that it sends no more: no message stays behind in MPI. */
static void close_notices(struct transport_mailbox *mailbox)
{
    if (mailbox->transport->rank != 0) {
        transport_mailbox_notify(mailbox, NOTICE_CLOSING);
        return;
    }
    while (mailbox->closed + 1 < (size_t)mailbox->transport->size) {
        transport_wait(mailbox->transport, &mailbox->receives[mailbox->count],
                       "the end of the work");
        take_notice(mailbox);
    }
}

void transport_mailbox_close(struct transport_mailbox *mailbox)
{
    if (!mailbox->transport->lost) {
        transport_mailbox_flush(mailbox);
        close_notices(mailbox);
        MPI_Comm_free(&mailbox->communicator);
    }
    free(mailbox->sends);
    free(mailbox->receives);
    free(mailbox->arrived);
    free(mailbox);
}

void transport_mailbox_post(struct transport_mailbox *mailbox, size_t rank, size_t slot,
                            const void *message, size_t size, void *answer, size_t answer_size)
{
    assert(mailbox->transport->rank == 0 && rank > 0 && slot < mailbox->slots);
    assert(size <= TRANSPORT_MAILBOX_LIMIT && answer_size <= TRANSPORT_MAILBOX_LIMIT);
    size_t index = (rank - 1) * mailbox->slots + slot;
    if (answer != NULL) {
        MPI_Irecv(answer, (int)answer_size, MPI_BYTE, (int)rank, (int)slot, mailbox->communicator,
                  &mailbox->receives[index]);
    }
    MPI_Isend(message, (int)size, MPI_BYTE, (int)rank, (int)slot, mailbox->communicator,
              &mailbox->sends[index]);
}

size_t transport_mailbox_poll(struct transport_mailbox *mailbox, struct transport_answer *answers)
{
    int completed = 0;
    MPI_Testsome((int)mailbox->count + 1, mailbox->receives, &completed, mailbox->arrived,
                 MPI_STATUSES_IGNORE);
    size_t found = 0;
    for (int i = 0; completed != MPI_UNDEFINED && i < completed; i++) {
        size_t index = (size_t)mailbox->arrived[i];
        if (index == mailbox->count) {
            take_notice(mailbox);
            continue;
        }
        /* Does not block: the worker has received the message before it answered. */
        MPI_Wait(&mailbox->sends[index], MPI_STATUS_IGNORE);
        answers[found++] = (struct transport_answer){.rank = index / mailbox->slots + 1,
                                                     .slot = index % mailbox->slots};
    }
    return found;
}

int transport_mailbox_notice(const struct transport_mailbox *mailbox)
{
    return mailbox->notice;
}

void transport_mailbox_flush(struct transport_mailbox *mailbox)
{
    for (size_t i = 0; i < mailbox->count; i++) {
        transport_wait(mailbox->transport, &mailbox->sends[i], "the delivery of a message");
    }
}

bool transport_mailbox_receive(struct transport_mailbox *mailbox, struct buffer *message,
                               size_t *slot)
{
    int found = 0;
    MPI_Message handle;
    MPI_Status status;
    MPI_Improbe(0, MPI_ANY_TAG, mailbox->communicator, &found, &handle, &status);
    if (!found) {
        return false;
    }
    int size;
    MPI_Get_count(&status, MPI_BYTE, &size);
    buffer_clear(message);
    void *bytes = buffer_extend(message, (size_t)size);
    MPI_Mrecv(bytes, size, MPI_BYTE, &handle, MPI_STATUS_IGNORE);
    *slot = (size_t)status.MPI_TAG;
    /* Does not block: rank 0 reuses a slot only after it has the answer. */
    MPI_Wait(&mailbox->sends[*slot], MPI_STATUS_IGNORE);
    return true;
}

void transport_mailbox_answer(struct transport_mailbox *mailbox, size_t slot, const void *bytes,
                              size_t size)
{
    assert(slot < mailbox->slots && size <= TRANSPORT_MAILBOX_LIMIT);
    MPI_Isend(bytes, (int)size, MPI_BYTE, 0, (int)slot, mailbox->communicator,
              &mailbox->sends[slot]);
}

void transport_mailbox_notify(struct transport_mailbox *mailbox, int notice)
{
    MPI_Request request;
    MPI_Isend(&notice, 1, MPI_INT, 0, NOTICE_TAG, mailbox->communicator, &request);
    transport_wait(mailbox->transport, &request, "a notice");
}
