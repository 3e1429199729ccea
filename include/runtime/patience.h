/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * How a rank waits for others: it polls, at first without a pause, then with sleeps that grow to
 * one millisecond. Answers that come at once are taken at once, and a rank with nothing to do
 * leaves its core to the others, which matters where ranks outnumber cores. The price is at most
 * a millisecond between the arrival of a message and its use.
 */
#ifndef GROWCAST_PATIENCE_H
#define GROWCAST_PATIENCE_H

/** State of one wait; {0} or {.spin} begins it, and patience_reset() begins it again. */
struct patience {
    double spin;  /**< seconds without a sleep; 0: as long as a short message takes */
    double began; /**< seconds of patience_now(), 0: not begun */
    long sleep;   /**< nanoseconds of the last sleep */
};

/** Returns after a moment that grows from call to call; call it after every vain poll. */
void patience_wait(struct patience *patience);

/** To be called when a poll has found something. */
void patience_reset(struct patience *patience);

/** Seconds on a clock that is never set back; the zero is arbitrary. */
double patience_now(void);

/**
 * The time that a process could have noticed others working. It follows the wall clock, but a gap
 * between two readings counts at most as the processor time this process used in it plus one
 * second: when a whole job was suspended (SIGSTOP, scontrol suspend) for an hour, nobody is to be
 * taken for hung. Starts with {0}.
 */
struct patience_clock {
    double elapsed; /**< seconds counted so far */
    double wall;
    double processor;
};

/** Advances the clock to now and returns the seconds counted since its first reading. */
double patience_clock_read(struct patience_clock *clock);

#endif
