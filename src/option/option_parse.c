/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "option.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_SIZE = 64 };

/** A word that stands behind a number and the number it multiplies by. */
struct suffix {
    const char *word;
    double factor;
    enum config_age_unit unit;
};

static const struct suffix age_suffixes[] = {
    {"", 1, CONFIG_AGE_STEP},
    {"d", 1, CONFIG_AGE_DAY},
    {"mo", 1, CONFIG_AGE_MONTH},
};

static const struct suffix duration_suffixes[] = {
    {"", 1, CONFIG_AGE_STEP},     {"s", 1, CONFIG_AGE_STEP},     {"min", 60, CONFIG_AGE_STEP},
    {"h", 3600, CONFIG_AGE_STEP}, {"d", 86400, CONFIG_AGE_STEP},
};

static const struct suffix no_suffix[] = {{"", 1, CONFIG_AGE_STEP}};

enum {
    AGE_SUFFIXES = sizeof age_suffixes / sizeof age_suffixes[0],
    DURATION_SUFFIXES = sizeof duration_suffixes / sizeof duration_suffixes[0],
};

static bool in_range(const struct option_key *key, double value)
{
    if (!isfinite(value)) {
        return false;
    }
    return key->open ? value > key->minimum && value < key->maximum
                     : value >= key->minimum && value <= key->maximum;
}

/* A number with one of count suffixes, all of text, in the range of key. */
static bool parse_number(const struct option_key *key, const char *text,
                         const struct suffix *suffixes, size_t count, double *value,
                         enum config_age_unit *unit)
{
    char *end = NULL;
    double number = strtod(text, &end);
    if (end == text) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(end, suffixes[i].word) == 0) {
            *value = number * suffixes[i].factor;
            *unit = suffixes[i].unit;
            return in_range(key, *value);
        }
    }
    return false;
}

static bool parse_real(const struct option_key *key, const char *text, double *value)
{
    enum config_age_unit unit;
    return parse_number(key, text, no_suffix, 1, value, &unit);
}

static bool parse_duration(const struct option_key *key, const char *text,
                           struct config_duration *value)
{
    enum config_age_unit unit;
    return parse_number(key, text, duration_suffixes, DURATION_SUFFIXES, &value->seconds, &unit);
}

static bool parse_integer(const struct option_key *key, const char *text, uint64_t *value)
{
    if (!isdigit((unsigned char)text[0])) {
        return false;
    }
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    *value = number;
    return errno == 0 && *end == '\0' && in_range(key, (double)number);
}

static bool parse_flag(const char *text, bool *value)
{
    static const char *const words[] = {"no", "yes", "false", "true"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(text, words[i]) == 0) {
            *value = i % 2 == 1;
            return true;
        }
    }
    return false;
}

static bool parse_choice(const struct option_key *key, const char *text, unsigned *value)
{
    for (unsigned i = 0; key->choices[i] != NULL; i++) {
        if (strcmp(text, key->choices[i]) == 0) {
            *value = i;
            return true;
        }
    }
    return false;
}

static bool parse_text(const char *text, char *value)
{
    /* The unused end is zeroed, so that equal configurations are equal bytes. */
    memset(value, 0, CONFIG_TEXT_SIZE);
    return snprintf(value, CONFIG_TEXT_SIZE, "%s", text) < CONFIG_TEXT_SIZE;
}

/* Copies the next element of a list, without the blanks around it, and moves *text behind it. */
static bool next_element(const char **text, char element[NUMBER_SIZE])
{
    const char *start = *text + strspn(*text, " \t");
    size_t length = strcspn(start, ",");
    *text = start + length + (start[length] == ',' ? 1 : 0);
    while (length > 0 && isspace((unsigned char)start[length - 1])) {
        length--;
    }
    if (length == 0 || length >= NUMBER_SIZE) {
        return false;
    }
    memcpy(element, start, length);
    element[length] = '\0';
    return true;
}

static bool ends_with_comma(const char *text)
{
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1])) {
        length--;
    }
    return length > 0 && text[length - 1] == ',';
}

/* Ages in different units cannot be compared before the input's step is known. */
static bool parse_ages(const struct option_key *key, const char *text,
                       const struct suffix *suffixes, size_t suffix_count,
                       struct config_age_list *list)
{
    memset(list, 0, sizeof *list);
    const char *rest = text + strspn(text, " \t");
    while (*rest != '\0') {
        char element[NUMBER_SIZE];
        size_t i = list->count;
        if (i >= key->most || !next_element(&rest, element) ||
            !parse_number(key, element, suffixes, suffix_count, &list->value[i], &list->unit[i])) {
            return false;
        }
        if (key->increasing && i > 0 && list->unit[i] == list->unit[i - 1] &&
            list->value[i] <= list->value[i - 1]) {
            return false;
        }
        list->count++;
    }
    return list->count >= key->fewest && !ends_with_comma(text);
}

static bool parse_list(const struct option_key *key, const char *text, struct config_list *list)
{
    struct config_age_list ages;
    if (!parse_ages(key, text, no_suffix, 1, &ages)) {
        return false;
    }
    list->count = ages.count;
    memcpy(list->value, ages.value, sizeof list->value);
    return true;
}

static bool parse(const struct option_key *key, const char *text, void *value)
{
    switch (key->type) {
    case OPTION_REAL:
        return parse_real(key, text, value);
    case OPTION_INTEGER:
        return parse_integer(key, text, value);
    case OPTION_FLAG:
        return parse_flag(text, value);
    case OPTION_CHOICE:
        return parse_choice(key, text, value);
    case OPTION_TEXT:
        return parse_text(text, value);
    case OPTION_LIST:
        return parse_list(key, text, value);
    case OPTION_AGES:
        return parse_ages(key, text, age_suffixes, AGE_SUFFIXES, value);
    case OPTION_DURATION:
        return parse_duration(key, text, value);
    }
    return false;
}

bool option_assign(const struct option_key *key, const char *text, const char *where,
                   struct config *config, struct error *error)
{
    struct config changed = *config;
    if (!parse(key, text, (char *)&changed + key->offset)) {
        char allowed[512];
        option_format_allowed(key, allowed, sizeof allowed);
        return error_set(error, ERROR_USAGE, "%s: %s.%s = %s: expected %s", where, key->section,
                         key->name, text, allowed);
    }
    *config = changed;
    return true;
}

void option_defaults(struct config *config)
{
    memset(config, 0, sizeof *config);
    struct error error;
    for (size_t i = 0; i < option_count; i++) {
        const struct option_key *key = &option_table[i];
        if (!option_assign(key, key->initial, "option_table", config, &error)) {
            (void)fprintf(stderr, "growcast: %s\n", error.message);
            abort(); /* a bug in the table */
        }
    }
}
