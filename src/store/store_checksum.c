/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store_checksum.h"

#include "memory.h"

#include <errno.h>
#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 16 };

static const char prefix[] = "growcast sha256 ";

/* Writes the line that belongs behind the next `size` bytes of the file; false if they are not
   there. */
static bool make_line(FILE *file, long size, char line[STORE_CHECKSUM_SIZE])
{
    struct sha256_ctx context;
    uint8_t digest[SHA256_DIGEST_SIZE];
    uint8_t *chunk = memory_array(CHUNK, 1);
    sha256_init(&context);
    while (size > 0) {
        size_t wanted = size < CHUNK ? (size_t)size : CHUNK;
        size_t got = fread(chunk, 1, wanted, file);
        if (got == 0) {
            break;
        }
        sha256_update(&context, got, chunk);
        size -= (long)got;
    }
    free(chunk);
    sha256_digest(&context, sizeof digest, digest);
    memcpy(line, prefix, sizeof prefix - 1);
    base16_encode_update(line + sizeof prefix - 1, sizeof digest, digest);
    line[STORE_CHECKSUM_SIZE - 1] = '\n';
    return size == 0;
}

/* The size of a file, which is then at its beginning; -1 with errno. */
static long measure(FILE *file)
{
    if (fseek(file, 0, SEEK_END) != 0) {
        return -1;
    }
    long size = ftell(file);
    return fseek(file, 0, SEEK_SET) == 0 ? size : -1;
}

bool store_checksum_append(const char *path, struct error *error)
{
    char line[STORE_CHECKSUM_SIZE];
    FILE *file = fopen(path, "r+b");
    bool done = file != NULL;
    if (done) {
        long size = measure(file);
        done = size >= 0 && make_line(file, size, line) && fseek(file, 0, SEEK_END) == 0 &&
               fwrite(line, 1, sizeof line, file) == sizeof line && fflush(file) == 0;
        int reason = errno;
        done = fclose(file) == 0 && done;
        errno = done ? errno : reason;
    }
    return done || error_set(error, ERROR_RUN, "cannot write the checksum of %s: %s", path,
                             strerror(errno));
}

/* Compares an open file with the line at its end; false if they differ. */
static bool matches(FILE *file, bool *present)
{
    char found[STORE_CHECKSUM_SIZE];
    char expected[STORE_CHECKSUM_SIZE];
    long size = measure(file) - STORE_CHECKSUM_SIZE;
    *present = size > 0 && fseek(file, size, SEEK_SET) == 0 &&
               fread(found, 1, sizeof found, file) == sizeof found &&
               memcmp(found, prefix, sizeof prefix - 1) == 0;
    return !*present || (fseek(file, 0, SEEK_SET) == 0 && make_line(file, size, expected) &&
                         memcmp(found, expected, sizeof found) == 0);
}

bool store_checksum_check(const char *path, bool *present, struct error *error)
{
    *present = false;
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return error_set(error, ERROR_INPUT, "cannot read %s: %s", path, strerror(errno));
    }
    bool same = matches(file, present);
    (void)fclose(file);
    return same ||
           error_set(error, ERROR_INPUT,
                     "%s is damaged: its contents do not have the checksum at its end", path);
}
