/*
 * A small host: gives a guest two ports over vhost-user and talks to it on both.
 *
 *     cc host.c -o host $(pkg-config --cflags --libs fastring)
 *     ./host /tmp/vm0.sock                                         # then boot the guest: linux.uml ... virtio_uml.device=/tmp/vm0.sock:3
 *
 * In the guest:
 *
 *     exec 3<>/dev/virtio-ports/org.example.greeting; read -r question <&3; echo "I am $(uname -s)" >&3
 *     exec 4<>/dev/virtio-ports/org.example.shout; echo hello >&4; read -r answer <&4; echo "$answer"; echo bye >&3
 *
 * "greeting" is a descriptor: one end of a socket pair, of which this program keeps the other and uses it like any socket.
 * "shout" is callbacks: what the guest writes comes back in capitals.
 */
#include <ctype.h>
#include <fastring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Ends the program if a call failed. */
static int check(int result, const char *call)
{
    if (result < 0) {
        char why[256];
        fr_last_error(why, sizeof why);
        fprintf(stderr, "%s: %s: %s\n", call, fr_error_name(result), why);
        exit(1);
    }

    return result;
}

#define CHECK(call) check(call, #call)

static void log_line(void *user, int level, const char *message)
{
    (void)user;
    fprintf(stderr, "%s%s\n", level >= FR_LOG_WARNING ? "warning: " : "", message);
}

/* What the guest wrote and has not got back yet. Touched by the callbacks only, which all run on the worker's thread. */
struct shout {
    char bytes[4096];
    size_t count;
    fr_port port;
};

static size_t shout_write(void *user, const struct iovec *segments, uint32_t count)
{
    struct shout *shout = user;
    size_t taken = 0;
    for (uint32_t i = 0; i < count; i++) {
        const char *from = segments[i].iov_base;
        for (size_t at = 0; at < segments[i].iov_len && shout->count < sizeof shout->bytes; at++, taken++)
            shout->bytes[shout->count++] = (char)toupper((unsigned char)from[at]);
    }

    fr_port_input_possible(shout->port);
    return taken;
}

static size_t shout_read(void *user, const struct iovec *segments, uint32_t count)
{
    struct shout *shout = user;
    size_t given = 0;
    for (uint32_t i = 0; i < count && given < shout->count; i++) {
        size_t part = segments[i].iov_len < shout->count - given ? segments[i].iov_len : shout->count - given;
        memcpy(segments[i].iov_base, shout->bytes + given, part);
        given += part;
    }

    memmove(shout->bytes, shout->bytes + given, shout->count -= given);
    if (given > 0)
        fr_port_output_possible(shout->port);
    return given;
}

/* Reads a line of the guest's, without its end. */
static int read_line(int fd, char *line, size_t size)
{
    size_t at = 0;
    while (at < size - 1 && read(fd, line + at, 1) == 1 && line[at] != '\n')
        at++;
    line[at] = 0;
    return at > 0;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s SOCKET\n", argv[0]);
        return 2;
    }

    struct fr_log_config log = { .size = sizeof log, .level = FR_LOG_INFO, .log = log_line };
    CHECK(fr_log_set(&log));

    fr_worker worker;
    struct fr_worker_config worker_config = { .size = sizeof worker_config, .name = "vm0" };
    CHECK(fr_worker_create(&worker_config, &worker));

    fr_device device;
    struct fr_device_config device_config = { .size = sizeof device_config, .name = "vm0", .max_ports = 4 };
    CHECK(fr_device_create(worker, &device_config, &device));

    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        perror("socketpair");
        return 1;
    }

    fr_port greeting;
    struct fr_port_config greeting_config = { .size = sizeof greeting_config, .name = "org.example.greeting", .endpoint = FR_ENDPOINT_FD, .fd = pair[1] };
    CHECK(fr_port_create(device, &greeting_config, &greeting));
    close(pair[1]); /* The library has its own. */

    static struct shout shout; /* The guest is not there before the backend: nothing is called until `port` is set. */
    struct fr_endpoint_ops ops = { .size = sizeof ops, .write = shout_write, .read = shout_read };
    struct fr_port_config shout_config = { .size = sizeof shout_config, .name = "org.example.shout", .endpoint = FR_ENDPOINT_CALLBACKS, .ops = &ops, .user = &shout };
    CHECK(fr_port_create(device, &shout_config, &shout.port));

    fr_backend backend;
    struct fr_backend_config backend_config = { .size = sizeof backend_config, .path = argv[1] };
    CHECK(fr_backend_create(device, &backend_config, &backend));
    printf("serving %s\n", argv[1]);
    fflush(stdout);

    CHECK(fr_port_wait_guest(greeting, -1));
    const char question[] = "who are you?\n";
    if (write(pair[0], question, sizeof question - 1) != sizeof question - 1)
        perror("write");

    char line[256];
    while (read_line(pair[0], line, sizeof line)) {
        printf("guest: %s\n", line);
        fflush(stdout);
        if (strcmp(line, "bye") == 0)
            break;
    }

    struct fr_port_stats stats = { .size = sizeof stats };
    CHECK(fr_port_stats(shout.port, &stats));
    printf("shout: %llu bytes from the guest, %llu to it\n", (unsigned long long)stats.bytes_to_host, (unsigned long long)stats.bytes_to_guest);

    /* A guest whose device goes away under it waits for ever: it goes first. */
    struct fr_backend_stats session = { .size = sizeof session };
    do {
        usleep(20000);
        CHECK(fr_backend_stats(backend, &session));
    } while (session.connected);

    /* In this order: what is used goes last. */
    CHECK(fr_backend_destroy(backend));
    CHECK(fr_device_destroy(device));
    CHECK(fr_worker_destroy(worker));
    close(pair[0]);
    return 0;
}
