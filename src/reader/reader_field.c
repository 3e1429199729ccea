/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader_field.h"

#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct calendar_time reader_earliest_stamp = {19053, 84544};

#define DIGITS "0123456789"

/* True if the text is a decimal number: strtod() alone would also take hexadecimal, infinities,
 * "nan" and leading blanks. */
static bool is_decimal(const char *text)
{
    text += *text == '+' || *text == '-' ? 1 : 0;
    size_t whole = strspn(text, DIGITS);
    text += whole;
    size_t fraction = 0;
    if (*text == '.') {
        fraction = strspn(++text, DIGITS);
        text += fraction;
    }
    if (whole + fraction == 0) {
        return false;
    }
    if (*text == 'e' || *text == 'E') {
        text++;
        text += *text == '+' || *text == '-' ? 1 : 0;
        size_t exponent = strspn(text, DIGITS);
        if (exponent == 0) {
            return false;
        }
        text += exponent;
    }
    return *text == '\0';
}

const char *reader_parse_count(const char *text, double *count)
{
    if (*text == '\0') {
        return "is blank";
    }
    if (!is_decimal(text)) {
        return "is not a number";
    }
    double value = strtod(text, NULL);
    if (value < 0.0) {
        return "is negative";
    }
    /* 2^53 + 1 rounds to 2^53 as a double; a longer type, where there is one, still tells. */
    if (value > READER_COUNT_MAX ||
        (value >= READER_COUNT_MAX && strtold(text, NULL) > (long double)READER_COUNT_MAX)) {
        return "is above 2^53, where counts are no longer exact";
    }
    *count = fabs(value); /* -0 is 0 */
    return NULL;
}

/* Length of the UTF-8 character at the start of the text, 0 if there is none (RFC 3629). */
static size_t character_length(const unsigned char *text)
{
    unsigned char lead = text[0];
    if (lead < 0x80) {
        return 1;
    }
    size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4) {
        return 0;
    }
    /* The second byte's range excludes overlong forms, surrogates and what is above U+10FFFF. */
    unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (text[1] < low || text[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < length; i++) {
        if (text[i] < 0x80 || text[i] > 0xbf) {
            return 0;
        }
    }
    return length;
}

const char *reader_name_defect(const char *text)
{
    if (*text == '\0') {
        return "is empty";
    }
    const unsigned char *cursor = (const unsigned char *)text;
    while (*cursor != '\0') {
        size_t length = character_length(cursor);
        if (length == 0) {
            return "is not valid UTF-8";
        }
        if ((*cursor < ' ' && strchr("\t\r\n", *cursor) == NULL) || *cursor == 0x7f) {
            return "has a control character";
        }
        cursor += length;
    }
    return NULL;
}

const char *reader_quote(const char *text, char quoted[READER_QUOTE_SIZE])
{
    static const char cut[] = "...'";
    size_t size = 0;
    quoted[size++] = '\'';
    const unsigned char *cursor = (const unsigned char *)text;
    while (*cursor != '\0') {
        size_t length = character_length(cursor);
        if (size + 4 + sizeof cut > READER_QUOTE_SIZE) {
            memcpy(quoted + size, cut, sizeof cut);
            return quoted;
        }
        if (length == 0 || *cursor < ' ' || *cursor == 0x7f) {
            size += (size_t)snprintf(quoted + size, 5, "\\x%02x", *cursor);
            cursor++;
        } else {
            memcpy(quoted + size, cursor, length);
            size += length;
            cursor += length;
        }
    }
    quoted[size++] = '\'';
    quoted[size] = '\0';
    return quoted;
}

bool reader_fail(struct error *error, const char *path, size_t line, size_t column,
                 const char *name, const char *format, ...)
{
    char reason[ERROR_MESSAGE_SIZE / 2];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    if (name == NULL) {
        return error_set(error, ERROR_INPUT, "%s:%zu:%zu: %s", path, line, column + 1, reason);
    }
    char quoted[READER_QUOTE_SIZE];
    return error_set(error, ERROR_INPUT, "%s:%zu:%zu: column %s: %s", path, line, column + 1,
                     reader_quote(name, quoted), reason);
}
