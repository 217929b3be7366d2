/* What is called how? Everything that makes, moves or takes away a name.
 * It must never know what stands in a file. */

#include "power.h"
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/un.h>

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
            escaped(name, "O_TMPFILE");
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
        escaped(from ? from : to, "rename over the folder's edge");
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
        escaped(to, "link");
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
    if (done == 0) escaped(name, "symbolic link");
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
