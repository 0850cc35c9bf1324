// SPDX-License-Identifier: Apache-2.0
// Revocation lists, and what people read of files.
#include <errno.h>
#include <inttypes.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "crypto/file.h"
#include "crypto/pki.h"
#include "crypto/tls_parts.h"

static bool fail(const char *path, const char *what, struct status *status)
{
    ERR_clear_error();
    return status_set(status, REASON(INTERNAL), "%.180s: %s", path, what);
}

static void *read_pem(const char *path, void *(*read)(FILE *file))
{
    FILE *file = fopen(path, "re");
    void *object = file ? read(file) : NULL;
    if (file)
        fclose(file);
    ERR_clear_error();
    return object;
}

static void *pem_certificate(FILE *file)
{
    return PEM_read_X509(file, NULL, NULL, NULL);
}

static void *pem_key(FILE *file)
{
    return PEM_read_PrivateKey(file, NULL, NULL, NULL);
}

static void *pem_list(FILE *file)
{
    return PEM_read_X509_CRL(file, NULL, NULL, NULL);
}

// What is revoked stays so: the entries of the list until now.
static void keep_entries(X509_CRL *made, X509_CRL *old)
{
    STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(old);
    for (int i = 0; i < sk_X509_REVOKED_num(entries); i++) {
        X509_REVOKED *entry = X509_REVOKED_dup(sk_X509_REVOKED_value(entries, i));
        CHECK(entry && X509_CRL_add0_revoked(made, entry) == 1);
    }
}

static void add_entry(X509_CRL *made, X509 *certificate, const ASN1_TIME *now)
{
    X509_REVOKED *found = NULL;
    if (X509_CRL_get0_by_cert(made, &found, certificate) == 1)
        return;
    X509_REVOKED *entry = X509_REVOKED_new();
    CHECK(entry && X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certificate)) == 1 &&
          X509_REVOKED_set_revocationDate(entry, (ASN1_TIME *)now) == 1 && X509_CRL_add0_revoked(made, entry) == 1);
}

static void number(X509_CRL *made, X509_CRL *old)
{
    ASN1_INTEGER *last = old ? X509_CRL_get_ext_d2i(old, NID_crl_number, NULL, NULL) : NULL;
    ASN1_INTEGER *next = ASN1_INTEGER_new();
    CHECK(next && ASN1_INTEGER_set(next, last ? ASN1_INTEGER_get(last) + 1 : 1) == 1 &&
          X509_CRL_add1_ext_i2d(made, NID_crl_number, next, 0, X509V3_ADD_DEFAULT) == 1);
    ASN1_INTEGER_free(next);
    ASN1_INTEGER_free(last);
}

static X509_CRL *make_list(X509 *issuer, EVP_PKEY *key, X509_CRL *old, X509 *revoked, clock_time to)
{
    X509_CRL *made = X509_CRL_new();
    ASN1_TIME *now = ASN1_TIME_set(NULL, (time_t)(clock_now() / CLOCK_SECOND));
    ASN1_TIME *end = ASN1_TIME_set(NULL, (time_t)(to / CLOCK_SECOND));
    X509V3_CTX context;
    CHECK(made && now && end && X509_CRL_set_version(made, 1) == 1 &&
          X509_CRL_set_issuer_name(made, X509_get_subject_name(issuer)) == 1 &&
          X509_CRL_set1_lastUpdate(made, now) == 1 && X509_CRL_set1_nextUpdate(made, end) == 1);
    if (old)
        keep_entries(made, old);
    if (revoked)
        add_entry(made, revoked, now);
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, NULL, NULL, made, 0);
    X509_EXTENSION *authority = X509V3_EXT_conf_nid(NULL, &context, NID_authority_key_identifier, "keyid:always");
    CHECK(authority && X509_CRL_add_ext(made, authority, -1) == 1);
    X509_EXTENSION_free(authority);
    number(made, old);
    CHECK(X509_CRL_sort(made) == 1 && X509_CRL_sign(made, key, EVP_sha256()) > 0);
    ASN1_TIME_free(now);
    ASN1_TIME_free(end);
    return made;
}

// Whole or not at all: a service may read it at any time.
static bool replace(const char *path, X509_CRL *list, struct status *status)
{
    char name[4096];
    snprintf(name, sizeof(name), "%s.new", path);
    unlink(name);
    FILE *file = crypto_file_new(name, 0644);
    bool good = file && crypto_file_close(file, PEM_write_X509_CRL(file, list) == 1) && rename(name, path) == 0;
    return good || fail(path, strerror(errno), status);
}

// Whether the authority issued it.
static bool issued_by(X509 *certificate, X509 *issuer)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    bool issued = X509_check_issued(issuer, certificate) == X509_V_OK && X509_verify(certificate, key) == 1;
    ERR_clear_error();
    return issued;
}

static bool write_list(X509 *issuer, EVP_PKEY *key, const char *list, const char *certificate, clock_time to,
                       struct status *status)
{
    X509 *revoked = certificate ? read_pem(certificate, pem_certificate) : NULL;
    if (certificate && !revoked)
        return fail(certificate, "not a certificate", status);
    if (revoked && !issued_by(revoked, issuer)) {
        X509_free(revoked);
        return fail(certificate, "was not issued by this authority", status);
    }
    X509_CRL *old = read_pem(list, pem_list);
    // What cannot be read must not be taken for an empty list: those on it would come back.
    bool good = old || access(list, F_OK) != 0 || fail(list, "not a revocation list", status);
    X509_CRL *made = good ? make_list(issuer, key, old, revoked, to) : NULL;
    good = good && replace(list, made, status);
    X509_CRL_free(made);
    X509_CRL_free(old);
    X509_free(revoked);
    return good;
}

bool crypto_pki_revoke(const struct crypto_authority *authority, const char *list, const char *certificate,
                       clock_time to, struct status *status)
{
    X509 *issuer = read_pem(authority->certificate, pem_certificate);
    EVP_PKEY *key = issuer ? read_pem(authority->key, pem_key) : NULL;
    bool good = issuer && key ? write_list(issuer, key, list, certificate, to, status)
                              : fail(issuer ? authority->key : authority->certificate, "cannot be read", status);
    EVP_PKEY_free(key);
    X509_free(issuer);
    return good;
}

static void show_time(const char *what, const ASN1_TIME *time, FILE *out)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(crypto_time_of(time), text);
    fprintf(out, "  %-12s %s\n", what, text);
}

static void show_serial(const ASN1_INTEGER *serial, FILE *out)
{
    BIGNUM *number = ASN1_INTEGER_to_BN(serial, NULL);
    char *text = number ? BN_bn2hex(number) : NULL;
    fprintf(out, "  %-12s %s\n", "serial", text ? text : "?");
    OPENSSL_free(text);
    BN_free(number);
}

static void show_names(const X509 *certificate, FILE *out)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    BIO *bio = BIO_new_fp(out, BIO_NOCLOSE);
    CHECK(bio);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        fprintf(out, "  %-12s ", "for");
        fflush(out);
        GENERAL_NAME_print(bio, sk_GENERAL_NAME_value(names, i));
        fprintf(out, "\n");
    }
    BIO_free(bio);
    GENERAL_NAMES_free(names);
}

static void show_certificate(X509 *certificate, FILE *out)
{
    char name[256] = "";
    char issuer[256] = "";
    uint32_t uses = X509_get_extended_key_usage(certificate);
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof(name));
    X509_NAME_get_text_by_NID(X509_get_issuer_name(certificate), NID_commonName, issuer, sizeof(issuer));
    fprintf(out, "certificate: %s\n  %-12s %s\n", name, "by", issuer);
    show_serial(X509_get0_serialNumber(certificate), out);
    show_time("from", X509_get0_notBefore(certificate), out);
    show_time("to", X509_get0_notAfter(certificate), out);
    if (X509_check_ca(certificate) == 1)
        fprintf(out, "  %-12s authority\n", "as");
    else
        fprintf(out, "  %-12s%s%s\n", "as", uses & XKU_SSL_SERVER ? " server" : "",
                uses & XKU_SSL_CLIENT ? " client" : "");
    show_names(certificate, out);
}

static void show_list(X509_CRL *list, FILE *out)
{
    char issuer[256] = "";
    STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(list);
    X509_NAME_get_text_by_NID(X509_CRL_get_issuer(list), NID_commonName, issuer, sizeof(issuer));
    fprintf(out, "revocation list: %s\n", issuer);
    show_time("from", X509_CRL_get0_lastUpdate(list), out);
    show_time("to", X509_CRL_get0_nextUpdate(list), out);
    for (int i = 0; i < sk_X509_REVOKED_num(entries); i++) {
        const X509_REVOKED *entry = sk_X509_REVOKED_value(entries, i);
        show_serial(X509_REVOKED_get0_serialNumber(entry), out);
        show_time("  revoked", X509_REVOKED_get0_revocationDate(entry), out);
    }
}

bool crypto_pki_show(const char *path, FILE *out, struct status *status)
{
    X509 *certificate = read_pem(path, pem_certificate);
    X509_CRL *list = certificate ? NULL : read_pem(path, pem_list);
    if (certificate)
        show_certificate(certificate, out);
    else if (list)
        show_list(list, out);
    bool shown = certificate || list;
    X509_free(certificate);
    X509_CRL_free(list);
    return shown || fail(path, "neither a certificate nor a revocation list", status);
}

bool crypto_pki_ends(const char *path, clock_time *ends, struct status *status)
{
    X509 *certificate = read_pem(path, pem_certificate);
    X509_CRL *list = certificate ? NULL : read_pem(path, pem_list);
    if (certificate)
        *ends = crypto_time_of(X509_get0_notAfter(certificate));
    else if (list)
        *ends = crypto_time_of(X509_CRL_get0_nextUpdate(list));
    bool read = certificate || list;
    X509_free(certificate);
    X509_CRL_free(list);
    return read || fail(path, "neither a certificate nor a revocation list", status);
}
