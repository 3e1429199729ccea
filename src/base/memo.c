/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "memo.h"

#include "memory.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct slot {
    size_t size;         /* of the key; 0: empty */
    unsigned char *both; /* the value, then the key */
};

struct memo {
    size_t slots;
    size_t value_size;
    struct slot slot[];
};

struct memo *memo_create(size_t slots, size_t value_size)
{
    struct memo *memo = memory_array(1, sizeof *memo + slots * sizeof *memo->slot);
    memo->slots = slots;
    memo->value_size = value_size;
    return memo;
}

void memo_free(struct memo *memo)
{
    if (memo != NULL) {
        for (size_t i = 0; i < memo->slots; i++) {
            free(memo->slot[i].both);
        }
        free(memo);
    }
}

/* FNV-1a. */
static size_t slot_of(const struct memo *memo, const void *key, size_t size)
{
    const unsigned char *byte = key;
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ byte[i]) * UINT64_C(1099511628211);
    }
    return (size_t)(hash % memo->slots);
}

const void *memo_find(const struct memo *memo, const void *key, size_t size)
{
    const struct slot *slot = &memo->slot[slot_of(memo, key, size)];
    bool same = slot->size == size && memcmp(slot->both + memo->value_size, key, size) == 0;
    return same && size > 0 ? slot->both : NULL;
}

void memo_store(struct memo *memo, const void *key, size_t size, const void *value)
{
    struct slot *slot = &memo->slot[slot_of(memo, key, size)];
    slot->both = memory_resize(slot->both, memo->value_size + size, 1);
    slot->size = size;
    memcpy(slot->both, value, memo->value_size);
    memcpy(slot->both + memo->value_size, key, size);
}
