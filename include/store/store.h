/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Writing a self-describing NetCDF-4 file (CF-1.11, ACDD-1.3) that is either complete or absent.
 *
 * A file is written under a temporary name in the folder of the output, and takes its name only
 * after everything was written, checked and flushed to disk. The global attribute `run_status`
 * is written last, and behind the contents a checksum (store_checksum.h). Variables are declared by
 * descriptors, so that none can be without its documentation; the run's descriptors stand in
 * store_run.h.
 *
 * Only rank 0 writes. A failure is ERROR_RUN and names the file, the variable and the reason of
 * the operating system; the caller then calls store_discard() and nothing is left behind.
 */
#ifndef GROWCAST_STORE_H
#define GROWCAST_STORE_H

#include "error.h"

#include <stdbool.h>
#include <stddef.h>

/** How a variable is stored. Values arrive as doubles; integers up to 2^53 are exact. */
enum store_type {
    STORE_REAL,     /**< 64-bit floating point */
    STORE_INTEGER,  /**< 32-bit integer */
    STORE_COUNT,    /**< 64-bit integer */
    STORE_FLAGS,    /**< 32-bit mask with flag_masks and flag_meanings */
    STORE_CATEGORY, /**< byte with flag_values and flag_meanings */
    STORE_TEXT,     /**< UTF-8 strings; see store_put_text() */
};

/** Which values are possible at all; becomes valid_min, valid_max or valid_range. */
enum store_range {
    STORE_ANY,
    STORE_NOT_NEGATIVE, /**< [0, inf) */
    STORE_PROBABILITY,  /**< [0, 1] */
    STORE_CORRELATION,  /**< [-1, 1] */
};

/** A variable and its documentation; all texts are borrowed and may be NULL where said so. */
struct store_variable {
    const char *name;
    const char *dimensions; /**< separated by blanks, slowest first; "" for a scalar */
    enum store_type type;
    const char *units; /**< udunits; "@step", "@time" and "@ln_time" stand for the run's units */
    const char *long_name;
    const char *comment;       /**< how to read it, with the equation */
    const char *standard_name; /**< CF standard name, or NULL */
    const char *coordinates;   /**< CF auxiliary coordinates, or NULL */
    const char *cell_methods;  /**< or NULL */
    const char *ancillary;     /**< ancillary_variables, or NULL */
    const char *bounds;        /**< the variable with the bounds of a coordinate's cells, or NULL */
    const char *const *meanings; /**< categories by value or flags by bit, NULL-terminated */
    enum store_range range;
    bool required; /**< a missing value is a failure, and there is no _FillValue */
    bool compress; /**< chunked by the first dimension, shuffled and deflated */
};

enum { STORE_RANK_MAX = 8, STORE_SLAB = 1024 };

/** An output file that is being written. */
struct store {
    int handle;            /**< of the NetCDF library */
    char *path;            /**< where the file will be */
    char *temporary;       /**< where it is now */
    const char *step_unit; /**< "month" or "day": replaces "@step" */
    const char *time_unit; /**< "month", "day" or "year": replaces "@time" */
};

/**
 * Opens a new file for path (see output_check() in output.h). step_unit and time_unit are borrowed
 * until the store is gone. NULL on failure. End with store_complete() or store_discard().
 */
struct store *store_create(const char *path, const char *step_unit, const char *time_unit,
                           struct error *error);

/** Defines a dimension of the root group; one of size 0 is left out (see store_define()). */
bool store_dimension(struct store *store, const char *name, size_t size, struct error *error);

/** A text attribute of the file. */
bool store_attribute(struct store *store, const char *name, const char *text, struct error *error);

/** A real attribute of the file, and one that is a whole number. */
bool store_attribute_number(struct store *store, const char *name, double value,
                            struct error *error);
bool store_attribute_count(struct store *store, const char *name, size_t value,
                           struct error *error);

/**
 * Defines a variable with all its attributes. A variable with a dimension that was left out is
 * left out too; so are the values that are then put into it.
 */
bool store_define(struct store *store, const struct store_variable *variable, struct error *error);

/** Writes all values of a variable, in C order of its dimensions, NaN for a missing one; defines
 *  the variable if it was not yet. NULL values: everything is missing. */
bool store_put(struct store *store, const struct store_variable *variable, const double *values,
               struct error *error);

/** Writes elements first .. first + count - 1 of the slowest dimension; otherwise as store_put().
 */
bool store_put_slab(struct store *store, const struct store_variable *variable, size_t first,
                    size_t count, const double *values, struct error *error);

/** Writes all values of a one-dimensional STORE_TEXT variable. */
bool store_put_text(struct store *store, const struct store_variable *variable,
                    const char *const *values, struct error *error);

/**
 * A store for a group inside store, made on the first call for its name (*created); it shares the
 * file and its units. A plain value that needs no release and must not be completed or discarded.
 */
bool store_group(struct store *store, const char *name, struct store *group, bool *created,
                 struct error *error);

/**
 * Writes run_status = "complete" and the checksum, closes, flushes to disk and renames to the final
 * path. Releases the store in any case; on failure nothing is left on disk.
 */
bool store_complete(struct store *store, struct error *error);

/** Gives up: removes the temporary file and releases the store. NULL is allowed. */
void store_discard(struct store *store);

/** "NetCDF 4.9.0; HDF5 1.10.8", owned by the caller. */
char *store_library_versions(void);

#endif
