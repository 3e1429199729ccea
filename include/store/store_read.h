/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Reading complete output files.
 *
 * Nothing is taken for granted: a variable that is missing, of the wrong type or of the wrong
 * shape is an ERROR_INPUT that names it.
 */
#ifndef GROWCAST_STORE_READ_H
#define GROWCAST_STORE_READ_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>

struct store_reader;

/** Opens a file whose run_status is "complete". NULL on failure: no such file, damaged
 *  (store_checksum.h), not NetCDF, not made by growcast, not complete. The caller closes it. */
struct store_reader *store_read_open(const char *path, struct error *error);
void store_read_close(struct store_reader *reader);

/** Whether the file has a checksum, which was right. */
bool store_read_sealed(const struct store_reader *reader);

/** Whether there is a variable of that name. */
bool store_read_has(const struct store_reader *reader, const char *variable);

/** Size of a dimension; 0 when the file has none of that name. */
size_t store_read_size(const struct store_reader *reader, const char *dimension);

/** A text attribute of a variable, or of the file for NULL; the caller frees *text. */
bool store_read_text(const struct store_reader *reader, const char *variable, const char *attribute,
                     char **text, struct error *error);

/**
 * All values of a numeric variable, which must have exactly these dimensions (separated by blanks);
 * NaN for a missing value. The caller frees *values.
 */
bool store_read_numbers(const struct store_reader *reader, const char *variable,
                        const char *dimensions, double **values, struct error *error);

/** All texts of a string variable with one dimension. End with store_read_free_names(). */
bool store_read_names(const struct store_reader *reader, const char *variable,
                      const char *dimension, char ***names, struct error *error);
void store_read_free_names(const struct store_reader *reader, const char *dimension, char **names);

/** The codes of a flag variable and their words. */
struct store_flags {
    bool masks; /**< codes are bits of a mask; else they are the values themselves */
    size_t count;
    double *code; /**< [count], owned */
    char **word;  /**< [count], owned, within one allocation at word[0] */
};

bool store_read_flags(const struct store_reader *reader, const char *variable,
                      struct store_flags *flags, struct error *error);
void store_read_free_flags(struct store_flags *flags);

/** The words of a value, separated by blanks; a value or bit without a word is given as a number.
 *  "" for no bits, NULL for NaN. The caller frees it. */
char *store_read_words(const struct store_flags *flags, double value);

#endif
