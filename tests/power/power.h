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
#ifndef POWER_H
#define POWER_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

_Static_assert(sizeof(long) == 8, "a file's offset must fit into one argument of a system call");

/* Only what stands for a function of the system is seen from outside. */
#pragma GCC visibility push(hidden)

enum kind {
    CREATED = 'C', FOLDER = 'D', SOCKET = 'S', WRITTEN = 'W', LENGTH = 'T', UNLINKED = 'U', RENAMED = 'M',
    EXCHANGED = 'X', LINKED = 'L', SYNC = '(', SYNCED = ')', FAILED = 'F', ALL = '*', ESCAPED = '!',
};

typedef char path_t[PATH_MAX];

/* Whether the process is watched. */
extern int trace;
extern uint64_t fail_at, sync_us, seed;

/* The real operations are system calls, so that nothing of ours is ever called by ours. */
#define REAL(name, ...) syscall(SYS_##name, __VA_ARGS__)

void take(void);
void let_go(void);
/* Under the lock. */
void record(enum kind kind, uint64_t number, uint64_t at, const char *path, const char *path2, const void *data,
            size_t bytes);
/* Something happened that cannot be followed: the test fails. Under the lock. */
void escaped(const char *path, const char *what);
/* The number of a sync that begins. Under the lock. */
uint64_t next_sync(void);
/* What an argument names, below the folder, or NULL; the text stands in `out`. */
const char *named(int at, const char *path, char *out);
/* What an open file is called now, below the folder, or NULL. */
const char *open_as(int fd, char *out);

#pragma GCC visibility pop
#endif
