/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _DEFAULT_SOURCE /* MADV_HUGEPAGE, where there is such a thing */
#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/** A large page of the usual processors. */
static const size_t large_page = (size_t)2 << 20;

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

void *memory_pages(size_t count, size_t size)
{
    if (size > 0 && count > (SIZE_MAX - large_page) / size) {
        return checked(NULL, count, size);
    }
    size_t bytes = (count * size + large_page - 1) / large_page * large_page;
    void *memory = checked(aligned_alloc(large_page, bytes > 0 ? bytes : large_page), count, size);
#ifdef MADV_HUGEPAGE
    (void)madvise(memory, bytes, MADV_HUGEPAGE); /* advice: without it there are small pages */
#endif
    return memory;
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
