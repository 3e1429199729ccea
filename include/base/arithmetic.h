/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * What the C library's elementary functions round to.
 *
 * exp(), log() and the like are not correctly rounded: another library, or the same one on a
 * processor without fused multiply-add, differs in the last bit of some arguments, and so do all
 * results that follow. Their values at many arguments tell whether two machines agree.
 */
#ifndef GROWCAST_ARITHMETIC_H
#define GROWCAST_ARITHMETIC_H

enum { ARITHMETIC_FINGERPRINT_SIZE = 17 };

/**
 * Writes 16 hexadecimal digits: a hash (FNV-1a, 64 bits) of the values of exp, log, pow, expm1,
 * log1p, erf, erfc and lgamma at 4096 arguments each. Equal where these functions have the same
 * bits. Takes a millisecond.
 */
void arithmetic_fingerprint(char text[ARITHMETIC_FINGERPRINT_SIZE]);

#endif
