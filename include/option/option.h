/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * The keys of the configuration.
 *
 * option_table, in option.c, describes every key once: section, key, type, default, range, choices,
 * unit, help and where its value stands in struct config. It alone drives the defaults, the reader
 * of INI files, `--set`, `growcast config`, the effective configuration recorded in the output and
 * the man page. To add a key, add a member to config.h and a row to the table.
 */
#ifndef GROWCAST_OPTION_H
#define GROWCAST_OPTION_H

#include "config.h"
#include "error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/** The type of a value; it follows from the type of the member of struct config. */
enum option_type {
    OPTION_REAL,     /**< double */
    OPTION_INTEGER,  /**< size_t or uint64_t */
    OPTION_FLAG,     /**< bool, written yes or no */
    OPTION_CHOICE,   /**< an enum, written as one of `choices` */
    OPTION_TEXT,     /**< char[CONFIG_TEXT_SIZE] */
    OPTION_LIST,     /**< struct config_list, written with commas */
    OPTION_AGES,     /**< struct config_age_list, written with commas: 6, 30d, 6mo */
    OPTION_DURATION, /**< struct config_duration, written as 90, 90s, 5min, 2h or 1d */
};

/** The description of one key. */
struct option_key {
    const char *section;
    const char *name;
    enum option_type type;
    size_t offset;       /**< of the value in struct config, bytes */
    const char *initial; /**< the default, as one would write it */
    double minimum;      /**< allowed range of a number, or of every number of a list */
    double maximum;
    bool open;                  /**< minimum and maximum themselves are not allowed */
    bool execution;             /**< says how a run is executed and changes no result */
    bool increasing;            /**< of a list: each value must exceed the one before */
    size_t fewest, most;        /**< allowed length of a list */
    const char *const *choices; /**< words by value of the enum, NULL-terminated */
    const char *unit;           /**< NULL: none */
    const char *help;           /**< what it means, one or a few sentences without line breaks */
};

extern const struct option_key option_table[];
extern const size_t option_count;

/** More keys than the table will ever have: the size of arrays with one element a key. */
enum { OPTION_COUNT_MAX = 256 };

/**
 * Section [sweep] has one key for each setting to vary, named section.key, with a list of values.
 * option_sweep_assign() adds a setting or replaces that of the same name. The error (ERROR_USAGE)
 * begins with `where`: no such key, a key whose value is a list or a text, a value that it does not
 * allow or that stands there twice, numbers that do not increase, too many values or settings.
 */
bool option_sweep_assign(struct config_sweep *sweep, const char *name, const char *values,
                         const char *where, struct error *error);

/** The key that a setting varies, the number of its values, and value `index` as text. */
const struct option_key *option_sweep_key(const struct config_sweep_setting *setting);
size_t option_sweep_count(const struct config_sweep_setting *setting);
void option_sweep_value(const struct config_sweep_setting *setting, size_t index, char *text,
                        size_t size);

/** Gives the key its value `index`. */
void option_sweep_apply(const struct config_sweep_setting *setting, size_t index,
                        struct config *config);

/**
 * A configuration while its sources are read. Each file is a layer and all `--set` together are
 * the last; a later layer wins. A plain value.
 */
struct option_layers {
    struct config config;
    size_t layer;                    /**< number of the layer being read; 0: only defaults */
    size_t set_in[OPTION_COUNT_MAX]; /**< layer that gave each key its value; 0: the default */
    size_t sweep_set_in[CONFIG_SWEEP_MAX]; /**< the same for the settings of [sweep] */
};

/** The configuration without any file: every key at its default. */
void option_defaults(struct config *config);

/** The row of the table for section.name, or NULL. */
const struct option_key *option_find(const char *section, const char *name);

/** The row whose full name is nearest by edit distance to that name. */
const struct option_key *option_nearest(const char *section, const char *name);

/**
 * Gives one key the value written in text; *config is unchanged on failure. The error (ERROR_USAGE)
 * begins with `where` and names the key and the values it allows.
 */
bool option_assign(const struct option_key *key, const char *text, const char *where,
                   struct config *config, struct error *error);

/** Starts with the defaults and no layer. */
void option_layers_start(struct option_layers *layers);

/**
 * Reads an INI file as the next layer. Errors (ERROR_USAGE) name FILE:LINE: a file that cannot be
 * read, a line that is not INI, an unknown key (with the nearest known one), a key given twice in
 * the file, a value of the wrong type or out of range.
 */
bool option_read_file(struct option_layers *layers, const char *path, struct error *error);

/** Reads text as a file of that name would be. */
bool option_read_text(struct option_layers *layers, const char *text, const char *name,
                      struct error *error);

/** One setting of the command line. Strings are borrowed. */
struct option_setting {
    const char *origin; /**< the option that gave it, e.g. "--set", for messages */
    const char *name;   /**< "section.key", or NULL: value is "section.key=value" */
    const char *value;
};

/** Reads count settings as one layer; among them, too, the later wins. */
bool option_read_settings(struct option_layers *layers, const struct option_setting *settings,
                          size_t count, struct error *error);

/**
 * Applies what one key implies for others. `fit.method = paper`
 * means the protocol of the paper's Table 1, so it sets model.scale = 1 and model.time_unit = year,
 * except where the same or a later layer sets them. What was done is written as one line to note
 * (capacity note_size), which is empty when nothing was.
 */
void option_layers_finish(struct option_layers *layers, char *note, size_t note_size);

/** Writes the value of a key to text, exactly and as it could be read again. */
void option_format(const struct option_key *key, const struct config *config, char *text,
                   size_t size);

/** Writes the type and the allowed values in words, e.g. "real number, > 0 and < 1". */
void option_format_allowed(const struct option_key *key, char *text, size_t size);

/** Writes an INI file with every key at its default and its documentation as comments. */
void option_write_documented(FILE *file);

/** Writes an INI file with every key at its value in config; reading it gives config back. */
void option_write_effective(const struct config *config, FILE *file);

/** The same without the keys that change no result (struct option_key, execution), for the record
 *  in an output; the caller frees it. */
char *option_recorded_text(const struct config *config);

#endif
