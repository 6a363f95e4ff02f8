/* A USB camera that is not there: an LD_PRELOAD library (Linux, glibc) that answers V4L2's calls for one file.
 *
 * $FAKE_CAMERA is a folder of the test's. Opening its `video0` opens the camera; the rest of the folder says how
 * the camera is, and may change at any time:
 *   state           ok; busy (another program streams); silent (no frame comes); broken (EIO); gone (ENODEV)
 *   YUYV.0 YUYV.1   the frames it sends in turn, in each of its formats; .1 may be absent
 *   MJPG.0 MJPG.1 GREY.0 GREY.1
 *   log             what it was asked for, a line each
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#define BUFFERS 8
#define SPACE (4 << 20)        /* bytes of one buffer's place in the mapped file */
#define PACE 0.02              /* seconds between frames */

static const unsigned sizes[][2] = {{640, 480}, {1280, 720}};
static const unsigned formats[] = {V4L2_PIX_FMT_YUYV, V4L2_PIX_FMT_MJPEG, V4L2_PIX_FMT_GREY};

static struct {
    int fd; /* of the opened camera: memory that the buffers are mapped from */
    int streaming;
    unsigned count, queue[BUFFERS], queued, sequence;
    struct v4l2_pix_format format;
    double last;
} camera = {.fd = -1};

#define REAL(result, name) \
    static __typeof__(&name) result; \
    if (!result) result = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static const char *file_of(const char *name) {
    static __thread char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", getenv("FAKE_CAMERA"), name);
    return path;
}

static size_t contents(const char *name, void *data, size_t most) {
    FILE *file = fopen(file_of(name), "re");
    if (!file) return 0;
    size_t length = fread(data, 1, most, file);
    fclose(file);
    return length;
}

static int is(const char *state) {
    char text[32] = {0};
    contents("state", text, sizeof text - 1);
    return !strcmp(text, state);
}

static void note(const char *form, ...) {
    FILE *log = fopen(file_of("log"), "ae");
    if (!log) return;
    va_list rest;
    va_start(rest, form);
    vfprintf(log, form, rest);
    va_end(rest);
    fputc('\n', log);
    fclose(log);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static int failed(int error) {
    errno = error;
    return -1;
}

static const char *name_of(unsigned format) {
    return format == V4L2_PIX_FMT_MJPEG ? "MJPG" : format == V4L2_PIX_FMT_GREY ? "GREY" : "YUYV";
}

/* --- open and close --- */

static int is_camera(const char *path) {
    return getenv("FAKE_CAMERA") && !strcmp(path, file_of("video0")) && !access(path, F_OK);
}

static int opened(void) {
    if (is("gone")) return failed(ENODEV);
    memset(&camera, 0, sizeof camera);
    camera.fd = memfd_create("camera", MFD_CLOEXEC);
    if (ftruncate(camera.fd, (off_t)BUFFERS * SPACE)) abort();
    camera.format = (struct v4l2_pix_format){.width = 640, .height = 480, .pixelformat = V4L2_PIX_FMT_YUYV};
    note("open");
    return camera.fd;
}

#define MODE \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest)

int open(const char *path, int flags, ...) {
    MODE;
    REAL(plain, open);
    return is_camera(path) ? opened() : plain(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    MODE;
    REAL(plain, open64);
    return is_camera(path) ? opened() : plain(path, flags, mode);
}

int close(int fd) {
    REAL(plain, close);
    if (fd >= 0 && fd == camera.fd) {
        camera.fd = -1;
        note("close");
    }
    return plain(fd);
}

/* --- waiting for a frame --- */

static int ready(void) {
    if (is("gone") || is("broken")) return 1; /* the call that follows says so */
    return camera.streaming && camera.queued && !is("silent") && now() - camera.last >= PACE;
}

static int waited(double seconds) {
    for (double end = now() + seconds; !ready(); usleep(2000))
        if (now() >= end) return 0;
    return 1;
}

int select(int count, fd_set *in, fd_set *out, fd_set *other, struct timeval *time) {
    REAL(plain, select);
    if (camera.fd < 0 || !in || !FD_ISSET(camera.fd, in)) return plain(count, in, out, other, time);
    int result = waited(time ? time->tv_sec + time->tv_usec * 1e-6 : 1e9);
    if (!result) FD_ZERO(in);
    return result;
}

int poll(struct pollfd *fds, nfds_t count, int milliseconds) {
    REAL(plain, poll);
    if (camera.fd < 0 || count != 1 || fds->fd != camera.fd) return plain(fds, count, milliseconds);
    int result = waited(milliseconds < 0 ? 1e9 : milliseconds / 1e3);
    fds->revents = result ? POLLIN : 0;
    return result;
}

/* --- the driver --- */

static int set_format(struct v4l2_format *asked, int keep) {
    if (asked->type != V4L2_BUF_TYPE_VIDEO_CAPTURE) return failed(EINVAL);
    struct v4l2_pix_format *pix = &asked->fmt.pix;
    note("%s %.4s %ux%u", keep ? "S_FMT" : "TRY_FMT", (char *)&pix->pixelformat, pix->width, pix->height);
    if (keep && (is("busy") || camera.count)) return failed(EBUSY);
    int large = pix->width * pix->height > (640 * 480 + 1280 * 720) / 2;
    unsigned format = pix->pixelformat;
    if (format != V4L2_PIX_FMT_MJPEG && format != V4L2_PIX_FMT_GREY) format = V4L2_PIX_FMT_YUYV;
    *pix = (struct v4l2_pix_format){
        .width = sizes[large][0], .height = sizes[large][1], .pixelformat = format, .field = V4L2_FIELD_NONE};
    pix->bytesperline = format == V4L2_PIX_FMT_MJPEG ? 0 : pix->width * (format == V4L2_PIX_FMT_YUYV ? 2 : 1);
    pix->sizeimage = 2 * pix->width * pix->height;
    if (keep) camera.format = *pix;
    return 0;
}

static int request(struct v4l2_requestbuffers *asked) {
    if (is("busy")) return failed(EBUSY);
    if (asked->memory != V4L2_MEMORY_MMAP || camera.streaming) return failed(EINVAL);
    if (asked->count > BUFFERS) asked->count = BUFFERS;
    camera.count = asked->count;
    camera.queued = 0;
    return 0;
}

static void describe(struct v4l2_buffer *buffer) {
    buffer->length = camera.format.sizeimage;
    buffer->m.offset = buffer->index * SPACE;
    buffer->flags = V4L2_BUF_FLAG_MAPPED;
}

static int enqueue(struct v4l2_buffer *buffer) {
    if (buffer->index >= camera.count) return failed(EINVAL);
    for (unsigned n = 0; n < camera.queued; n++)
        if (camera.queue[n] == buffer->index) return failed(EINVAL);
    camera.queue[camera.queued++] = buffer->index;
    return 0;
}

static int dequeue(struct v4l2_buffer *buffer) {
    if (is("broken")) return failed(EIO);
    if (!camera.streaming) return failed(EINVAL);
    if (!ready()) return failed(EAGAIN);
    static char frame[SPACE];
    char name[16];
    snprintf(name, sizeof name, "%s.%u", name_of(camera.format.pixelformat), camera.sequence & 1);
    size_t length = contents(name, frame, camera.format.sizeimage);
    if (!length) {
        snprintf(name, sizeof name, "%s.0", name_of(camera.format.pixelformat));
        length = contents(name, frame, camera.format.sizeimage);
    }
    buffer->index = camera.queue[0];
    memmove(camera.queue, camera.queue + 1, --camera.queued * sizeof *camera.queue);
    describe(buffer);
    buffer->bytesused = length;
    buffer->sequence = camera.sequence++;
    if (pwrite(camera.fd, frame, length, buffer->m.offset) != (ssize_t)length) abort();
    camera.last = now();
    return 0;
}

static int control(struct v4l2_control *asked) {
    switch (asked->id) {
    case V4L2_CID_EXPOSURE_AUTO: note("exposure_auto %d", asked->value); return 0;
    case V4L2_CID_EXPOSURE_ABSOLUTE: note("exposure_absolute %d", asked->value); return 0;
    case V4L2_CID_FOCUS_AUTO: note("focus_auto %d", asked->value); return 0;
    case V4L2_CID_FOCUS_ABSOLUTE: note("focus_absolute %d", asked->value); return 0;
    default: return failed(EINVAL);
    }
}

static int answered(unsigned long call, void *data) {
    if (is("gone")) return failed(ENODEV);
    switch (call) {
    case VIDIOC_QUERYCAP: {
        struct v4l2_capability *able = data;
        *able = (struct v4l2_capability){.driver = "fake", .card = "Fake camera", .bus_info = "usb-fake-1"};
        able->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
        able->capabilities = able->device_caps | V4L2_CAP_DEVICE_CAPS;
        return 0;
    }
    case VIDIOC_ENUM_FMT: {
        struct v4l2_fmtdesc *described = data;
        if (described->index >= sizeof formats / sizeof *formats) return failed(EINVAL);
        described->pixelformat = formats[described->index];
        return 0;
    }
    case VIDIOC_G_FMT: ((struct v4l2_format *)data)->fmt.pix = camera.format; return 0;
    case VIDIOC_TRY_FMT: return set_format(data, 0);
    case VIDIOC_S_FMT: return set_format(data, 1);
    case VIDIOC_G_PARM:
    case VIDIOC_S_PARM: ((struct v4l2_streamparm *)data)->parm.capture.timeperframe = (struct v4l2_fract){1, 30}; return 0;
    case VIDIOC_QUERYCTRL: {
        struct v4l2_queryctrl *asked = data;
        asked->minimum = 0;
        asked->maximum = 10000;
        asked->step = 1;
        return 0;
    }
    case VIDIOC_S_CTRL: return control(data);
    case VIDIOC_REQBUFS: return request(data);
    case VIDIOC_QUERYBUF: describe(data); return 0;
    case VIDIOC_QBUF: return enqueue(data);
    case VIDIOC_DQBUF: return dequeue(data);
    case VIDIOC_STREAMON:
        if (is("busy")) return failed(EBUSY);
        camera.streaming = 1;
        note("STREAMON %s %ux%u", name_of(camera.format.pixelformat), camera.format.width, camera.format.height);
        return 0;
    case VIDIOC_STREAMOFF:
        camera.streaming = 0;
        camera.queued = 0;
        return 0;
    default: return failed(ENOTTY);
    }
}

int ioctl(int fd, unsigned long call, ...) {
    va_list rest;
    va_start(rest, call);
    void *data = va_arg(rest, void *);
    va_end(rest);
    REAL(plain, ioctl);
    return fd >= 0 && fd == camera.fd ? answered(call, data) : plain(fd, call, data);
}
