/* Checks for test programs: the first that fails ends the program with a line that says what it was. */
#ifndef CHECK_H
#define CHECK_H

#include <fastring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                              \
    do {                                                                                              \
        if (!(condition)) {                                                                           \
            char why_[256];                                                                           \
            fr_last_error(why_, sizeof why_);                                                         \
            fprintf(stderr, "%s:%d: %s (last error: %s)\n", __FILE__, __LINE__, #condition, why_);    \
            exit(1);                                                                                  \
        }                                                                                             \
    } while (0)

/* The call fails with this code, and says why in words that contain `words`. */
#define FAILS(code, words, call)                                                                              \
    do {                                                                                                      \
        int got_ = (call);                                                                                    \
        char why_[256];                                                                                       \
        fr_last_error(why_, sizeof why_);                                                                     \
        if (got_ != (code) || strstr(why_, words) == NULL) {                                                  \
            fprintf(stderr, "%s:%d: %s: %s '%s', not %s '...%s...'\n", __FILE__, __LINE__, #call,             \
                    fr_error_name(got_), why_, fr_error_name(code), words);                                   \
            exit(1);                                                                                          \
        }                                                                                                     \
    } while (0)

#endif
