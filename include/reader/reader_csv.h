/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * A CSV file as a stream of rows, over libcsv (RFC 4180), which knows where everything stands and
 * hashes the bytes as they pass, so that a file is read exactly once.
 *
 * Lines end in LF, CRLF or CR; a leading UTF-8 byte order mark, blank lines and blanks around a
 * field are dropped. A file with a NUL byte, a row longer than READER_ROW_MAX or a quote that is
 * never closed cannot be read on; a quote in the wrong place spoils only its row.
 */
#ifndef GROWCAST_READER_CSV_H
#define GROWCAST_READER_CSV_H

#include "error.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** Longest row, bytes: 1 MiB. */
#define READER_ROW_MAX ((size_t)1 << 20)

/** Size of a SHA-256 in hexadecimal with its closing NUL. */
enum { READER_SHA256_SIZE = 65 };

/** One row; borrowed from its struct reader_csv until the next call for it. */
struct reader_row {
    size_t line;              /**< where the row begins, counted from 1 */
    size_t count;             /**< number of fields */
    const char *const *field; /**< [count] the fields' texts, unquoted */
    const size_t *field_line; /**< [count] the line where each field begins */
};

enum reader_csv_result {
    READER_CSV_ROW,     /**< *row is filled */
    READER_CSV_BAD_ROW, /**< *error says why; the next call goes on behind the row */
    READER_CSV_END,     /**< the file has been read to its end */
    READER_CSV_FAILED,  /**< *error says why; there is no going on */
};

struct reader_csv;

/** Opens a file. NULL with *error filled (ERROR_INPUT) if it cannot be opened. The path is borrowed
 *  until reader_csv_close(). */
struct reader_csv *reader_csv_open(const char *path, struct error *error);

/** Goes on with an open file, which reader_csv_close() then closes; path is for messages. */
struct reader_csv *reader_csv_take(FILE *file, const char *path);

/** The next row, or why there is none. *error is filled (ERROR_INPUT, PATH:LINE:COLUMN) with the
 * two results that say so. */
enum reader_csv_result reader_csv_next(struct reader_csv *csv, struct reader_row *row,
                                       struct error *error);

/** The line after the last one that was read. */
size_t reader_csv_line(const struct reader_csv *csv);

/** Once, after READER_CSV_END: number and SHA-256 (lower case hexadecimal) of the file's bytes. */
void reader_csv_digest(struct reader_csv *csv, uint64_t *bytes, char sha256[READER_SHA256_SIZE]);

/** Closes the file and frees csv, which may be NULL. */
void reader_csv_close(struct reader_csv *csv);

#endif
