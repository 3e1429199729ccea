/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * How the readers fill struct reader_report.
 */
#ifndef GROWCAST_READER_REPORT_H
#define GROWCAST_READER_REPORT_H

#include "reader.h"

/** Adds a copy of a text. */
void reader_texts_add(struct reader_texts *texts, const char *text);

/** Frees the texts and leaves none. */
void reader_texts_free(struct reader_texts *texts);

/** Adds a file, whose path is copied; returns its index. */
size_t reader_report_source(struct reader_report *report, const char *path,
                            enum reader_format format);

/** Records the message of a row that is skipped. */
void reader_report_skip(struct reader_report *report, const struct error *error);

/** Adds a warning, printf-style. */
void reader_report_warn(struct reader_report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
