/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "patience.h"

#include <math.h>
#include <sched.h>
#include <time.h>

enum { SLEEP_FIRST = 20000, SLEEP_LAST = 1000000 }; /* nanoseconds */

/* Long enough for a message to cross shared memory and come back, short against one model. */
static const double SPIN_SECONDS = 50e-6;

static double seconds_of(clockid_t which)
{
    struct timespec time;
    (void)clock_gettime(which, &time); /* cannot fail for the two clocks used here */
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

double patience_now(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

void patience_wait(struct patience *patience)
{
    if (patience->began == 0) {
        patience->began = patience_now();
    }
    double spin = patience->spin > 0 ? patience->spin : SPIN_SECONDS;
    if (patience->sleep == 0 && patience_now() - patience->began < spin) {
        (void)sched_yield();
        return;
    }
    long doubled = 2 * patience->sleep;
    patience->sleep = doubled < SLEEP_FIRST ? SLEEP_FIRST : doubled;
    patience->sleep = patience->sleep > SLEEP_LAST ? SLEEP_LAST : patience->sleep;
    /* A signal ends the sleep early, which is welcome: the caller looks at its flag sooner. */
    (void)nanosleep(&(struct timespec){.tv_nsec = patience->sleep}, NULL);
}

void patience_reset(struct patience *patience)
{
    *patience = (struct patience){.spin = patience->spin};
}

double patience_clock_read(struct patience_clock *clock)
{
    double wall = seconds_of(CLOCK_MONOTONIC);
    double processor = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    if (clock->wall > 0) {
        clock->elapsed += fmin(wall - clock->wall, processor - clock->processor + 1.0);
    }
    clock->wall = wall;
    clock->processor = processor;
    return clock->elapsed;
}
