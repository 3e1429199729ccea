/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What the files of the journal share; not for others. */
#ifndef GROWCAST_JOURNAL_PRIVATE_H
#define GROWCAST_JOURNAL_PRIVATE_H

#include "buffer.h"
#include "journal.h"

#include <stdint.h>
#include <sys/types.h>

struct journal {
    int descriptor;
    char *path;      /* of the journal */
    char *sums_path; /* of the checkpoint */
    enum config_journal policy;
    size_t item_count;
    size_t row_length;
    size_t row_bytes;
    double *sums; /* borrowed */
    size_t sum_length;

    uint64_t *offsets;   /* [item_count] where each item's row begins in the file, 0: not there */
    size_t count;        /* rows that are there */
    uint64_t end;        /* where the next record goes */
    uint64_t sequence;   /* its number */
    uint32_t chain;      /* CRC of the record before it, or of the header */
    double synchronised; /* when, on patience_now() */
    struct buffer scratch;
};

/* A place between two records. The chain identifies everything before it. */
struct journal_place {
    uint64_t end;
    uint64_t sequence;
    uint64_t chain;
};

/* CRC-32 of size bytes, continuing from seed. */
uint32_t journal_crc(uint32_t seed, const void *bytes, size_t size);

/* Reads exactly size bytes at offset. False with errno, which is 0 when the file ends before. */
bool journal_read_all(int descriptor, void *bytes, size_t size, uint64_t offset);

/* Writes exactly size bytes at offset; false with errno. */
bool journal_write_all(int descriptor, const void *bytes, size_t size, uint64_t offset);

/* Makes a created, renamed or removed name in path's folder durable, as far as the file system
 * can. */
void journal_sync_folder(const char *path);

/* path followed by suffix; to be released with free(). */
char *journal_path_join(const char *path, const char *suffix);

/* Where a checkpoint is written before it takes its name; to be released with free(). */
char *journal_temporary_path(const struct journal *journal);

/* ERROR_RUN: `path` could not be written, with errno's text and what to do about it. */
bool journal_write_error(const struct journal *journal, const char *path, struct error *error);

/* Opens path and locks it; waits up to lock_wait seconds. -1 with *error filled. */
int journal_open_locked(const char *path, double lock_wait, struct error *error);

/* Writes the header of a new journal. */
bool journal_write_header(struct journal *journal, const char *identity, struct error *error);

/* Checks the header of an existing journal of `size` bytes against identity. On success *present
 * says whether there was a header: a file too short for one holds no results. */
bool journal_check_header(struct journal *journal, const char *identity, uint64_t size,
                          bool *present, struct error *error);

/* Reads the records back into the index; stops at the first one that is not valid. With sums, rows
 * after the last checkpoint are not taken. Cuts the file behind what was taken. */
bool journal_replay(struct journal *journal, uint64_t size, struct journal_report *report,
                    struct error *error);

/* Reads the checkpoint: fills sums and *covered. False when there is none or it is not valid; the
 * sums are 0 then. */
bool journal_load_sums(struct journal *journal, struct journal_place *covered);

#endif
