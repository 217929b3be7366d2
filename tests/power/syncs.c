/* What is sure? Syncs of a file, of a folder, of everything: two records each, and time between them.
 * It must never know what was written. */

#include "power.h"
#include <time.h>

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
    uint64_t number = next_sync();
    int fails = fail_at && (uint32_t)number == fail_at;
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
