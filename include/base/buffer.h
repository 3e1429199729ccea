/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Bytes that grow at the end, for messages between ranks, and a cursor that reads them back.
 * Values are stored as they stand in memory: sender and receiver are the same program.
 */
#ifndef GROWCAST_BUFFER_H
#define GROWCAST_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/** Start with {0}. bytes is aligned as malloc() does and moves when the buffer grows. */
struct buffer {
    unsigned char *bytes;
    size_t size;
    size_t capacity;
};

/** Appends a copy of size bytes; bytes may be NULL when size is 0. */
void buffer_append(struct buffer *buffer, const void *bytes, size_t size);

/** Appends size bytes that are not initialised; returns where they begin, valid until the buffer
 *  grows again. */
void *buffer_extend(struct buffer *buffer, size_t size);

/** Appends zeros up to the next multiple of alignment. */
void buffer_align(struct buffer *buffer, size_t alignment);

/** Empties the buffer and keeps its memory. */
void buffer_clear(struct buffer *buffer);

/** Releases the memory; the buffer is {0} again. */
void buffer_free(struct buffer *buffer);

/** A place in bytes that somebody else owns. */
struct buffer_cursor {
    const unsigned char *next;
    size_t left;
};

/** Copies the next size bytes to `to`; false, and nothing copied, when fewer are left. */
bool buffer_take(struct buffer_cursor *cursor, void *to, size_t size);

#endif
