/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * Dates of the proleptic Gregorian calendar, in UTC, as days since 1970-01-01.
 *
 * Nothing here reads the clock, the time zone or the locale.
 */
#ifndef GROWCAST_CALENDAR_H
#define GROWCAST_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

/** Seconds of a day; leap seconds do not exist here. */
enum { CALENDAR_SECONDS_PER_DAY = 86400 };

/** Size of a formatted date with its closing NUL: years have four digits. */
enum { CALENDAR_TEXT_SIZE = sizeof "9999-12-31" };

/** A moment to the second, UTC. */
struct calendar_time {
    int32_t day;    /**< days since 1970-01-01 */
    int32_t second; /**< of that day, 0 .. 86399 */
};

/** A civil date: year 0 .. 9999, month 1 .. 12, day 1 .. 31. */
struct calendar_date {
    int32_t year;
    int32_t month;
    int32_t day;
};

/** Days since 1970-01-01 of a civil date, which must exist. */
int32_t calendar_days(struct calendar_date date);

/** The civil date of a day, the inverse of calendar_days(). Any day of the years 0 .. 9999. */
struct calendar_date calendar_civil(int32_t days);

/** Number of days of a month (1 .. 12) of a year. */
int32_t calendar_month_length(int32_t year, int32_t month);

/**
 * Reads a date (`2024-07-02`) or a date and time in ISO 8601's extended form, with `T` or a space
 * between the two: `2024-07-02 00:00:00`, `2022-03-02T23:29:04.000Z`, `2023-07-09 07:34:35+00:00`.
 * Seconds and their fraction may be missing; the fraction is cut off. The zone is `Z` or an offset
 * (`+02:00`, `+0200`, `+02`) and without one is UTC. A leap second counts as the second before it.
 * Returns true if the whole text is such a date, of the years 0 .. 9999 also in UTC, and has then
 * filled *time; otherwise false.
 */
bool calendar_parse(const char *text, struct calendar_time *time);

/** True if a is at or before b. */
bool calendar_not_after(struct calendar_time a, struct calendar_time b);

/** The same day of the month `months` (of either sign) later; where that month has no such day,
 *  its last day: 2024-01-31 plus one month is 2024-02-29. */
int32_t calendar_add_months(int32_t days, int32_t months);

/** The largest number n with calendar_add_months(start, n) <= end: completed months between the
 *  dates, negative if end is before start. */
int32_t calendar_whole_months(int32_t start, int32_t end);

/** Number of the calendar month since January of year 0, so that differences count months. */
int32_t calendar_month_number(int32_t days);

/** Writes `YYYY-MM-DD`. A day outside the years 0 .. 9999 is written as "----------". */
void calendar_format(int32_t days, char text[CALENDAR_TEXT_SIZE]);

#endif
