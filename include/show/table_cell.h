/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The inside of a table; shared by the files of the module. */
#ifndef GROWCAST_TABLE_CELL_H
#define GROWCAST_TABLE_CELL_H

#include "table.h"

struct table_cell {
    char *text;       /**< of TABLE_TEXT and TABLE_WORDS, valid UTF-8, or NULL; owned */
    double number[3]; /**< value, low, high */
};

struct table {
    char *title;
    size_t column_count;
    struct table_column *columns; /**< [column_count]; name and unit are owned */
    size_t cell_count;            /**< a multiple of column_count once a row is complete */
    size_t cell_capacity;
    struct table_cell *cells; /**< row by row */
};

/** A copy of text in which bytes that are not UTF-8 are U+FFFD; the caller owns it. */
char *table_clean_text(const char *text);

/** Replaces every such character of text. */
void table_replace_character(char *text, char from, char to);

/** Writes the fewest digits that read back as value; "inf", "-inf" and "nan" otherwise. */
void table_format_exact(double value, char *text, size_t size);

/** Writes value with so many significant digits, but all digits before the point. */
void table_format_rounded(double value, int digits, char *text, size_t size);

/** One table as text or CSV, all tables as JSON; false when a stream or memory has failed. */
void table_write_text(const struct table *table, FILE *file);
void table_write_csv(const struct table *table, FILE *file);
bool table_write_json(const struct table *const *tables, size_t count, FILE *file);

#endif
