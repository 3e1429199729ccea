/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Results that are kept under what they were computed from: a table of fixed size, where a new
 * result takes the place of an older one with the same hash. Finding one saves time and changes
 * nothing, as long as results are functions of their keys.
 */
#ifndef GROWCAST_MEMO_H
#define GROWCAST_MEMO_H

#include <stddef.h>

struct memo;

/** Room for so many results of value_size bytes. The caller owns it. */
struct memo *memo_create(size_t slots, size_t value_size);
void memo_free(struct memo *memo);

/** The result under the bytes key[size], valid until the next memo_store(), or NULL. */
const void *memo_find(const struct memo *memo, const void *key, size_t size);

/** Keeps a copy of value under a copy of key[size]. */
void memo_store(struct memo *memo, const void *key, size_t size, const void *value);

#endif
