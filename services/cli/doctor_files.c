// SPDX-License-Identifier: Apache-2.0
// What lies on this machine: certificates, keys, the database's disk.
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "access/keys.h"
#include "base/check.h"
#include "base/uuid.h"
#include "commands.h"
#include "crypto/pki.h"
#include "doctor.h"

#define GIGABYTE (1024.0 * 1024 * 1024)

static void examine_certificate(struct doctor *doctor, const char *path)
{
    struct status status = {0};
    clock_time ends = 0;
    const struct cli_text renew = {"anlan pki server, client or renew; then SIGHUP to the services",
                                   "请用 anlan pki server、client 或 renew 更新，再向服务发送 SIGHUP"};
    if (crypto_pki_ends(path, &ends, &status))
        doctor_end(doctor, "certificate", path, ends, renew);
    else
        doctor_add(doctor, DOCTOR_FAULT, "certificate", path, renew, (struct cli_text){"%s", "%s"}, status.message);
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

// Nobody but owner and group may read a secret, nobody but the owner change it. (In containers the group is that of the
// one service that uses it.)
static void examine_secret(struct doctor *doctor, const char *path)
{
    struct stat found;
    if (stat(path, &found) != 0)
        doctor_add(doctor, DOCTOR_FAULT, "secrets", path,
                   (struct cli_text){"bring it back from a backup", "请从备份恢复"}, (struct cli_text){"%s", "%s"},
                   strerror(errno));
    else if ((found.st_mode & 0037) != 0)
        doctor_add(doctor, DOCTOR_FAULT, "secrets", path,
                   (struct cli_text){"chmod 0600, and rotate the key if others have a login here",
                                     "请 chmod 0600；若他人可登录本机，请轮换该密钥"},
                   (struct cli_text){"mode %04o: others may read or change it", "权限 %04o：他人可读取或修改"},
                   (unsigned)found.st_mode & 07777);
    else
        doctor_add(doctor, DOCTOR_GOOD, "secrets", path, DOCTOR_NOTHING, (struct cli_text){"mode %04o", "权限 %04o"},
                   (unsigned)found.st_mode & 07777);
}

// Every file of a directory: keys by their modes, certificates by their ends.
static void examine_directory(struct doctor *doctor, const char *directory)
{
    struct dirent **entries = NULL;
    int count = scandir(directory, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        const char *path = arena_printf(&doctor->cli->arena, "%s/%s", directory, entries[i]->d_name);
        CHECK(path);
        if (ends_with(path, ".key"))
            examine_secret(doctor, path);
        else if (ends_with(path, ".crt") || ends_with(path, ".crl"))
            examine_certificate(doctor, path);
        free(entries[i]);
    }
    free(entries);
}

void doctor_certificates(struct doctor *doctor)
{
    static const char *const options[] = {"tls-ca", "tls-crl", "tls-certificate"};
    for (size_t i = 0; i < COUNT_OF(options); i++)
        if (cli_option(doctor->cli, options[i]))
            examine_certificate(doctor, cli_option(doctor->cli, options[i]));
    if (cli_option(doctor->cli, "tls-key"))
        examine_secret(doctor, cli_option(doctor->cli, "tls-key"));
}

// A key of each purpose that signs now.
static void examine_purpose(struct doctor *doctor, const char *directory, access_purpose purpose)
{
    const char *word = access_purpose_word(purpose);
    clock_time now = clock_now();
    clock_time from = 0;
    uint32_t last = 0;
    const struct cli_text rotate = {"anlan keys rotate --kind …, or bring the keys back from a backup",
                                    "请用 anlan keys rotate --kind … 生成，或从备份恢复"};
    access_keys_latest(directory, purpose, &last, &from);
    for (uint32_t period = last; period >= 1; period--) {
        clock_time until = 0;
        const char *base = arena_printf(&doctor->cli->arena, "%s/%s-%u", directory, word, period);
        const char *public = arena_printf(&doctor->cli->arena, "%s.pub", base);
        const char *private = arena_printf(&doctor->cli->arena, "%s.key", base);
        if (!access_keys_times(public, &from, &until) || now < from || now >= until)
            continue;
        if (access(private, F_OK) != 0)
            doctor_add(doctor, DOCTOR_WARNING, "keys", base, rotate,
                       (struct cli_text){"its private half is not here", "私钥不在此处"});
        else
            doctor_add(doctor, DOCTOR_GOOD, "keys", base, DOCTOR_NOTHING, (struct cli_text){"signs", "有效"});
        return;
    }
    doctor_add(doctor, DOCTOR_FAULT, "keys", word, rotate,
               (struct cli_text){"no key is good now: nothing can be signed", "当前没有有效密钥，无法签名"});
}

void doctor_keys(struct doctor *doctor)
{
    static const access_purpose purposes[] = {ACCESS_PURPOSE(TOKEN), ACCESS_PURPOSE(SERVICE), ACCESS_PURPOSE(SESSION)};
    const char *directory = cli_option(doctor->cli, "keys");
    struct stat found;
    if (!directory)
        return;
    const char *id_path = arena_printf(&doctor->cli->arena, "%s/instance.id", directory);
    char text[64] = "";
    struct uuid id;
    FILE *file = fopen(id_path, "re");
    bool read = file && fgets(text, sizeof(text), file);
    if (file)
        fclose(file);
    text[strcspn(text, "\n")] = '\0';
    bool good = read && uuid_parse(text, &id);
    doctor_add(doctor, good ? DOCTOR_GOOD : DOCTOR_FAULT, "keys", id_path,
               (struct cli_text){"name the directory that anlan init made, or bring it back from a backup",
                                 "请给出 anlan init 创建的目录，或从备份恢复"},
               good ? (struct cli_text){"instance %s", "本系统 %s"}
                    : (struct cli_text){"not the id of an instance", "不是本系统编号"},
               text);
    if (!good)
        return;
    if (stat(directory, &found) == 0 && (found.st_mode & 0022) != 0)
        doctor_add(doctor, DOCTOR_FAULT, "secrets", directory, (struct cli_text){"chmod 0700", "请 chmod 0700"},
                   (struct cli_text){"mode %04o: others may add keys", "权限 %04o：他人可放入密钥"},
                   (unsigned)found.st_mode & 07777);
    for (size_t i = 0; i < COUNT_OF(purposes); i++)
        examine_purpose(doctor, directory, purposes[i]);
    examine_directory(doctor, directory);
    examine_directory(doctor, arena_printf(&doctor->cli->arena, "%s/tls", directory));
}

void doctor_disk(struct doctor *doctor)
{
    const char *directory = cli_option(doctor->cli, "database-dir");
    struct statvfs disk;
    if (!directory)
        return;
    if (statvfs(directory, &disk) != 0) {
        doctor_add(doctor, DOCTOR_FAULT, "disk", directory,
                   (struct cli_text){"name the directory of PostgreSQL's data", "请给出 PostgreSQL 数据目录"},
                   (struct cli_text){"%s", "%s"}, strerror(errno));
        return;
    }
    double free_bytes = (double)disk.f_bavail * (double)disk.f_frsize;
    double share = disk.f_blocks ? (double)disk.f_bavail / (double)disk.f_blocks : 0;
    double inodes = disk.f_files ? (double)disk.f_favail / (double)disk.f_files : 1;
    enum doctor_level level = share < 0.03 || free_bytes < 0.25 * GIGABYTE || inodes < 0.03 ? DOCTOR_FAULT
                              : share < 0.10 || free_bytes < GIGABYTE || inodes < 0.10      ? DOCTOR_WARNING
                                                                                            : DOCTOR_GOOD;
    doctor_add(doctor, level, "disk", directory,
               (struct cli_text){"make room or give it a larger disk: PostgreSQL stops when it is full",
                                 "请清理或扩充磁盘：写满后 PostgreSQL 将停止"},
               (struct cli_text){"%.1f GB free, %.0f %% of the disk, %.0f %% of its inodes",
                                 "剩余 %.1f GB，占磁盘 %.0f %%，inode 余 %.0f %%"},
               free_bytes / GIGABYTE, 100 * share, 100 * inodes);
}
