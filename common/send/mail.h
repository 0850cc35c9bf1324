// SPDX-License-Identifier: Apache-2.0
// A mail as bytes (RFC 5322, MIME). Pure.
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/clock.h"

// A mail. Texts are UTF-8; whatever they hold, none of them adds a header or ends the mail.
struct send_mail {
    const char *from;          // address
    const char *from_name;     // of who sends; "" for none
    const char *to;            // address
    const char *subject;       // any characters: encoded words (RFC 2047)
    const char *text;          // any characters: base64
    const char *message_id;    // "0193…@example.org"; the same whenever the same mail is sent
    clock_time date;
};

// The mail's bytes, lines ended by CR LF, into `arena`. False where it is full, or an address or message_id has a
// character that none of them has.
bool send_mail_compose(const struct send_mail *mail, struct arena *arena, struct bytes *composed);
