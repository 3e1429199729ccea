/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Allocation that does not fail: out of memory is a broken environment, not a state that any
 * caller could repair, so it ends the process with one message and exit code 1 (under MPI the
 * launcher then ends the other ranks). All results are released with free().
 */
#ifndef GROWCAST_MEMORY_H
#define GROWCAST_MEMORY_H

#include <stddef.h>
#include <stdio.h>

/** A zeroed array of count elements of size bytes; count * size is checked for overflow.
 *  Never NULL, also for count 0. The caller owns it. */
void *memory_array(size_t count, size_t size) __attribute__((returns_nonnull, malloc));

/** Like memory_array(), not initialised, for megabytes: the system is asked for large pages, since
 * a small one costs more to touch first than to fill. The caller owns it. */
void *memory_pages(size_t count, size_t size) __attribute__((returns_nonnull, malloc));

/** The next multiple of a cache line's doubles: with memory_pages(), arrays of this length one
 * after the other begin on lines of their own. */
static inline size_t memory_whole_lines(size_t doubles)
{
    const size_t line = 64 / sizeof(double);
    return (doubles + line - 1) / line * line;
}

/** Resizes array (NULL: allocates) to count elements of size bytes, keeping its contents; what is
 *  beyond the old contents is not initialised. Returns the array, which may have moved. */
void *memory_resize(void *array, size_t count, size_t size) __attribute__((returns_nonnull));

/** Grows array geometrically until *capacity elements exceed needed; amortised O(1) per append. */
void *memory_reserve(void *array, size_t *capacity, size_t needed, size_t size)
    __attribute__((returns_nonnull));

/** Ends the process as described above; for libraries that report lack of memory themselves. */
void memory_exhausted(size_t count, size_t size) __attribute__((noreturn));

/** A copy of a string, owned by the caller. */
char *memory_string(const char *text) __attribute__((returns_nonnull, malloc));

/** A stream that writes to memory (POSIX open_memstream): after fclose(), *text is a string of
 * *size bytes that the caller owns. */
FILE *memory_stream(char **text, size_t *size) __attribute__((returns_nonnull));

#endif
