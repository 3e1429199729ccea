/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Messages between rank 0 and the workers, for the coordinator (queue.h). Each worker has a number
 * of slots; in every slot one message of rank 0 and its answer can be under way. Rank 0 never
 * blocks: it posts the receive of the answer, starts the send and polls. So no two ranks can wait
 * for each other's send, whatever the size of the messages (blocking sends both ways do, once the
 * messages are too long for MPI's internal buffers, about 4 KB).
 *
 * Beside that, a worker may at any time send a notice, a small positive number.
 */
#ifndef GROWCAST_TRANSPORT_MAILBOX_H
#define GROWCAST_TRANSPORT_MAILBOX_H

#include "buffer.h"
#include "transport.h"

#include <stdbool.h>
#include <stddef.h>

/** Longest message or answer, bytes; longer ones are refused by an assertion. */
#define TRANSPORT_MAILBOX_LIMIT ((size_t)1 << 30)

struct transport_mailbox;

/** Opens the mailbox on every rank (each calls it); slots is the number per worker. */
struct transport_mailbox *transport_mailbox_open(struct transport *transport, size_t slots);

/** Ends the mailbox when no answer is outstanding; collective, unless a rank was lost. */
void transport_mailbox_close(struct transport_mailbox *mailbox);

/**
 * Rank 0: sends size bytes to a worker, in a slot that is free, and expects an answer of exactly
 * answer_size bytes, or none when answer is NULL. Both arrays are borrowed: with an answer until
 * transport_mailbox_poll() has reported it, without one until the next
 * transport_mailbox_flush().
 */
void transport_mailbox_post(struct transport_mailbox *mailbox, size_t rank, size_t slot,
                            const void *message, size_t size, void *answer, size_t answer_size);

struct transport_answer {
    size_t rank;
    size_t slot;
};

/** Rank 0: writes which answers have arrived since the last call to answers[] (room for slots per
 *  worker) and returns their number. Never blocks. */
size_t transport_mailbox_poll(struct transport_mailbox *mailbox, struct transport_answer *answers);

/** Rank 0: the latest notice of a worker, or 0. */
int transport_mailbox_notice(const struct transport_mailbox *mailbox);

/** Rank 0: waits until the messages without answer may be reused, see transport_set_patience(). */
void transport_mailbox_flush(struct transport_mailbox *mailbox);

/** Worker: takes the next message, in the order in which rank 0 posted them. Returns false at once
 *  when there is none. */
bool transport_mailbox_receive(struct transport_mailbox *mailbox, struct buffer *message,
                               size_t *slot);

/** Worker: answers the message received in slot. bytes are borrowed until the next message in the
 *  same slot has been received. */
void transport_mailbox_answer(struct transport_mailbox *mailbox, size_t slot, const void *bytes,
                              size_t size);

/** Worker: sends a notice (> 0) to rank 0. */
void transport_mailbox_notify(struct transport_mailbox *mailbox, int notice);

#endif
