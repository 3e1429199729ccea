/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "memory.h"
#include "option.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 4096, WHERE_SIZE = 512, NAME_SIZE = 128 };

/** One INI file while libinih reads it. */
struct source {
    FILE *file;
    const char *path;
    size_t line;
    bool too_long; /**< the line did not fit */
    bool failed;   /**< *error is set */
    struct option_layers *layers;
    struct error *error;
};

void option_layers_start(struct option_layers *layers)
{
    memset(layers, 0, sizeof *layers);
    option_defaults(&layers->config);
}

static bool unknown_key(const char *section, const char *name, const char *where,
                        struct error *error)
{
    const struct option_key *nearest = option_nearest(section, name);
    return error_set(error, ERROR_USAGE, "%s: unknown key %s.%s; the nearest known key is %s.%s",
                     where, section, name, nearest->section, nearest->name);
}

/* The place of a setting in [sweep], the end if it is not there. */
static size_t find_sweep(const struct option_layers *layers, const char *name)
{
    const struct config_sweep *sweep = &layers->config.sweep;
    size_t place = 0;
    while (place < sweep->count && strcmp(sweep->setting[place].name, name) != 0) {
        place++;
    }
    return place;
}

static bool assign_sweep(struct option_layers *layers, const char *name, const char *values,
                         const char *where, struct error *error)
{
    if (!option_sweep_assign(&layers->config.sweep, name, values, where, error)) {
        return false;
    }
    layers->sweep_set_in[find_sweep(layers, name)] = layers->layer;
    return true;
}

/* Whether the layer being read has set the key before. */
static bool is_set(const struct option_layers *layers, const char *section, const char *name)
{
    if (strcmp(section, "sweep") == 0) {
        size_t place = find_sweep(layers, name);
        return place < layers->config.sweep.count && layers->sweep_set_in[place] == layers->layer;
    }
    const struct option_key *key = option_find(section, name);
    return key != NULL && layers->set_in[key - option_table] == layers->layer;
}

static bool assign(struct option_layers *layers, const char *section, const char *name,
                   const char *value, const char *where, struct error *error)
{
    if (strcmp(section, "sweep") == 0) {
        return assign_sweep(layers, name, value, where, error);
    }
    const struct option_key *key = option_find(section, name);
    if (key == NULL) {
        return unknown_key(section, name, where, error);
    }
    if (!option_assign(key, value, where, &layers->config, error)) {
        return false;
    }
    layers->set_in[key - option_table] = layers->layer;
    return true;
}

static bool assign_once(struct option_layers *layers, const char *section, const char *name,
                        const char *value, const char *where, struct error *error)
{
    if (is_set(layers, section, name)) {
        return error_set(error, ERROR_USAGE, "%s: %s.%s is given twice in this file", where,
                         section, name);
    }
    return assign(layers, section, name, value, where, error);
}

/* libinih does not tell the handler where it is, so its reader counts the lines. */
static char *read_line(char *text, int size, void *user)
{
    struct source *source = user;
    if (source->too_long || fgets(text, size, source->file) == NULL) {
        return NULL;
    }
    source->line++;
    source->too_long = strchr(text, '\n') == NULL && !feof(source->file);
    return text;
}

static int handle(void *user, const char *section, const char *name, const char *value)
{
    struct source *source = user;
    if (source->too_long) {
        return 0;
    }
    char where[WHERE_SIZE];
    (void)snprintf(where, sizeof where, "%s:%zu", source->path, source->line);
    source->failed = !assign_once(source->layers, section, name, value, where, source->error);
    return source->failed ? 0 : 1;
}

/* The settings of libinih are variables of that library. */
static int parse(struct source *source)
{
    ini_allow_multiline = false;
    ini_inline_comment_prefixes = "#;";
    ini_max_line = LINE_MAX_BYTES;
    ini_stop_on_first_error = true;
    return ini_parse_stream(read_line, source, handle, source);
}

/* Reads the next layer from a file, which is closed. */
static bool read_layer(struct option_layers *layers, FILE *file, const char *path,
                       struct error *error)
{
    layers->layer++;
    struct source source = {.file = file, .path = path, .layers = layers, .error = error};
    int bad_line = parse(&source);
    bool unreadable = ferror(file) != 0;
    int reason = errno;
    (void)fclose(file);
    if (source.failed) {
        return false;
    }
    if (unreadable) {
        return error_set(error, ERROR_USAGE, "%s: cannot read the configuration: %s", path,
                         strerror(reason));
    }
    if (source.too_long) {
        return error_set(error, ERROR_USAGE, "%s:%zu: line of more than %d bytes", path,
                         source.line, LINE_MAX_BYTES - 2);
    }
    return bad_line == 0 ||
           error_set(error, ERROR_USAGE, "%s:%d: neither `[section]`, `key = value` nor a comment",
                     path, bad_line);
}

bool option_read_file(struct option_layers *layers, const char *path, struct error *error)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return error_set(error, ERROR_USAGE, "%s: cannot read the configuration: %s", path,
                         strerror(errno));
    }
    return read_layer(layers, file, path, error);
}

bool option_read_text(struct option_layers *layers, const char *text, const char *name,
                      struct error *error)
{
    char *copy = memory_string(text);
    FILE *file = fmemopen(copy, strlen(copy), "r");
    bool done = file != NULL ? read_layer(layers, file, name, error)
                             : error_set(error, ERROR_USAGE, "%s: cannot be read: %s", name,
                                         strerror(errno));
    free(copy);
    return done;
}

static bool read_setting(struct option_layers *layers, const struct option_setting *setting,
                         struct error *error)
{
    const char *text = setting->name != NULL ? setting->name : setting->value;
    const char *value = setting->value;
    char name[NAME_SIZE];
    size_t length = strcspn(text, "=");
    if (length >= sizeof name || (setting->name == NULL && text[length] != '=')) {
        return error_set(error, ERROR_USAGE, "%s: %s: expected section.key=value", setting->origin,
                         text);
    }
    if (setting->name == NULL) {
        value = text + length + 1;
    }
    memcpy(name, text, length);
    name[length] = '\0';
    char *dot = strchr(name, '.');
    if (dot == NULL) {
        return unknown_key("", name, setting->origin, error);
    }
    *dot = '\0';
    return assign(layers, name, dot + 1, value, setting->origin, error);
}

bool option_read_settings(struct option_layers *layers, const struct option_setting *settings,
                          size_t count, struct error *error)
{
    layers->layer++;
    for (size_t i = 0; i < count; i++) {
        if (!read_setting(layers, &settings[i], error)) {
            return false;
        }
    }
    return true;
}

static size_t layer_of(const struct option_layers *layers, const char *section, const char *name)
{
    return layers->set_in[option_find(section, name) - option_table];
}

static void finish_paper(struct option_layers *layers, char *note, size_t note_size)
{
    struct config_model *model = &layers->config.model;
    size_t method = layer_of(layers, "fit", "method");
    if (layer_of(layers, "model", "scale") < method) {
        model->scale = 1;
    }
    if (layer_of(layers, "model", "time_unit") < method) {
        model->time_unit = TIME_UNIT_YEAR;
    }
    bool table_1 = model->scale == 1 && model->time_unit == TIME_UNIT_YEAR;
    char scale[NAME_SIZE];
    char unit[NAME_SIZE];
    option_format(option_find("model", "scale"), &layers->config, scale, sizeof scale);
    option_format(option_find("model", "time_unit"), &layers->config, unit, sizeof unit);
    (void)snprintf(note, note_size, "fit.method = paper: model.scale = %s, model.time_unit = %s%s",
                   scale, unit,
                   table_1 ? "" : " (as set; the paper's Table 1 has scale 1 and years)");
}

void option_layers_finish(struct option_layers *layers, char *note, size_t note_size)
{
    note[0] = '\0';
    if (layers->config.fit.method == FIT_PAPER) {
        finish_paper(layers, note, note_size);
    }
}
