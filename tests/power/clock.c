/* What time is it? A clock that a test can set ahead for one program, beside what it does to its files (power.h).
 * It must never know what the time is for. Only the time of day moves; intervals stay what they are.
 *
 *   LIAISON_POWER_AHEAD_S    seconds
 */

#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
    int done = (int)syscall(SYS_clock_gettime, clock, now);
    const char *ahead = clock == CLOCK_REALTIME ? getenv("LIAISON_POWER_AHEAD_S") : NULL;
    if (done == 0 && ahead) now->tv_sec += strtol(ahead, NULL, 10);
    return done;
}
