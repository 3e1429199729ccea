/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Series from records of the Hugging Face Hub: which model was made from which, when, and how often
 * models were downloaded.
 *
 * A record describes one model. It comes from JSON as the Hub's API returns it, or from a row of an
 * event list. Everything worth keeping of it goes into a struct collect, whose memory grows with
 * distinct models and their bases, not with bytes of input: about 70 to 140 bytes a model beside
 * its name (32 to 64 for struct collect_model, 12 to 24 for each link to a base, 8 to 16 in the
 * index), and 16 to 32 for every download count that is kept.
 */
#ifndef GROWCAST_COLLECT_H
#define GROWCAST_COLLECT_H

#include "calendar.h"
#include "config.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/** How a model was made from its base; bits of a set. A base that is named without relation counts
 *  as finetune, unless the same record names it with one. */
enum collect_relation {
    COLLECT_UNSPECIFIED = 0,
    COLLECT_FINETUNE = 1 << 0,
    COLLECT_ADAPTER = 1 << 1,
    COLLECT_QUANTIZED = 1 << 2,
    COLLECT_MERGE = 1 << 3,
    COLLECT_ALL = COLLECT_FINETUNE | COLLECT_ADAPTER | COLLECT_QUANTIZED | COLLECT_MERGE,
};

/** End of a list of links; also no model. */
#define COLLECT_NONE UINT32_MAX

/** Most distinct bases of one model. */
enum { COLLECT_BASES_MAX = 1000 };

/** Longest name of a model, bytes; the Hub allows 96 for each of its two parts. */
enum { COLLECT_NAME_MAX = 200 };

/** A model that a record describes or names as a base. */
struct collect_model {
    size_t name;                  /**< offset in collect.names */
    struct calendar_time created; /**< day SERIES_NO_DATE: not known */
    uint32_t first_link;          /**< index in collect.link, or COLLECT_NONE */
    uint32_t children;            /**< as the Hub counts them, by collect.relations, or NONE */
    bool described;               /**< a record described it; else it was only named as a base */
    bool asked;                   /**< a base that was asked for by name, author or rank */
};

/** A base of a model. */
struct collect_link {
    uint32_t base;           /**< index in collect.model */
    uint32_t next;           /**< the model's next link, or COLLECT_NONE */
    unsigned char relations; /**< set of enum collect_relation */
};

/** A download count of a model in a dated snapshot. */
struct collect_observation {
    uint32_t model;
    int32_t day; /**< of the snapshot, days since 1970-01-01 */
    double count;
};

/** What reading came upon. */
struct collect_facts {
    size_t records;   /**< records read without defect */
    size_t skipped;   /**< records passed over, see input.on_bad_row */
    size_t bad_bases; /**< bases left out because they cannot be names of models */
    size_t redated;   /**< records whose date differs from the model's earlier record */
    uint64_t bytes;   /**< of all inputs */
    char first_skipped[ERROR_MESSAGE_SIZE];
};

/** All that was collected. One set to zeros is empty. Everything in it is owned by it. */
struct collect {
    enum config_collect_count count; /**< which download counts to keep; set before reading */
    unsigned relations;      /**< set of enum collect_relation that is wanted; set before reading */
    bool from_web;           /**< only the models asked for have series */
    size_t to_ask;           /**< so many models that records describe next are asked for */
    int32_t day;             /**< from_web: the day of the first page, days since 1970-01-01 */
    uint32_t last_described; /**< the model that the last record described */
    size_t model_count, model_capacity;
    struct collect_model *model;
    size_t link_count, link_capacity;
    struct collect_link *link;
    size_t observation_count, observation_capacity;
    struct collect_observation *observation;
    size_t names_size, names_capacity;
    char *names;
    size_t index_size; /**< power of two, or 0 */
    uint32_t *index;   /**< [index_size] model + 1 by hash of its name; 0: empty */
    uint64_t hash_key; /**< random, so that no input can be made to collide */
    struct collect_facts facts;
};

/** A record on its way. Zeroed is empty; memory serves one record after the other. */
struct collect_record {
    char name[COLLECT_NAME_MAX + 1];
    char created[64];
    bool name_given, name_bad;
    bool created_given, created_bad;
    bool downloads_given, all_time_given;
    double downloads, all_time; /**< the 30-day counter and the total */
    unsigned card_relation;     /**< base_model_relation of the model card */
    bool children_given;
    double children; /**< childrenModelCount, of the wanted relations */
    size_t base_count, base_capacity;
    struct collect_record_base *base;
    size_t bad_bases;
};

/** A base that a record names. */
struct collect_record_base {
    char name[COLLECT_NAME_MAX + 1];
    unsigned relations;
    bool from_card;
};

/** Makes the record empty; keeps its memory. */
void collect_record_clear(struct collect_record *record);
void collect_record_free(struct collect_record *record);

/** Sets the model's name or the text of its date of creation. Text need not end in NUL. */
void collect_record_name(struct collect_record *record, const char *text, size_t length);
void collect_record_created(struct collect_record *record, const char *text, size_t length);

/** Adds a base. One that cannot be the name of a model is only counted: model cards are written by
 *  hand and hold local paths and worse. False if there are too many. */
bool collect_record_base_add(struct collect_record *record, const char *text, size_t length,
                             unsigned relations, bool from_card);

/** The relation of that name, COLLECT_UNSPECIFIED if it is none. */
unsigned collect_relation_of(const char *text, size_t length);

/** The relations that a setting stands for. */
unsigned collect_relations_wanted(enum config_collect_relation relation);

/** Takes in a record. day: of the snapshot, or SERIES_NO_DATE. Returns NULL, or what is wrong with
 *  the record, a static text, and then nothing was taken in. */
const char *collect_add(struct collect *collect, const struct collect_record *record, int32_t day);

/** The index of a model, which is added if it is new. name must be valid. */
uint32_t collect_model_index(struct collect *collect, const char *name);

/** The index of a model, or COLLECT_NONE. */
uint32_t collect_find(const struct collect *collect, const char *name);

/** The name of a model; borrowed until the next model is added. */
const char *collect_name(const struct collect *collect, uint32_t model);

/**
 * Whether text[length] can be the name of a model: letters, digits, `.`, `_` and `-`, at most one
 * `/` between two parts, beginning with a letter, digit or `_`. Such a name is no path out of a
 * folder, no formula of a spreadsheet and needs no escape anywhere.
 */
bool collect_name_valid(const char *text, size_t length);

/**
 * Reads records from files and folders, recognised by their first bytes: JSON (`{` or `[`), else an
 * event list. Of a folder its *.json, *.jsonl and *.csv in the order of their names. The first
 * YYYY-MM-DD in the name of a file is the day of a snapshot. A defect is one message
 * PATH:LINE:COLUMN; with input.on_bad_row = skip a record with a defect is passed over and counted,
 * while text that is not JSON always ends the reading.
 */
bool collect_read(struct collect *collect, const struct config_input *input,
                  const char *const *paths, size_t count, struct error *error);

/** Reads a CSV file old,new: `old` is a former name of `new`. Moves what was made from `old` to
 *  `new`. To be called when all records are in. */
bool collect_rename(struct collect *collect, const char *path, struct error *error);

void collect_free(struct collect *collect);

/* Parts of collect_read(), each with the file open at its beginning or its path. */

/** Reads JSON: one array of records, or records one after the other (JSON lines). name is for
 *  messages. */
bool collect_read_json(struct collect *collect, FILE *file, const char *name, int32_t day,
                       enum config_on_bad_row on_bad_row, struct error *error);

/** Reads an event list: base_model,model,created_at[,relation]. A row without base_model gives the
 *  date of a model that was made from none. Closes the file; name is for messages. */
bool collect_read_events(struct collect *collect, FILE *file, const char *name,
                         enum config_on_bad_row on_bad_row, struct error *error);

/** Fails with that message or, where the policy is to skip, counts it and returns true. */
bool collect_skip(struct collect *collect, enum config_on_bad_row on_bad_row,
                  const struct error *failure, struct error *error);

#endif
