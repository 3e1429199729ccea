/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The header row of an input file: which column is what.
 */
#ifndef GROWCAST_READER_HEADER_H
#define GROWCAST_READER_HEADER_H

#include "config.h"
#include "reader.h"

/** A column that the file does not have. */
#define READER_NO_COLUMN SIZE_MAX

/** What the columns of a file are; columns count from 0. One set to zeros can be freed. */
struct reader_header {
    enum reader_format format;
    size_t count; /**< number of columns */
    char **name;  /**< [count] their names */
    size_t model;
    size_t organization; /**< or READER_NO_COLUMN, as for all that follow */
    size_t created_at;
    size_t date;   /**< of format long */
    size_t number; /**< of format long: the column `count` */
    size_t metric; /**< of format long */
    /* Of the wide formats: */
    size_t value_count;
    size_t *value_column;    /**< [value_count] columns with counts, from left to right */
    int32_t *value_position; /**< [value_count] their age in steps or their day, increasing */
    enum series_step step;   /**< of the wide formats, if step_known */
    bool step_known;         /**< false for format long and for a single date */
};

/**
 * Recognises a header row of `path`. format is what input.format says: anything but auto demands
 * that format. Returns false with *error filled (ERROR_INPUT) for a header of no or another format,
 * one with a column twice, with names that are not UTF-8, with ages or dates that do not increase
 * from left to right or are of mixed kinds. reader_header_free() releases *header in any case.
 */
bool reader_header_read(struct reader_header *header, const char *path,
                        const struct reader_row *row, enum config_input_format format,
                        struct error *error);

/** True if the column is none that the format knows. */
bool reader_header_ignores(const struct reader_header *header, size_t column);

void reader_header_free(struct reader_header *header);

/** True if increasing dates are a month or months apart: each is within 3 days of a whole number of
 *  months after the first, in a calendar month of its own. */
bool reader_header_is_monthly(const int32_t *day, size_t count);

#endif
