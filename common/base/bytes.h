// SPDX-License-Identifier: Apache-2.0
// A span of bytes that someone else owns.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct bytes {
    const uint8_t *data;
    size_t length;
};
