/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of settings, and what is allowed for them, as text. */
#include "decimal.h"
#include "option.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

/* Appends to text, which has room for size bytes; what does not fit is cut. */
__attribute__((format(printf, 3, 4))) static void append(char *text, size_t size,
                                                         const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

static void append_real(char *text, size_t size, double value)
{
    char number[DECIMAL_SIZE];
    append(text, size, "%s", decimal_write(value, number));
}

static void append_list(char *text, size_t size, const struct config_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        append(text, size, "%s", i == 0 ? "" : ", ");
        append_real(text, size, list->value[i]);
    }
}

static void append_ages(char *text, size_t size, const struct config_age_list *ages)
{
    static const char *const suffix[] = {
        [CONFIG_AGE_STEP] = "", [CONFIG_AGE_DAY] = "d", [CONFIG_AGE_MONTH] = "mo"};
    for (size_t i = 0; i < ages->count; i++) {
        append(text, size, "%s", i == 0 ? "" : ", ");
        append_real(text, size, ages->value[i]);
        append(text, size, "%s", suffix[ages->unit[i]]);
    }
}

void option_format(const struct option_key *key, const struct config *config, char *text,
                   size_t size)
{
    const void *value = (const char *)config + key->offset;
    text[0] = '\0';
    switch (key->type) {
    case OPTION_REAL:
        append_real(text, size, *(const double *)value);
        break;
    case OPTION_INTEGER:
        append(text, size, "%" PRIu64, *(const uint64_t *)value);
        break;
    case OPTION_FLAG:
        append(text, size, "%s", *(const bool *)value ? "yes" : "no");
        break;
    case OPTION_CHOICE:
        append(text, size, "%s", key->choices[*(const unsigned *)value]);
        break;
    case OPTION_TEXT:
        append(text, size, "%s", (const char *)value);
        break;
    case OPTION_LIST:
        append_list(text, size, value);
        break;
    case OPTION_AGES:
        append_ages(text, size, value);
        break;
    case OPTION_DURATION:
        append_real(text, size, ((const struct config_duration *)value)->seconds);
        break;
    }
}

static const char *type_name(enum option_type type)
{
    static const char *const names[] = {
        [OPTION_REAL] = "real number",
        [OPTION_INTEGER] = "whole number",
        [OPTION_FLAG] = "yes or no",
        [OPTION_CHOICE] = "one of ",
        [OPTION_TEXT] = "text",
        [OPTION_LIST] = "list of numbers",
        [OPTION_AGES] = "list of ages (6 in steps, 30d in days, 6mo in months)",
        [OPTION_DURATION] = "duration (seconds, or with s, min, h or d)",
    };
    return names[type];
}

static void append_bounds(char *text, size_t size, const struct option_key *key)
{
    const char *lower = key->open ? ">" : ">=";
    const char *upper = key->open ? "<" : "<=";
    append(text, size, ", %s ", lower);
    append_real(text, size, key->minimum);
    if (isfinite(key->maximum)) {
        append(text, size, " and %s ", upper);
        append_real(text, size, key->maximum);
    }
}

static void append_length(char *text, size_t size, const struct option_key *key)
{
    if (key->increasing) {
        append(text, size, ", increasing");
    }
    if (key->fewest == key->most) {
        append(text, size, ", exactly %zu", key->most);
    } else {
        append(text, size, ", %zu to %zu values", key->fewest, key->most);
    }
}

void option_format_allowed(const struct option_key *key, char *text, size_t size)
{
    (void)snprintf(text, size, "%s", type_name(key->type));
    switch (key->type) {
    case OPTION_CHOICE:
        for (size_t i = 0; key->choices[i] != NULL; i++) {
            append(text, size, "%s%s", i == 0 ? "" : " | ", key->choices[i]);
        }
        break;
    case OPTION_TEXT:
        append(text, size, " of at most %d bytes", CONFIG_TEXT_SIZE - 1);
        break;
    case OPTION_FLAG:
        break;
    case OPTION_REAL:
    case OPTION_INTEGER:
    case OPTION_DURATION:
        append_bounds(text, size, key);
        break;
    case OPTION_LIST:
    case OPTION_AGES:
        append_bounds(text, size, key);
        append_length(text, size, key);
        break;
    }
}
