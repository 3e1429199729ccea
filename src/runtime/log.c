/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "log.h"

#include <stdarg.h>

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

__attribute__((format(printf, 4, 0))) static void
say(struct log *log, enum log_level level, const char *prefix, const char *format, va_list values)
{
    if (log->level < level) {
        return;
    }
    /* One line, one write: under mpirun the lines of several processes share a stream. */
    char text[4096];
    (void)vsnprintf(text, sizeof text, format, values);
    (void)fprintf(log->stream, "%sgrowcast: %s%s\n", log->line_open ? "\n" : "", prefix, text);
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
