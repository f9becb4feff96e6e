/*
 * FastRing for C: virtqueues over guest memory, and a multiport virtio-console device served over vhost-user.
 * Link with -lfastring (libfastring.so.1); docs/embedding-c.md walks through it, interop/FastRing.Native/examples has two hosts.
 *
 * RESULTS. Unless said otherwise a function returns FR_OK (0) or a count, or a negative enum fr_error. What went wrong, in words, is the
 * thread's: fr_last_error() copies it. Nothing is thrown or longjmp'ed out of the library, and callbacks must not do so into it.
 *
 * MEMORY. Nothing allocated on one side is freed on the other: structs, arrays and strings are the caller's and are copied or done with when the call
 * returns. Descriptors stay the caller's too: the library keeps duplicates (which share O_NONBLOCK, and the library sets that on sockets and ports).
 *
 * HANDLES are values, not pointers. A null, stale or foreign one, or one of another kind, is FR_ERR_HANDLE. {0} is the null handle.
 *
 * STRUCTS that may grow begin with their size, which the caller sets to sizeof. A shorter one is an older caller's: what it lacks counts as zero. A
 * longer one is a newer caller's: what this library does not know must be zero, or it is FR_ERR_SIZE. Reserved fields and unknown flags must be zero.
 * struct fr_region and struct fr_chain have no size and never change.
 *
 * THREADS.
 *  - A ring belongs to one thread at a time: the first that uses it, until it calls fr_ring_release(). Others get FR_ERR_THREAD. Ring calls take no lock,
 *    allocate nothing, and make no system call but the notification asked for with FR_RING_NOTIFY.
 *  - Everything else may be called from any thread, and several at a time. Calls marked [waits] wait for the device's worker.
 *  - A worker is a thread of the library's. Callbacks run on it, one at a time for each worker; the log's run on any thread. Callbacks must not block.
 *    From within one, calls marked [waits] are FR_ERR_REENTRANT; all others are allowed.
 *  - The runtime has one thread more, its finalizer's; fr_port_wait_guest() makes short-lived ones. fork() without exec() leaves the child without any of
 *    them: it must not call the library. The library stays loaded: dlclose() does nothing.
 */
#ifndef FASTRING_H
#define FASTRING_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header: major (another one has another soname) and minor (functions and fields were added). */
#define FR_ABI_MAJOR 1
#define FR_ABI_MINOR 0

enum fr_error {
    FR_OK = 0,
    FR_ERR_ARGUMENT = -1,   /* a null pointer, or a value that can't be */
    FR_ERR_HANDLE = -2,     /* a null, stale or foreign handle, or one of another kind */
    FR_ERR_SIZE = -3,       /* a struct's size field */
    FR_ERR_THREAD = -4,     /* the ring is another thread's */
    FR_ERR_REENTRANT = -5,  /* not from within a callback */
    FR_ERR_STATE = -6,      /* not now: what it needs is in use, stopped or gone */
    FR_ERR_BROKEN = -7,     /* the ring is malformed: it yields nothing any more */
    FR_ERR_SYSTEM = -8,     /* a system call failed: fr_last_errno() */
    FR_ERR_TIMEOUT = -9,
    FR_ERR_SPACE = -10,     /* the caller's buffer is too small */
    FR_ERR_LIMIT = -11,     /* too many of them */
    FR_ERR_NO_MEMORY = -12,
    FR_ERR_INTERNAL = -13,  /* a mistake in the library */
};

typedef struct { uint64_t id; } fr_memory;
typedef struct { uint64_t id; } fr_ring;
typedef struct { uint64_t id; } fr_worker;
typedef struct { uint64_t id; } fr_device;
typedef struct { uint64_t id; } fr_backend;
typedef struct { uint64_t id; } fr_port;

/* ---- The library ---- */

/* FR_ABI_MAJOR << 16 | FR_ABI_MINOR of the library. */
uint32_t fr_abi_version(void);

/* The library's version, "0.1.0". Static. */
const char *fr_version(void);

/* An error's name, "FR_ERR_HANDLE". Static; "?" for what is none. */
const char *fr_error_name(int error);

/* Copies the message of this thread's last failed call, cut to `size` bytes with its zero; an empty one if none has failed.
   Returns its length without the zero, which may be more than was copied. `buffer` may be NULL if `size` is 0. */
size_t fr_last_error(char *buffer, size_t size);

/* errno of this thread's last FR_ERR_SYSTEM; 0 if there was none. */
int fr_last_errno(void);

enum fr_log_level { FR_LOG_DEBUG = 1, FR_LOG_INFO = 2, FR_LOG_WARNING = 3, FR_LOG_ERROR = 4, FR_LOG_OFF = 6 };

struct fr_log_config {
    uint32_t size;
    uint32_t level;                                                  /* the least that is told */
    void (*log)(void *user, int level, const char *message);         /* UTF-8, without a line's end; the callback's only until it returns */
    void *user;
};

/* Where the library's log lines go; NULL: nowhere, as at first. What guests and clients can cause is told at a limited rate.
   When this returns, the callback there was before may still be running on another thread. */
int fr_log_set(const struct fr_log_config *config);

struct fr_runtime_stats {
    uint32_t size;
    uint32_t handles;           /* that are there */
    uint64_t allocated_bytes;   /* of the managed heap so far: stands still while only rings and pumps work */
    uint64_t collections;       /* of the managed heap so far */
};

int fr_runtime_stats(struct fr_runtime_stats *stats);

/* ---- Guest memory ---- */

struct fr_region {
    uint64_t guest_address;     /* first guest physical address */
    uint64_t length;            /* bytes, above 0 */
    uint64_t fd_offset;         /* page aligned */
    int32_t fd;                 /* a memfd or file that can be mapped shared */
    uint32_t reserved;
};

struct fr_memory_config {
    uint32_t size;
    uint32_t region_count;
    const struct fr_region *regions;    /* they must not overlap */
    uint32_t flags;                     /* FR_MEMORY_* */
    uint32_t reserved;
};

#define FR_MEMORY_PREFAULT 1u           /* have all pages there at once */

/* Maps a guest's memory. A change of its layout is a new one: rings keep the one they were made with. */
int fr_memory_create(const struct fr_memory_config *config, fr_memory *memory);

/* Lets go of it; it stays mapped while rings use it. */
int fr_memory_destroy(fr_memory memory);

/* Where `length` bytes at a guest address lie in this process; FR_ERR_ARGUMENT if not in one region. Valid until the memory is destroyed. */
int fr_memory_translate(fr_memory memory, uint64_t guest_address, uint64_t length, void **host);

/* 1: a file behind it has shrunk; whatever touched that region has got zeros since, not a SIGBUS. Stop using it. */
int fr_memory_is_lost(fr_memory memory);

/* ---- Rings: the device's side of a virtqueue ---- */

#define FR_F_INDIRECT_DESC (1ull << 28)
#define FR_F_EVENT_IDX (1ull << 29)
#define FR_F_VERSION_1 (1ull << 32)
#define FR_F_RING_PACKED (1ull << 34)
#define FR_F_IN_ORDER (1ull << 35)

enum fr_direction { FR_READABLE = 1, FR_WRITABLE = 2, FR_BOTH = 3 };    /* which buffers of a chain a pop reports, as the device sees them */

struct fr_ring_config {
    uint32_t size;
    uint32_t queue_size;        /* entries: 1 to 32768, a power of two for a split ring */
    uint64_t descriptor_area;   /* guest addresses */
    uint64_t driver_area;
    uint64_t device_area;
    uint64_t features;          /* FR_F_*: what was negotiated; other bits are ignored */
    uint32_t base;              /* where to go on, as vhost-user's SET_VRING_BASE has it; 0 for a fresh ring */
    uint32_t direction;         /* enum fr_direction */
    uint32_t flags;             /* FR_RING_* */
    int32_t call_fd;            /* with FR_RING_NOTIFY */
};

#define FR_RING_NOTIFY 1u       /* call_fd is an eventfd: fr_ring_publish writes to it when the driver is to be notified */

/* A chain of buffers the driver made available. Goes back to fr_ring_complete as it came, but for `written`. */
struct fr_chain {
    uint16_t id;
    uint16_t slots;
    uint32_t first_segment;     /* index of its first buffer in the array of the pop */
    uint32_t readable;          /* buffers the device reads, */
    uint32_t writable;          /* and behind them those it writes; the highest bit is the library's */
    uint32_t bytes;             /* of the buffers reported */
    uint32_t written;           /* to be set: bytes the device wrote */
};

#define FR_CHAIN_WRITABLE(chain) ((chain)->writable & 0x7fffffffu)

struct fr_ring_stats {
    uint32_t size;
    int32_t error;              /* 0, or above: the ring broke; the message of FR_ERR_BROKEN says why */
    uint32_t base;              /* for GET_VRING_BASE: the oldest chain not completed */
    uint32_t reserved;
    uint64_t chains;            /* popped */
    uint64_t publications;
    uint64_t notifications;
    uint64_t notifications_suppressed;
};

/* Checks a ring's areas against the memory and makes the ring, which holds the memory. What the driver says is untrusted: FR_ERR_BROKEN, with the reason as
   message, if it can't be a ring. */
int fr_ring_create(fr_memory memory, const struct fr_ring_config *config, fr_ring *ring);

/* By the thread that owns it, or by any if none does. Chains not completed stay the driver's. */
int fr_ring_destroy(fr_ring ring);

/* The thread lets go of the ring: the next that uses it owns it. */
int fr_ring_release(fr_ring ring);

/* Takes available chains: up to `max_chains`, with their buffers in `segments`, ready for readv and writev. A chain longer than `max_segments` breaks the
   ring: have room for `queue_size`, or as many as the device's protocol allows.
   Returns how many; 0: there are none. `segment_count` (may be NULL) gets the number of segments. FR_ERR_BROKEN once all good ones were returned. */
int fr_ring_pop(fr_ring ring, struct fr_chain *chains, uint32_t max_chains, struct iovec *segments, uint32_t max_segments, uint32_t *segment_count);

/* Gives chains back, each once, in any order unless FR_F_IN_ORDER was negotiated. FR_ERR_ARGUMENT: more than were popped. */
int fr_ring_complete(fr_ring ring, const struct fr_chain *chains, uint32_t count);

/* Shows the driver what was completed. Returns 1 if it asked to be notified of that (and was, with FR_RING_NOTIFY), else 0. */
int fr_ring_publish(fr_ring ring);

/* Asks the driver to notify of new buffers. Returns 1 if there are some already: look again before sleeping. */
int fr_ring_enable_notifications(fr_ring ring);

/* Tells the driver that the device looks by itself: a hint. */
int fr_ring_suppress_notifications(fr_ring ring);

/* Owner only. */
int fr_ring_stats(fr_ring ring, struct fr_ring_stats *stats);

/* ---- Workers ---- */

enum fr_wait { FR_WAIT_SLEEP = 0, FR_WAIT_ADAPTIVE = 1, FR_WAIT_POLL = 2 };

struct fr_worker_config {
    uint32_t size;
    uint32_t wait;              /* enum fr_wait: sleep, poll for a while first, or poll for ever */
    const char *name;           /* of its thread; NULL: "fastring" */
    uint32_t poll_budget_us;    /* FR_WAIT_ADAPTIVE: the most it polls; 0: 50 */
    uint32_t flags;             /* FR_WORKER_* */
    uint32_t cpu;               /* with FR_WORKER_PINNED */
    uint32_t reserved;
};

#define FR_WORKER_PINNED 1u

/* Starts a thread that runs devices. */
int fr_worker_create(const struct fr_worker_config *config, fr_worker *worker);

/* [waits] Ends it. FR_ERR_STATE while it has devices. */
int fr_worker_destroy(fr_worker worker);

/* ---- Devices ---- */

enum fr_event_kind {            /* more may come */
    FR_EVENT_PORT_ADDED = 0, FR_EVENT_PORT_REMOVED = 1, FR_EVENT_GUEST_READY = 2, FR_EVENT_GUEST_FAILED = 3, FR_EVENT_GUEST_OPENED = 4, FR_EVENT_GUEST_CLOSED = 5,
    FR_EVENT_HOST_OPENED = 6, FR_EVENT_HOST_CLOSED = 7, FR_EVENT_CLIENT_ACCEPTED = 8, FR_EVENT_CLIENT_REFUSED = 9, FR_EVENT_LIMITS_CHANGED = 10, FR_EVENT_RESIZED = 11,
    FR_EVENT_DRIVER_READY = 12, FR_EVENT_DRIVER_FAILED = 13, FR_EVENT_DRIVER_RESET = 14, FR_EVENT_RESTORED = 15, FR_EVENT_RECOVERED = 16, FR_EVENT_BAD_CONTROL = 17,
};

struct fr_event {
    uint32_t size;              /* as the library knows it */
    uint32_t kind;              /* enum fr_event_kind */
    int32_t port;               /* number of the port; -1: the device as a whole */
    uint32_t reserved;
    const char *name;           /* of the port, or "" */
    const char *detail;         /* for people, or "" */
};

struct fr_device_config {
    uint32_t size;
    uint32_t max_ports;         /* 1 to 511, 0: 31. vhost-user reaches 127 */
    const char *name;           /* in log lines; NULL: "console" */
    void (*event)(void *user, const struct fr_event *event);    /* on the worker's thread; may be NULL */
    void *user;
    uint32_t flags;             /* FR_DEVICE_* */
    uint32_t reserved;
};

#define FR_DEVICE_NO_EVENT_IDX 1u       /* what not to offer */
#define FR_DEVICE_NO_INDIRECT 2u
#define FR_DEVICE_NO_PACKED 4u

/* [waits] A console device without ports. */
int fr_device_create(fr_worker worker, const struct fr_device_config *config, fr_device *device);

/* [waits] Ends its ports; their handles are stale then. FR_ERR_STATE while a backend serves it. */
int fr_device_destroy(fr_device device);

/* [waits] Saves what another device has to know to go on in its place. `*length`: room in `state`; then the state's length. FR_ERR_SPACE: that much room
   is needed (`state` may be NULL if `*length` is 0). FR_ERR_STATE while its rings run. */
int fr_device_save(fr_device device, void *state, size_t *length);

/* [waits] Goes on where the saved device left off. Needs the same ports; untrusted: FR_ERR_ARGUMENT names the field, and nothing has changed. */
int fr_device_load(fr_device device, const void *state, size_t length);

struct fr_device_stats {
    uint32_t size;
    uint32_t driver_ready;      /* 1: the guest's driver is there */
    uint64_t drivers;           /* one more with each reset */
    uint64_t control_received;
    uint64_t control_malformed;
    uint64_t control_unknown;
    uint64_t control_sent;
    uint64_t broken_queues;
};

int fr_device_stats(fr_device device, struct fr_device_stats *stats);

/* ---- Backends: a device served over vhost-user ---- */

struct fr_backend_config {
    uint32_t size;
    int32_t fd;                 /* without a path: a unix socket, listening (one frontend after the other) or connected (that one) */
    const char *path;           /* where to listen; the socket file, of mode 0600, is the library's; NULL: fd */
    const char *name;           /* in log lines; NULL: the path, or "fd N" */
};

/* [waits] Serves a device. */
int fr_backend_create(fr_device device, const struct fr_backend_config *config, fr_backend *backend);

/* [waits] Ends the session, if there is one: the device has been reset then. */
int fr_backend_destroy(fr_backend backend);

struct fr_backend_stats {
    uint32_t size;
    uint32_t connected;         /* 1: a frontend is there */
    uint64_t sessions;
    uint64_t messages;
    uint64_t rejected;          /* messages not obeyed */
    uint64_t broken_queues;
    uint64_t lost_memories;
    uint64_t notifications;
};

int fr_backend_stats(fr_backend backend, struct fr_backend_stats *stats);

/* ---- Ports ---- */

/* The host's end of a port in callbacks. All on the worker's thread. */
struct fr_endpoint_ops {
    uint32_t size;
    uint32_t reserved;
    /* The guest sent bytes: memory it can still change, yours until the callback returns. Returns how many were taken, from the front; if not all, say
       fr_port_output_possible() when more can be. More than there are closes the port. NULL: all are. */
    size_t (*write)(void *user, const struct iovec *segments, uint32_t count);
    /* The guest has room. Returns how many bytes were written there, from the front; 0: none now, say fr_port_input_possible() when there are some.
       NULL: never any. */
    size_t (*read)(void *user, const struct iovec *segments, uint32_t count);
    /* A program in the guest opened (1) or closed (0) the port. May be NULL. */
    void (*guest_open)(void *user, int open);
    /* The port is gone: the last call. May be NULL. */
    void (*gone)(void *user);
};

enum fr_endpoint {
    FR_ENDPOINT_FD = 1,         /* fd: a connected socket, a pipe or a terminal */
    FR_ENDPOINT_UNIX = 2,       /* path: a unix socket that listens, one client at a time */
    FR_ENDPOINT_CALLBACKS = 3,  /* ops */
    FR_ENDPOINT_ECHO = 4,
    FR_ENDPOINT_NULL = 5,
};

struct fr_port_config {
    uint32_t size;
    uint32_t flags;             /* FR_PORT_* */
    const char *name;           /* 1 to 100 printable characters without space and '/'; a console's may be NULL */
    uint32_t number;            /* 0: the first that is free (a console's is 0 anyway) */
    uint32_t endpoint;          /* enum fr_endpoint, and what it needs: */
    const char *path;
    const struct fr_endpoint_ops *ops;
    void *user;
    int32_t fd;
    uint32_t reserved;
};

#define FR_PORT_CONSOLE 1u          /* hvc0 instead of a serial port */
#define FR_PORT_CLOSED 2u           /* with callbacks: the host's side is closed until fr_port_set_open */
#define FR_PORT_DISCARD 4u          /* what the guest writes while the host's side is closed is discarded instead of held */
#define FR_PORT_KEEP 8u             /* what a client that left did not take is the next one's instead of discarded */

/* [waits] Gives the guest a port, also while it runs. */
int fr_port_create(fr_device device, const struct fr_port_config *config, fr_port *port);

/* [waits] Takes it away. No callback of it runs after this returned. */
int fr_port_destroy(fr_port port);

/* Its number. */
int fr_port_number(fr_port port);

/* [waits] Until a program in the guest has the port open; `timeout_ms` < 0: for ever. FR_ERR_TIMEOUT says what is missing. */
int fr_port_wait_guest(fr_port port, int timeout_ms);

/* With callbacks: there is somebody on the host's side (1), or not (0). Takes effect soon. */
int fr_port_set_open(fr_port port, int open);

/* With callbacks: `read` has something, `write` takes something again. */
int fr_port_input_possible(fr_port port);
int fr_port_output_possible(fr_port port);

struct fr_port_stats {
    uint32_t size;
    uint32_t guest_open;
    uint32_t host_open;
    uint32_t reserved;
    uint64_t bytes_to_host;
    uint64_t bytes_to_guest;
    uint64_t bytes_discarded;
    uint64_t guest_opens;
};

int fr_port_stats(fr_port port, struct fr_port_stats *stats);

#ifdef __cplusplus
}
#endif

#endif
