/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "signals.h"

#include "patience.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

/* See signals.h: a handler has no argument by which it could reach anything else. */
static volatile sig_atomic_t received_signal;

static const struct {
    int number;
    const char *name;
    int flags;
} stop_signals[] = {
    {SIGUSR1, "SIGUSR1", SA_RESTART},
    {SIGTERM, "SIGTERM", SA_RESTART},
    /* The first one restores the default action, so that the second one ends the process. */
    {SIGINT, "SIGINT", SA_RESTART | (int)SA_RESETHAND},
};

enum { STOP_SIGNALS = sizeof stop_signals / sizeof stop_signals[0] };

static void note(int number)
{
    received_signal = number;
}

void signals_install(void)
{
    for (size_t i = 0; i < STOP_SIGNALS; i++) {
        struct sigaction action = {.sa_handler = note, .sa_flags = stop_signals[i].flags};
        (void)sigemptyset(&action.sa_mask);
        (void)sigaction(stop_signals[i].number, &action, NULL);
    }
    (void)signal(SIGXFSZ, SIG_IGN);
}

int signals_received(void)
{
    return received_signal;
}

int signals_take(void)
{
    int number = received_signal;
    received_signal = 0;
    return number;
}

const char *signals_name(int number)
{
    for (size_t i = 0; i < STOP_SIGNALS; i++) {
        if (stop_signals[i].number == number) {
            return stop_signals[i].name;
        }
    }
    return "signal";
}

/* Seconds until the SLURM job ends, infinite outside of SLURM or when it does not say. */
static double slurm_seconds_left(void)
{
    const char *text = getenv("SLURM_JOB_END_TIME");
    if (text == NULL) {
        return INFINITY;
    }
    char *rest;
    errno = 0;
    double end = strtod(text, &rest);
    if (errno != 0 || rest == text || *rest != '\0' || !(end > 0)) {
        return INFINITY;
    }
    return fmax(0, end - (double)time(NULL));
}

struct signals_limit signals_limit_begin(double time_limit, double grace_time)
{
    struct signals_limit limit = {.stop_at = INFINITY, .reason = "no time limit"};
    double now = patience_now();
    double left = slurm_seconds_left();
    if (isfinite(left)) {
        limit.stop_at = now + left - fmin(2 * grace_time, left / 10);
        limit.reason = "the SLURM job is about to end";
    }
    if (time_limit > 0 && now + time_limit < limit.stop_at) {
        limit.stop_at = now + time_limit;
        limit.reason = "run.time_limit is reached";
    }
    return limit;
}

bool signals_limit_reached(const struct signals_limit *limit)
{
    return patience_now() >= limit->stop_at;
}
