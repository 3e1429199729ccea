/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "progress.h"

#include "patience.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BAR_WIDTH = 30, TEXT_SIZE = 64 };

static const double BAR_PERIOD = 0.2;         /* seconds */
static const double LINE_PERIOD_FIRST = 5.0;  /* seconds: short runs show that they move */
static const double LINE_PERIOD_LAST = 60.0;  /* seconds: long runs keep their log short */
static const double LINE_PERIOD_GROWTH = 1.5; /* from line to line */

/* Whether the standard error of the process that launched this one is a terminal. */
static bool launcher_has_terminal(void)
{
    char path[TEXT_SIZE];
    (void)snprintf(path, sizeof path, "/proc/%ld/fd/2", (long)getppid());
    int descriptor = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    bool terminal = isatty(descriptor) == 1;
    (void)close(descriptor);
    return terminal;
}

struct progress progress_begin(struct log *log, enum config_progress style, bool launched,
                               const char *unit, size_t total, size_t done)
{
    double now = patience_now();
    struct progress progress = {
        .log = log,
        .unit = unit,
        .bar = style == PROGRESS_BAR,
        .silent = style == PROGRESS_NONE || log->level < LOG_STAGE,
        .total = total,
        .at_start = done,
        .done = done,
        .began = now,
        .line_period = LINE_PERIOD_FIRST,
    };
    if (style == PROGRESS_AUTO && !progress.silent) {
        progress.bar = launched ? launcher_has_terminal() : isatty(fileno(log->stream)) == 1;
    }
    progress.next = now + (progress.bar ? 0 : progress.line_period);
    return progress;
}

/* "1 h 02 min", "3 min 20 s" or "12 s". */
static void duration_text(double seconds, char text[TEXT_SIZE])
{
    unsigned long whole = (unsigned long)(seconds + 0.5);
    if (whole >= 3600) {
        (void)snprintf(text, TEXT_SIZE, "%lu h %02lu min", whole / 3600, whole / 60 % 60);
    } else if (whole >= 60) {
        (void)snprintf(text, TEXT_SIZE, "%lu min %02lu s", whole / 60, whole % 60);
    } else {
        (void)snprintf(text, TEXT_SIZE, "%lu s", whole);
    }
}

/* The rate counts this run's own work only: what an earlier run left took no time now. */
static double rate_now(const struct progress *progress)
{
    double seconds = patience_now() - progress->began;
    return seconds > 0 ? (double)(progress->done - progress->at_start) / seconds : 0;
}

static void remaining_text(const struct progress *progress, double rate, char text[TEXT_SIZE])
{
    double seconds = (double)(progress->total - progress->done) / rate;
    if (rate > 0 && seconds < 1e8) {
        duration_text(seconds, text);
    } else {
        (void)snprintf(text, TEXT_SIZE, "unknown time");
    }
}

static void draw_bar(struct progress *progress)
{
    double rate = rate_now(progress);
    char remaining[TEXT_SIZE];
    remaining_text(progress, rate, remaining);
    double share = progress->total > 0 ? (double)progress->done / (double)progress->total : 1;
    size_t filled = (size_t)(share * BAR_WIDTH);
    char bar[BAR_WIDTH + 1];
    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', filled);
    bar[BAR_WIDTH] = '\0';
    (void)fprintf(progress->log->stream, "\r[%s] %zu/%zu %s, %.4g/s, %s left, %zu failed   ", bar,
                  progress->done, progress->total, progress->unit, rate, remaining,
                  progress->failures);
    (void)fflush(progress->log->stream);
    progress->log->line_open = true;
}

static void write_line(struct progress *progress)
{
    double rate = rate_now(progress);
    char remaining[TEXT_SIZE];
    remaining_text(progress, rate, remaining);
    double share = progress->total > 0 ? (double)progress->done / (double)progress->total : 1;
    log_stage(progress->log, "%zu/%zu %s (%.1f%%), %.4g/s, %s left, %zu failed", progress->done,
              progress->total, progress->unit, 100 * share, rate, remaining, progress->failures);
}

void progress_update(struct progress *progress, size_t done)
{
    progress->done = done;
    double now = progress->silent ? 0 : patience_now();
    if (progress->silent || now < progress->next) {
        return;
    }
    if (progress->bar) {
        draw_bar(progress);
        progress->next = now + BAR_PERIOD;
    } else {
        write_line(progress);
        progress->next = now + progress->line_period;
        double longer = progress->line_period * LINE_PERIOD_GROWTH;
        progress->line_period = longer < LINE_PERIOD_LAST ? longer : LINE_PERIOD_LAST;
    }
}

void progress_skip(struct progress *progress, double since)
{
    progress->began += patience_now() - since;
}

void progress_fail(struct progress *progress, size_t count)
{
    progress->failures += count;
}

void progress_end(struct progress *progress)
{
    if (progress->silent) {
        return;
    }
    if (progress->bar) {
        draw_bar(progress);
    }
    double rate = rate_now(progress);
    char taken[TEXT_SIZE];
    duration_text(patience_now() - progress->began, taken);
    log_stage(progress->log, "%zu of %zu %s done in %s, %.4g/s, %zu failed", progress->done,
              progress->total, progress->unit, taken, rate, progress->failures);
}
