/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void memory_exhausted(size_t count, size_t size)
{
    (void)fprintf(stderr, "growcast: out of memory (%zu elements of %zu bytes)\n", count, size);
    exit(EXIT_FAILURE);
}

static void *checked(void *memory, size_t count, size_t size)
{
    if (memory == NULL) {
        memory_exhausted(count, size);
    }
    return memory;
}

void *memory_array(size_t count, size_t size)
{
    return checked(calloc(count > 0 ? count : 1, size), count, size);
}

void *memory_resize(void *array, size_t count, size_t size)
{
    if (size > 0 && count > SIZE_MAX / size) {
        return checked(NULL, count, size);
    }
    size_t bytes = count * size;
    return checked(realloc(array, bytes > 0 ? bytes : 1), count, size);
}

void *memory_reserve(void *array, size_t *capacity, size_t needed, size_t size)
{
    if (needed < *capacity) {
        return checked(array, needed, size);
    }
    size_t larger = *capacity < 16 ? 16 : *capacity;
    while (larger <= needed) {
        larger += larger / 2;
    }
    *capacity = larger;
    return memory_resize(array, larger, size);
}

char *memory_string(const char *text)
{
    size_t length = strlen(text) + 1;
    char *copy = memory_array(length, 1);
    memcpy(copy, text, length);
    return copy;
}

FILE *memory_stream(char **text, size_t *size)
{
    return checked(open_memstream(text, size), 1, BUFSIZ);
}
