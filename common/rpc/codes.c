// SPDX-License-Identifier: Apache-2.0
#include "rpc/codes.h"

#include <stddef.h>
#include <string.h>

#define DIGITS "0123456789"
// Without I, O, S, V and Z, which are taken for digits or one another.
#define CREDIT_CHARACTERS DIGITS "ABCDEFGHJKLMNPQRTUWXY"
#define CREDIT_LENGTH 18
#define CREDIT_MODULUS 31

bool rpc_code_division(const char *text)
{
    size_t length = strlen(text);
    return (length == 2 || length == 4 || length == 6 || length == 9 || length == 12) && strspn(text, DIGITS) == length;
}

bool rpc_code_credit(const char *text)
{
    if (strlen(text) != CREDIT_LENGTH || strspn(text, CREDIT_CHARACTERS) != CREDIT_LENGTH)
        return false;
    // The weights are 3^0, 3^1, … modulo 31; the check character makes the sum a multiple of it.
    unsigned sum = 0;
    unsigned weight = 1;
    for (size_t i = 0; i < CREDIT_LENGTH - 1; i++) {
        sum += weight * (unsigned)(strchr(CREDIT_CHARACTERS, text[i]) - CREDIT_CHARACTERS);
        weight = weight * 3 % CREDIT_MODULUS;
    }
    unsigned check = (CREDIT_MODULUS - sum % CREDIT_MODULUS) % CREDIT_MODULUS;
    return text[CREDIT_LENGTH - 1] == CREDIT_CHARACTERS[check];
}

bool rpc_code_industry(const char *text)
{
    size_t digits = strspn(text + (*text != '\0'), DIGITS);
    return *text >= 'A' && *text <= 'T' && digits >= 2 && digits <= 4 && text[1 + digits] == '\0';
}
