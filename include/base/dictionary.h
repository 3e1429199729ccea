/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * A number for every text: an ordered set of names over POSIX's tsearch(), so that even hostile
 * names cost no more than a logarithm.
 */
#ifndef GROWCAST_DICTIONARY_H
#define GROWCAST_DICTIONARY_H

#include <stddef.h>

/** What dictionary_find() returns for a name that is not there. */
#define DICTIONARY_NONE ((size_t)-1)

/** A dictionary set to zeros is an empty one. */
struct dictionary {
    void *root;
};

/** Adds a name, which is borrowed and must outlive the dictionary, with its number. Returns the
 *  number that the name has from now on: an existing one stays. */
size_t dictionary_add(struct dictionary *dictionary, const char *name, size_t number);

/** The number of a name, or DICTIONARY_NONE. */
size_t dictionary_find(const struct dictionary *dictionary, const char *name);

/** Frees the dictionary, not the names, which may be gone already, and leaves it empty. */
void dictionary_free(struct dictionary *dictionary);

#endif
