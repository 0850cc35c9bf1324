// SPDX-License-Identifier: Apache-2.0
// Codes of national standards, as the contract's formats name them. Each answers
// whether the text is well-formed; none knows whether the code has been issued.
#pragma once

#include <stdbool.h>

// Division code: 2, 4, 6, 9 or 12 digits (GB/T 2260, GB/T 10114).
bool rpc_code_division(const char *text);

// Unified social credit code: 18 characters, the last of which checks the others
// (GB 32100).
bool rpc_code_credit(const char *text);

// Industry: a letter A to T and 2 to 4 digits (GB/T 4754).
bool rpc_code_industry(const char *text);
