/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decimal.h"

#include <stdio.h>
#include <stdlib.h>

const char *decimal_write(double value, char text[DECIMAL_SIZE])
{
    for (int digits = 15; digits <= 17; digits++) {
        (void)snprintf(text, DECIMAL_SIZE, "%.*g", digits, value);
        if (strtod(text, NULL) == value) {
            break;
        }
    }
    return text;
}
