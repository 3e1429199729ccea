/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "buffer.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>

void *buffer_extend(struct buffer *buffer, size_t size)
{
    size_t begin = buffer->size;
    buffer->bytes = memory_reserve(buffer->bytes, &buffer->capacity, begin + size, 1);
    buffer->size = begin + size;
    return buffer->bytes + begin;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t size)
{
    void *to = buffer_extend(buffer, size);
    if (size > 0) {
        memcpy(to, bytes, size);
    }
}

void buffer_align(struct buffer *buffer, size_t alignment)
{
    size_t excess = buffer->size % alignment;
    if (excess > 0) {
        size_t padding = alignment - excess;
        memset(buffer_extend(buffer, padding), 0, padding);
    }
}

void buffer_clear(struct buffer *buffer)
{
    buffer->size = 0;
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct buffer){0};
}

bool buffer_take(struct buffer_cursor *cursor, void *to, size_t size)
{
    if (size > cursor->left) {
        return false;
    }
    if (size > 0) {
        memcpy(to, cursor->next, size);
    }
    cursor->next += size;
    cursor->left -= size;
    return true;
}
