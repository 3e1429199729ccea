/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Where a result comes from: program, libraries, inputs, configuration and seed.
 *
 * Everything in struct provenance is a function of the program, its inputs and the arithmetic that
 * it ran with, so that it is the same at any number of ranks and at any time. What is particular to
 * one execution (command line, time, host, ranks) goes into the history line alone.
 */
#ifndef GROWCAST_PROVENANCE_H
#define GROWCAST_PROVENANCE_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum { PROVENANCE_SHA256_SIZE = 65 };

struct provenance_input {
    char *name;                          /**< as the user gave it */
    char sha256[PROVENANCE_SHA256_SIZE]; /**< of the file's bytes, hexadecimal */
};

/** Everything in it is owned by it; see provenance_free(). */
struct provenance {
    char *libraries;       /**< "Open MPI v4.1.4; GSL 2.7.1; ..." */
    char *instruction_set; /**< instruction_set_name() */
    char *functions;       /**< arithmetic_fingerprint() */
    char *configuration;   /**< the effective configuration as an INI text */
    uint64_t seed;
    size_t input_count;
    size_t input_capacity;
    struct provenance_input *input;
};

/** "0.1.0" */
const char *provenance_version(void);

/** The commit that was built, 40 digits, with "-dirty" when files differ from it; "unknown" when
 *  built neither in a repository nor from an archive of one. */
const char *provenance_commit(void);

/** "gcc 12.2.0" */
const char *provenance_compiler(void);

/**
 * A record without inputs. mpi_version is what MPI_Get_library_version says (kept up to its first
 * comma); store_versions is of store_library_versions(). Texts are copied.
 */
struct provenance provenance_make(const char *mpi_version, const char *store_versions,
                                  const char *instruction_set, const char *configuration,
                                  uint64_t seed);

/** Adds an input; name and the 64 hexadecimal digits are copied. */
void provenance_add_input(struct provenance *provenance, const char *name, const char *sha256);

void provenance_free(struct provenance *provenance);

/** The inputs, one line each: "SHA256  NAME"; what `sha256sum --check` reads. Caller frees. */
char *provenance_input_text(const struct provenance *provenance);

/**
 * An identifier of the result: equal for equal program version, configuration, seed and contents
 * of inputs. "growcast-" and the first 32 digits of the SHA-256 of these. Caller frees.
 */
char *provenance_identifier(const struct provenance *provenance);

/**
 * The line of history: "2026-11-24T07:20:00Z HOST: growcast fit ... (4 ranks)", arguments quoted
 * for a shell where needed. Caller frees.
 */
char *provenance_history(int argument_count, char *const *arguments, int ranks, time_t now);

#endif
