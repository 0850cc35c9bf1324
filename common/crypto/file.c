// SPDX-License-Identifier: Apache-2.0
#include "crypto/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

FILE *crypto_file_new(const char *path, mode_t mode)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (descriptor < 0)
        return NULL;
    FILE *file = fdopen(descriptor, "w");
    if (!file)
        close(descriptor);
    return file;
}

bool crypto_file_close(FILE *file, bool written)
{
    bool good = written && fflush(file) == 0 && fsync(fileno(file)) == 0;
    return fclose(file) == 0 && good;
}
