/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal's format, and how one is read back. */
#include "journal_format.h"
#include "journal_private.h"
#include "memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char magic[8] = "growcst\n";

enum { FORMAT = 1, BYTE_ORDER_MARK = 0x01020304 };

static struct journal_header header_make(const struct journal *journal, const char *identity)
{
    struct journal_header header = {.format = FORMAT,
                                    .byte_order = BYTE_ORDER_MARK,
                                    .item_count = journal->item_count,
                                    .row_length = journal->row_length,
                                    .sum_length = journal->sum_length,
                                    .identity_size = strlen(identity)};
    memcpy(header.magic, magic, sizeof magic);
    header.crc =
        journal_crc(journal_crc(0, &header, sizeof header), identity, (size_t)header.identity_size);
    return header;
}

static void begin_records(struct journal *journal, const struct journal_header *header)
{
    journal->end = sizeof *header + header->identity_size;
    journal->sequence = 0;
    journal->chain = header->crc;
}

bool journal_write_header(struct journal *journal, const char *identity, struct error *error)
{
    struct journal_header header = header_make(journal, identity);
    buffer_clear(&journal->scratch);
    buffer_append(&journal->scratch, &header, sizeof header);
    buffer_append(&journal->scratch, identity, (size_t)header.identity_size);
    if (ftruncate(journal->descriptor, 0) != 0 ||
        !journal_write_all(journal->descriptor, journal->scratch.bytes, journal->scratch.size, 0) ||
        fdatasync(journal->descriptor) != 0) {
        return journal_write_error(journal, journal->path, error);
    }
    journal_sync_folder(journal->path);
    begin_records(journal, &header);
    return true;
}

static bool not_a_journal(const struct journal *journal, const char *why, struct error *error)
{
    return error_set(error, ERROR_USAGE,
                     "%s %s; move it away, or discard it and begin anew with --force",
                     journal->path, why);
}

/* Length of the line that begins at text, without its end. */
static int line_length(const char *text)
{
    size_t length = strcspn(text, "\n");
    return length < 200 ? (int)length : 200;
}

/* Reports the first line in which two identities differ, or the sizes that differ. */
static bool identity_error(const struct journal *journal, const char *theirs, const char *ours,
                           struct error *error)
{
    if (strcmp(theirs, ours) == 0) {
        return not_a_journal(journal, "holds another number of items, values or sums", error);
    }
    while (*theirs != '\0' && *ours != '\0') {
        size_t length = strcspn(theirs, "\n");
        if (length != strcspn(ours, "\n") || memcmp(theirs, ours, length) != 0) {
            break;
        }
        theirs += length + (theirs[length] == '\n');
        ours += length + (ours[length] == '\n');
    }
    return error_set(error, ERROR_USAGE,
                     "%s is of another run: it has \"%.*s\" where this run has \"%.*s\". Resume "
                     "with the same inputs, configuration, seed and version, or discard it with "
                     "--force",
                     journal->path, line_length(theirs), theirs, line_length(ours), ours);
}

bool journal_check_header(struct journal *journal, const char *identity, uint64_t size,
                          bool *present, struct error *error)
{
    struct journal_header ours = header_make(journal, identity);
    struct journal_header theirs;
    *present = false;
    if (size < sizeof theirs) {
        return true;
    }
    if (!journal_read_all(journal->descriptor, &theirs, sizeof theirs, 0)) {
        return error_set(error, ERROR_RUN, "cannot read %s: %s", journal->path, strerror(errno));
    }
    if (memcmp(theirs.magic, magic, sizeof magic) != 0) {
        return not_a_journal(journal, "is not a journal of this program", error);
    }
    if (theirs.format != FORMAT || theirs.byte_order != BYTE_ORDER_MARK) {
        return not_a_journal(journal, "was written by another version or kind of machine", error);
    }
    if (theirs.identity_size > size - sizeof theirs) {
        /* Too long to be there: cut short while it was created, or a damaged number. */
        return theirs.identity_size == ours.identity_size
                   ? true
                   : not_a_journal(journal, "has a damaged header", error);
    }
    size_t length = (size_t)theirs.identity_size;
    char *text = memory_array(length + 1, 1);
    if (!journal_read_all(journal->descriptor, text, length, sizeof theirs)) {
        free(text);
        return error_set(error, ERROR_RUN, "cannot read %s: %s", journal->path, strerror(errno));
    }
    uint32_t crc = theirs.crc;
    theirs.crc = 0;
    bool intact = journal_crc(journal_crc(0, &theirs, sizeof theirs), text, length) == crc;
    theirs.crc = crc;
    bool succeeded = true;
    if (!intact) {
        succeeded = not_a_journal(journal, "has a damaged header", error);
    } else if (memcmp(&theirs, &ours, sizeof ours) != 0 || strcmp(text, identity) != 0) {
        succeeded = identity_error(journal, text, identity, error);
    } else {
        *present = true;
        begin_records(journal, &ours);
    }
    free(text);
    return succeeded;
}

/* Reads the record at the journal's end into scratch. False when there is no valid one. */
static bool next_record(struct journal *journal, uint64_t size, struct journal_record *record)
{
    if (size - journal->end < sizeof *record ||
        !journal_read_all(journal->descriptor, record, sizeof *record, journal->end)) {
        return false;
    }
    uint64_t left = size - journal->end - sizeof *record;
    if (record->sequence != journal->sequence || record->count == 0 ||
        record->count > journal->item_count ||
        record->first > journal->item_count - record->count || record->length > left ||
        record->length != record->count * journal->row_bytes) {
        return false;
    }
    buffer_clear(&journal->scratch);
    void *rows = buffer_extend(&journal->scratch, (size_t)record->length);
    return journal_read_all(journal->descriptor, rows, (size_t)record->length,
                            journal->end + sizeof *record) &&
           journal_record_crc(journal->chain, record, rows) == record->crc;
}

uint32_t journal_record_crc(uint32_t chain, const struct journal_record *record, const void *rows)
{
    struct journal_record copy = *record;
    copy.crc = 0;
    return journal_crc(journal_crc(chain, &copy, sizeof copy), rows, (size_t)record->length);
}

void journal_take_record(struct journal *journal, const struct journal_record *record)
{
    for (size_t i = 0; i < record->count; i++) {
        uint64_t *offset = &journal->offsets[record->first + i];
        journal->count += *offset == 0 ? 1 : 0;
        *offset = journal->end + sizeof *record + i * journal->row_bytes;
    }
    journal->end += sizeof *record + record->length;
    journal->sequence++;
    journal->chain = record->crc;
}

static bool is_at(const struct journal *journal, const struct journal_place *place)
{
    return journal->end == place->end && journal->sequence == place->sequence &&
           journal->chain == place->chain;
}

/* Takes the records between two places anew, and none behind: of a row that stands on both sides of
   `end` the one before it counts. */
static void take_again(struct journal *journal, uint64_t size, const struct journal_place *begin,
                       const struct journal_place *end)
{
    struct journal_record record;
    memset(journal->offsets, 0, journal->item_count * sizeof *journal->offsets);
    journal->count = 0;
    journal->end = begin->end;
    journal->sequence = begin->sequence;
    journal->chain = (uint32_t)begin->chain;
    while (!is_at(journal, end) && next_record(journal, size, &record)) {
        journal_take_record(journal, &record);
    }
}

bool journal_replay(struct journal *journal, uint64_t size, struct journal_report *report,
                    struct error *error)
{
    struct journal_place begin = {journal->end, journal->sequence, journal->chain};
    struct journal_place covered = begin;
    bool has_checkpoint = journal->sum_length > 0 && journal_load_sums(journal, &covered);
    bool reached = is_at(journal, &covered);
    struct journal_record record;
    while (next_record(journal, size, &record)) {
        journal_take_record(journal, &record);
        reached = reached || is_at(journal, &covered);
    }
    report->resumed = true;
    report->bytes_dropped = (size_t)(size - journal->end);
    if (journal->sum_length > 0) {
        size_t found = journal->count;
        if (!has_checkpoint || !reached) {
            memset(journal->sums, 0, journal->sum_length * sizeof *journal->sums);
            (void)unlink(journal->sums_path);
            covered = begin;
        }
        if (!is_at(journal, &covered)) {
            take_again(journal, size, &begin, &covered);
        }
        report->rows_redone = found - journal->count;
    }
    report->rows = journal->count;
    if (ftruncate(journal->descriptor, (off_t)journal->end) != 0) {
        return journal_write_error(journal, journal->path, error);
    }
    return true;
}
