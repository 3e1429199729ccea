/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Numbers as text that reads back as the same number. */
#ifndef GROWCAST_DECIMAL_H
#define GROWCAST_DECIMAL_H

enum { DECIMAL_SIZE = 32 };

/**
 * Writes value with as few digits (15 to 17, without trailing zeros) as read back exactly, whole
 * numbers below 1e15 without exponent; "inf", "-inf" and "nan" as they are. Returns text.
 */
const char *decimal_write(double value, char text[DECIMAL_SIZE]);

#endif
