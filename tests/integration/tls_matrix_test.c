// SPDX-License-Identifier: Apache-2.0
// A service at a tls+tcp:// address, with certificates that `anlan pki` made: who is let in, what the log says of the
// others, whose tokens come by whose connection, and a client that is none of ours (nngcat).
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "support/agency.h"
#include "support/ask.h"
#include "support/signing.h"
#include "support/tls.h"

static struct instance *instance;
static struct tls_desk desk;
static unsigned ports[4];    // hazards; its feed; the feed of organisations; organisations
static pid_t organisations;
static pid_t hazards;
static char subject[] = "0197c3a0-0000-7000-8000-000000000001";

// Runs a program of ours that must end well; answers its output, in the instance's arena.
static const char *run(const char *format, ...) __attribute__((format(printf, 1, 2)));
static const char *run(const char *format, ...)
{
    char command[2048];
    static char output[65536];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof(command), format, arguments);
    va_end(arguments);
    int status = instance_run(instance, output, sizeof(output), "%s 2>&1", command);
    if (status != 0)
        fail_msg("%s: %d: %s", command, status, output);
    output[strcspn(output, "\n")] = strchr(output, '\n') && strchr(output, '\n')[1] == '\0' ? '\0' : '\n';
    return output;
}

// Starts a process that listens by TLS too.
static pid_t spawn(const char *service, const char *listen, const char *feed, const char *directory,
                   const char *version)
{
    const char *bin = getenv("ANLAN_BIN");
    char path[512];
    char log[128];
    char health[160];
    char texts[10][320];
    char *arguments[13] = {path, (char *)"serve"};
    snprintf(path, sizeof(path), "%s/anlan-%s", bin ? bin : ".", service);
    snprintf(log, sizeof(log), "%s/tls-%s.log", instance->dir, service);
    snprintf(health, sizeof(health), "ipc://%s/tls-%s.health", instance->dir, service);
    snprintf(texts[0], 320, "--database=%s", instance_conninfo(instance, service, false));
    snprintf(texts[1], 320, "--keys=%s/keys", instance->dir);
    snprintf(texts[2], 320, "--listen=%s", listen);
    snprintf(texts[3], 320, "--feed=%s", feed);
    snprintf(texts[4], 320, "--health=%s", health);
    snprintf(texts[5], 320, "--directory=%s", directory);
    snprintf(texts[6], 320, "--tls-ca=%s/ca.crt", desk.dir);
    snprintf(texts[7], 320, "--tls-crl=%s/ca.crl", desk.dir);
    snprintf(texts[8], 320, "--tls-certificate=%s/server.crt", desk.dir);
    snprintf(texts[9], 320, "--tls-key=%s/server.key", desk.dir);
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        arguments[2 + i] = texts[i];
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setenv("ANLAN_TLS_MIN_VERSION", version, 1);
        dup2(open(log, O_WRONLY | O_CREAT | O_APPEND, 0644), STDERR_FILENO);
        execv(path, arguments);
        _exit(127);
    }
    for (int try = 0; try < 300; try++) {
        if (instance_run(instance, NULL, 0, "anlan --timeout 500 health %s >/dev/null 2>&1", health) == 0)
            return pid;
        usleep(20000);
    }
    fail_msg("%s does not serve: %s", service, run("tail -n 5 %s", log));
    return 0;
}

static void end(pid_t pid)
{
    int status = 0;
    kill(pid, SIGTERM);
    waitpid(pid, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("a service did not stop well: %d", status);
}

// A machine's localhost may be either loopback address.
static bool has_ipv6_loopback(void)
{
    char line[256];
    bool found = false;
    FILE *file = fopen("/proc/net/if_inet6", "r");
    while (file && !found && fgets(line, sizeof(line), file))
        found = strncmp(line, "00000000000000000000000000000001 ", 33) == 0;
    if (file)
        fclose(file);
    return found;
}

static void start_hazards(const char *version)
{
    char listen[256];
    char feed[256];
    char directory[64];
    int used = snprintf(listen, sizeof(listen), "ipc://%s/tls-hazards,tls+tcp://127.0.0.1:%u", instance->dir, ports[0]);
    if (has_ipv6_loopback())
        snprintf(listen + used, sizeof(listen) - (size_t)used, ",tls+tcp://[::1]:%u", ports[0]);
    snprintf(feed, sizeof(feed), "ipc://%s/tls-hazards.feed,tls+tcp://127.0.0.1:%u", instance->dir, ports[1]);
    snprintf(directory, sizeof(directory), "tls+tcp://127.0.0.1:%u", ports[2]);
    hazards = spawn("hazards", listen, feed, directory, version);
}

static void start_organisations(void)
{
    char listen[256];
    char feed[256];
    char directory[128];
    snprintf(listen, sizeof(listen), "ipc://%s/tls-organisations,tls+tcp://127.0.0.1:%u", instance->dir, ports[3]);
    snprintf(feed, sizeof(feed), "tls+tcp://127.0.0.1:%u", ports[2]);
    snprintf(directory, sizeof(directory), "ipc://%s/organisations-0.feed", instance->dir);
    organisations = spawn("organisations", listen, feed, directory, "1.3");
}

static void make_certificates(void)
{
    struct crypto_peer client;
    snprintf(desk.dir, sizeof(desk.dir), "/tmp/anlan-pki-XXXXXX");
    CHECK(mkdtemp(desk.dir));
    run("anlan pki init %s --name 林西县", desk.dir);
    run("anlan pki init %s/other", desk.dir);
    run("cp %s/other/ca.crt %s/other.crt && cp %s/other/ca.key %s/other.key", desk.dir, desk.dir, desk.dir, desk.dir);
    run("anlan pki server %s server --host 127.0.0.1 --host localhost --unit %s", desk.dir, instance->instance_id);
    run("anlan pki client %s client --client %s", desk.dir, subject);
    run("anlan pki client %s county --unit %s", desk.dir, instance->ids[COUNTY_150424]);
    run("anlan pki client %s township --unit %s", desk.dir, instance->ids[TOWNSHIP_100]);
    run("anlan pki client %s revoked --client %s", desk.dir, subject);
    run("anlan pki client %s fired --client %s", desk.dir, subject);
    run("anlan pki server %s elsewhere --host elsewhere.example", desk.dir);
    run("anlan pki revoke %s revoked", desk.dir);
    CHECK(crypto_peer_parse("urn:anlan:client:0197c3a0-0000-7000-8000-000000000001", &client));
    tls_issue(&desk, "ca", "expired", NULL, client, (struct tls_days){-20, -1});
    tls_issue(&desk, "ca", "early", NULL, client, (struct tls_days){1, 30});
    tls_issue(&desk, "ca", "nobody", NULL, (struct crypto_peer){0}, (struct tls_days){-1, 30});
    tls_issue(&desk, "other", "stranger", NULL, client, (struct tls_days){-1, 30});
    tls_vouch(&desk, "self");
}

static int start(void **state)
{
    (void)state;
    instance = instance_start(1);
    make_certificates();
    for (size_t i = 0; i < COUNT_OF(ports); i++)
        ports[i] = tls_free_port();
    start_organisations();
    start_hazards("1.3");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    end(hazards);
    end(organisations);
    tls_desk_close(&desk);
    instance_stop(instance);
    return 0;
}

static const char *token(const char *role, const char *unit_id, const char *who)
{
    static char text[4096];
    snprintf(text, sizeof(text), "%s",
             run("anlan token --keys %s/keys --role %s --unit %s --name 张三 --subject %s", instance->dir, role,
                 unit_id, who));
    return text;
}

// Lists hazards by TLS with a certificate (NULL: none); answers the exit status.
static int list(const char *certificate, const char *credential, char *output, size_t size)
{
    char own[256] = "";
    if (certificate)
        snprintf(own, sizeof(own), "--tls-certificate %s/%s.crt --tls-key %s/%s.key", desk.dir, certificate, desk.dir,
                 certificate);
    return instance_run(instance, output, size,
                        "anlan --lang en --timeout 1500 --hazards tls+tcp://127.0.0.1:%u --tls-ca %s/ca.crt %s --token "
                        "'%s' call hazards/ListHazards '{\"unitId\": \"%s\"}' 2>&1",
                        ports[0], desk.dir, own, credential, instance->ids[COUNTY_150424]);
}

// Lines of the log of hazards that say so.
static int lines(const char *event, const char *reason)
{
    return (int)strtol(run("grep '\"event\":\"%s\"' %s/tls-hazards.log | grep -c '\"reason\":\"%s\"' || true", event,
                           instance->dir, reason),
                       NULL, 10);
}

static void refused(const char *certificate, const char *reason)
{
    char output[4096];
    int before = lines("tls.refused", reason);
    int status =
        list(certificate, token("county_officer", instance->ids[COUNTY_150424], subject), output, sizeof(output));
    if (status != 4)
        fail_msg("%s: exit status %d: %s", certificate ? certificate : "none", status, output);
    if (lines("tls.refused", reason) <= before)
        fail_msg("%s: no line says %s: %s", certificate ? certificate : "none", reason,
                 run("tail -n 2 %s/tls-hazards.log", instance->dir));
}

static void a_good_certificate_is_answered(void **state)
{
    (void)state;
    char output[65536];
    int status = list("client", token("county_officer", instance->ids[COUNTY_150424], subject), output, sizeof(output));
    if (status != 0)
        fail_msg("%s", output);
    // The directory came by TLS too, with the instance's own certificate.
    run("grep -q directory.caught_up %s/tls-hazards.log", instance->dir);
    // And the ledger's log goes by it.
    run("anlan --organisations ipc://%s/organisations-0 --tls-ca %s/ca.crt --tls-certificate %s/server.crt --tls-key "
        "%s/server.key --token $(anlan token --keys %s/keys --role auditor --instance) log hazards "
        "--hazards-feed tls+tcp://127.0.0.1:%u --tenant %s",
        instance->dir, desk.dir, desk.dir, desk.dir, instance->dir, ports[1], instance->ids[COUNTY_150424]);
}

static void others_are_refused_and_the_log_says_why(void **state)
{
    (void)state;
    refused("expired", "certificate_expired");
    refused("early", "certificate_not_yet_valid");
    refused("stranger", "certificate_wrong_authority");
    refused("self", "certificate_self_signed");
    refused("revoked", "certificate_revoked");
    refused("elsewhere", "certificate_wrong_purpose");
    refused("nobody", "no_identity");
    refused(NULL, "certificate_missing");
}

// It shows its certificate for 127.0.0.1 and localhost at whatever name it is called by.
static void a_server_of_another_host_is_refused_by_the_client(void **state)
{
    (void)state;
    char output[4096];
    int before = lines("tls.refused", "refused_by_peer");
    int status = instance_run(instance, output, sizeof(output),
                              "anlan --lang en --timeout 1500 --tls-ca %s/ca.crt --tls-certificate %s/client.crt "
                              "--tls-key %s/client.key describe --address 'tls+tcp://[::ffff:127.0.0.1]:%u' 2>&1",
                              desk.dir, desk.dir, desk.dir, ports[0]);
    assert_int_equal(status, 4);
    if (!strstr(output, "certificate_wrong_host"))
        fail_msg("%s", output);
    assert_true(lines("tls.refused", "refused_by_peer") > before);
}

static void a_token_comes_by_its_own_connection_only(void **state)
{
    (void)state;
    char output[65536];
    static char other[] = "0197c3a0-0000-7000-8000-000000000002";
    const char *county = instance->ids[COUNTY_150424];
    assert_int_equal(list("client", token("county_officer", county, other), output, sizeof(output)), 1);
    assert_non_null(strstr(output, "TOKEN_INVALID"));
    // A unit's connection carries the tokens of the unit and of those below it.
    assert_int_equal(list("county", token("county_officer", county, other), output, sizeof(output)), 0);
    list("county", token("county_officer", instance->ids[TOWNSHIP_100], other), output, sizeof(output));
    assert_null(strstr(output, "TOKEN_INVALID"));
    assert_int_equal(list("township", token("county_officer", county, other), output, sizeof(output)), 1);
    assert_non_null(strstr(output, "TOKEN_INVALID"));
    assert_int_equal(
        list("county", token("county_officer", instance->ids[COUNTY_150423], other), output, sizeof(output)), 1);
    assert_non_null(strstr(output, "TOKEN_INVALID"));
}

// Runs commands with all addresses by TLS and a certificate, and a session of its own; answers the exit status.
static int remotely(const char *certificate, char *output, size_t size, const char *commands)
{
    return instance_run(instance, output, size,
                        "export LC_ALL=C.UTF-8 XDG_STATE_HOME=%s/state-%s ANLAN_TLS_CA=%s/ca.crt "
                        "ANLAN_TLS_CERTIFICATE=%s/%s.crt ANLAN_TLS_KEY=%s/%s.key "
                        "ANLAN_ORGANISATIONS=tls+tcp://127.0.0.1:%u ANLAN_HAZARDS=tls+tcp://127.0.0.1:%u; unset "
                        "ANLAN_TOKEN; { %s; } 2>&1",
                        instance->dir, certificate, desk.dir, desk.dir, certificate, desk.dir, certificate, ports[3],
                        ports[0], commands);
}

// From another machine: name and password over TLS, then the ledger with the token that came back, over TLS too.
static void a_person_signs_in_and_works_by_tls(void **state)
{
    (void)state;
    char output[16384];
    signing_person(instance, "周远程", "zhou");
    int status =
        remotely("county", output, sizeof(output),
                 "echo " SIGNING_CHOSEN " | anlan sign-in zhou && anlan whoami && anlan hazards create --unit "
                 "150424100 --grade general --sector fireworks --description 远程登记的隐患 && anlan hazards list "
                 "--unit 150424");
    if (status != 0)
        fail_msg("%d: %s", status, output);
    assert_non_null(strstr(output, "周远程"));
    const char *made = strstr(output, "远程登记的隐患");
    assert_true(made && strstr(made + 1, "远程登记的隐患"));    // registered, and listed
    assert_int_equal(
        instance_sql(instance, "hazards",
                     "SELECT count(*) FROM hazards WHERE position(convert_to('周远程', 'UTF8') IN summary) "
                     "> 0 AND tenant_id = '%s'",
                     instance->ids[COUNTY_150424]),
        1);
    // Over a connection of another unit he is signed in for nothing: his token does not fit it.
    status = remotely("township", output, sizeof(output),
                      "echo " SIGNING_CHOSEN " | anlan sign-in zhou; anlan hazards list --unit 150424");
    assert_int_equal(status, 1);
    assert_non_null(strstr(output, "TOKEN_INVALID"));
    // Who has no certificate does not come as far as a password.
    status =
        instance_run(instance, output, sizeof(output),
                     "echo " SIGNING_CHOSEN " | XDG_STATE_HOME=%s/state-none anlan --lang en --timeout 1500 --tls-ca "
                     "%s/ca.crt --organisations tls+tcp://127.0.0.1:%u sign-in zhou 2>&1",
                     instance->dir, desk.dir, ports[3]);
    assert_int_equal(status, 4);
    // Signed out, the token is good for nothing.
    status =
        remotely("county", output, sizeof(output),
                 "cp -r $XDG_STATE_HOME $XDG_STATE_HOME-kept && anlan sign-out && sleep 0.5; rm -rf $XDG_STATE_HOME "
                 "&& mv $XDG_STATE_HOME-kept $XDG_STATE_HOME; anlan hazards list --unit 150424");
    assert_int_equal(status, 1);
    if (!strstr(output, "UNAUTHENTICATED"))
        fail_msg("%s", output);
}

// Signs a client in over TLS; answers what came, the session in JSON where it went well.
static const char *client_signs_in(const char *certificate, const char *id)
{
    static char output[8192];
    char commands[512];
    snprintf(commands, sizeof(commands),
             "anlan call anlan.organisations.v1.SignInService/SignInClient '{\"clientId\": \"%s\"}'", id);
    remotely(certificate, output, sizeof(output), commands);
    return output;
}

static const char *register_by_certificate(const char *certificate, const struct crypto_key *key)
{
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    uint8_t public_key[CRYPTO_PUBLIC_SIZE];
    struct person admin = as_at(instance, "administrator", instance->instance_id, "系统管理员");
    assert_true(crypto_certificate_digest(tls_path(&desk, certificate, "crt"), digest));
    if (key)
        crypto_key_public(key, public_key);
    const char *made = ask_well(instance, admin, "RegisterClient",
                                "{'name': '%s%s', 'unitId': '%s', 'certificateDigest': '%s', 'publicKey': '%s', "
                                "'endsAt': '2099-01-01T00:00:00Z', 'document': '赤消〔2026〕4 号'}",
                                certificate, key ? "与密钥" : "", instance->ids[COUNTY_150424],
                                base64_of(instance, (struct bytes){digest, sizeof(digest)}),
                                base64_of(instance, (struct bytes){public_key, key ? sizeof(public_key) : 0}));
    return reply_at(instance, made, "client.id");
}

// Who holds the key to a client's certificate is that client, and its tokens are worth nothing on another's connection.
static void a_client_signs_in_by_the_certificate_of_its_connection(void **state)
{
    (void)state;
    char output[65536];
    struct agency agency;
    struct status status = {0};
    static const char *const names[] = {"brigade", "ambulance"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        run("anlan pki client %s %s --client 0197c3a0-0000-7000-8000-00000000010%zu", desk.dir, names[i], i);
    const char *id = register_by_certificate("brigade", NULL);
    assert_non_null(strstr(client_signs_in("brigade", id), "PERMISSION_MISSING"));
    agency_open(&agency, instance);
    agency.client.person_id = id;
    agency_grant(&agency, instance->ids[COUNTY_150424], "", "hazards.read", 600);
    const char *session = client_signs_in("brigade", id);
    for (int try = 0; try < 100 && !strstr(session, "\"token\""); try++)
        session = client_signs_in("brigade", id);    // the mirrors hear of the grant
    assert_string_equal(reply_at(instance, session, "session.refreshToken"), "");
    struct bytes token = reply_bytes(instance, session, "session.token");
    char text[2048];
    assert_in_range(token.length, 1, sizeof(text) * 3 / 4 - 4);
    text_base64url(token.data, token.length, text);
    assert_int_equal(list("brigade", text, output, sizeof(output)), 0);
    assert_int_equal(list("ambulance", text, output, sizeof(output)), 1);
    assert_non_null(strstr(output, "TOKEN_INVALID"));
    // Another's certificate, none, one that never was registered; a key is asked for besides where there is one.
    assert_non_null(strstr(client_signs_in("ambulance", id), "SIGN_IN_REFUSED"));
    assert_non_null(strstr(client_signs_in("county", id), "SIGN_IN_REFUSED"));
    ask(instance, (struct person){0}, "SignInClient", &status, "{'clientId': '%s'}", id);
    assert_int_equal(status.reason, REASON(SIGN_IN_REFUSED));
    struct crypto_key *key = NULL;
    char key_path[128];
    char public_path[128];
    snprintf(key_path, sizeof(key_path), "%s/client-key", instance->dir);
    snprintf(public_path, sizeof(public_path), "%s/client-key.pub", instance->dir);
    assert_true(crypto_key_create(key_path, public_path) && crypto_key_read(key_path, true, 1, &key));
    assert_non_null(strstr(client_signs_in("ambulance", register_by_certificate("ambulance", key)), "SIGN_IN_REFUSED"));
    crypto_key_free(key);
}

static void sighup_reads_the_revocation_list_anew(void **state)
{
    (void)state;
    char output[65536];
    const char *county = instance->ids[COUNTY_150424];
    assert_int_equal(list("fired", token("county_officer", county, subject), output, sizeof(output)), 0);
    run("anlan pki revoke %s fired", desk.dir);
    kill(hazards, SIGHUP);
    run("for i in $(seq 100); do grep -q tls.reloaded %s/tls-hazards.log && exit 0; sleep 0.05; done; exit 1",
        instance->dir);
    refused("fired", "certificate_revoked");
    assert_int_equal(list("client", token("county_officer", county, subject), output, sizeof(output)), 0);
    // A list that cannot be read is told, and nothing changes.
    run("mv %s/ca.crl %s/kept.crl && echo nothing > %s/ca.crl", desk.dir, desk.dir, desk.dir);
    kill(hazards, SIGHUP);
    run("for i in $(seq 100); do grep -q tls.reload_failed %s/tls-hazards.log && exit 0; sleep 0.05; done; exit 1",
        instance->dir);
    run("mv %s/kept.crl %s/ca.crl", desk.dir, desk.dir);
    assert_int_equal(list("client", token("county_officer", county, subject), output, sizeof(output)), 0);
    refused("fired", "certificate_revoked");
}

// Asks for the contract by nngcat. mbed TLS 2.28 holds certificates against names only; a machine's localhost may be
// another address, or none: so both are tried.
static void nngcat(void)
{
    char output[4096];
    const char *source = getenv("ANLAN_SOURCE");
    run("cat %s/client.crt %s/client.key > %s/client.pem", desk.dir, desk.dir, desk.dir);
    int status = instance_run(
        instance, output, sizeof(output),
        "echo 'calls { method: \"anlan.rpc.v1.ReflectionService/GetDescriptorSet\" }' | protoc -I %s/proto "
        "--encode=anlan.rpc.v1.Request anlan/rpc/v1/envelope.proto >%s/request && for host in localhost 127.0.0.1; do "
        "nngcat --req --dial=tls+tcp://$host:%u --cacert=%s/ca.crt --cert=%s/client.pem --file=%s/request --raw "
        "--recv-timeout=3 --send-timeout=3 2>&1 >%s/reply && break; done; grep -q HazardsService %s/reply",
        source ? source : ".", desk.dir, ports[0], desk.dir, desk.dir, desk.dir, desk.dir, desk.dir);
    if (status != 0)
        fail_msg("nngcat: %s; the service: %s", output, run("tail -n 3 %s/tls-hazards.log", instance->dir));
}

// Greets with TLS 1.2 and a good certificate; answers whether the greeting succeeded.
static bool greets_with_1_2(void)
{
    return instance_run(instance, NULL, 0,
                        "openssl s_client -connect 127.0.0.1:%u -tls1_2 -CAfile %s/ca.crt -cert %s/client.crt -key "
                        "%s/client.key </dev/null 2>/dev/null | grep -q 'Verify return code: 0'",
                        ports[0], desk.dir, desk.dir, desk.dir) == 0;
}

static void tls_1_2_is_let_in_only_where_it_is_allowed(void **state)
{
    (void)state;
    int before = lines("tls.refused", "protocol_version");
    greets_with_1_2();
    assert_int_equal(lines("tls.refused", "protocol_version"), before + 1);
    end(hazards);
    start_hazards("1.2");
    assert_true(greets_with_1_2());
    assert_int_equal(lines("tls.refused", "protocol_version"), before + 1);
    nngcat();
    end(hazards);
    start_hazards("1.3");
}

static void a_service_without_what_it_needs_does_not_start(void **state)
{
    (void)state;
    char output[4096];
    static const char *const cases[][2] = {
        {"--listen=tcp://127.0.0.1:9", "no plain TCP"},
        {"--listen=tls+tcp://127.0.0.1:9", "needs a certificate"},
        {"--tls-ca=/nowhere", "TLS needs"},
        {"--tls-min-version=1.1", "1.2 or 1.3"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int status = instance_run(instance, output, sizeof(output),
                                  "anlan-hazards serve --database='%s' --keys=%s/keys --listen=ipc://%s/x "
                                  "--feed=ipc://%s/x.feed --health=ipc://%s/x.health "
                                  "--directory=ipc://%s/organisations-0.feed %s 2>&1",
                                  instance_conninfo(instance, "hazards", false), instance->dir, instance->dir,
                                  instance->dir, instance->dir, instance->dir, cases[i][0]);
        assert_int_equal(status, 1);
        if (!strstr(output, cases[i][1]))
            fail_msg("%s: %s", cases[i][0], output);
    }
}

static void pki_keeps_what_there_is(void **state)
{
    (void)state;
    struct stat key;
    char output[4096];
    assert_int_equal(stat(tls_path(&desk, "client", "key"), &key), 0);
    assert_int_equal(key.st_mode & 0777, 0600);
    assert_int_equal(stat(tls_path(&desk, "ca", "key"), &key), 0);
    assert_int_equal(key.st_mode & 0777, 0600);
    static const char *const refusals[] = {
        "anlan pki init %s 2>&1",
        "anlan pki client %s client --client 0197c3a0-0000-7000-8000-000000000001 2>&1",
        "anlan pki server %s server --host a 2>&1",
    };
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        char command[256];
        snprintf(command, sizeof(command), refusals[i], desk.dir);
        assert_int_equal(instance_run(instance, output, sizeof(output), "%s", command), 1);
        assert_non_null(strstr(output, "File exists"));
    }
    assert_int_equal(
        instance_run(instance, NULL, 0, "anlan pki client %s ../x --client %s 2>/dev/null", desk.dir, subject), 2);
    assert_int_equal(instance_run(instance, NULL, 0, "anlan pki client %s x 2>/dev/null", desk.dir), 2);
    assert_int_equal(
        instance_run(instance, NULL, 0, "anlan pki server %s x --host a --days 9999 2>/dev/null", desk.dir), 2);
    assert_int_equal(instance_run(instance, NULL, 0, "anlan pki revoke %s stranger 2>/dev/null", desk.dir), 1);
    const char *shown = run("anlan pki show %s/client.crt %s/ca.crl", desk.dir, desk.dir);
    assert_non_null(strstr(shown, "URI:urn:anlan:client:0197c3a0-0000-7000-8000-000000000001"));
    assert_non_null(strstr(shown, "revocation list: 林西县"));
    // OpenSSL's own program agrees.
    run("openssl verify -crl_check -CAfile %s/ca.crt -CRLfile %s/ca.crl %s/client.crt", desk.dir, desk.dir, desk.dir);
    assert_int_not_equal(instance_run(instance, NULL, 0,
                                      "openssl verify -crl_check -CAfile %s/ca.crt -CRLfile %s/ca.crl %s/revoked.crt "
                                      ">/dev/null 2>&1",
                                      desk.dir, desk.dir, desk.dir),
                         0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_certificate_is_answered),
        cmocka_unit_test(others_are_refused_and_the_log_says_why),
        cmocka_unit_test(a_server_of_another_host_is_refused_by_the_client),
        cmocka_unit_test(a_token_comes_by_its_own_connection_only),
        cmocka_unit_test(a_person_signs_in_and_works_by_tls),
        cmocka_unit_test(a_client_signs_in_by_the_certificate_of_its_connection),
        cmocka_unit_test(sighup_reads_the_revocation_list_anew),
        cmocka_unit_test(tls_1_2_is_let_in_only_where_it_is_allowed),
        cmocka_unit_test(a_service_without_what_it_needs_does_not_start),
        cmocka_unit_test(pki_keeps_what_there_is),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
