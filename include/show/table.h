/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Tables for people, and the same tables as CSV (RFC 4180) and JSON.
 *
 * A table is filled cell by cell, row after row. Text is UTF-8; bytes that are not are shown as
 * U+FFFD, and control characters never reach a terminal.
 */
#ifndef GROWCAST_TABLE_H
#define GROWCAST_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum table_format { TABLE_FORMAT_TEXT, TABLE_FORMAT_CSV, TABLE_FORMAT_JSON };

/** What the cells of a column hold, and how they are written as text, CSV and JSON. */
enum table_kind {
    TABLE_TEXT,     /**< as it is; JSON null for NULL */
    TABLE_WORDS,    /**< "low_count step_like" reads "low count, step like"; a JSON array */
    TABLE_NUMBER,   /**< rounded for people, all digits otherwise; JSON null for NaN */
    TABLE_INTERVAL, /**< "2.1 [1.9, 2.4]"; CSV columns NAME, NAME_low, NAME_high; a JSON object */
};

/** A column. */
struct table_column {
    const char *name; /**< of CSV and JSON; its underscores are blanks in the heading for people */
    const char *unit; /**< added to the heading for people, or NULL */
    enum table_kind kind;
    int digits; /**< significant digits of numbers for people; all digits before the point stay */
};

struct table;

/** An empty table. title: heading for people and name in JSON. columns: [count], copied with
 *  their texts. The caller owns the table. */
struct table *table_create(const char *title, const struct table_column *columns, size_t count);
void table_free(struct table *table);

/** Each adds the next cell, which must be of the column's kind. Text is copied; NULL: missing. */
void table_add_text(struct table *table, const char *text);
void table_add_number(struct table *table, double value);

/** An estimate and its interval. An infinite end is "unbounded" for people and "Infinity" in
 *  JSON; NaN is missing. */
void table_add_interval(struct table *table, double value, double low, double high);

/**
 * Writes tables: as text one below the other under their titles; as CSV with a header line each
 * (meant for one table); as one JSON object with an array of objects for each title, blanks of
 * titles replaced by underscores.
 *
 * In CSV, text that a spreadsheet would take for a formula (it begins with = + - @, a tab or a
 * carriage return) gets an apostrophe before it. Numbers are written with the fewest digits that
 * read back as the same double.
 *
 * False when the stream has failed.
 */
bool table_write(const struct table *const *tables, size_t count, enum table_format format,
                 FILE *file);

/** Columns that text takes on a terminal. */
size_t table_text_width(const char *text);

#endif
