/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expected day numbers: /usr/bin/python3 -c "from datetime import date; print((date(1900,3,1) -
 * date(1970,1,1)).days)", which is an independent implementation. */
#include "calendar.h"
#include "tap.h"

#include <string.h>

static int32_t day(int32_t year, int32_t month, int32_t day_of_month)
{
    return calendar_days((struct calendar_date){year, month, day_of_month});
}

static void test_days(void)
{
    static const struct {
        struct calendar_date date;
        int32_t days;
    } known[] = {
        {{1970, 1, 1}, 0},        {{1969, 12, 31}, -1},   {{1900, 2, 28}, -25509},
        {{1900, 3, 1}, -25508},   {{2000, 2, 29}, 11016}, {{2000, 3, 1}, 11017},
        {{2022, 3, 2}, 19053},    {{2024, 2, 29}, 19782}, {{2024, 7, 2}, 19906},
        {{2025, 2, 18}, 20137},   {{2100, 2, 28}, 47540}, {{2100, 3, 1}, 47541},
        {{1600, 2, 29}, -135081}, {{1, 1, 1}, -719162},   {{9999, 12, 31}, 2932896},
        {{0, 1, 1}, -719528},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct calendar_date back = calendar_civil(known[i].days);
        tap_ok(calendar_days(known[i].date) == known[i].days && back.year == known[i].date.year &&
                   back.month == known[i].date.month && back.day == known[i].date.day,
               "%04d-%02d-%02d is day %d, and back", known[i].date.year, known[i].date.month,
               known[i].date.day, known[i].days);
    }
    /* Walks day by day with its own idea of the next date. */
    struct calendar_date expected = {0, 1, 1};
    size_t wrong = 0;
    for (int32_t days = -719528; days <= 2932896; days++) {
        struct calendar_date date = calendar_civil(days);
        wrong += date.year != expected.year || date.month != expected.month ||
                 date.day != expected.day || calendar_days(date) != days;
        if (++expected.day > calendar_month_length(expected.year, expected.month)) {
            expected.day = 1;
            if (++expected.month > 12) {
                expected.month = 1;
                expected.year++;
            }
        }
    }
    tap_ok(wrong == 0, "every day of ten thousand years round-trips");
    tap_ok(calendar_month_length(1900, 2) == 28 && calendar_month_length(2000, 2) == 29 &&
               calendar_month_length(2100, 2) == 28 && calendar_month_length(2024, 2) == 29,
           "leap years by the rules of 4, 100 and 400");
}

static void test_parse(void)
{
    static const struct {
        const char *text;
        int32_t day;
        int32_t second;
    } good[] = {
        {"2024-07-02", 19906, 0},
        {"2024-07-02 00:00:00", 19906, 0},
        {"2022-03-02T23:29:04Z", 19053, 84544},
        {"2022-03-02T23:29:04.000Z", 19053, 84544},
        {"2022-03-02T23:29:04.123456789012345678901234567890Z", 19053, 84544},
        {"2023-07-09 07:34:35+00:00", 19547, 27275},
        {"2024-07-02T00:30", 19906, 1800},
        {"2024-07-02T00:30:00+01:00", 19905, 84600},
        {"2024-07-01T23:30:00-0100", 19906, 1800},
        {"2024-07-01 23:30:00-01", 19906, 1800},
        {"2016-12-31T23:59:60Z", 17166, 86399},
        {"1969-12-31T23:59:59Z", -1, 86399},
        {"0000-01-01", -719528, 0},
        {"9999-12-31", 2932896, 0},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct calendar_time time = {0, 0};
        bool parsed = calendar_parse(good[i].text, &time);
        tap_ok(parsed && time.day == good[i].day && time.second == good[i].second,
               "reads '%s': day %d second %d", good[i].text, time.day, time.second);
    }
    static const char *const bad[] = {
        "",
        "2024",
        "2024-07",
        "2024-7-2",
        "2024-07-02 ",
        " 2024-07-02",
        "2024-02-30",
        "2023-02-29",
        "1900-02-29",
        "2100-02-29",
        "2024-13-01",
        "2024-00-01",
        "2024-01-00",
        "2024-04-31",
        "-2024-01-01",
        "+2024-01-01",
        "20240702",
        "2024/07/02",
        "02-07-2024",
        "2024-07-02T",
        "2024-07-02T24:00:00",
        "2024-07-02T23:60:00",
        "2024-07-02T23:59:61",
        "2024-07-02T23:59:",
        "2024-07-02T23:59:59.",
        "2024-07-02T23:59:59.Z",
        "2024-07-02T23:59:59ZZ",
        "2024-07-02T23:59:59+",
        "2024-07-02T23:59:59+1",
        "2024-07-02T23:59:59+01:",
        "2024-07-02T23:59:59+01:60",
        "2024-07-02T23:59:59+24:00",
        "2024-07-02T23:59:59 Z",
        "2024-07-02Z",
        "2024-07-02T23:59:59\xc3\xa9",
        "99999999999999999999",
        "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "nan",
        "0x7d0-01-01",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct calendar_time time = {77, 77};
        tap_ok(!calendar_parse(bad[i], &time) && time.day == 77, "refuses '%s'", bad[i]);
    }
}

static void test_months(void)
{
    tap_ok(calendar_add_months(day(2024, 1, 31), 1) == day(2024, 2, 29), "end of a leap February");
    tap_ok(calendar_add_months(day(2023, 1, 31), 1) == day(2023, 2, 28), "end of February");
    tap_ok(calendar_add_months(day(2024, 2, 29), 12) == day(2025, 2, 28),
           "a year after a leap day");
    tap_ok(calendar_add_months(day(2024, 12, 15), 1) == day(2025, 1, 15), "over New Year");
    tap_ok(calendar_add_months(day(2024, 1, 15), -1) == day(2023, 12, 15), "back over New Year");
    tap_ok(calendar_add_months(day(1970, 3, 31), -13) == day(1969, 2, 28), "back before the epoch");
    tap_ok(calendar_add_months(day(1999, 12, 31), 2) == day(2000, 2, 29), "into February 2000");
    tap_ok(calendar_add_months(day(2100, 1, 30), 1) == day(2100, 2, 28), "into February 2100");

    tap_ok(calendar_whole_months(day(2024, 1, 15), day(2024, 2, 14)) == 0,
           "a day short of a month");
    tap_ok(calendar_whole_months(day(2024, 1, 15), day(2024, 2, 15)) == 1, "exactly a month");
    tap_ok(calendar_whole_months(day(2024, 1, 31), day(2024, 2, 29)) == 1,
           "month ends are a month");
    tap_ok(calendar_whole_months(day(2024, 1, 31), day(2024, 2, 28)) == 0, "before the month end");
    tap_ok(calendar_whole_months(day(2024, 1, 15), day(2024, 1, 14)) == -1, "a day before is -1");
    tap_ok(calendar_whole_months(day(2024, 1, 15), day(2023, 12, 15)) == -1,
           "a month before is -1");
    tap_ok(calendar_whole_months(day(2023, 7, 9), day(2025, 2, 18)) == 19, "19 months");
    size_t wrong = 0;
    for (int32_t start = day(1999, 1, 1); start < day(2001, 1, 1); start += 3) {
        for (int32_t end = start - 100; end < start + 500; end += 7) {
            int32_t months = calendar_whole_months(start, end);
            wrong += calendar_add_months(start, months) > end ||
                     calendar_add_months(start, months + 1) <= end;
        }
    }
    tap_ok(wrong == 0, "whole months are the largest number that fits");
    tap_ok(calendar_month_number(day(2025, 1, 31)) - calendar_month_number(day(2024, 12, 1)) == 1,
           "calendar months count from month to month");
}

static void test_format(void)
{
    char text[CALENDAR_TEXT_SIZE];
    calendar_format(-25508, text);
    tap_ok(strcmp(text, "1900-03-01") == 0, "formats a day before the epoch");
    calendar_format(-719162, text);
    tap_ok(strcmp(text, "0001-01-01") == 0, "pads years");
    calendar_format(INT32_MAX, text);
    tap_ok(strcmp(text, "----------") == 0, "a day outside ten thousand years is dashes");
    calendar_format(INT32_MIN, text);
    tap_ok(strcmp(text, "----------") == 0, "and so is the earliest int32");
}

static void test_order(void)
{
    struct calendar_time stamp = {19053, 84544};
    tap_ok(calendar_not_after(stamp, stamp), "a moment is not after itself");
    tap_ok(calendar_not_after((struct calendar_time){19053, 84543}, stamp), "a second before");
    tap_ok(!calendar_not_after((struct calendar_time){19053, 84545}, stamp), "a second after");
    tap_ok(calendar_not_after((struct calendar_time){19052, 86399}, stamp), "the day before");
    tap_ok(!calendar_not_after((struct calendar_time){19054, 0}, stamp), "the day after");
}

int main(void)
{
    test_days();
    test_parse();
    test_months();
    test_format();
    test_order();
    return tap_done();
}
