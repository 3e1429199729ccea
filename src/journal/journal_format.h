/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The bytes of a journal, as they stand in memory: it is read by the program and the kind of
 * machine that wrote it, and says so when it is not. No struct has padding.
 */
#ifndef GROWCAST_JOURNAL_FORMAT_H
#define GROWCAST_JOURNAL_FORMAT_H

#include "journal_private.h"

#include <stdint.h>

/* Followed by identity_size bytes of text; the CRC covers both, with crc = 0. */
struct journal_header {
    char magic[8];
    uint32_t format;
    uint32_t byte_order;
    uint64_t item_count;
    uint64_t row_length;
    uint64_t sum_length;
    uint64_t identity_size;
    uint32_t crc;
    uint32_t zero;
};

/* Followed by length bytes, the rows of count items. The CRC covers both, with crc = 0, and
 * continues from the CRC of the record before (the first: of the header). */
struct journal_record {
    uint64_t length;
    uint64_t sequence;
    uint64_t first;
    uint64_t count;
    uint32_t crc;
    uint32_t zero;
};

/* Followed by the sums; the CRC covers both, with crc = 0. */
struct journal_sums {
    char magic[8];
    struct journal_place covered;
    uint64_t length; /* doubles */
    uint32_t crc;
    uint32_t zero;
};

uint32_t journal_record_crc(uint32_t chain, const struct journal_record *record, const void *rows);

/* Enters a record that stands at the journal's end into the index and moves the end behind it. */
void journal_take_record(struct journal *journal, const struct journal_record *record);

#endif
