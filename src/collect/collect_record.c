/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collect.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool collect_name_valid(const char *text, size_t length)
{
    if (length == 0 || length > COLLECT_NAME_MAX) {
        return false;
    }
    size_t slashes = 0;
    bool part_begins = true;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '/' && !part_begins && slashes == 0) {
            slashes++;
            part_begins = true;
            continue;
        }
        if (!is_letter_or_digit(c) && c != '_' && (part_begins || (c != '.' && c != '-'))) {
            return false;
        }
        part_begins = false;
    }
    return !part_begins;
}

void collect_record_clear(struct collect_record *record)
{
    struct collect_record_base *base = record->base;
    size_t capacity = record->base_capacity;
    *record = (struct collect_record){.base = base, .base_capacity = capacity};
}

void collect_record_free(struct collect_record *record)
{
    free(record->base);
    *record = (struct collect_record){0};
}

void collect_record_name(struct collect_record *record, const char *text, size_t length)
{
    record->name_given = true;
    record->name_bad = !collect_name_valid(text, length);
    if (!record->name_bad) {
        memcpy(record->name, text, length);
        record->name[length] = '\0';
    }
}

void collect_record_created(struct collect_record *record, const char *text, size_t length)
{
    record->created_given = true;
    record->created_bad = length >= sizeof record->created || memchr(text, '\0', length) != NULL;
    if (!record->created_bad) {
        memcpy(record->created, text, length);
        record->created[length] = '\0';
    }
}

bool collect_record_base_add(struct collect_record *record, const char *text, size_t length,
                             unsigned relations, bool from_card)
{
    if (!collect_name_valid(text, length)) {
        record->bad_bases++;
        return true;
    }
    if (record->base_count == COLLECT_BASES_MAX) {
        return false;
    }
    record->base = memory_reserve(record->base, &record->base_capacity, record->base_count,
                                  sizeof *record->base);
    struct collect_record_base *base = &record->base[record->base_count++];
    memcpy(base->name, text, length);
    base->name[length] = '\0';
    base->relations = relations;
    base->from_card = from_card;
    return true;
}

unsigned collect_relation_of(const char *text, size_t length)
{
    static const struct {
        const char *name;
        unsigned relation;
    } known[] = {
        {"finetune", COLLECT_FINETUNE},
        {"adapter", COLLECT_ADAPTER},
        {"quantized", COLLECT_QUANTIZED},
        {"merge", COLLECT_MERGE},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strlen(known[i].name) == length && memcmp(known[i].name, text, length) == 0) {
            return known[i].relation;
        }
    }
    return COLLECT_UNSPECIFIED;
}

unsigned collect_relations_wanted(enum config_collect_relation relation)
{
    static const unsigned set[] = {
        [COLLECT_RELATION_FINETUNE] = COLLECT_FINETUNE,
        [COLLECT_RELATION_ADAPTER] = COLLECT_ADAPTER,
        [COLLECT_RELATION_QUANTIZED] = COLLECT_QUANTIZED,
        [COLLECT_RELATION_MERGE] = COLLECT_MERGE,
        [COLLECT_RELATION_ALL] = COLLECT_ALL,
    };
    return set[relation];
}
