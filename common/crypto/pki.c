// SPDX-License-Identifier: Apache-2.0
#include "crypto/pki.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/check.h"
#include "crypto/crypto.h"
#include "crypto/file.h"

#define SERIAL_BYTES 16

static bool fail(const char *path, const char *what, struct status *status)
{
    ERR_clear_error();
    return status_set(status, REASON(INTERNAL), "%.180s: %s", path, what);
}

static X509 *read_certificate(const char *path, struct status *status)
{
    FILE *file = fopen(path, "re");
    X509 *certificate = file ? PEM_read_X509(file, NULL, NULL, NULL) : NULL;
    if (file)
        fclose(file);
    if (!certificate)
        fail(path, file ? "not a certificate" : strerror(errno), status);
    return certificate;
}

static EVP_PKEY *read_key(const char *path, struct status *status)
{
    FILE *file = fopen(path, "re");
    EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
    if (file)
        fclose(file);
    if (!key)
        fail(path, file ? "not a private key" : strerror(errno), status);
    return key;
}

static bool write_key(const char *path, EVP_PKEY *key, struct status *status)
{
    FILE *file = crypto_file_new(path, 0600);
    return (file && crypto_file_close(file, PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1)) ||
           fail(path, strerror(errno), status);
}

static bool write_certificate(const char *path, X509 *certificate, struct status *status)
{
    FILE *file = crypto_file_new(path, 0644);
    return (file && crypto_file_close(file, PEM_write_X509(file, certificate) == 1)) ||
           fail(path, strerror(errno), status);
}

static void set_time(ASN1_TIME *field, clock_time time)
{
    CHECK(ASN1_TIME_set(field, (time_t)(time / CLOCK_SECOND)));
}

// A certificate with what all have: a random serial number, its name, its times, its key.
static X509 *new_certificate(const char *name, clock_time from, clock_time to, EVP_PKEY *key)
{
    uint8_t serial[SERIAL_BYTES];
    X509 *made = X509_new();
    CHECK(made && X509_set_version(made, 2) == 1);
    crypto_random(serial, sizeof(serial));
    serial[0] = (serial[0] & 0x7f) | 0x40;
    BIGNUM *number = BN_bin2bn(serial, sizeof(serial), NULL);
    CHECK(number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(made)));
    BN_free(number);
    set_time(X509_getm_notBefore(made), from);
    set_time(X509_getm_notAfter(made), to);
    CHECK(X509_set_pubkey(made, key) == 1);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1,
                               0);
    return made;
}

// One of a fixed set of extensions.
static void extend(X509 *certificate, X509 *issuer, int kind, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    CHECK(extension && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static bool sign_certificate(X509 *certificate, EVP_PKEY *key, const char *path, struct status *status)
{
    return X509_sign(certificate, key, EVP_sha256()) > 0 || fail(path, "cannot sign", status);
}

bool crypto_pki_authority(const struct crypto_authority *authority, const char *name, clock_time from, clock_time to,
                          struct status *status)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    CHECK(key);
    X509 *made = new_certificate(name, from, to, key);
    CHECK(X509_set_issuer_name(made, X509_get_subject_name(made)) == 1);
    extend(made, made, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    extend(made, made, NID_key_usage, "critical,keyCertSign,cRLSign");
    extend(made, made, NID_subject_key_identifier, "hash");
    bool good = sign_certificate(made, key, authority->certificate, status) && write_key(authority->key, key, status) &&
                write_certificate(authority->certificate, made, status);
    X509_free(made);
    EVP_PKEY_free(key);
    return good;
}

static void add_name(GENERAL_NAMES *names, int type, ASN1_STRING *value)
{
    GENERAL_NAME *name = GENERAL_NAME_new();
    CHECK(name && value);
    GENERAL_NAME_set0_value(name, type, value);
    CHECK(sk_GENERAL_NAME_push(names, name) > 0);
}

static ASN1_STRING *text_value(int type, const void *data, int length)
{
    ASN1_STRING *value = ASN1_STRING_type_new(type);
    CHECK(value && ASN1_STRING_set(value, data, length) == 1);
    return value;
}

// Whom and what it is for: hosts by name or address, the peer as a URI.
static void add_names(X509 *certificate, const struct crypto_certificate_request *request)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    CHECK(names);
    for (size_t i = 0; i < request->host_count; i++) {
        ASN1_OCTET_STRING *address = a2i_IPADDRESS(request->hosts[i]);
        if (address)
            add_name(names, GEN_IPADD, address);
        else
            add_name(names, GEN_DNS, text_value(V_ASN1_IA5STRING, request->hosts[i], (int)strlen(request->hosts[i])));
    }
    if (request->peer.kind != CRYPTO_PEER_NONE) {
        char text[CRYPTO_PEER_TEXT_SIZE];
        crypto_peer_format(&request->peer, text);
        add_name(names, GEN_URI, text_value(V_ASN1_IA5STRING, text, (int)strlen(text)));
    }
    if (sk_GENERAL_NAME_num(names) > 0)
        CHECK(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) == 1);
    GENERAL_NAMES_free(names);
}

static X509 *fill_request(const struct crypto_certificate_request *request, X509 *issuer, EVP_PKEY *key)
{
    static const char *const uses[] = {"clientAuth", "serverAuth", "serverAuth,clientAuth"};
    X509 *made = new_certificate(request->name, request->from, request->to, key);
    CHECK(X509_set_issuer_name(made, X509_get_subject_name(issuer)) == 1);
    if (X509_cmp_time(X509_get0_notAfter(issuer), &(time_t){(time_t)(request->to / CLOCK_SECOND)}) < 0)
        CHECK(X509_set1_notAfter(made, X509_get0_notAfter(issuer)) == 1);
    bool serves = request->host_count > 0;
    extend(made, issuer, NID_basic_constraints, "critical,CA:FALSE");
    extend(made, issuer, NID_key_usage, "critical,digitalSignature");
    extend(made, issuer, NID_ext_key_usage, uses[!serves ? 0 : request->peer.kind == CRYPTO_PEER_NONE ? 1 : 2]);
    extend(made, issuer, NID_subject_key_identifier, "hash");
    extend(made, issuer, NID_authority_key_identifier, "keyid:always");
    add_names(made, request);
    return made;
}

bool crypto_pki_issue(const struct crypto_authority *authority, const struct crypto_certificate_request *request,
                      const char *certificate, const char *key, struct status *status)
{
    X509 *issuer = read_certificate(authority->certificate, status);
    EVP_PKEY *issuer_key = issuer ? read_key(authority->key, status) : NULL;
    EVP_PKEY *own = issuer_key ? EVP_EC_gen("P-256") : NULL;
    X509 *made = own ? fill_request(request, issuer, own) : NULL;
    bool good = made && sign_certificate(made, issuer_key, certificate, status) && write_key(key, own, status) &&
                write_certificate(certificate, made, status);
    X509_free(made);
    EVP_PKEY_free(own);
    EVP_PKEY_free(issuer_key);
    X509_free(issuer);
    return good;
}
