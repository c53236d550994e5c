// Faults that a real machine has, put under a real program with LD_PRELOAD.
//
// CANDOR_SHIM_SYNC=FILE   while FILE exists, syncs of files whose path contains its text fail with
//                         EIO; each failure adds a line to FILE.fired
// CANDOR_SHIM_CLOCK=FILE  the wall clock is off by the i64 in FILE, in microseconds; a running
//                         program sees every change of it at once
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *clock_offset_us;
static const char *sync_trigger;

__attribute__((constructor)) static void read_environment(void) {
    sync_trigger = getenv("CANDOR_SHIM_SYNC");
    const char *clock_file = getenv("CANDOR_SHIM_CLOCK");
    if (clock_file == NULL) return;
    int fd = open(clock_file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) abort();
    void *page = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) abort();
    clock_offset_us = page;
    close(fd);
}

static int must_fail(int fd) {
    char wanted[256], link[64], path[4096], fired[4096];
    if (sync_trigger == NULL) return 0;
    int trigger = open(sync_trigger, O_RDONLY | O_CLOEXEC);
    if (trigger < 0) return 0;
    ssize_t n = read(trigger, wanted, sizeof wanted - 1);
    close(trigger);
    if (n <= 0) return 0;
    wanted[n] = 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    if (strstr(path, wanted) == NULL) return 0;
    snprintf(fired, sizeof fired, "%s.fired", sync_trigger);
    int log = open(fired, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log >= 0) {
        dprintf(log, "%s\n", path);
        close(log);
    }
    return 1;
}

int fsync(int fd) {
    if (must_fail(fd)) return errno = EIO, -1;
    return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
}

int fdatasync(int fd) {
    if (must_fail(fd)) return errno = EIO, -1;
    return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd);
}

int clock_gettime(clockid_t id, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (real == NULL) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int outcome = real(id, now);
    if (outcome != 0 || id != CLOCK_REALTIME || clock_offset_us == NULL) return outcome;
    int64_t us = (int64_t)now->tv_sec * 1000000 + now->tv_nsec / 1000 + *clock_offset_us;
    now->tv_sec = us / 1000000;
    now->tv_nsec = us % 1000000 * 1000;
    return 0;
}
