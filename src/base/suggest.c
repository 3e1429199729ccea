/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "suggest.h"

#include <string.h>

enum { WORD_MAX = 63 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t suggest_distance(const char *left, const char *right)
{
    size_t rows = smaller(strlen(left), WORD_MAX);
    size_t columns = smaller(strlen(right), WORD_MAX);
    size_t distance[WORD_MAX + 1][WORD_MAX + 1];
    for (size_t i = 0; i <= rows; i++) {
        distance[i][0] = i;
    }
    for (size_t j = 0; j <= columns; j++) {
        distance[0][j] = j;
    }
    for (size_t i = 1; i <= rows; i++) {
        for (size_t j = 1; j <= columns; j++) {
            size_t replaced = distance[i - 1][j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
            size_t changed = smaller(distance[i - 1][j], distance[i][j - 1]) + 1;
            distance[i][j] = smaller(replaced, changed);
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
                distance[i][j] = smaller(distance[i][j], distance[i - 2][j - 2] + 1);
            }
        }
    }
    return distance[rows][columns];
}
