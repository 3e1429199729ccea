/* SPDX-License-Identifier: GPL-3.0-or-later */
/** What is found is what was stored under the same bytes, however many results share few slots. */
#include "memo.h"

#include "tap.h"

#include <string.h>

int main(void)
{
    enum { SLOTS = 7, KEYS = 100 };
    struct memo *memo = memo_create(SLOTS, sizeof(int));
    tap_ok(memo_find(memo, "a", 1) == NULL, "nothing is there before it is stored");
    int wrong = 0;
    int missing = 0;
    for (int i = 0; i < KEYS; i++) {
        memo_store(memo, &i, sizeof i, &(int){i * i});
        const int *last = memo_find(memo, &i, sizeof i);
        missing += last == NULL || *last != i * i;
        for (int j = 0; j < i; j++) {
            const int *found = memo_find(memo, &j, sizeof j);
            wrong += found != NULL && *found != j * j;
        }
    }
    tap_ok(missing == 0, "what was stored last is found");
    tap_ok(wrong == 0, "no key finds the result of another");
    memo_store(memo, "ab", 2, &(int){1});
    const int *longer = memo_find(memo, "ab", 2);
    tap_ok(longer != NULL && *longer == 1 && memo_find(memo, "a", 1) != longer,
           "a key is not found by its beginning");
    memo_free(memo);
    return tap_done();
}
