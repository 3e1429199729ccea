/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "log.h"

#include <stdarg.h>
#include <stddef.h>

struct log log_make(FILE *stream, bool speaks, bool quiet, bool verbose)
{
    struct log log = {.stream = stream, .level = LOG_STAGE};
    if (!speaks) {
        log.level = LOG_NOTHING;
    } else if (quiet) {
        log.level = LOG_ERROR;
    } else if (verbose) {
        log.level = LOG_DETAIL;
    }
    return log;
}

/* Names of files and words of settings may hold what a terminal would obey: control characters of
   ASCII, and of ISO 6429 as UTF-8. */
static size_t control_length(const unsigned char *text)
{
    if (text[0] == 0xc2 && text[1] >= 0x80 && text[1] < 0xa0) {
        return 2;
    }
    return text[0] < ' ' || text[0] == 0x7f ? 1 : 0;
}

/* Copies a text with \xNN for every byte of a control character, as much as there is room for. */
static void escape(const char *text, char *escaped, size_t size)
{
    size_t length = 0;
    const unsigned char *c = (const unsigned char *)text;
    while (*c != '\0' && length + sizeof "\\xNN\\xNN" <= size) {
        size_t control = control_length(c);
        for (size_t i = 0; i < control; i++) {
            length += (size_t)snprintf(escaped + length, size - length, "\\x%02x", *c++);
        }
        if (control == 0) {
            escaped[length++] = (char)*c++;
        }
    }
    escaped[length] = '\0';
}

__attribute__((format(printf, 4, 0))) static void
say(struct log *log, enum log_level level, const char *prefix, const char *format, va_list values)
{
    if (log->level < level) {
        return;
    }
    /* One line, one write: under mpirun the lines of several processes share a stream. */
    char text[4096];
    char escaped[sizeof text + 256];
    (void)vsnprintf(text, sizeof text, format, values);
    escape(text, escaped, sizeof escaped);
    (void)fprintf(log->stream, "%sgrowcast: %s%s\n", log->line_open ? "\n" : "", prefix, escaped);
    (void)fflush(log->stream);
    log->line_open = false;
}

void log_error(struct log *log, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    say(log, LOG_ERROR, "error: ", format, values);
    va_end(values);
}

void log_warning(struct log *log, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    say(log, LOG_ERROR, "warning: ", format, values);
    va_end(values);
}

void log_stage(struct log *log, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    say(log, LOG_STAGE, "", format, values);
    va_end(values);
}

void log_detail(struct log *log, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    say(log, LOG_DETAIL, "", format, values);
    va_end(values);
}
