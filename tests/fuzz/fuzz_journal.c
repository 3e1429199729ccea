/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libFuzzer harness of reading a journal back: `make fuzz`. The first byte of an input has
 * switches, the second says where the bytes of the journal end and those of the sums begin. As they
 * are, hardly any would get past the checksums: with SEAL these are made right, with ORDER also the
 * numbers in the headers. Opening must end with a journal that can be read and continued, or with
 * one message.
 */
#include "../../src/journal/journal_format.h"
#include "fuzz_file.h"
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ITEMS = 7, LENGTH = 3, SUMS = 2, PLACES = 64 };

enum { WITH_SUMS = 1, SEAL = 2, ORDER = 4, REPLACE = 8, REFUSE = 16, OTHER_RUN = 32 };

static const char identity[] = "version = 1\nseed = 2\n";

static char output[64];
static char path[2][96]; /* of the journal and of its sums */

static void remove_files(void)
{
    (void)unlink(path[0]);
    (void)unlink(path[1]);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    (void)snprintf(output, sizeof output, "/dev/shm/growcast-fuzz-journal-%ld", (long)getpid());
    (void)snprintf(path[0], sizeof path[0], "%s.journal", output);
    (void)snprintf(path[1], sizeof path[1], "%s.journal.sums", output);
    (void)atexit(remove_files);
    return 0;
}

/* Makes the header right where the switches say so; returns its size with the identity, or 0. */
static size_t seal_header(uint8_t *bytes, size_t size, unsigned switches, uint32_t *chain)
{
    struct journal_header header;
    if (size < sizeof header) {
        return 0;
    }
    memcpy(&header, bytes, sizeof header);
    memcpy(header.magic, "growcst\n", sizeof header.magic);
    header.format = 1;
    header.byte_order = 0x01020304;
    size_t left = size - sizeof header;
    if ((switches & ORDER) != 0) {
        header.item_count = ITEMS;
        header.row_length = LENGTH;
        header.sum_length = (switches & WITH_SUMS) != 0 ? SUMS : 0;
        header.identity_size = sizeof identity - 1;
        header.zero = 0;
    }
    if (header.identity_size > left) {
        header.identity_size = left;
    }
    size_t length = (size_t)header.identity_size;
    if ((switches & ORDER) != 0 && length == sizeof identity - 1) {
        memcpy(bytes + sizeof header, identity, length);
    }
    header.crc = 0;
    header.crc = journal_crc(journal_crc(0, &header, sizeof header), bytes + sizeof header, length);
    memcpy(bytes, &header, sizeof header);
    *chain = header.crc;
    return sizeof header + length;
}

/* Makes the records right; returns how many places between them there are. */
static size_t seal_journal(uint8_t *bytes, size_t size, unsigned switches,
                           struct journal_place *place)
{
    uint32_t chain = 0;
    size_t end = seal_header(bytes, size, switches, &chain);
    size_t count = 0;
    if (end == 0) {
        return 0;
    }
    place[count++] = (struct journal_place){end, 0, chain};
    struct journal_record record;
    while (count < PLACES && size - end > sizeof record) {
        size_t left = size - end - sizeof record;
        memcpy(&record, bytes + end, sizeof record);
        if ((switches & ORDER) != 0) {
            record.sequence = count - 1;
            record.count = 1 + record.count % ITEMS;
            record.first %= ITEMS - record.count + 1;
            record.length = record.count * LENGTH * sizeof(double);
        }
        if (record.length > left) {
            break;
        }
        record.crc = journal_record_crc(chain, &record, bytes + end + sizeof record);
        memcpy(bytes + end, &record, sizeof record);
        chain = record.crc;
        end += sizeof record + (size_t)record.length;
        place[count] = (struct journal_place){end, count, chain};
        count++;
    }
    return count;
}

static void seal_sums(uint8_t *bytes, size_t size, unsigned switches,
                      const struct journal_place *place, size_t places)
{
    struct journal_sums sums;
    if (size < sizeof sums) {
        return;
    }
    memcpy(&sums, bytes, sizeof sums);
    memcpy(sums.magic, "growsum\n", sizeof sums.magic);
    sums.length = (size - sizeof sums) / sizeof(double);
    if ((switches & ORDER) != 0 && places > 0) {
        sums.covered = place[sums.covered.end % places];
    }
    sums.crc = 0;
    sums.crc = journal_crc(journal_crc(0, &sums, sizeof sums), bytes + sizeof sums,
                           (size_t)sums.length * sizeof(double));
    memcpy(bytes, &sums, sizeof sums);
}

static void check_rows(const struct journal *journal, size_t expected)
{
    double row[LENGTH];
    struct error error = {0};
    size_t count = 0;
    for (size_t item = 0; item < ITEMS; item++) {
        if (journal_has(journal, item)) {
            count++;
            if (!journal_read(journal, item, 1, row, &error)) {
                abort();
            }
        }
    }
    if (count != journal_count(journal) || count != expected) {
        abort();
    }
}

/* A journal that could be opened can be continued, and then has what it had and the new row. */
static void check_continued(struct journal *journal, struct journal_request *request)
{
    const double row[LENGTH] = {1, 2, 3};
    struct journal_report report;
    struct error error = {0};
    size_t item = 0;
    while (item < ITEMS && journal_has(journal, item)) {
        item++;
    }
    item %= ITEMS;
    size_t expected = journal_count(journal) + (journal_has(journal, item) ? 0 : 1);
    if (!journal_append(journal, item, 1, row, &error) || !journal_checkpoint(journal, &error)) {
        abort();
    }
    journal_close(journal);
    request->existing = JOURNAL_RESUME;
    journal = journal_open(request, &report, &error);
    if (journal == NULL || report.rows != expected || report.bytes_dropped != 0) {
        abort();
    }
    check_rows(journal, expected);
    journal_close(journal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    unsigned switches = data[0];
    bool with_sums = (switches & WITH_SUMS) != 0;
    uint8_t *bytes = memory_array(size, 1);
    size -= 2;
    memcpy(bytes, data + 2, size);
    size_t split = with_sums ? size - size * data[1] / 512 : size;
    if ((switches & SEAL) != 0) {
        struct journal_place place[PLACES];
        size_t places = seal_journal(bytes, split, switches, place);
        seal_sums(bytes + split, size - split, switches, place, places);
    }
    remove_files();
    fuzz_write_file(path[0], bytes, split);
    if (with_sums) {
        fuzz_write_file(path[1], bytes + split, size - split);
    }
    free(bytes);
    double sums[SUMS];
    struct journal_request request = {
        .output = output,
        .identity = (switches & OTHER_RUN) != 0 ? "version = 1\nseed = 3\n" : identity,
        .item_count = ITEMS,
        .row_length = LENGTH,
        .sums = sums,
        .sum_length = with_sums ? SUMS : 0,
        .policy = JOURNAL_FLUSH,
        .existing = JOURNAL_RESUME,
    };
    if ((switches & (REPLACE | REFUSE)) != 0) {
        request.existing = (switches & REPLACE) != 0 ? JOURNAL_REPLACE : JOURNAL_REFUSE;
    }
    struct journal_report report;
    struct error error = {0};
    struct journal *journal = journal_open(&request, &report, &error);
    if (journal == NULL) {
        if (error.kind != ERROR_USAGE || error.message[0] == '\0') {
            abort();
        }
        return 0;
    }
    check_rows(journal, report.rows);
    check_continued(journal, &request);
    return 0;
}
