// SPDX-License-Identifier: Apache-2.0
#include "send/sender.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "send/address.h"

#define ANSWER_MOST (64 * 1024)    // bytes of an answer that are read, and of its headers
#define CONNECT_MS 10000
#define RETRY_AFTER_MOST 86400
#define SECRET_MOST 512

// One call or mail.
struct transfer {
    struct sender *sender;
    CURL *easy;
    struct curl_slist *headers;
    struct curl_slist *to;
    uint8_t *body;
    size_t length;
    size_t read;    // of a mail
    size_t answered;
    bool mail;
    bool plain;     // http://
    bool closed;    // an address that may not be called was kept from it
    void *user;
    int64_t began;
    CURLcode ended;
    struct transfer *next;    // that has ended
};

struct sender {
    CURLM *multi;
    struct send_networks allowed;
    struct sender_settings settings;
    char secret[SECRET_MOST];
    size_t busy;
    struct transfer *first;    // ended, not answered yet
    struct transfer *under_way[SENDER_MOST];
};

static bool read_secret(struct sender *sender, struct status *status)
{
    const char *path = sender->settings.mail_secret;
    if (!*path)
        return true;
    FILE *file = fopen(path, "re");
    bool read = file && fgets(sender->secret, sizeof(sender->secret), file);
    if (file)
        fclose(file);
    sender->secret[strcspn(sender->secret, "\r\n")] = '\0';
    return (read && *sender->secret) || status_set(status, REASON(FIELD_INVALID), "%s: no password in it", path);
}

static bool check_settings(struct sender *sender, struct status *status)
{
    const struct sender_settings *settings = &sender->settings;
    const char *server = settings->mail_server;
    if (!send_networks_read(settings->allow, &sender->allowed))
        return status_set(status, REASON(FIELD_INVALID), "%s: not networks such as 10.1.0.0/16,fd00:1::/64",
                          settings->allow);
    if (*server && strncmp(server, "smtps://", 8) != 0 && strncmp(server, "smtp://", 7) != 0)
        return status_set(status, REASON(FIELD_INVALID), "%s: not smtps://HOST or smtp://HOST", server);
    if (!*settings->mail_user != !*settings->mail_secret)
        return status_set(status, REASON(FIELD_INVALID), "a mail user needs a secret, and the secret a user");
    if (*settings->ca && access(settings->ca, R_OK) != 0)
        return status_set(status, REASON(FIELD_INVALID), "%s: cannot be read", settings->ca);
    if (*settings->mail_ca && access(settings->mail_ca, R_OK) != 0)
        return status_set(status, REASON(FIELD_INVALID), "%s: cannot be read", settings->mail_ca);
    return read_secret(sender, status);
}

bool sender_open(struct sender **made, const struct sender_settings *settings, struct status *status)
{
    struct sender *sender = calloc(1, sizeof(*sender));
    CHECK(sender);
    sender->settings = *settings;
    if (!check_settings(sender, status)) {
        sender_close(sender);
        return false;
    }
    CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    sender->multi = curl_multi_init();
    CHECK(sender->multi);
    curl_multi_setopt(sender->multi, CURLMOPT_MAXCONNECTS, 16L);
    *made = sender;
    return true;
}

static void transfer_free(struct transfer *transfer)
{
    curl_easy_cleanup(transfer->easy);
    curl_slist_free_all(transfer->headers);
    curl_slist_free_all(transfer->to);
    free(transfer->body);
    free(transfer);
}

void sender_close(struct sender *sender)
{
    if (!sender)
        return;
    for (size_t i = 0; i < SENDER_MOST; i++)
        if (sender->under_way[i]) {
            curl_multi_remove_handle(sender->multi, sender->under_way[i]->easy);
            transfer_free(sender->under_way[i]);
        }
    for (struct transfer *ended = sender->first; ended;) {
        struct transfer *next = ended->next;
        transfer_free(ended);
        ended = next;
    }
    if (sender->multi)
        curl_multi_cleanup(sender->multi);
    explicit_bzero(sender->secret, sizeof(sender->secret));
    free(sender);
}

// The machine that is about to be connected to, behind all names.
static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *transfer = user;
    const struct send_networks *allowed = &transfer->sender->allowed;
    bool open = purpose == CURLSOCKTYPE_IPCXN && (transfer->plain ? send_networks_have(allowed, &address->addr)
                                                                  : send_address_open(allowed, &address->addr));
    if (!open) {
        transfer->closed = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Reads past an answer; one without end is left.
static size_t pass_over(char *data, size_t size, size_t count, void *user)
{
    struct transfer *transfer = user;
    (void)data;
    transfer->answered += size * count;
    return transfer->answered <= ANSWER_MOST ? size * count : 0;
}

static size_t give_mail(char *data, size_t size, size_t count, void *user)
{
    struct transfer *transfer = user;
    size_t left = transfer->length - transfer->read;
    size_t length = size * count < left ? size * count : left;
    memcpy(data, transfer->body + transfer->read, length);
    transfer->read += length;
    return length;
}

#define SET(option, value) CHECK(curl_easy_setopt(transfer->easy, (option), (value)) == CURLE_OK)

static struct transfer *transfer_new(struct sender *sender, struct bytes body, const char *ca, void *user)
{
    struct transfer *transfer = calloc(1, sizeof(*transfer));
    CHECK(transfer);
    transfer->sender = sender;
    transfer->user = user;
    transfer->began = clock_monotonic();
    transfer->length = body.length;
    transfer->body = malloc(body.length + 1);
    transfer->easy = curl_easy_init();
    CHECK(transfer->body && transfer->easy);
    memcpy(transfer->body, body.data, body.length);
    SET(CURLOPT_PRIVATE, transfer);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_TIMEOUT_MS, sender->settings.timeout_ms);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_WRITEFUNCTION, pass_over);
    SET(CURLOPT_WRITEDATA, transfer);
    SET(CURLOPT_QUICK_EXIT, 1L);    // a name server that hangs is not waited for
    if (*ca)
        SET(CURLOPT_CAINFO, ca);
    return transfer;
}

static void end(struct transfer *transfer, CURLcode code)
{
    struct transfer **at = &transfer->sender->first;
    while (*at)
        at = &(*at)->next;
    transfer->ended = code;
    *at = transfer;
}

static void begin(struct transfer *transfer)
{
    struct sender *sender = transfer->sender;
    size_t place = 0;
    while (place < SENDER_MOST && sender->under_way[place])
        place++;
    if (place == SENDER_MOST || curl_multi_add_handle(sender->multi, transfer->easy) != CURLM_OK) {
        end(transfer, CURLE_AGAIN);
        return;
    }
    sender->under_way[place] = transfer;
    sender->busy++;
}

void sender_post(struct sender *sender, const char *url, const char *const *headers, struct bytes body, void *user)
{
    struct transfer *transfer = transfer_new(sender, body, sender->settings.ca, user);
    transfer->plain = strncmp(url, "http://", 7) == 0;
    if (transfer->plain && !sender->settings.plain) {
        transfer->closed = true;
        end(transfer, CURLE_COULDNT_CONNECT);
        return;
    }
    for (; *headers; headers++) {
        transfer->headers = curl_slist_append(transfer->headers, *headers);
        CHECK(transfer->headers);
    }
    SET(CURLOPT_URL, url);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_POSTFIELDS, (char *)transfer->body);
    SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)transfer->length);
    SET(CURLOPT_HTTPHEADER, transfer->headers);
    SET(CURLOPT_HEADERFUNCTION, pass_over);
    SET(CURLOPT_HEADERDATA, transfer);
    SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
    SET(CURLOPT_OPENSOCKETDATA, transfer);
    begin(transfer);
}

void sender_mail(struct sender *sender, const char *from, const char *to, struct bytes mail, void *user)
{
    const struct sender_settings *settings = &sender->settings;
    struct transfer *transfer = transfer_new(sender, mail, settings->mail_ca, user);
    transfer->mail = true;
    if (!*settings->mail_server) {
        end(transfer, CURLE_UNSUPPORTED_PROTOCOL);
        return;
    }
    transfer->to = curl_slist_append(NULL, to);
    CHECK(transfer->to);
    SET(CURLOPT_URL, settings->mail_server);
    SET(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    SET(CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
    SET(CURLOPT_MAIL_FROM, from);
    SET(CURLOPT_MAIL_RCPT, transfer->to);
    SET(CURLOPT_UPLOAD, 1L);
    SET(CURLOPT_READFUNCTION, give_mail);
    SET(CURLOPT_READDATA, transfer);
    if (*settings->mail_user) {
        SET(CURLOPT_USERNAME, settings->mail_user);
        SET(CURLOPT_PASSWORD, sender->secret);
    }
    begin(transfer);
}

size_t sender_busy(const struct sender *sender)
{
    return sender->busy;
}

static enum sender_result judge_http(long code)
{
    if (code >= 200 && code < 300)
        return SENDER_TAKEN;
    bool again = code < 200 || code >= 500 || code == 408 || code == 421 || code == 425 || code == 429;
    return again ? SENDER_FAILED : SENDER_REFUSED;
}

// A refused user is our own fault: it is put right, and the mail sent then.
static enum sender_result judge_mail(long code)
{
    bool ours = code == 530 || code == 534 || code == 535 || code == 538;
    return code >= 500 && code < 600 && !ours ? SENDER_REFUSED : SENDER_FAILED;
}

static void judge(const struct transfer *transfer, struct sender_done *done)
{
    long code = 0;
    curl_off_t after = 0;
    const char *kind = transfer->mail ? "smtp" : "http";
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &code);
    curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &after);
    bool left = transfer->ended == CURLE_WRITE_ERROR && transfer->answered > ANSWER_MOST;
    done->retry_after_seconds = (int32_t)(after < 0 ? 0 : after > RETRY_AFTER_MOST ? RETRY_AFTER_MOST : after);
    if (transfer->closed && transfer->ended != CURLE_OK) {
        done->result = SENDER_REFUSED;
        snprintf(done->outcome, sizeof(done->outcome), "an address that may not be called");
    } else if (!transfer->mail && code > 0 && (transfer->ended == CURLE_OK || left)) {
        done->result = judge_http(code);
        snprintf(done->outcome, sizeof(done->outcome), "http %ld%s", code, left ? ", an answer without end" : "");
    } else if (transfer->mail && transfer->ended == CURLE_OK) {
        done->result = SENDER_TAKEN;
        snprintf(done->outcome, sizeof(done->outcome), "smtp %ld", code);
    } else {
        done->result = transfer->mail ? judge_mail(code) : SENDER_FAILED;
        if (transfer->mail && code >= 400 && code < 600)
            snprintf(done->outcome, sizeof(done->outcome), "%s %ld: %s", kind, code,
                     curl_easy_strerror(transfer->ended));
        else
            snprintf(done->outcome, sizeof(done->outcome), "%s: %s", kind, curl_easy_strerror(transfer->ended));
    }
}

// Takes what has ended from among what is under way.
static void collect(struct sender *sender)
{
    int left = 0;
    for (CURLMsg *message = curl_multi_info_read(sender->multi, &left); message;
         message = curl_multi_info_read(sender->multi, &left)) {
        char *user = NULL;
        CURLcode code = message->data.result;
        CURL *easy = message->easy_handle;
        if (message->msg != CURLMSG_DONE)
            continue;
        CHECK(curl_easy_getinfo(easy, CURLINFO_PRIVATE, &user) == CURLE_OK && user);
        struct transfer *transfer = (struct transfer *)(void *)user;
        curl_multi_remove_handle(sender->multi, easy);
        for (size_t i = 0; i < SENDER_MOST; i++)
            if (sender->under_way[i] == transfer) {
                sender->under_way[i] = NULL;
                sender->busy--;
            }
        end(transfer, code);
    }
}

bool sender_next(struct sender *sender, int wait_ms, struct sender_done *done)
{
    int running = 0;
    curl_multi_perform(sender->multi, &running);
    collect(sender);
    if (!sender->first && wait_ms > 0) {
        curl_multi_poll(sender->multi, NULL, 0, wait_ms, NULL);
        curl_multi_perform(sender->multi, &running);
        collect(sender);
    }
    struct transfer *ended = sender->first;
    if (!ended)
        return false;
    sender->first = ended->next;
    *done = (struct sender_done){.user = ended->user,
                                 .took_ms = (int32_t)((clock_monotonic() - ended->began) / CLOCK_MILLISECOND)};
    judge(ended, done);
    transfer_free(ended);
    return true;
}
