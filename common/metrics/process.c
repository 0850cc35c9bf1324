// SPDX-License-Identifier: Apache-2.0
// What Prometheus' conventions say that every process tells of itself.
#include <dirent.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "metrics/metrics.h"

// The fields of /proc/self/stat behind the name of the program, which may hold anything.
struct stat_fields {
    unsigned long long user_ticks, system_ticks, threads, start_ticks, virtual_bytes;
    long long resident_pages;
};

static bool read_stat(struct stat_fields *stat)
{
    char line[1024];
    FILE *file = fopen("/proc/self/stat", "re");
    size_t length = file ? fread(line, 1, sizeof(line) - 1, file) : 0;
    if (file)
        fclose(file);
    line[length] = '\0';
    const char *behind = strrchr(line, ')');
    return behind &&
           sscanf(behind + 1,
                  " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %llu %*d %llu %llu %lld",
                  &stat->user_ticks, &stat->system_ticks, &stat->threads, &stat->start_ticks, &stat->virtual_bytes,
                  &stat->resident_pages) == 6;
}

// When the machine started, in seconds since 1970.
static bool read_boot_time(double *seconds)
{
    char line[256];
    bool found = false;
    FILE *file = fopen("/proc/stat", "re");
    while (file && !found && fgets(line, sizeof(line), file))
        found = sscanf(line, "btime %lf", seconds) == 1;
    if (file)
        fclose(file);
    return found;
}

static size_t count_descriptors(void)
{
    size_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    while (directory && readdir(directory))
        count++;
    if (directory)
        closedir(directory);
    return count > 3 ? count - 3 : 0;    // ".", "..", and the directory itself
}

static void tell(FILE *out, const char *name, const char *type, const char *help, double value)
{
    metrics_family(out, name, type, help);
    metrics_sample(out, name, "", value);
}

void metrics_process(FILE *out)
{
    struct stat_fields stat = {0};
    struct rlimit limit;
    double boot = 0;
    double ticks = (double)sysconf(_SC_CLK_TCK);
    if (read_stat(&stat)) {
        tell(out, "process_cpu_seconds_total", "counter", "Processor time, user and system.",
             (double)(stat.user_ticks + stat.system_ticks) / ticks);
        tell(out, "process_resident_memory_bytes", "gauge", "Memory in use.",
             (double)stat.resident_pages * (double)sysconf(_SC_PAGESIZE));
        tell(out, "process_virtual_memory_bytes", "gauge", "Address space.", (double)stat.virtual_bytes);
        tell(out, "process_threads", "gauge", "Threads.", (double)stat.threads);
        if (read_boot_time(&boot))
            tell(out, "process_start_time_seconds", "gauge", "When the process started, since 1970.",
                 boot + (double)stat.start_ticks / ticks);
    }
    tell(out, "process_open_fds", "gauge", "Open file descriptors.", (double)count_descriptors());
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        tell(out, "process_max_fds", "gauge", "Most file descriptors.", (double)limit.rlim_cur);
}
