/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What somebody may have meant by a misspelled word. */
#ifndef GROWCAST_SUGGEST_H
#define GROWCAST_SUGGEST_H

#include <stddef.h>

/**
 * Optimal string alignment distance: the number of letters inserted, deleted, replaced or swapped
 * with their neighbour that turn one word into the other. Only the first 63 bytes count.
 */
size_t suggest_distance(const char *left, const char *right);

#endif
