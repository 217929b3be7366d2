/* What does a process do to the files of one folder, and in which order? A library for LD_PRELOAD that writes down each
 * change and each sync, for a test that then decides what a loss of power leaves (tests/src/power.rs).
 * It must never know what a file means, and it asks the real disk for no sync at all: what survives, the test decides.
 *
 *   record = bytes of what follows the fixed part u32 | kind u8 | 0 0 0 | number u64 | at u64 | path u32 | path2 u32
 *            | path | path2 | data                                                   little-endian; paths from the folder
 *
 * A change and its record stand under one lock, which the test takes as well before it kills: so the records are exactly
 * what happened. A sync is two records with the lock free between them: only what was written before the first counts,
 * and only if the second is there.
 *
 * Settings, all in the environment:
 *   LIAISON_POWER_FOLDER     the folder, absolute and without links; nothing outside it is looked at
 *   LIAISON_POWER_TRACE      the file of records
 *   LIAISON_POWER_KILL_AT    the process kills itself (SIGKILL) right after so many records of its own; 0 for never
 *   LIAISON_POWER_FAIL_AT    the sync of this number fails with EIO, and what it should have synced is lost for good, as
 *                            on a kernel that marks unwritten pages clean; 0 for none
 *   LIAISON_POWER_SYNC_US    a sync takes a random time up to this, so that kills fall into it
 *   LIAISON_POWER_SEED       of that random time
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(long) == 8, "a file's offset must fit into one argument of a system call");

enum kind {
    CREATED = 'C', FOLDER = 'D', SOCKET = 'S', WRITTEN = 'W', LENGTH = 'T', UNLINKED = 'U', RENAMED = 'M',
    EXCHANGED = 'X', LINKED = 'L', SYNC = '(', SYNCED = ')', FAILED = 'F', ALL = '*', ESCAPED = '!',
};

struct fixed {
    uint32_t rest;
    uint8_t kind, zero[3];
    uint64_t number, at;
    uint32_t path, path2;
};

typedef char path_t[PATH_MAX];

static char folder[PATH_MAX];
static size_t folder_length;
static int trace = -1;
static uint64_t kill_at, fail_at, sync_us, seed;
static uint64_t records, syncs;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* The real operations are system calls, so that nothing of ours is ever called by ours. */
#define REAL(name, ...) syscall(SYS_##name, __VA_ARGS__)

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

static void take(void) {
    pthread_mutex_lock(&mutex);
    while (flock(trace, LOCK_EX) != 0 && errno == EINTR) {
    }
}

static void let_go(void) {
    flock(trace, LOCK_UN);
    pthread_mutex_unlock(&mutex);
}

/* Under the lock. */
static void record(enum kind kind, uint64_t number, uint64_t at, const char *path, const char *path2, const void *data,
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

/* What an argument names, below the folder; the text stands in `out`. */
static const char *named(int at, const char *path, char *out) {
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

/* What an open file is called now, below the folder. A file without a name has none: it comes back as it was synced. */
static const char *open_as(int fd, char *out) {
    static const char deleted[] = " (deleted)";
    int before = errno;
    const char *found = trace >= 0 && of_fd(fd, out) ? below(out) : NULL;
    size_t length = found ? strlen(out) : 0, end = sizeof deleted - 1;
    if (length >= end && strcmp(out + length - end, deleted) == 0) found = NULL;
    errno = before;
    return found;
}

/* Names */

static int opened(int at, const char *path, int flags, mode_t mode) {
    path_t text;
    int changes = flags & (O_CREAT | O_TRUNC);
    const char *name = changes || (flags & O_TMPFILE) == O_TMPFILE ? named(at, path, text) : NULL;
    if (!name) return (int)REAL(openat, at, path, flags, mode);
    take();
    struct stat seen;
    int existed = fstatat(at, path, &seen, 0) == 0;
    int fd = (int)REAL(openat, at, path, flags, mode);
    if (fd >= 0) {
        fstat(fd, &seen);
        if ((flags & O_TMPFILE) == O_TMPFILE)
            record(ESCAPED, 0, 0, name, NULL, "O_TMPFILE", 9);
        else if (!existed)
            record(CREATED, 0, seen.st_mode & 07777, name, NULL, NULL, 0);
        else if ((flags & O_TRUNC) && S_ISREG(seen.st_mode))
            record(LENGTH, 0, 0, name, NULL, NULL, 0);
    }
    let_go();
    return fd;
}

#define MODE(flags)                                                  \
    mode_t mode = 0;                                                 \
    if (((flags) & O_CREAT) || ((flags) & O_TMPFILE) == O_TMPFILE) { \
        va_list rest;                                                \
        va_start(rest, flags);                                       \
        mode = va_arg(rest, mode_t);                                 \
        va_end(rest);                                                \
    }

int open(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags) return opened(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags) return opened(at, path, flags, mode); }
int creat(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

int mkdirat(int at, const char *path, mode_t mode) {
    path_t text;
    const char *name = named(at, path, text);
    if (!name) return (int)REAL(mkdirat, at, path, mode);
    take();
    int done = (int)REAL(mkdirat, at, path, mode);
    struct stat seen;
    if (done == 0 && fstatat(at, path, &seen, 0) == 0) record(FOLDER, 0, seen.st_mode & 07777, name, NULL, NULL, 0);
    let_go();
    return done;
}

int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

int unlinkat(int at, const char *path, int flags) {
    path_t text;
    const char *name = named(at, path, text);
    if (!name) return (int)REAL(unlinkat, at, path, flags);
    take();
    int done = (int)REAL(unlinkat, at, path, flags);
    if (done == 0) record(UNLINKED, 0, 0, name, NULL, NULL, 0);
    let_go();
    return done;
}

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int renameat2(int at, const char *path, int at2, const char *path2, unsigned flags) {
    path_t text, text2;
    const char *from = named(at, path, text), *to = named(at2, path2, text2);
    if (!from && !to) return (int)REAL(renameat2, at, path, at2, path2, flags);
    take();
    int done = (int)REAL(renameat2, at, path, at2, path2, flags);
    if (done == 0 && from && to)
        record(flags & RENAME_EXCHANGE ? EXCHANGED : RENAMED, 0, 0, from, to, NULL, 0);
    else if (done == 0)
        record(ESCAPED, 0, 0, from ? from : to, NULL, "rename over the folder's edge", 29);
    let_go();
    return done;
}

int rename(const char *path, const char *path2) { return renameat2(AT_FDCWD, path, AT_FDCWD, path2, 0); }
int renameat(int at, const char *path, int at2, const char *path2) { return renameat2(at, path, at2, path2, 0); }

int linkat(int at, const char *path, int at2, const char *path2, int flags) {
    path_t text, text2;
    const char *from = named(at, path, text), *to = named(at2, path2, text2);
    if (!to) return (int)REAL(linkat, at, path, at2, path2, flags);
    take();
    int done = (int)REAL(linkat, at, path, at2, path2, flags);
    if (done == 0 && from && !flags)
        record(LINKED, 0, 0, from, to, NULL, 0);
    else if (done == 0)
        record(ESCAPED, 0, 0, to, NULL, "link", 4);
    let_go();
    return done;
}

int link(const char *path, const char *path2) { return linkat(AT_FDCWD, path, AT_FDCWD, path2, 0); }

int symlinkat(const char *target, int at, const char *path) {
    path_t text;
    const char *name = named(at, path, text);
    if (!name) return (int)REAL(symlinkat, target, at, path);
    take();
    int done = (int)REAL(symlinkat, target, at, path);
    if (done == 0) record(ESCAPED, 0, 0, name, NULL, "symbolic link", 13);
    let_go();
    return done;
}

int symlink(const char *target, const char *path) { return symlinkat(target, AT_FDCWD, path); }

int bind(int fd, const struct sockaddr *address, socklen_t length) {
    path_t text;
    const char *name = NULL;
    if (address && length > sizeof(sa_family_t) && address->sa_family == AF_UNIX) {
        char path[sizeof(struct sockaddr_un)] = {0};
        memcpy(path, ((const struct sockaddr_un *)address)->sun_path, length - sizeof(sa_family_t));
        name = named(AT_FDCWD, path, text);
    }
    if (!name) return (int)REAL(bind, fd, address, length);
    take();
    int done = (int)REAL(bind, fd, address, length);
    if (done == 0) record(SOCKET, 0, 0, name, NULL, NULL, 0);
    let_go();
    return done;
}

/* Bytes */

static void synced_as_it_is_written(int fd, int flags, const char *name) {
    /* O_SYNC has the bit of O_DSYNC. */
    if (!(flags & (RWF_DSYNC | RWF_SYNC)) && !(fcntl(fd, F_GETFL) & O_DSYNC)) return;
    uint64_t number = ((uint64_t)getpid() << 32) | ++syncs;
    record(SYNC, number, 0, name, NULL, NULL, 0);
    record(SYNCED, number, 0, name, NULL, NULL, 0);
}

/* One record for one write, whatever its parts: a kill must not find half of it written down. */
static void record_parts(const char *name, off_t offset, const struct iovec *parts, size_t bytes) {
    if (parts->iov_len >= bytes) {
        record(WRITTEN, 0, (uint64_t)offset, name, NULL, parts->iov_base, bytes);
        return;
    }
    char *whole = malloc(bytes);
    if (!whole) abort();
    for (size_t filled = 0; filled < bytes; parts++) {
        size_t part = parts->iov_len < bytes - filled ? parts->iov_len : bytes - filled;
        memcpy(whole + filled, parts->iov_base, part);
        filled += part;
    }
    record(WRITTEN, 0, (uint64_t)offset, name, NULL, whole, bytes);
    free(whole);
}

/* Writes through `pwritev2`, which is all others; an offset of -1 is where the file stands. */
static ssize_t write_out(int fd, const struct iovec *parts, int count, off_t offset, int flags) {
    path_t text;
    const char *name = open_as(fd, text);
    if (!name) return REAL(pwritev2, fd, parts, count, offset, 0, flags);
    take();
    name = open_as(fd, text);
    ssize_t done = REAL(pwritev2, fd, parts, count, offset, 0, flags);
    if (name && done > 0) {
        if (offset == -1) offset = lseek(fd, 0, SEEK_CUR) - done;
        /* Linux appends even a write with an offset. */
        else if (fcntl(fd, F_GETFL) & O_APPEND) offset = lseek(fd, 0, SEEK_END) - done;
        record_parts(name, offset, parts, (size_t)done);
        synced_as_it_is_written(fd, flags, name);
    }
    let_go();
    return done;
}

static ssize_t write_one(int fd, const void *data, size_t bytes, off_t offset) {
    struct iovec part = {(void *)data, bytes};
    return write_out(fd, &part, 1, offset, 0);
}

ssize_t write(int fd, const void *data, size_t bytes) {
    path_t text;
    if (!open_as(fd, text)) return REAL(write, fd, data, bytes);
    return write_one(fd, data, bytes, -1);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    path_t text;
    if (!open_as(fd, text)) return REAL(writev, fd, parts, count);
    return write_out(fd, parts, count, -1, 0);
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t offset) { return write_one(fd, data, bytes, offset); }
ssize_t pwrite64(int fd, const void *data, size_t bytes, off64_t offset) { return write_one(fd, data, bytes, offset); }

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
    return write_out(fd, parts, count, offset, 0);
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
    return write_out(fd, parts, count, offset, 0);
}
ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t offset, int flags) {
    return write_out(fd, parts, count, offset, flags);
}
ssize_t pwritev64v2(int fd, const struct iovec *parts, int count, off64_t offset, int flags) {
    return write_out(fd, parts, count, offset, flags);
}

int ftruncate(int fd, off_t length) {
    path_t text;
    if (!open_as(fd, text)) return (int)REAL(ftruncate, fd, length);
    take();
    const char *name = open_as(fd, text);
    int done = (int)REAL(ftruncate, fd, length);
    if (name && done == 0) record(LENGTH, 0, (uint64_t)length, name, NULL, NULL, 0);
    let_go();
    return done;
}

int ftruncate64(int fd, off64_t length) { return ftruncate(fd, length); }

int truncate(const char *path, off_t length) {
    path_t text;
    const char *name = named(AT_FDCWD, path, text);
    if (!name) return (int)REAL(truncate, path, length);
    take();
    int done = (int)REAL(truncate, path, length);
    if (done == 0) record(LENGTH, 0, (uint64_t)length, name, NULL, NULL, 0);
    let_go();
    return done;
}

int truncate64(const char *path, off64_t length) { return truncate(path, length); }

/* Only what makes a file longer; holes and the like have not been met. */
int fallocate(int fd, int how, off_t offset, off_t bytes) {
    path_t text;
    if (!open_as(fd, text)) return (int)REAL(fallocate, fd, how, offset, bytes);
    take();
    const char *name = open_as(fd, text);
    struct stat before = {0};
    fstat(fd, &before);
    int done = (int)REAL(fallocate, fd, how, offset, bytes);
    if (name && done == 0 && how == 0 && before.st_size < offset + bytes)
        record(LENGTH, 0, (uint64_t)(offset + bytes), name, NULL, NULL, 0);
    else if (name && done == 0 && (how & ~FALLOC_FL_KEEP_SIZE))
        record(ESCAPED, 0, 0, name, NULL, "fallocate", 9);
    let_go();
    return done;
}

int fallocate64(int fd, int how, off64_t offset, off64_t bytes) { return fallocate(fd, how, offset, bytes); }
int posix_fallocate(int fd, off_t offset, off_t bytes) { return fallocate(fd, 0, offset, bytes) == 0 ? 0 : errno; }
int posix_fallocate64(int fd, off64_t offset, off64_t bytes) { return posix_fallocate(fd, offset, bytes); }

/* Bytes that the kernel moved are read back where they came to stand, through a descriptor of our own: the program's
 * may be for writing only. */
static void read_back(int fd, const char *name, off_t offset, size_t bytes) {
    char *copy = malloc(bytes), self[40];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    int reader = (int)REAL(openat, AT_FDCWD, self, O_RDONLY | O_CLOEXEC, 0);
    ssize_t read = copy && reader >= 0 ? pread(reader, copy, bytes, offset) : -1;
    if (reader >= 0) close(reader);
    if (read != (ssize_t)bytes)
        record(ESCAPED, 0, 0, name, NULL, "copied bytes", 12);
    else
        record(WRITTEN, 0, (uint64_t)offset, name, NULL, copy, bytes);
    free(copy);
}

ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t bytes, unsigned flags) {
    path_t text;
    if (!open_as(out, text)) return REAL(copy_file_range, in, from, out, to, bytes, flags);
    take();
    const char *name = open_as(out, text);
    ssize_t done = REAL(copy_file_range, in, from, out, to, bytes, flags);
    if (name && done > 0) read_back(out, name, (to ? *to : lseek(out, 0, SEEK_CUR)) - done, (size_t)done);
    let_go();
    return done;
}

ssize_t sendfile(int out, int in, off_t *from, size_t bytes) {
    path_t text;
    if (!open_as(out, text)) return REAL(sendfile, out, in, from, bytes);
    take();
    const char *name = open_as(out, text);
    ssize_t done = REAL(sendfile, out, in, from, bytes);
    if (name && done > 0) read_back(out, name, lseek(out, 0, SEEK_CUR) - done, (size_t)done);
    let_go();
    return done;
}

ssize_t sendfile64(int out, int in, off64_t *from, size_t bytes) { return sendfile(out, in, from, bytes); }

void *mmap(void *address, size_t bytes, int access, int flags, int fd, off_t offset) {
    path_t text;
    /* Before the constructor has run this is the loader's, and nothing is looked at. */
    if (trace >= 0 && fd >= 0 && (access & PROT_WRITE) && (flags & MAP_SHARED)) {
        const char *name = open_as(fd, text);
        if (name) {
            take();
            record(ESCAPED, 0, 0, name, NULL, "mmap", 4);
            let_go();
        }
    }
    return (void *)REAL(mmap, address, bytes, access, flags, fd, offset);
}

void *mmap64(void *address, size_t bytes, int access, int flags, int fd, off64_t offset) {
    return mmap(address, bytes, access, flags, fd, offset);
}

/* Syncs */

/* Under the lock. */
static uint64_t roll(uint64_t up_to) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return up_to ? (seed >> 33) % up_to : 0;
}

/* A sync of one thing, or of all. `sync_file_range` is not among them: it promises nothing. */
static int sync_of(enum kind kind, int fd) {
    path_t text;
    const char *name = "";
    take();
    if (kind == SYNC) name = open_as(fd, text);
    if (!name) {
        let_go();
        return 0;
    }
    uint64_t number = ((uint64_t)getpid() << 32) | ++syncs;
    int fails = fail_at && syncs == fail_at;
    record(kind, number, 0, name, NULL, NULL, 0);
    struct timespec pause = {0, (long)roll(sync_us) * 1000};
    let_go();
    if (pause.tv_nsec) nanosleep(&pause, NULL);
    take();
    record(fails ? FAILED : SYNCED, number, 0, name, NULL, NULL, 0);
    let_go();
    if (fails) errno = EIO;
    return fails ? -1 : 0;
}

static int is_ours(int fd) {
    path_t text;
    return open_as(fd, text) != NULL;
}

int fsync(int fd) { return is_ours(fd) ? sync_of(SYNC, fd) : (int)REAL(fsync, fd); }
int fdatasync(int fd) { return is_ours(fd) ? sync_of(SYNC, fd) : (int)REAL(fdatasync, fd); }
int syncfs(int fd) { return trace >= 0 ? sync_of(ALL, fd) : (int)REAL(syncfs, fd); }

void sync(void) {
    if (trace >= 0) sync_of(ALL, -1);
}
