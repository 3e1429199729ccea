/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dictionary.h"

#include "memory.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct dictionary_entry {
    const char *name;
    size_t number;
};

static int compare(const void *left, const void *right)
{
    const struct dictionary_entry *a = left;
    const struct dictionary_entry *b = right;
    return strcmp(a->name, b->name);
}

size_t dictionary_add(struct dictionary *dictionary, const char *name, size_t number)
{
    struct dictionary_entry *entry = memory_array(1, sizeof *entry);
    *entry = (struct dictionary_entry){name, number};
    struct dictionary_entry *const *found = tsearch(entry, &dictionary->root, compare);
    if (found == NULL) {
        memory_exhausted(1, sizeof *entry);
    }
    size_t result = (*found)->number;
    if (*found != entry) {
        free(entry);
    }
    return result;
}

size_t dictionary_find(const struct dictionary *dictionary, const char *name)
{
    struct dictionary_entry key = {name, 0};
    struct dictionary_entry *const *found = tfind(&key, &dictionary->root, compare);
    return found != NULL ? (*found)->number : DICTIONARY_NONE;
}

/* Every entry is the one that is looked for: takes out the root without looking at names. */
static int take_any(const void *left, const void *right)
{
    (void)left;
    (void)right;
    return 0;
}

void dictionary_free(struct dictionary *dictionary)
{
    while (dictionary->root != NULL) {
        /* The node's first member is the key, as POSIX promises. */
        struct dictionary_entry *entry = *(struct dictionary_entry **)dictionary->root;
        (void)tdelete(entry, &dictionary->root, take_any);
        free(entry);
    }
}
