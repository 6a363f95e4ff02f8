/* A disk and a clock that go wrong on command: an LD_PRELOAD library (Linux, glibc).
 *
 * It counts what a process does to files below one folder (and what it sends), and at the n-th such call
 * kills the process or makes the call fail. What to do stands in a file shared with the harness
 * (control.py has the same layout), so that a fault can be set and lifted while the process runs. For
 * power cuts every change is logged with what it overwrote; the harness then plays the disk that lost
 * the unsynced part (power.py). The clock is ahead of the true one by the control's offset.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define NAME_SIZE 512 /* of a path in the log */

enum { WRITE = 1, SYNC = 2, NAME = 4, SEND = 8, CREATE = 16, SHORTEN = 32 };
enum { OUTLET = 1 | 2 | 4 | 32, OFFICE = 8 | 16 };
enum { KILL = 1, FAIL_ONCE = 2, FAIL_ON = 3, HALF = 4, CUT = 5, STEP = 6 };

struct control {
    int32_t dead, roles, kinds, action;
    int64_t count, at;
    int32_t error, fired;
    int64_t clock_ns;
    int32_t clock_roles, logging;
    int64_t log_used;
    int32_t lock, stashed;
    int64_t step_ns;
};

static volatile struct control *control;
static char *log_base;
static int64_t log_size;
static char data[PATH_MAX], stash[PATH_MAX];
static size_t data_length;
static int role;

#define REAL(name) ((__typeof__(&name))real(#name))
static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }
#define CACHED(result, name) \
    static __typeof__(&name) result; \
    if (!result) result = REAL(name)

static int role_of(const char *line, size_t length) {
    static const struct { const char *word; int role; } roles[] = {
        {"kiosk.host.stamps.installing", 32}, {"scanner.host", 2}, {"printer.host", 4},
        {"office.publishing.publisher", 16}, {"kiosk", 1}, {"enrol", 1}, {"office", 8},
    };
    char text[4096] = {0};
    if (length >= sizeof text) length = sizeof text - 1;
    for (size_t i = 0; i < length; i++) text[i] = line[i] ? line[i] : ' ';
    const char *module = strstr(text, " -m ");
    if (!module) return 0;
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        char word[64];
        snprintf(word, sizeof word, i < 4 ? " -m %s " : " -m config %s ", roles[i].word);
        if (!strncmp(module, word, strlen(word))) return roles[i].role;
    }
    return 0;
}

__attribute__((constructor)) static void start(void) {
    const char *file = getenv("FAULTS_CONTROL"), *folder = getenv("FAULTS_DATA");
    if (!file || !folder) return;
    int line = open("/proc/self/cmdline", O_RDONLY);
    char text[4096];
    ssize_t length = line < 0 ? 0 : read(line, text, sizeof text);
    if (line >= 0) close(line);
    role = role_of(text, length > 0 ? length : 0);
    if (!role) return;
    snprintf(data, sizeof data, "%s/", folder);
    data_length = strlen(data);
    snprintf(stash, sizeof stash, "%s", getenv("FAULTS_STASH"));
    int fd = open(file, O_RDWR | O_CLOEXEC), log = open(getenv("FAULTS_LOG"), O_RDWR | O_CLOEXEC);
    struct stat status;
    if (log >= 0 && !fstat(log, &status)) {
        log_size = status.st_size;
        log_base = mmap(NULL, log_size, PROT_READ | PROT_WRITE, MAP_SHARED, log, 0);
    }
    if (fd >= 0) control = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0) close(fd);
    if (log >= 0) close(log);
    if (control == MAP_FAILED || log_base == MAP_FAILED) abort();
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

static int ours(const char *path) { return control && !strncmp(path, data, data_length); }

static int path_of(int fd, char *path) {
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(name, path, PATH_MAX - 1);
    path[length > 0 ? length : 0] = 0;
    return length > 0;
}

static int watched(int fd) {
    char path[PATH_MAX];
    return control && path_of(fd, path) && ours(path);
}

static const char *absolute(int folder, const char *path, char *buffer) {
    char base[PATH_MAX];
    if (path[0] == '/') return path;
    if (folder == AT_FDCWD ? !getcwd(base, sizeof base) : !path_of(folder, base)) return path;
    if (snprintf(buffer, PATH_MAX, "%s/%s", base, path) >= PATH_MAX) return path;
    return buffer;
}

/* What is to happen to this call: 0 nothing, HALF, or -1 with errno set. Does not return from a kill. */
static int judged(int kind) {
    if (control->dead & role) die();
    if (!(control->roles & role) || !(control->kinds & kind)) return 0;
    int64_t number = __atomic_add_fetch(&control->count, 1, __ATOMIC_SEQ_CST);
    if (!control->at || number < control->at) return 0;
    int action = control->action;
    if (number > control->at && action != FAIL_ON) return 0;
    control->fired = role;
    switch (action) {
    case CUT:
        control->dead = role & OUTLET ? OUTLET : OFFICE; /* everybody on this machine dies at the next call */
        __attribute__((fallthrough));
    case KILL:
        die();
        return 0;
    case STEP:
        control->clock_ns = control->step_ns;
        return 0;
    case HALF:
        return HALF;
    default:
        errno = control->error;
        return -1;
    }
}

/* --- the log of a disk that may lose power --- */

struct record {
    int64_t size; /* of the whole record */
    int32_t kind, pad;
    uint64_t inode;
    int64_t offset, length, old_length, old_size;
    char names[2][NAME_SIZE]; /* paths, or the stash's name */
};

static void locked(void) {
    int32_t expected = 0;
    while (!__atomic_compare_exchange_n(&control->lock, &expected, 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
        if (control->dead & role) die();
        expected = 0;
        usleep(20);
    }
    if (control->dead & role) die();
}

static void unlocked(void) { __atomic_store_n(&control->lock, 0, __ATOMIC_SEQ_CST); }

static struct record *reserve(int64_t more) {
    int64_t size = (sizeof(struct record) + more + 7) & ~7LL;
    if (control->log_used + size > log_size) abort();
    struct record *record = (struct record *)(log_base + control->log_used);
    memset(record, 0, sizeof *record);
    record->size = size;
    return record;
}

static void keep(struct record *record) { control->log_used += record->size; }

static uint64_t inode_of(int fd, int64_t *size) {
    struct stat status;
    if (fstat(fd, &status)) return 0;
    if (size) *size = status.st_size;
    return status.st_ino;
}

static ssize_t logged_write(int fd, const void *bytes, size_t length, off_t offset) {
    CACHED(plain_pwrite, pwrite64);
    CACHED(plain_pread, pread64);
    locked();
    struct record *record = reserve(2 * (int64_t)length);
    char *old = (char *)(record + 1);
    record->kind = 'W';
    record->inode = inode_of(fd, &record->old_size);
    record->offset = offset;
    int flags = fcntl(fd, F_GETFL);
    int reader = fd;
    if ((flags & O_ACCMODE) == O_WRONLY) {
        char name[64];
        snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        CACHED(plain_open, open64);
        reader = plain_open(name, O_RDONLY | O_CLOEXEC);
    }
    ssize_t had = plain_pread(reader, old, length, offset);
    if (reader != fd) close(reader);
    record->old_length = had > 0 ? had : 0;
    ssize_t result = plain_pwrite(fd, bytes, length, offset);
    if (result > 0) {
        memcpy(old + length, bytes, result);
        memmove(old + record->old_length, old + length, result);
        record->length = result;
        keep(record);
    }
    unlocked();
    return result;
}

static void note(int kind, uint64_t inode, const char *first, const char *second) {
    struct record *record = reserve(0);
    record->kind = kind;
    record->inode = inode;
    if (first) snprintf(record->names[0], NAME_SIZE, "%s", first);
    if (second) snprintf(record->names[1], NAME_SIZE, "%s", second);
    keep(record);
}

/* Keeps what `path` names now, so that a rename over it or its end can be undone. Its name there, or "". */
static void stashed(const char *path, char *name) {
    CACHED(plain_link, link);
    snprintf(name, PATH_MAX, "%.3000s/%d", stash, __atomic_add_fetch(&control->stashed, 1, __ATOMIC_SEQ_CST));
    if (plain_link(path, name)) name[0] = 0;
}

/* --- the calls --- */

static ssize_t one_write(int fd, const void *bytes, size_t length, off_t offset, int positioned) {
    CACHED(plain_write, write);
    CACHED(plain_pwrite, pwrite64);
    if (watched(fd)) {
        int what = judged(WRITE);
        if (what < 0) return -1;
        if (what == HALF && length > 1) length /= 2;
        if (control->logging & role) {
            if (positioned) return logged_write(fd, bytes, length, offset);
            off_t at = fcntl(fd, F_GETFL) & O_APPEND ? lseek(fd, 0, SEEK_END) : lseek(fd, 0, SEEK_CUR);
            ssize_t result = logged_write(fd, bytes, length, at);
            if (result > 0) lseek(fd, at + result, SEEK_SET);
            return result;
        }
    }
    return positioned ? plain_pwrite(fd, bytes, length, offset) : plain_write(fd, bytes, length);
}

ssize_t write(int fd, const void *bytes, size_t length) { return one_write(fd, bytes, length, 0, 0); }
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return one_write(fd, bytes, length, at, 1); }
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
    return one_write(fd, bytes, length, at, 1);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    CACHED(plain, writev);
    if (!watched(fd)) return plain(fd, parts, count);
    return count ? one_write(fd, parts[0].iov_base, parts[0].iov_len, 0, 0) : 0;
}

/* Copies within the kernel are not seen as writes: whoever asks is sent the slow way. */
ssize_t sendfile64(int out, int in, off64_t *offset, size_t count) {
    CACHED(plain, sendfile64);
    if (watched(out)) {
        errno = ENOTSOCK;
        return -1;
    }
    return plain(out, in, offset, count);
}
ssize_t sendfile(int out, int in, off_t *offset, size_t count) { return sendfile64(out, in, offset, count); }

static int one_sync(int fd, int (*plain)(int)) {
    if (watched(fd)) {
        if (judged(SYNC) < 0) return -1;
        if (control->logging & role) {
            locked();
            struct stat status;
            char path[PATH_MAX];
            int result = fstat(fd, &status);
            path_of(fd, path);
            if (!result) note(S_ISDIR(status.st_mode) ? 'D' : 'F', status.st_ino, path, NULL);
            unlocked();
            return result; /* the harness plays the disk: nothing needs to reach the real one */
        }
    }
    return plain(fd);
}

int fsync(int fd) {
    CACHED(plain, fsync);
    return one_sync(fd, plain);
}
int fdatasync(int fd) {
    CACHED(plain, fdatasync);
    return one_sync(fd, plain);
}

int ftruncate64(int fd, off64_t length) {
    CACHED(plain, ftruncate64);
    if (watched(fd)) {
        if (judged(SHORTEN) < 0) return -1;
        if (control->logging & role) {
            CACHED(plain_pread, pread64);
            int64_t size = 0;
            locked();
            uint64_t inode = inode_of(fd, &size);
            int64_t lost = size > length ? size - length : 0;
            struct record *record = reserve(lost);
            record->kind = 'T';
            record->inode = inode;
            record->offset = length;
            record->old_size = size;
            ssize_t had = lost ? plain_pread(fd, record + 1, lost, length) : 0;
            record->old_length = had > 0 ? had : 0;
            int result = plain(fd, length);
            if (!result) keep(record);
            unlocked();
            return result;
        }
    }
    return plain(fd, length);
}
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

static int one_open(int folder, const char *path, int flags, mode_t mode) {
    CACHED(plain, openat64);
    char buffer[PATH_MAX];
    const char *whole = absolute(folder, path, buffer);
    if (!ours(whole) || !(flags & (O_CREAT | O_TRUNC)) || (flags & O_DIRECTORY)) return plain(folder, path, flags, mode);
    struct stat status;
    int there = !stat(whole, &status);
    if (there && !(flags & O_TRUNC)) return plain(folder, path, flags, mode);
    if (judged(CREATE) < 0) return -1;
    if (!(control->logging & role)) return plain(folder, path, flags, mode);
    if (there && !(flags & O_EXCL)) {
        int fd = plain(folder, path, flags & ~O_TRUNC, mode);
        if (fd >= 0 && ftruncate64(fd, 0)) {
            close(fd);
            return -1;
        }
        return fd;
    }
    locked();
    int fd = plain(folder, path, flags, mode);
    if (fd >= 0) note('C', inode_of(fd, NULL), whole, NULL);
    unlocked();
    return fd;
}

#define MODE(flags, last) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { \
        va_list rest; \
        va_start(rest, last); \
        mode = va_arg(rest, mode_t); \
        va_end(rest); \
    }
int open(const char *path, int flags, ...) {
    MODE(flags, flags)
    return one_open(AT_FDCWD, path, flags, mode);
}
int open64(const char *path, int flags, ...) {
    MODE(flags, flags)
    return one_open(AT_FDCWD, path, flags, mode);
}
int openat(int folder, const char *path, int flags, ...) {
    MODE(flags, flags)
    return one_open(folder, path, flags, mode);
}
int openat64(int folder, const char *path, int flags, ...) {
    MODE(flags, flags)
    return one_open(folder, path, flags, mode);
}

static int one_rename(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
    CACHED(plain, renameat2);
    char first[PATH_MAX], second[PATH_MAX], kept[PATH_MAX] = "";
    const char *whole = absolute(from_folder, from, first), *target = absolute(to_folder, to, second);
    if (!ours(target)) return plain(from_folder, from, to_folder, to, flags);
    if (judged(NAME) < 0) return -1;
    if (!(control->logging & role)) return plain(from_folder, from, to_folder, to, flags);
    locked();
    struct stat status;
    uint64_t inode = stat(whole, &status) ? 0 : status.st_ino;
    stashed(target, kept);
    int result = plain(from_folder, from, to_folder, to, flags);
    if (!result) {
        note('R', inode, whole, target);
        note('O', 0, kept, NULL); /* what the rename replaced */
    }
    unlocked();
    return result;
}
int rename(const char *from, const char *to) { return one_rename(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int a, const char *from, int b, const char *to) { return one_rename(a, from, b, to, 0); }
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
    return one_rename(a, from, b, to, flags);
}

static int one_unlink(int folder, const char *path, int flags) {
    CACHED(plain, unlinkat);
    char buffer[PATH_MAX], kept[PATH_MAX];
    const char *whole = absolute(folder, path, buffer);
    struct stat status;
    if (!ours(whole) || lstat(whole, &status)) return plain(folder, path, flags);
    if (judged(NAME) < 0) return -1;
    if (!(control->logging & role)) return plain(folder, path, flags);
    locked();
    stashed(whole, kept);
    int result = plain(folder, path, flags);
    if (!result) note('U', status.st_ino, whole, kept);
    unlocked();
    return result;
}
int unlink(const char *path) { return one_unlink(AT_FDCWD, path, 0); }
int unlinkat(int folder, const char *path, int flags) { return one_unlink(folder, path, flags); }

static int one_link(int a, const char *from, int b, const char *to, int flags) {
    CACHED(plain, linkat);
    char buffer[PATH_MAX];
    const char *target = absolute(b, to, buffer);
    if (!ours(target)) return plain(a, from, b, to, flags);
    if (judged(NAME) < 0) return -1;
    if (!(control->logging & role)) return plain(a, from, b, to, flags);
    locked();
    int result = plain(a, from, b, to, flags);
    struct stat status;
    if (!result && !stat(target, &status)) note('C', status.st_ino, target, NULL);
    unlocked();
    return result;
}
int link(const char *from, const char *to) { return one_link(AT_FDCWD, from, AT_FDCWD, to, 0); }
int linkat(int a, const char *from, int b, const char *to, int flags) { return one_link(a, from, b, to, flags); }

/* What leaves the process is counted too: the moment between a commit and its answer. */
ssize_t send(int fd, const void *bytes, size_t length, int flags) {
    CACHED(plain, send);
    if (control && judged(SEND) < 0) return -1;
    return plain(fd, bytes, length, flags);
}
ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    CACHED(plain, sendmsg);
    if (control && judged(SEND) < 0) return -1;
    return plain(fd, message, flags);
}

/* --- the clock --- */

static int64_t ahead(void) { return control && (control->clock_roles & role) ? control->clock_ns : 0; }

int clock_gettime(clockid_t clock, struct timespec *now) {
    CACHED(plain, clock_gettime);
    int result = plain(clock, now);
    int64_t by = clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ? ahead() : 0;
    if (!result && by) {
        int64_t all = now->tv_sec * 1000000000LL + now->tv_nsec + by;
        now->tv_sec = all / 1000000000LL;
        now->tv_nsec = all % 1000000000LL;
    }
    return result;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    (void)zone;
    struct timespec exact;
    int result = clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return result;
}
time_t time(time_t *now) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (now) *now = exact.tv_sec;
    return exact.tv_sec;
}
