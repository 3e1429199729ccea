/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sums of all ranks beside the journal. */
#include "journal_format.h"
#include "journal_private.h"
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[8] = "growsum\n";

static uint32_t sums_crc(const struct journal_sums *header, const double *sums)
{
    struct journal_sums copy = *header;
    copy.crc = 0;
    return journal_crc(journal_crc(0, &copy, sizeof copy), sums,
                       (size_t)header->length * sizeof *sums);
}

bool journal_load_sums(struct journal *journal, struct journal_place *covered)
{
    size_t bytes = journal->sum_length * sizeof *journal->sums;
    struct journal_sums header;
    struct stat file;
    int descriptor = open(journal->sums_path, O_RDONLY | O_CLOEXEC);
    bool valid = descriptor >= 0 && fstat(descriptor, &file) == 0 &&
                 (uint64_t)file.st_size == sizeof header + bytes &&
                 journal_read_all(descriptor, &header, sizeof header, 0) &&
                 memcmp(header.magic, magic, sizeof magic) == 0 &&
                 header.length == journal->sum_length &&
                 journal_read_all(descriptor, journal->sums, bytes, sizeof header) &&
                 sums_crc(&header, journal->sums) == header.crc;
    if (descriptor >= 0) {
        (void)close(descriptor);
    }
    if (valid) {
        *covered = header.covered;
    } else {
        memset(journal->sums, 0, bytes);
    }
    return valid;
}

/* Writes header and sums to path and makes them durable; false with errno. */
static bool write_sums(const char *path, const struct journal_sums *header, const double *sums)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) {
        return false;
    }
    bool written = journal_write_all(descriptor, header, sizeof *header, 0) &&
                   journal_write_all(descriptor, sums, (size_t)header->length * sizeof *sums,
                                     sizeof *header) &&
                   fsync(descriptor) == 0;
    int reason = errno;
    if (close(descriptor) != 0 && written) {
        return false;
    }
    errno = reason;
    return written;
}

static bool save_sums(const struct journal *journal, struct error *error)
{
    struct journal_sums header = {.covered = {journal->end, journal->sequence, journal->chain},
                                  .length = journal->sum_length};
    memcpy(header.magic, magic, sizeof magic);
    header.crc = sums_crc(&header, journal->sums);
    char *path = journal_temporary_path(journal);
    bool saved = write_sums(path, &header, journal->sums) && rename(path, journal->sums_path) == 0;
    if (!saved) {
        (void)journal_write_error(journal, journal->sums_path, error);
        (void)unlink(path);
    } else {
        journal_sync_folder(path);
    }
    free(path);
    return saved;
}

bool journal_checkpoint(struct journal *journal, struct error *error)
{
    if (journal->policy == JOURNAL_NONE) {
        return true;
    }
    /* First the rows, so that a checkpoint never covers more than the journal holds. */
    if (fdatasync(journal->descriptor) != 0) {
        return journal_write_error(journal, journal->path, error);
    }
    return journal->sum_length == 0 || save_sums(journal, error);
}
