/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"
#include "memory.h"
#include "option.h"
#include "suggest.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum {
    TEXT_SIZE = 64,
    ACCEPTED_MAX = COMMAND_COMMON_COUNT + COMMAND_OPTION_MAX,
    /** getopt_long reports the option at index i of the accepted ones as this plus i. */
    LONG_BASE = 256,
};

/** The options that are accepted at some place: the common ones, then the command's own. */
struct accepted {
    size_t count;
    const struct command_option *description[ACCEPTED_MAX];
    struct option long_options[ACCEPTED_MAX + 1];
    char letters[2 * ACCEPTED_MAX + 3];
};

static void accept(struct accepted *accepted, const struct command_option *description)
{
    size_t i = accepted->count++;
    accepted->description[i] = description;
    accepted->long_options[i] = (struct option){
        .name = description->name,
        .has_arg = description->argument != NULL ? required_argument : no_argument,
        .val = LONG_BASE + (int)i,
    };
    if (description->letter != 0) {
        size_t end = strlen(accepted->letters);
        accepted->letters[end] = description->letter;
        accepted->letters[end + 1] = description->argument != NULL ? ':' : '\0';
    }
}

/* Before the command word ("+") only common options can stand; behind it, options and inputs mix.
   The colon makes getopt_long tell a missing argument from an unknown option. */
static void accept_all(struct accepted *accepted, const struct command *command)
{
    memset(accepted, 0, sizeof *accepted);
    (void)strcpy(accepted->letters, command == NULL ? "+:" : ":");
    for (size_t i = 0; i < COMMAND_COMMON_COUNT; i++) {
        accept(accepted, &command_common_options[i]);
    }
    if (command != NULL && command->options != NULL) {
        for (size_t i = 0; command->options[i].name != NULL; i++) {
            accept(accepted, &command->options[i]);
        }
    }
}

/* The index of the option that getopt_long returned as value. */
static size_t accepted_index(const struct accepted *accepted, int value)
{
    if (value >= LONG_BASE) {
        return (size_t)(value - LONG_BASE);
    }
    size_t i = 0;
    while (accepted->description[i]->letter != value) {
        i++;
    }
    return i;
}

static bool unknown_option(const struct accepted *accepted, const char *text, struct error *error)
{
    if (text[0] != '-' || text[1] != '-') {
        return error_set(error, ERROR_USAGE, "unknown option -%c; see --help", optopt);
    }
    char name[TEXT_SIZE];
    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(text + 2, "="), text + 2);
    const char *nearest = accepted->description[0]->name;
    for (size_t i = 0; i < accepted->count; i++) {
        const char *known = accepted->description[i]->name;
        if (strcmp(known, name) == 0) {
            return error_set(error, ERROR_USAGE, "option --%s takes no argument", name);
        }
        if (suggest_distance(name, known) < suggest_distance(name, nearest)) {
            nearest = known;
        }
    }
    for (size_t i = 0; i < option_count; i++) {
        if (strcmp(option_table[i].name, name) == 0) {
            return error_set(error, ERROR_USAGE,
                             "unknown option --%s; it is a setting: -s %s.%s=VALUE", name,
                             option_table[i].section, name);
        }
    }
    if (2 * suggest_distance(name, nearest) > strlen(name)) {
        return error_set(error, ERROR_USAGE, "unknown option --%s; see --help", name);
    }
    return error_set(error, ERROR_USAGE, "unknown option --%s; the nearest known option is --%s",
                     name, nearest);
}

static void add_setting(struct command_line *line, const char *origin, const char *name,
                        const char *value)
{
    line->setting[line->setting_count++] = (struct option_setting){origin, name, value};
}

static void take_common(struct command_line *line, enum command_common option)
{
    switch (option) {
    case COMMAND_CONFIG:
        line->file[line->file_count++] = optarg;
        break;
    case COMMAND_SET:
        add_setting(line, "--set", NULL, optarg);
        break;
    case COMMAND_SEED:
        add_setting(line, "--seed", command_common_options[option].setting, optarg);
        break;
    case COMMAND_INPUT_FORMAT:
        add_setting(line, "--input-format", command_common_options[option].setting, optarg);
        break;
    case COMMAND_PROGRESS:
        add_setting(line, "--progress", command_common_options[option].setting, optarg);
        break;
    case COMMAND_OUTPUT:
        line->output = optarg;
        break;
    case COMMAND_RESUME:
        line->resume = true;
        break;
    case COMMAND_FORCE:
        line->force = true;
        break;
    case COMMAND_QUIET:
        line->verbosity = -1;
        break;
    case COMMAND_VERBOSE:
        line->verbosity = 1;
        break;
    case COMMAND_HELP:
        line->action = COMMAND_ACTION_HELP;
        break;
    case COMMAND_VERSION:
        line->action = COMMAND_ACTION_VERSION;
        break;
    case COMMAND_COMMON_COUNT:
        break;
    }
}

/* Takes options from argv, whose first element is skipped, up to where getopt_long stops. */
static bool take_options(int argc, char *const *argv, struct command_line *line,
                         struct error *error)
{
    struct accepted accepted;
    accept_all(&accepted, line->command);
    opterr = 0;
    optind = 0;
    int value;
    while ((value = getopt_long(argc, argv, accepted.letters, accepted.long_options, NULL)) != -1) {
        if (value == '?') {
            return unknown_option(&accepted, argv[optind - 1], error);
        }
        if (value == ':') {
            return error_set(error, ERROR_USAGE, "option %s needs an argument", argv[optind - 1]);
        }
        size_t i = accepted_index(&accepted, value);
        if (i < COMMAND_COMMON_COUNT) {
            take_common(line, (enum command_common)i);
        } else {
            line->own[i - COMMAND_COMMON_COUNT] = optarg != NULL ? optarg : "";
        }
    }
    return true;
}

static const struct command *find_command(const char *name, struct error *error)
{
    const struct command *nearest = &command_table[0];
    for (size_t i = 0; i < command_count; i++) {
        if (strcmp(command_table[i].name, name) == 0) {
            return &command_table[i];
        }
        if (suggest_distance(name, command_table[i].name) < suggest_distance(name, nearest->name)) {
            nearest = &command_table[i];
        }
    }
    (void)error_set(error, ERROR_USAGE, "unknown command %s; the nearest known command is %s", name,
                    nearest->name);
    return NULL;
}

static bool check_inputs(const struct command_line *line, struct error *error)
{
    const struct command *command = line->command;
    if (line->input_count < command->fewest_inputs || line->input_count > command->most_inputs) {
        return error_set(error, ERROR_USAGE, "%s: %s; usage: growcast %s %s", command->name,
                         line->input_count < command->fewest_inputs ? "missing INPUT"
                                                                    : "unexpected argument",
                         command->name, command->usage);
    }
    if (command->needs_output && line->output == NULL) {
        return error_set(error, ERROR_USAGE, "%s: missing -o FILE; usage: growcast %s %s",
                         command->name, command->name, command->usage);
    }
    return true;
}

static bool parse(int argc, char *const *argv, struct command_line *line, struct error *error)
{
    if (!take_options(argc, argv, line, error)) {
        return false;
    }
    int command_place = optind;
    if (command_place >= argc) {
        return line->action != COMMAND_ACTION_RUN ||
               error_set(error, ERROR_USAGE, "missing command; see growcast --help");
    }
    line->command = find_command(argv[command_place], error);
    if (line->command == NULL) {
        return false;
    }
    int count = argc - command_place;
    char *const *arguments = argv + command_place;
    if (!take_options(count, arguments, line, error)) {
        return false;
    }
    for (int i = optind; i < count; i++) {
        line->input[line->input_count++] = arguments[i];
    }
    return line->action != COMMAND_ACTION_RUN || check_inputs(line, error);
}

bool command_line_parse(int argc, char *const *argv, struct command_line *line, struct error *error)
{
    memset(line, 0, sizeof *line);
    line->argument_count = argc;
    line->arguments = argv;
    size_t most = (size_t)argc;
    line->file = memory_array(most, sizeof *line->file);
    line->setting = memory_array(most, sizeof *line->setting);
    line->input = memory_array(most, sizeof *line->input);
    return parse(argc, argv, line, error);
}

void command_line_free(struct command_line *line)
{
    free(line->file);
    free(line->setting);
    free(line->input);
    memset(line, 0, sizeof *line);
}

const char *command_line_own(const struct command_line *line, const char *name)
{
    const struct command_option *options = line->command->options;
    for (size_t i = 0; options[i].name != NULL; i++) {
        if (strcmp(options[i].name, name) == 0) {
            return line->own[i];
        }
    }
    return NULL;
}

bool command_line_configure(const struct command_line *line, struct config *config, char *note,
                            size_t note_size, struct error *error)
{
    struct option_layers layers;
    option_layers_start(&layers);
    for (size_t i = 0; i < line->file_count; i++) {
        if (!option_read_file(&layers, line->file[i], error)) {
            return false;
        }
    }
    if (!option_read_settings(&layers, line->setting, line->setting_count, error)) {
        return false;
    }
    option_layers_finish(&layers, note, note_size);
    *config = layers.config;
    return true;
}
