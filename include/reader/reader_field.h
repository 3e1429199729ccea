/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Single fields of input files: counts, names and how to speak of them in messages.
 */
#ifndef GROWCAST_READER_FIELD_H
#define GROWCAST_READER_FIELD_H

#include "calendar.h"
#include "error.h"

#include <stddef.h>

/** Counts above this are not all doubles: 2^53. */
#define READER_COUNT_MAX 9007199254740992.0

/** The Hub's earliest created_at, 2022-03-02T23:29:04Z, stands for all that is older. */
extern const struct calendar_time reader_earliest_stamp;

/** Size of a text made by reader_quote(). */
enum { READER_QUOTE_SIZE = 128 };

/**
 * Reads a count: decimal digits, with a fraction or an exponent if need be. Returns NULL and fills
 * *count (0 .. READER_COUNT_MAX, the nearest double), or returns what is wrong, a static text. The
 * program never calls setlocale(), so that strtod() knows the decimal point only.
 */
const char *reader_parse_count(const char *text, double *count);

/** NULL if the text can be a name: not empty, valid UTF-8, no control characters but tabs and line
 *  ends. Else what is wrong, a static text. */
const char *reader_name_defect(const char *text);

/** Writes a text in quotes for a message, on one line: what is not printable UTF-8 as \xHH, and
 *  what is long cut. Returns quoted. */
const char *reader_quote(const char *text, char quoted[READER_QUOTE_SIZE]);

/** Fills *error (ERROR_INPUT) with `PATH:LINE:COLUMN: column "NAME": ` and the message, and returns
 *  false. Column counts from 0 here and from 1 in the message; name may be NULL: no such column. */
bool reader_fail(struct error *error, const char *path, size_t line, size_t column,
                 const char *name, const char *format, ...) __attribute__((format(printf, 6, 7)));

#endif
