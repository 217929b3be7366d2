/* What stands in a file? Everything that writes into one, makes it longer, or cuts it.
 * It must never know when a file is synced, except one that syncs each write by itself. */

#include "power.h"
#include <sys/mman.h>

static void synced_as_it_is_written(int fd, int flags, const char *name) {
    /* O_SYNC has the bit of O_DSYNC. */
    if (!(flags & (RWF_DSYNC | RWF_SYNC)) && !(fcntl(fd, F_GETFL) & O_DSYNC)) return;
    uint64_t number = next_sync();
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
        escaped(name, "fallocate");
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
        escaped(name, "copied bytes");
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
            escaped(name, "mmap");
            let_go();
        }
    }
    return (void *)REAL(mmap, address, bytes, access, flags, fd, offset);
}

void *mmap64(void *address, size_t bytes, int access, int flags, int fd, off64_t offset) {
    return mmap(address, bytes, access, flags, fd, offset);
}
