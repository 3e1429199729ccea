/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "option.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WHERE_SIZE = 512 };

const struct option_key *option_sweep_key(const struct config_sweep_setting *setting)
{
    char section[CONFIG_SWEEP_NAME_SIZE];
    size_t length = strcspn(setting->name, ".");
    (void)snprintf(section, sizeof section, "%.*s", (int)length, setting->name);
    return setting->name[length] == '.' ? option_find(section, setting->name + length + 1) : NULL;
}

size_t option_sweep_count(const struct config_sweep_setting *setting)
{
    size_t count = 1;
    for (const char *c = setting->values; *c != '\0'; c++) {
        count += *c == ',';
    }
    return count;
}

void option_sweep_value(const struct config_sweep_setting *setting, size_t index, char *text,
                        size_t size)
{
    const char *value = setting->values;
    for (; index > 0; index--) {
        value += strcspn(value, ",") + 1;
    }
    value += strspn(value, " \t");
    size_t length = strcspn(value, ",");
    while (length > 0 && (value[length - 1] == ' ' || value[length - 1] == '\t')) {
        length--;
    }
    (void)snprintf(text, size, "%.*s", (int)length, value);
}

void option_sweep_apply(const struct config_sweep_setting *setting, size_t index,
                        struct config *config)
{
    char value[CONFIG_SWEEP_VALUES_SIZE];
    struct error error;
    option_sweep_value(setting, index, value, sizeof value);
    (void)option_assign(option_sweep_key(setting), value, "", config, &error);
}

/* Every value must be allowed, none may stand there twice, and numbers must increase, since they
   become a coordinate. */
static bool check_values(const struct config_sweep_setting *setting, const char *where,
                         struct error *error)
{
    const struct option_key *key = option_sweep_key(setting);
    char seen[CONFIG_SWEEP_VALUES_MAX][CONFIG_SWEEP_VALUES_SIZE];
    size_t count = option_sweep_count(setting);
    if (count > CONFIG_SWEEP_VALUES_MAX) {
        return error_set(error, ERROR_USAGE, "%s: sweep.%s: more than %d values", where,
                         setting->name, CONFIG_SWEEP_VALUES_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        struct config config;
        char value[CONFIG_SWEEP_VALUES_SIZE];
        char place[WHERE_SIZE];
        option_defaults(&config);
        option_sweep_value(setting, i, value, sizeof value);
        (void)snprintf(place, sizeof place, "%s: sweep", where);
        if (!option_assign(key, value, place, &config, error)) {
            return false;
        }
        option_format(key, &config, seen[i], sizeof seen[i]);
        bool numeric = key->type == OPTION_REAL || key->type == OPTION_INTEGER;
        if (numeric && i > 0 && strtod(seen[i], NULL) <= strtod(seen[i - 1], NULL)) {
            return error_set(error, ERROR_USAGE, "%s: sweep.%s: the values must increase", where,
                             setting->name);
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(seen[i], seen[j]) == 0) {
                return error_set(error, ERROR_USAGE, "%s: sweep.%s: %s is given twice", where,
                                 setting->name, value);
            }
        }
    }
    return true;
}

bool option_sweep_assign(struct config_sweep *sweep, const char *name, const char *values,
                         const char *where, struct error *error)
{
    struct config_sweep_setting setting = {{0}, {0}};
    if (strlen(name) >= sizeof setting.name || strlen(values) >= sizeof setting.values) {
        return error_set(error, ERROR_USAGE, "%s: sweep.%.40s: too long", where, name);
    }
    (void)strcpy(setting.name, name);
    (void)strcpy(setting.values, values);
    const struct option_key *key = option_sweep_key(&setting);
    if (key == NULL) {
        return error_set(error, ERROR_USAGE,
                         "%s: sweep.%s: no key of that name; a key of [sweep] is written "
                         "section.key, for example model.scale",
                         where, name);
    }
    if (key->type == OPTION_LIST || key->type == OPTION_AGES || key->type == OPTION_TEXT) {
        return error_set(error, ERROR_USAGE, "%s: sweep.%s: lists and texts cannot be varied",
                         where, name);
    }
    if (!check_values(&setting, where, error)) {
        return false;
    }
    size_t place = 0;
    while (place < sweep->count && strcmp(sweep->setting[place].name, name) != 0) {
        place++;
    }
    if (place == CONFIG_SWEEP_MAX) {
        return error_set(error, ERROR_USAGE, "%s: sweep.%s: more than %d settings", where, name,
                         CONFIG_SWEEP_MAX);
    }
    sweep->setting[place] = setting;
    sweep->count += place == sweep->count;
    return true;
}
