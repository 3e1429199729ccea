/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "journal.h"

#include "journal_format.h"
#include "journal_private.h"
#include "memory.h"
#include "patience.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* With JOURNAL_SYNC, seconds between fdatasync() calls: what a power loss may cost. */
static const double SYNC_PERIOD = 1.0;

static void release(struct journal *journal)
{
    if (journal->descriptor >= 0) {
        (void)close(journal->descriptor);
    }
    buffer_free(&journal->scratch);
    free(journal->offsets);
    free(journal->sums_path);
    free(journal->path);
    free(journal);
}

/* A file without a name in the output's folder, which vanishes with the process. */
static bool open_nameless(struct journal *journal, const char *output, struct error *error)
{
    char *path = journal_path_join(output, ".rows.XXXXXX");
    journal->descriptor = mkstemp(path);
    bool opened = journal->descriptor >= 0 && unlink(path) == 0;
    if (!opened) {
        (void)error_set(error, ERROR_USAGE, "cannot write %s: %s", path, strerror(errno));
    }
    free(path);
    journal->end = 1; /* offset 0 means "not there" */
    return opened;
}

static bool begin_new(struct journal *journal, const char *identity, struct error *error)
{
    /* The checkpoint of an earlier run goes first: it must not be taken for one of this run. */
    if (unlink(journal->sums_path) != 0 && errno != ENOENT) {
        return error_set(error, ERROR_USAGE, "cannot remove %s: %s", journal->sums_path,
                         strerror(errno));
    }
    if (!journal_write_header(journal, identity, error)) {
        (void)unlink(journal->path);
        return false;
    }
    return true;
}

static bool open_named(struct journal *journal, const struct journal_request *request,
                       struct journal_report *report, struct error *error)
{
    journal->descriptor = journal_open_locked(journal->path, request->lock_wait, error);
    if (journal->descriptor < 0) {
        return false;
    }
    struct stat file;
    if (fstat(journal->descriptor, &file) != 0) {
        return error_set(error, ERROR_RUN, "cannot read %s: %s", journal->path, strerror(errno));
    }
    uint64_t size = (uint64_t)file.st_size;
    if (size > 0 && request->existing == JOURNAL_REFUSE) {
        return error_set(error, ERROR_USAGE,
                         "%s is left from an earlier run: continue it with --resume, or discard it "
                         "with --force",
                         journal->path);
    }
    bool present = false;
    if (request->existing == JOURNAL_RESUME &&
        !journal_check_header(journal, request->identity, size, &present, error)) {
        return false;
    }
    return present ? journal_replay(journal, size, report, error)
                   : begin_new(journal, request->identity, error);
}

struct journal *journal_open(const struct journal_request *request, struct journal_report *report,
                             struct error *error)
{
    struct journal *journal = memory_array(1, sizeof *journal);
    *journal = (struct journal){
        .descriptor = -1,
        .path = journal_path_join(request->output, ".journal"),
        .sums_path = journal_path_join(request->output, ".journal.sums"),
        .policy = request->policy,
        .item_count = request->item_count,
        .row_length = request->row_length,
        .row_bytes = request->row_length * sizeof(double),
        .sums = request->sums,
        .sum_length = request->sum_length,
        .offsets = memory_array(request->item_count, sizeof(uint64_t)),
        .synchronised = patience_now(),
    };
    if (request->sum_length > 0) {
        memset(request->sums, 0, request->sum_length * sizeof *request->sums);
    }
    *report = (struct journal_report){0};
    bool opened = request->policy == JOURNAL_NONE ? open_nameless(journal, request->output, error)
                                                  : open_named(journal, request, report, error);
    if (!opened) {
        release(journal);
        return NULL;
    }
    return journal;
}

bool journal_exists(const char *output)
{
    char *path = journal_path_join(output, ".journal");
    bool exists = access(path, F_OK) == 0;
    free(path);
    return exists;
}

bool journal_has(const struct journal *journal, size_t item)
{
    return journal->offsets[item] != 0;
}

size_t journal_count(const struct journal *journal)
{
    return journal->count;
}

bool journal_append(struct journal *journal, size_t first, size_t count, const double *rows,
                    struct error *error)
{
    assert(count > 0 && first + count <= journal->item_count);
    struct journal_record record = {.length = count * journal->row_bytes,
                                    .sequence = journal->sequence,
                                    .first = first,
                                    .count = count};
    record.crc = journal_record_crc(journal->chain, &record, rows);
    struct buffer *bytes = &journal->scratch;
    buffer_clear(bytes);
    buffer_append(bytes, &record, sizeof record);
    buffer_append(bytes, rows, (size_t)record.length);
    if (!journal_write_all(journal->descriptor, bytes->bytes, bytes->size, journal->end)) {
        int reason = errno;
        /* What was written of the record goes; should that fail, reading back finds it torn. */
        if (ftruncate(journal->descriptor, (off_t)journal->end) != 0) {
            errno = reason;
        }
        errno = reason;
        return journal_write_error(journal, journal->path, error);
    }
    journal_take_record(journal, &record);
    double now = patience_now();
    if (journal->policy == JOURNAL_SYNC && now - journal->synchronised >= SYNC_PERIOD) {
        journal->synchronised = now;
        if (fdatasync(journal->descriptor) != 0) {
            return journal_write_error(journal, journal->path, error);
        }
    }
    return true;
}

bool journal_read(const struct journal *journal, size_t first, size_t count, double *rows,
                  struct error *error)
{
    assert(first + count <= journal->item_count);
    size_t taken;
    for (size_t at = 0; at < count; at += taken) {
        uint64_t offset = journal->offsets[first + at];
        assert(offset != 0);
        /* Rows that stand one behind the other are read at once. */
        taken = 1;
        while (at + taken < count &&
               journal->offsets[first + at + taken] == offset + taken * journal->row_bytes) {
            taken++;
        }
        if (!journal_read_all(journal->descriptor, rows + at * journal->row_length,
                              taken * journal->row_bytes, offset)) {
            return error_set(error, ERROR_RUN, "cannot read back %s: %s", journal->path,
                             errno != 0 ? strerror(errno) : "the file has become shorter");
        }
    }
    return true;
}

static bool unlink_all(const struct journal *journal, struct error *error)
{
    char *temporary = journal_temporary_path(journal);
    const char *const paths[] = {temporary, journal->sums_path, journal->path};
    bool removed = true;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (unlink(paths[i]) != 0 && errno != ENOENT) {
            removed =
                error_set(error, ERROR_RUN, "cannot remove %s: %s", paths[i], strerror(errno));
        }
    }
    free(temporary);
    return removed;
}

void journal_close(struct journal *journal)
{
    if (journal == NULL) {
        return;
    }
    struct error ignored;
    if (journal->policy != JOURNAL_NONE && journal->count == 0) {
        (void)unlink_all(journal, &ignored);
    } else if (journal->policy == JOURNAL_SYNC) {
        (void)fdatasync(journal->descriptor);
    }
    release(journal);
}

bool journal_remove(struct journal *journal, struct error *error)
{
    bool removed = journal->policy == JOURNAL_NONE || unlink_all(journal, error);
    release(journal);
    return removed;
}
