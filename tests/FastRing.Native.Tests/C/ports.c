/*
 * A host whose guest is the test that runs it: ports with callbacks and with a descriptor, and a line of answer to each line of input.
 *
 *     ports SOCKET
 */
#include "check.h"
#include <dirent.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 64 * 1024 };

/* A port that gives back what it gets. */
struct echo {
    char bytes[MOST];
    size_t first, count;
    int opens, goes;
    fr_port port;
};

static size_t least(size_t one, size_t other) { return one < other ? one : other; }

static size_t echo_write(void *user, const struct iovec *segments, uint32_t count)
{
    struct echo *echo = user;
    size_t taken = 0;
    for (uint32_t i = 0; i < count; i++) {
        for (size_t left = segments[i].iov_len, part; left > 0 && echo->count < MOST; left -= part) {
            size_t end = (echo->first + echo->count) % MOST;
            part = least(left, least(MOST - echo->count, MOST - end));
            memcpy(echo->bytes + end, (char *)segments[i].iov_base + (segments[i].iov_len - left), part);
            echo->count += part;
            taken += part;
        }
    }

    if (taken > 0)
        CHECK(fr_port_input_possible(echo->port) == FR_OK);
    return taken;
}

static size_t echo_read(void *user, const struct iovec *segments, uint32_t count)
{
    struct echo *echo = user;
    size_t given = 0;
    for (uint32_t i = 0; i < count; i++) {
        for (size_t at = 0, part; at < segments[i].iov_len && echo->count > 0; at += part) {
            part = least(segments[i].iov_len - at, least(echo->count, MOST - echo->first));
            memcpy((char *)segments[i].iov_base + at, echo->bytes + echo->first, part);
            echo->first = (echo->first + part) % MOST;
            echo->count -= part;
            given += part;
        }
    }

    if (given > 0)
        CHECK(fr_port_output_possible(echo->port) == FR_OK);
    return given;
}

static void echo_guest(void *user, int open) { ((struct echo *)user)->opens += open; }

static void echo_gone(void *user) { ((struct echo *)user)->goes++; }

static size_t lying_write(void *user, const struct iovec *segments, uint32_t count)
{
    (void)user;
    return segments[0].iov_len + 1000000 + count;
}

/* Told of what happens to the device. */
static void count_limits(void *user, const struct fr_event *event)
{
    CHECK(event->size == sizeof *event && (event->port >= 0) == (event->name[0] != 0 || event->port == 0));
    *(int *)user += event->kind == FR_EVENT_LIMITS_CHANGED && event->port == 1 && strcmp(event->name, "callbacks") == 0;
}

/* What was logged; written by the worker's thread, read when it has ended or the reader knows that it is idle. */
static char logged[4096];

static void log_line(void *user, int level, const char *message)
{
    CHECK(user == logged && level >= FR_LOG_WARNING);
    FAILS(FR_ERR_REENTRANT, "callback", fr_worker_destroy((fr_worker){ 1 }));
    if (strlen(logged) + strlen(message) + 2 < sizeof logged)
        strcat(strcat(logged, message), ";");
}

static void *echo_descriptor(void *argument)
{
    char bytes[4096];
    ssize_t count;
    int fd = *(int *)argument;
    while ((count = read(fd, bytes, sizeof bytes)) > 0)
        CHECK(write(fd, bytes, count) == count);
    return NULL;
}

static int threads(void)
{
    int count = -2; /* . and .. */
    DIR *tasks = opendir("/proc/self/task");
    while (readdir(tasks) != NULL)
        count++;
    closedir(tasks);
    return count;
}

static fr_device create_device(fr_worker worker, struct echo *echo, fr_port *console, int *limits_changed)
{
    fr_device device;
    struct fr_device_config config = { .size = sizeof config, .name = "vm0", .max_ports = 4, .event = count_limits, .user = limits_changed };
    CHECK(fr_device_create(worker, &config, &device) == FR_OK);
    struct fr_port_config console_config = { .size = sizeof console_config, .flags = FR_PORT_CONSOLE, .endpoint = FR_ENDPOINT_NULL };
    CHECK(fr_port_create(device, &console_config, console) == FR_OK && fr_port_number(*console) == 0);
    struct fr_endpoint_ops ops = { .size = sizeof ops, .write = echo_write, .read = echo_read, .guest_open = echo_guest, .gone = echo_gone };
    struct fr_port_config port = { .size = sizeof port, .name = "callbacks", .endpoint = FR_ENDPOINT_CALLBACKS, .ops = &ops, .user = echo };
    struct fr_limits limits = { .size = sizeof limits, .to_guest_bytes = 1ull << 40, .to_host_messages = ~0ull };
    port.limits = &limits;
    CHECK(fr_port_create(device, &port, &echo->port) == FR_OK);
    struct fr_endpoint_ops lies = { .size = sizeof lies, .write = lying_write };
    struct fr_port_config lying = { .size = sizeof lying, .name = "liar", .endpoint = FR_ENDPOINT_CALLBACKS, .ops = &lies };
    fr_port liar;
    CHECK(fr_port_create(device, &lying, &liar) == FR_OK);
    return device;
}

/* The state of the device whose rings are stopped, in another device. */
static void move(fr_worker worker, fr_device device)
{
    static struct echo there;
    fr_port console;
    int ignored = 0;
    fr_device other = create_device(worker, &there, &console, &ignored);
    struct fr_device_stats stats = { .size = sizeof stats };
    CHECK(fr_device_stats(other, &stats) == FR_OK && stats.driver_ready == 0);
    size_t length = 0;
    FAILS(FR_ERR_SPACE, "room", fr_device_save(device, NULL, &length));
    unsigned char *state = malloc(length);
    CHECK(fr_device_save(device, state, &length) == FR_OK);
    state[length / 2] ^= 1;
    FAILS(FR_ERR_ARGUMENT, "checksum", fr_device_load(other, state, length));
    CHECK(fr_device_stats(other, &stats) == FR_OK && stats.driver_ready == 0);
    state[length / 2] ^= 1;
    /* Refused: a port that is not there ("fd"). */
    int pair[2];
    FAILS(FR_ERR_ARGUMENT, "port", fr_device_load(other, state, length));
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    fr_port fd;
    struct fr_port_config port = { .size = sizeof port, .name = "fd", .endpoint = FR_ENDPOINT_FD, .fd = pair[0] };
    CHECK(fr_port_create(other, &port, &fd) == FR_OK);
    CHECK(fr_device_load(other, state, length) == FR_OK);
    struct fr_port_stats port_stats = { .size = sizeof port_stats };
    CHECK(fr_device_stats(other, &stats) == FR_OK && fr_port_stats(there.port, &port_stats) == FR_OK);
    printf("moved driver_ready %u guest_open %u opens %d\n", stats.driver_ready, port_stats.guest_open, there.opens);
    CHECK(fr_device_destroy(other) == FR_OK);
    close(pair[0]);
    close(pair[1]);
    free(state);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    struct fr_log_config log = { .size = sizeof log, .level = FR_LOG_WARNING, .log = log_line, .user = logged };
    CHECK(fr_log_set(&log) == FR_OK);
    fr_worker worker;
    struct fr_worker_config worker_config = { .size = sizeof worker_config };
    CHECK(fr_worker_create(&worker_config, &worker) == FR_OK);
    static struct echo echo;
    fr_port console, fd;
    int limits_changed = 0;
    fr_device device = create_device(worker, &echo, &console, &limits_changed);

    int pair[2];
    pthread_t echoing;
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    struct fr_port_config port = { .size = sizeof port, .name = "fd", .endpoint = FR_ENDPOINT_FD, .fd = pair[0] };
    CHECK(fr_port_create(device, &port, &fd) == FR_OK);
    close(pair[0]);
    CHECK(pthread_create(&echoing, NULL, echo_descriptor, &pair[1]) == 0);

    fr_backend backend;
    struct fr_backend_config backend_config = { .size = sizeof backend_config, .path = argv[1] };
    CHECK(fr_backend_create(device, &backend_config, &backend) == FR_OK);
    setvbuf(stdout, NULL, _IOLBF, 0);
    puts("serving");

    char line[64];
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (strcmp(line, "stats\n") == 0) {
            struct fr_runtime_stats runtime = { .size = sizeof runtime };
            struct fr_port_stats stats = { .size = sizeof stats };
            CHECK(fr_runtime_stats(&runtime) == FR_OK && fr_port_stats(echo.port, &stats) == FR_OK);
            printf("allocated %llu collections %llu to_host %llu to_guest %llu opens %d threads %d\n", (unsigned long long)runtime.allocated_bytes,
                   (unsigned long long)runtime.collections, (unsigned long long)stats.bytes_to_host, (unsigned long long)stats.bytes_to_guest, echo.opens, threads());
        } else if (strcmp(line, "busy\n") == 0) {
            size_t length = 0;
            FAILS(FR_ERR_STATE, "stopped", fr_device_save(device, NULL, &length));
            puts("busy");
        } else if (strcmp(line, "move\n") == 0) {
            move(worker, device);
        } else if (strcmp(line, "close\n") == 0) {
            CHECK(fr_port_set_open(echo.port, 0) == FR_OK);
            puts("closed");
        } else if (strcmp(line, "open\n") == 0) {
            CHECK(fr_port_set_open(echo.port, 1) == FR_OK);
            puts("opened");
        } else if (strcmp(line, "limit\n") == 0) {
            struct fr_limits limits = { .size = sizeof limits, .to_host_bytes = 1 << 30 };
            CHECK(fr_port_set_limits(echo.port, &limits) == FR_OK && limits_changed == 1);
            limits.reserved = 1;
            FAILS(FR_ERR_ARGUMENT, "reserved", fr_port_set_limits(echo.port, &limits));
            limits.size = 4;
            FAILS(FR_ERR_SIZE, "fr_limits", fr_port_set_limits(echo.port, &limits));
            FAILS(FR_ERR_ARGUMENT, "fr_limits: NULL", fr_port_set_limits(echo.port, NULL));
            FAILS(FR_ERR_HANDLE, "null", fr_port_set_limits((fr_port){ 0 }, &limits));
            puts("limited");
        } else if (strcmp(line, "resize\n") == 0) {
            FAILS(FR_ERR_STATE, "no console", fr_port_resize(echo.port, 100, 40));
            FAILS(FR_ERR_HANDLE, "another kind", fr_port_resize((fr_port){ device.id }, 100, 40));
            CHECK(fr_port_resize(console, 100, 40) == FR_OK);
            puts("resized");
        } else if (strcmp(line, "remove\n") == 0) {
            CHECK(fr_port_destroy(echo.port) == FR_OK && echo.goes == 1);
            FAILS(FR_ERR_HANDLE, "stale", fr_port_input_possible(echo.port));
            puts("removed");
        } else if (strcmp(line, "log\n") == 0) {
            puts(logged);
        }
    }

    CHECK(fr_backend_destroy(backend) == FR_OK && access(argv[1], F_OK) != 0);
    CHECK(fr_device_destroy(device) == FR_OK);
    CHECK(fr_worker_destroy(worker) == FR_OK);
    CHECK(pthread_join(echoing, NULL) == 0);
    CHECK(echo.goes == 1);
    struct fr_runtime_stats runtime = { .size = sizeof runtime };
    CHECK(fr_runtime_stats(&runtime) == FR_OK && runtime.handles == 0);
    puts("ok");
    return 0;
}
