/* Who is watched, and how is it written down? Settings, the lock, records, and the names of files.
 * It must never know what is done to them. */

#include "power.h"
#include <pthread.h>
#include <signal.h>
#include <sys/file.h>

struct fixed {
    uint32_t rest;
    uint8_t kind, zero[3];
    uint64_t number, at;
    uint32_t path, path2;
};

static char folder[PATH_MAX];
static size_t folder_length;
int trace = -1;
uint64_t fail_at, sync_us, seed;
static uint64_t kill_at, records, syncs;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static uint64_t number_of(const char *name) {
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void begin(void) {
    const char *where = getenv("LIAISON_POWER_FOLDER"), *file = getenv("LIAISON_POWER_TRACE");
    if (!where || !file || strlen(where) >= sizeof folder) return;
    strcpy(folder, where);
    folder_length = strlen(folder);
    kill_at = number_of("LIAISON_POWER_KILL_AT");
    fail_at = number_of("LIAISON_POWER_FAIL_AT");
    sync_us = number_of("LIAISON_POWER_SYNC_US");
    seed = number_of("LIAISON_POWER_SEED") ^ (uint64_t)getpid();
    int low = (int)REAL(openat, AT_FDCWD, file, O_WRONLY | O_APPEND | O_CLOEXEC, 0);
    if (low < 0) {
        static const char words[] = "the file of records cannot be opened\n";
        REAL(write, 2, words, sizeof words - 1);
        _exit(127);
    }
    trace = fcntl(low, F_DUPFD_CLOEXEC, 900);
    close(low);
}

void take(void) {
    pthread_mutex_lock(&mutex);
    while (flock(trace, LOCK_EX) != 0 && errno == EINTR) {
    }
}

void let_go(void) {
    flock(trace, LOCK_UN);
    pthread_mutex_unlock(&mutex);
}

void record(enum kind kind, uint64_t number, uint64_t at, const char *path, const char *path2, const void *data,
            size_t bytes) {
    int before = errno;
    struct fixed fixed = {.kind = (uint8_t)kind, .number = number, .at = at};
    fixed.path = path ? (uint32_t)strlen(path) : 0;
    fixed.path2 = path2 ? (uint32_t)strlen(path2) : 0;
    fixed.rest = (uint32_t)(fixed.path + fixed.path2 + bytes);
    struct iovec parts[] = {{&fixed, sizeof fixed},
                            {(void *)path, fixed.path},
                            {(void *)path2, fixed.path2},
                            {(void *)data, bytes}};
    long whole = (long)(sizeof fixed + fixed.rest);
    /* A test whose records are not whole would prove nothing. */
    if (REAL(writev, trace, parts, 4) != whole) abort();
    if (++records == kill_at) kill(getpid(), SIGKILL);
    errno = before;
}

void escaped(const char *path, const char *what) { record(ESCAPED, 0, 0, path, NULL, what, strlen(what)); }

uint64_t next_sync(void) { return ((uint64_t)getpid() << 32) | ++syncs; }

/* Paths */

/* The path without ".", ".." and doubled "/", as far as it can be told without looking at the disk. */
static void tidy(char *path) {
    char *out = path;
    for (char *in = path; *in;) {
        while (*in == '/') in++;
        size_t length = strcspn(in, "/");
        if (length == 2 && in[0] == '.' && in[1] == '.') {
            while (out > path && *--out != '/') {
            }
        } else if (length > 0 && !(length == 1 && in[0] == '.')) {
            *out++ = '/';
            memmove(out, in, length);
            out += length;
        }
        in += length;
    }
    *out = '\0';
}

/* The part below the folder, or NULL if it is elsewhere. */
static const char *below(const char *path) {
    if (trace < 0 || strncmp(path, folder, folder_length) != 0) return NULL;
    if (path[folder_length] == '\0') return path + folder_length;
    return path[folder_length] == '/' ? path + folder_length + 1 : NULL;
}

static int of_fd(int fd, char *out) {
    char name[40];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(name, out, PATH_MAX - 1);
    if (length <= 0) return 0;
    out[length] = '\0';
    return 1;
}

const char *named(int at, const char *path, char *out) {
    int before = errno;
    const char *found = NULL;
    if (trace >= 0 && path && *path) {
        size_t length = 0;
        if (path[0] != '/') {
            int known = at == AT_FDCWD ? getcwd(out, PATH_MAX) != NULL : of_fd(at, out);
            length = known ? strlen(out) : PATH_MAX;
        }
        if (length + strlen(path) + 2 <= PATH_MAX) {
            out[length] = '/';
            strcpy(out + length + 1, path);
            tidy(out);
            found = below(out);
        }
    }
    errno = before;
    return found;
}

/* A file that was unlinked has no name: if the unlinking falls back, it comes back as it was synced. */
const char *open_as(int fd, char *out) {
    static const char deleted[] = " (deleted)";
    int before = errno;
    const char *found = trace >= 0 && of_fd(fd, out) ? below(out) : NULL;
    size_t length = found ? strlen(out) : 0, end = sizeof deleted - 1;
    if (length >= end && strcmp(out + length - end, deleted) == 0) found = NULL;
    errno = before;
    return found;
}
