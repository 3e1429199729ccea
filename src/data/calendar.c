/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "calendar.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum {
    MONTHS_PER_YEAR = 12,
    DAYS_PER_ERA = 146097, /* 400 years, after which the calendar repeats */
    EPOCH_SHIFT = 719468,  /* days from 0000-03-01 to 1970-01-01 */
    FIRST_DAY = -719528,   /* 0000-01-01 */
    LAST_DAY = 2932896,    /* 9999-12-31 */
    SECONDS_PER_MINUTE = 60,
    SECONDS_PER_HOUR = 3600
};

/* Quotient rounded down, so that the arithmetic holds on both sides of the epoch. */
static int32_t floor_divide(int32_t numerator, int32_t denominator)
{
    int32_t quotient = numerator / denominator;
    return numerator % denominator < 0 ? quotient - 1 : quotient;
}

/* Counts years from March, so that the leap day is the last of its year and the lengths of the
 * months before it follow (153 m + 2) / 5. */
int32_t calendar_days(struct calendar_date date)
{
    int32_t year = date.month <= 2 ? date.year - 1 : date.year;
    int32_t era = floor_divide(year, 400);
    int32_t year_of_era = year - era * 400;
    int32_t month_from_march = (date.month + 9) % MONTHS_PER_YEAR;
    int32_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
    int32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - EPOCH_SHIFT;
}

struct calendar_date calendar_civil(int32_t days)
{
    int32_t shifted = days + EPOCH_SHIFT;
    int32_t era = floor_divide(shifted, DAYS_PER_ERA);
    int32_t day_of_era = shifted - era * DAYS_PER_ERA;
    int32_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int32_t month_from_march = (5 * day_of_year + 2) / 153;
    int32_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return (struct calendar_date){
        .year = year_of_era + era * 400 + (month <= 2 ? 1 : 0),
        .month = month,
        .day = day_of_year - (153 * month_from_march + 2) / 5 + 1,
    };
}

int32_t calendar_month_length(int32_t year, int32_t month)
{
    static const int32_t length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : length[month - 1];
}

/* Reads exactly `digits` decimal digits and moves *cursor behind them. */
static bool read_number(const char **cursor, int digits, int32_t *number)
{
    *number = 0;
    for (int i = 0; i < digits; i++) {
        char digit = **cursor;
        if (digit < '0' || digit > '9') {
            return false;
        }
        *number = *number * 10 + (digit - '0');
        (*cursor)++;
    }
    return true;
}

static bool read_mark(const char **cursor, char mark)
{
    if (**cursor != mark) {
        return false;
    }
    (*cursor)++;
    return true;
}

static bool read_date(const char **cursor, struct calendar_date *date)
{
    return read_number(cursor, 4, &date->year) && read_mark(cursor, '-') &&
           read_number(cursor, 2, &date->month) && read_mark(cursor, '-') &&
           read_number(cursor, 2, &date->day) && date->month >= 1 &&
           date->month <= MONTHS_PER_YEAR && date->day >= 1 &&
           date->day <= calendar_month_length(date->year, date->month);
}

/* hh:mm, hh:mm:ss or hh:mm:ss.fff as seconds of the day. */
static bool read_clock(const char **cursor, int32_t *seconds)
{
    int32_t hour = 0;
    int32_t minute = 0;
    int32_t second = 0;
    if (!read_number(cursor, 2, &hour) || !read_mark(cursor, ':') ||
        !read_number(cursor, 2, &minute)) {
        return false;
    }
    if (read_mark(cursor, ':')) {
        if (!read_number(cursor, 2, &second)) {
            return false;
        }
        if (read_mark(cursor, '.')) {
            size_t fraction = strspn(*cursor, "0123456789");
            if (fraction == 0) {
                return false;
            }
            *cursor += fraction;
        }
    }
    if (hour > 23 || minute > 59 || second > 60) {
        return false;
    }
    second = second == 60 ? 59 : second;
    *seconds = hour * SECONDS_PER_HOUR + minute * SECONDS_PER_MINUTE + second;
    return true;
}

/* Z, +hh:mm, +hhmm, +hh or nothing, as seconds that local time is ahead of UTC. */
static bool read_zone(const char **cursor, int32_t *offset)
{
    *offset = 0;
    char sign = **cursor;
    if (sign == '\0') {
        return true;
    }
    (*cursor)++;
    if (sign == 'Z') {
        return true;
    }
    int32_t hour = 0;
    int32_t minute = 0;
    if ((sign != '+' && sign != '-') || !read_number(cursor, 2, &hour)) {
        return false;
    }
    bool colon = read_mark(cursor, ':');
    if ((colon || **cursor != '\0') && !read_number(cursor, 2, &minute)) {
        return false;
    }
    if (hour > 23 || minute > 59) {
        return false;
    }
    *offset = hour * SECONDS_PER_HOUR + minute * SECONDS_PER_MINUTE;
    *offset = sign == '-' ? -*offset : *offset;
    return true;
}

bool calendar_parse(const char *text, struct calendar_time *time)
{
    struct calendar_date date;
    int32_t seconds = 0;
    int32_t offset = 0;
    if (!read_date(&text, &date)) {
        return false;
    }
    if (*text != '\0') {
        if ((!read_mark(&text, 'T') && !read_mark(&text, ' ')) || !read_clock(&text, &seconds) ||
            !read_zone(&text, &offset) || *text != '\0') {
            return false;
        }
    }
    seconds -= offset;
    int32_t shift = floor_divide(seconds, CALENDAR_SECONDS_PER_DAY);
    int32_t day = calendar_days(date) + shift;
    if (day < FIRST_DAY || day > LAST_DAY) {
        return false;
    }
    *time = (struct calendar_time){day, seconds - shift * CALENDAR_SECONDS_PER_DAY};
    return true;
}

bool calendar_not_after(struct calendar_time a, struct calendar_time b)
{
    return a.day != b.day ? a.day < b.day : a.second <= b.second;
}

int32_t calendar_add_months(int32_t days, int32_t months)
{
    struct calendar_date date = calendar_civil(days);
    int32_t number = date.year * MONTHS_PER_YEAR + date.month - 1 + months;
    date.year = floor_divide(number, MONTHS_PER_YEAR);
    date.month = number - date.year * MONTHS_PER_YEAR + 1;
    int32_t length = calendar_month_length(date.year, date.month);
    date.day = date.day < length ? date.day : length;
    return calendar_days(date);
}

int32_t calendar_whole_months(int32_t start, int32_t end)
{
    int32_t months = calendar_month_number(end) - calendar_month_number(start);
    return calendar_add_months(start, months) <= end ? months : months - 1;
}

int32_t calendar_month_number(int32_t days)
{
    struct calendar_date date = calendar_civil(days);
    return date.year * MONTHS_PER_YEAR + date.month - 1;
}

void calendar_format(int32_t days, char text[CALENDAR_TEXT_SIZE])
{
    if (days < FIRST_DAY || days > LAST_DAY) {
        memset(text, '-', CALENDAR_TEXT_SIZE - 1);
        text[CALENDAR_TEXT_SIZE - 1] = '\0';
        return;
    }
    struct calendar_date date = calendar_civil(days);
    /* Unsigned remainders tell the compiler that the text fits. */
    (void)snprintf(text, CALENDAR_TEXT_SIZE, "%04u-%02u-%02u", (unsigned)date.year % 10000U,
                   (unsigned)date.month % 100U, (unsigned)date.day % 100U);
}
