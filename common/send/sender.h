// SPDX-License-Identifier: Apache-2.0
// What leaves the instance: calls of others' HTTP addresses, and mails. The only folder with libcurl. Everything is
// under way at the same time and bounded: how much, for how long, how much of an answer is read. One thread uses a
// sender; what it waits for are sockets alone.
//
// An HTTP address is called only where the machine that is really connected to may be (send/address.h), whatever name
// led there; no redirect is followed, no proxy used, no address of the environment. Certificates are checked, always.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

// Most that is under way: sixteen receivers that hang, four calls each.
#define SENDER_MOST 64
#define SENDER_TEXT 200

struct sender_settings {
    const char *allow;          // networks that are not public and may be called all the same; "" none
    bool plain;                 // http:// too, to those networks alone
    const char *ca;             // authorities of HTTPS receivers, PEM; "" the system's
    const char *mail_server;    // smtps://HOST[:PORT], or smtp://HOST[:PORT] with STARTTLS; "" none
    const char *mail_ca;        // its authorities; "" the system's
    const char *mail_user;      // "" none
    const char *mail_secret;    // file with the user's password in its first line
    long timeout_ms;            // of one call or mail, from its beginning to its end
};

// How it ended.
enum sender_result {
    SENDER_TAKEN,      // the receiver has taken it: 2xx, 250
    SENDER_FAILED,     // it may go well another time: no connection, TLS, time over, 408, 425, 429, 5xx; 4xx of a mail
    SENDER_REFUSED,    // it will not: an address that may not be called, 3xx, any other 4xx; 5xx of a mail
};

struct sender_done {
    void *user;
    enum sender_result result;
    char outcome[SENDER_TEXT];      // "http 503", "timed out"; never what the receiver wrote
    int32_t retry_after_seconds;    // as the receiver asks; 0: it does not
    int32_t took_ms;
};

struct sender;

// False with a status where a setting is none.
bool sender_open(struct sender **sender, const struct sender_settings *settings, struct status *status);

// What is under way is given up. Accepts NULL.
void sender_close(struct sender *sender);

// Begins to post a body to a URL. `headers` ("name: value", ended by NULL) and body are copied. What cannot begin
// ends likewise, by sender_next.
void sender_post(struct sender *sender, const char *url, const char *const *headers, struct bytes body, void *user);

// Begins to send a mail that is composed (send/mail.h), from one address to another; likewise.
void sender_mail(struct sender *sender, const char *from, const char *to, struct bytes mail, void *user);

// How much is under way.
size_t sender_busy(const struct sender *sender);

// Answers what has ended, waiting for it at most so long. False: nothing has.
bool sender_next(struct sender *sender, int wait_ms, struct sender_done *done);
