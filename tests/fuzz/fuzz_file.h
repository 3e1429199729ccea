/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the harnesses share that read their input from a file. */
#ifndef GROWCAST_FUZZ_FILE_H
#define GROWCAST_FUZZ_FILE_H

#include <stdio.h>
#include <stdlib.h>

/** Writes a file of size bytes; ends the harness where that fails. */
static inline void fuzz_write_file(const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(name, "wb");
    if (file == NULL || (size > 0 && fwrite(bytes, 1, size, file) != size) || fclose(file) != 0) {
        perror(name);
        exit(EXIT_FAILURE);
    }
}

#endif
