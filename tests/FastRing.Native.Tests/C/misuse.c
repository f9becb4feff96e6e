/* Every way to call the library wrongly: a code and words, never anything else. */
#include "guest.h"
#include <pthread.h>
#include <sys/socket.h>

static const uint64_t FOREIGN[] = { 1, 0x7ffe12345678, ~0ull, 0xf200000000000000, 0xf2000001ff000000, 0xf2ffffff00ffffff };

static struct guest guest;
static struct fr_chain chain;
static struct iovec segments[QUEUE];

static void all_ring_calls(fr_ring ring, int code, const char *words)
{
    struct fr_ring_stats stats = { .size = sizeof stats };
    FAILS(code, words, fr_ring_pop(ring, &chain, 1, segments, QUEUE, NULL));
    FAILS(code, words, fr_ring_complete(ring, &chain, 1));
    FAILS(code, words, fr_ring_publish(ring));
    FAILS(code, words, fr_ring_enable_notifications(ring));
    FAILS(code, words, fr_ring_suppress_notifications(ring));
    FAILS(code, words, fr_ring_release(ring));
    FAILS(code, words, fr_ring_stats(ring, &stats));
    FAILS(code, words, fr_ring_destroy(ring));
}

static void all_other_calls(uint64_t id, const char *words)
{
    void *host;
    size_t length = 0;
    struct fr_ring_config ring_options = ring_config(FR_BOTH);
    struct fr_device_config device_options = { .size = sizeof device_options };
    struct fr_backend_config backend_options = { .size = sizeof backend_options };
    struct fr_port_config port_options = { .size = sizeof port_options, .name = "a", .endpoint = FR_ENDPOINT_ECHO };
    struct fr_device_stats device_stats = { .size = sizeof device_stats };
    struct fr_backend_stats backend_stats = { .size = sizeof backend_stats };
    struct fr_port_stats port_stats = { .size = sizeof port_stats };
    fr_ring ring;
    fr_device device;
    fr_backend backend;
    fr_port port;
    FAILS(FR_ERR_HANDLE, words, fr_memory_destroy((fr_memory){ id }));
    FAILS(FR_ERR_HANDLE, words, fr_memory_translate((fr_memory){ id }, GUEST_BASE, 1, &host));
    FAILS(FR_ERR_HANDLE, words, fr_memory_is_lost((fr_memory){ id }));
    FAILS(FR_ERR_HANDLE, words, fr_ring_create((fr_memory){ id }, &ring_options, &ring));
    FAILS(FR_ERR_HANDLE, words, fr_worker_destroy((fr_worker){ id }));
    FAILS(FR_ERR_HANDLE, words, fr_device_create((fr_worker){ id }, &device_options, &device));
    FAILS(FR_ERR_HANDLE, words, fr_device_destroy((fr_device){ id }));
    FAILS(FR_ERR_HANDLE, words, fr_device_save((fr_device){ id }, NULL, &length));
    FAILS(FR_ERR_HANDLE, words, fr_device_load((fr_device){ id }, "x", 1));
    FAILS(FR_ERR_HANDLE, words, fr_device_stats((fr_device){ id }, &device_stats));
    FAILS(FR_ERR_HANDLE, words, fr_backend_create((fr_device){ id }, &backend_options, &backend));
    FAILS(FR_ERR_HANDLE, words, fr_backend_destroy((fr_backend){ id }));
    FAILS(FR_ERR_HANDLE, words, fr_backend_stats((fr_backend){ id }, &backend_stats));
    FAILS(FR_ERR_HANDLE, words, fr_port_create((fr_device){ id }, &port_options, &port));
    FAILS(FR_ERR_HANDLE, words, fr_port_destroy((fr_port){ id }));
    FAILS(FR_ERR_HANDLE, words, fr_port_number((fr_port){ id }));
    FAILS(FR_ERR_HANDLE, words, fr_port_wait_guest((fr_port){ id }, 0));
    FAILS(FR_ERR_HANDLE, words, fr_port_set_open((fr_port){ id }, 1));
    FAILS(FR_ERR_HANDLE, words, fr_port_input_possible((fr_port){ id }));
    FAILS(FR_ERR_HANDLE, words, fr_port_output_possible((fr_port){ id }));
    FAILS(FR_ERR_HANDLE, words, fr_port_stats((fr_port){ id }, &port_stats));
}

static void handles_null_stale_and_foreign(void)
{
    all_ring_calls((fr_ring){ 0 }, FR_ERR_HANDLE, "null");
    all_other_calls(0, "null");
    for (size_t i = 0; i < sizeof FOREIGN / sizeof *FOREIGN; i++) {
        all_ring_calls((fr_ring){ FOREIGN[i] }, FR_ERR_HANDLE, "");
        all_other_calls(FOREIGN[i], "");
    }

    struct fr_ring_config config = ring_config(FR_READABLE);
    fr_ring ring, next;
    CHECK(fr_ring_create(guest.memory, &config, &ring) == FR_OK);
    all_ring_calls((fr_ring){ guest.memory.id }, FR_ERR_HANDLE, "another kind");
    all_other_calls(ring.id, "another kind");
    CHECK(fr_ring_destroy(ring) == FR_OK);
    all_ring_calls(ring, FR_ERR_HANDLE, "stale");
    CHECK(fr_ring_create(guest.memory, &config, &next) == FR_OK && next.id != ring.id);
    all_ring_calls(ring, FR_ERR_HANDLE, "stale");
    CHECK(fr_ring_destroy(next) == FR_OK);
}

static void pointers_that_are_null(void)
{
    struct fr_memory_config memory_options = { .size = sizeof memory_options, .region_count = 1 };
    struct fr_ring_config config = ring_config(FR_READABLE);
    fr_memory memory;
    fr_ring ring;
    fr_worker worker;
    void **nowhere = NULL;
    FAILS(FR_ERR_ARGUMENT, "NULL", fr_memory_create(NULL, &memory));
    FAILS(FR_ERR_ARGUMENT, "NULL", fr_memory_create(&memory_options, NULL));
    FAILS(FR_ERR_ARGUMENT, "regions: NULL", fr_memory_create(&memory_options, &memory));
    FAILS(FR_ERR_ARGUMENT, "NULL", fr_memory_translate(guest.memory, GUEST_BASE, 1, nowhere));
    FAILS(FR_ERR_ARGUMENT, "NULL", fr_ring_create(guest.memory, NULL, &ring));
    FAILS(FR_ERR_ARGUMENT, "NULL", fr_ring_create(guest.memory, &config, NULL));
    FAILS(FR_ERR_ARGUMENT, "NULL", fr_worker_create(NULL, &worker));
    FAILS(FR_ERR_ARGUMENT, "NULL", fr_runtime_stats(NULL));
    CHECK(fr_last_error(NULL, 0) > 0);
    CHECK(fr_ring_create(guest.memory, &config, &ring) == FR_OK);
    FAILS(FR_ERR_ARGUMENT, "chains: NULL", fr_ring_pop(ring, NULL, 1, segments, QUEUE, NULL));
    FAILS(FR_ERR_ARGUMENT, "segments: NULL", fr_ring_pop(ring, &chain, 1, NULL, QUEUE, NULL));
    FAILS(FR_ERR_ARGUMENT, "0x7fffffff", fr_ring_pop(ring, &chain, 0x80000000, segments, QUEUE, NULL));
    FAILS(FR_ERR_ARGUMENT, "chains: NULL", fr_ring_complete(ring, NULL, 1));
    FAILS(FR_ERR_ARGUMENT, "NULL", fr_ring_stats(ring, NULL));
    CHECK(fr_ring_destroy(ring) == FR_OK);
}

static void sizes_of_structs(void)
{
    struct fr_ring_config config = ring_config(FR_READABLE);
    fr_ring ring;
    config.size = 0;
    FAILS(FR_ERR_SIZE, "fr_ring_config", fr_ring_create(guest.memory, &config, &ring));
    config.size = sizeof config - 1;
    FAILS(FR_ERR_SIZE, "fr_ring_config", fr_ring_create(guest.memory, &config, &ring));
    config.size = 0xffffffff;
    FAILS(FR_ERR_SIZE, "fr_ring_config", fr_ring_create(guest.memory, &config, &ring));

    /* A newer caller's: what this library does not know must be zero. */
    struct { struct fr_ring_config known; uint64_t unknown[4]; } newer = { .known = ring_config(FR_READABLE) };
    newer.known.size = sizeof newer;
    CHECK(fr_ring_create(guest.memory, &newer.known, &ring) == FR_OK);
    struct { struct fr_ring_stats known; uint64_t unknown; } stats = { .known.size = sizeof stats, .unknown = 5 };
    CHECK(fr_ring_stats(ring, &stats.known) == FR_OK && stats.unknown == 0 && stats.known.size == sizeof stats);
    struct fr_ring_stats small = { .size = 4 };
    FAILS(FR_ERR_SIZE, "fr_ring_stats", fr_ring_stats(ring, &small));
    CHECK(fr_ring_destroy(ring) == FR_OK);
    newer.unknown[3] = 1;
    FAILS(FR_ERR_SIZE, "not zero", fr_ring_create(guest.memory, &newer.known, &ring));
}

static void values_that_cannot_be(void)
{
    struct fr_ring_config config = ring_config(FR_READABLE);
    fr_ring ring;
    config.direction = 7;
    FAILS(FR_ERR_ARGUMENT, "direction", fr_ring_create(guest.memory, &config, &ring));
    config = ring_config(FR_READABLE);
    config.flags = 0x80;
    FAILS(FR_ERR_ARGUMENT, "flags", fr_ring_create(guest.memory, &config, &ring));
    config = ring_config(FR_READABLE);
    config.flags = FR_RING_NOTIFY;
    config.call_fd = 12345;
    FAILS(FR_ERR_SYSTEM, "fcntl", fr_ring_create(guest.memory, &config, &ring));
    CHECK(fr_last_errno() == 9);
    config = ring_config(FR_READABLE);
    config.queue_size = 63;
    FAILS(FR_ERR_BROKEN, "BadSize", fr_ring_create(guest.memory, &config, &ring));
    config = ring_config(FR_READABLE);
    config.device_area = 1ull << 40;
    FAILS(FR_ERR_BROKEN, "AreaNotMapped", fr_ring_create(guest.memory, &config, &ring));

    void *host;
    FAILS(FR_ERR_ARGUMENT, "not in one region", fr_memory_translate(guest.memory, GUEST_BASE + GUEST_BYTES - 1, 2, &host));
    FAILS(FR_ERR_ARGUMENT, "not in one region", fr_memory_translate(guest.memory, GUEST_BASE, ~0ull, &host));
    struct fr_region regions[2] = { { GUEST_BASE, 4096, 0, guest.fd, 0 }, { GUEST_BASE + 100, 4096, 0, guest.fd, 0 } };
    struct fr_memory_config memory_options = { .size = sizeof memory_options, .region_count = 2, .regions = regions };
    fr_memory memory;
    FAILS(FR_ERR_ARGUMENT, "overlap", fr_memory_create(&memory_options, &memory));
    memory_options.region_count = 1025;
    FAILS(FR_ERR_ARGUMENT, "1 to 1024", fr_memory_create(&memory_options, &memory));
    memory_options.region_count = 0;
    FAILS(FR_ERR_ARGUMENT, "1 to 1024", fr_memory_create(&memory_options, &memory));
    memory_options.region_count = 2;
    regions[1].guest_address = 0x900000;
    regions[1].length = 1ull << 50;
    FAILS(FR_ERR_ARGUMENT, "not inside a file", fr_memory_create(&memory_options, &memory));

    struct fr_worker_config worker_options = { .size = sizeof worker_options, .wait = 9 };
    fr_worker worker;
    FAILS(FR_ERR_ARGUMENT, "wait", fr_worker_create(&worker_options, &worker));
    worker_options.wait = FR_WAIT_SLEEP;
    worker_options.flags = FR_WORKER_PINNED;
    worker_options.cpu = 100000;
    FAILS(FR_ERR_ARGUMENT, "processor", fr_worker_create(&worker_options, &worker));
    struct fr_log_config log = { .size = sizeof log };
    FAILS(FR_ERR_ARGUMENT, "log: NULL", fr_log_set(&log));
    CHECK(strcmp(fr_error_name(-3), "FR_ERR_SIZE") == 0 && strcmp(fr_error_name(4711), "?") == 0);
}

static void chains_given_back_wrongly(void)
{
    struct fr_ring_config config = ring_config(FR_READABLE);
    fr_ring ring;
    CHECK(fr_ring_create(guest.memory, &config, &ring) == FR_OK);
    FAILS(FR_ERR_ARGUMENT, "", fr_ring_complete(ring, &chain, 1));
    offer_text(&guest, 0, "text");
    CHECK(fr_ring_pop(ring, &chain, 1, segments, QUEUE, NULL) == 1);

    /* Not as it came: the driver gets nonsense, and nobody else anything. */
    struct fr_chain wrong = chain;
    memset(&wrong, 0xff, sizeof wrong);
    CHECK(fr_ring_complete(ring, &wrong, 1) == FR_OK);
    FAILS(FR_ERR_ARGUMENT, "", fr_ring_complete(ring, &chain, 1));
    CHECK(fr_ring_publish(ring) >= 0);
    CHECK(fr_ring_destroy(ring) == FR_OK);
}

/* The same on a packed ring, where chains say how many descriptors they take. */
static void packed_chains_given_back_wrongly(void)
{
    static const uint16_t SLOTS[] = { 0, 2, 64, 0xffff };
    enum { F_AVAIL = 1 << 7 };
    struct packed_desc { uint64_t address; uint32_t length; uint16_t id, flags; } *packed = (struct packed_desc *)guest.bytes;
    for (size_t i = 0; i < sizeof SLOTS / sizeof *SLOTS; i++) {
        struct fr_ring_config config = ring_config(FR_READABLE);
        config.features |= FR_F_RING_PACKED;
        fr_ring ring;
        memset(guest.bytes, 0, BUFFERS_AT);
        CHECK(fr_ring_create(guest.memory, &config, &ring) == FR_OK);
        packed[0] = (struct packed_desc){ buffer_address(0), 4, 0, F_AVAIL };
        packed[1] = (struct packed_desc){ buffer_address(1), 4, 1, F_AVAIL };
        CHECK(fr_ring_pop(ring, &chain, 1, segments, QUEUE, NULL) == 1 && chain.slots == 1);
        chain.slots = SLOTS[i];
        chain.id = 0xffff;
        if (SLOTS[i] > 1)
            FAILS(FR_ERR_ARGUMENT, "", fr_ring_complete(ring, &chain, 1));
        else
            CHECK(fr_ring_complete(ring, &chain, 1) == FR_OK);
        CHECK(fr_ring_publish(ring) >= 0);
        CHECK(fr_ring_pop(ring, &chain, 1, segments, QUEUE, NULL) == 1);
        CHECK(fr_ring_destroy(ring) == FR_OK);
    }

    memset(guest.bytes, 0, BUFFERS_AT);
}

static fr_device device;
static fr_port victim;
static int called;

/* Told of the victim's addition, on the worker's thread. */
static void reenter(void *user, const struct fr_event *event)
{
    if (event->kind != FR_EVENT_PORT_ADDED || strcmp(event->name, "trigger") != 0)
        return;

    struct fr_port_config options = { .size = sizeof options, .name = "inner", .endpoint = FR_ENDPOINT_ECHO };
    struct fr_backend_config backend_options = { .size = sizeof backend_options, .path = "@never" };
    struct fr_port_stats stats = { .size = sizeof stats };
    size_t length = 0;
    fr_port port;
    fr_backend backend;
    FAILS(FR_ERR_REENTRANT, "callback", fr_port_create(device, &options, &port));
    FAILS(FR_ERR_REENTRANT, "callback", fr_port_destroy(victim));
    FAILS(FR_ERR_REENTRANT, "callback", fr_port_wait_guest(victim, -1));
    FAILS(FR_ERR_REENTRANT, "callback", fr_backend_create(device, &backend_options, &backend));
    FAILS(FR_ERR_REENTRANT, "callback", fr_device_save(device, NULL, &length));
    FAILS(FR_ERR_REENTRANT, "callback", fr_device_load(device, "x", 1));
    FAILS(FR_ERR_REENTRANT, "callback", fr_device_destroy(device));
    FAILS(FR_ERR_REENTRANT, "callback", fr_worker_destroy(*(fr_worker *)user));
    CHECK(fr_port_stats(victim, &stats) == FR_OK && stats.guest_open == 0);
    CHECK(fr_port_set_open(victim, 0) == FR_OK && fr_port_input_possible(victim) == FR_OK && fr_port_output_possible(victim) == FR_OK);
    called++;
}

static void gone(void *user) { ++*(int *)user; }

static void devices(void)
{
    struct fr_worker_config worker_options = { .size = sizeof worker_options, .name = "misused" };
    fr_worker worker;
    CHECK(fr_worker_create(&worker_options, &worker) == FR_OK);
    struct fr_device_config options = { .size = sizeof options, .max_ports = 4, .event = reenter, .user = &worker };
    options.max_ports = 100000;
    FAILS(FR_ERR_ARGUMENT, "max ports", fr_device_create(worker, &options, &device));
    options.max_ports = 4;
    CHECK(fr_device_create(worker, &options, &device) == FR_OK);
    FAILS(FR_ERR_STATE, "devices still", fr_worker_destroy(worker));

    struct fr_endpoint_ops ops = { .size = sizeof ops, .gone = gone };
    int gone_count = 0;
    struct fr_port_config port = { .size = sizeof port, .name = "victim", .endpoint = FR_ENDPOINT_CALLBACKS, .ops = &ops, .user = &gone_count };
    CHECK(fr_port_create(device, &port, &victim) == FR_OK && fr_port_number(victim) == 1);
    FAILS(FR_ERR_ARGUMENT, "victim", fr_port_create(device, &port, &victim));
    FAILS(FR_ERR_TIMEOUT, "victim", fr_port_wait_guest(victim, 1));

    struct fr_port_config bad = { .size = sizeof bad, .endpoint = FR_ENDPOINT_ECHO };
    fr_port none;
    FAILS(FR_ERR_ARGUMENT, "name: NULL", fr_port_create(device, &bad, &none));
    bad.name = "has space";
    FAILS(FR_ERR_ARGUMENT, "printable", fr_port_create(device, &bad, &none));
    bad.name = "fine";
    bad.number = 4;
    FAILS(FR_ERR_ARGUMENT, "number", fr_port_create(device, &bad, &none));
    bad.number = 0;
    bad.endpoint = 77;
    FAILS(FR_ERR_ARGUMENT, "endpoint", fr_port_create(device, &bad, &none));
    bad.endpoint = FR_ENDPOINT_CALLBACKS;
    FAILS(FR_ERR_ARGUMENT, "ops: NULL", fr_port_create(device, &bad, &none));
    bad.endpoint = FR_ENDPOINT_UNIX;
    FAILS(FR_ERR_ARGUMENT, "path: NULL", fr_port_create(device, &bad, &none));
    bad.path = "/nowhere/at/all";
    FAILS(FR_ERR_SYSTEM, "bind", fr_port_create(device, &bad, &none));
    CHECK(fr_last_errno() == 2);
    bad.endpoint = FR_ENDPOINT_FD;
    bad.fd = guest.fd;
    FAILS(FR_ERR_ARGUMENT, "connected socket", fr_port_create(device, &bad, &none));
    bad.fd = -1;
    FAILS(FR_ERR_ARGUMENT, "fd", fr_port_create(device, &bad, &none));

    struct fr_port_config trigger = { .size = sizeof trigger, .name = "trigger", .endpoint = FR_ENDPOINT_ECHO };
    fr_port triggered;
    CHECK(fr_port_create(device, &trigger, &triggered) == FR_OK && called == 1);
    FAILS(FR_ERR_STATE, "no callbacks", fr_port_set_open(triggered, 1));
    CHECK(fr_port_destroy(triggered) == FR_OK);
    FAILS(FR_ERR_HANDLE, "stale", fr_port_destroy(triggered));

    char state[64];
    size_t length = sizeof state;
    FAILS(FR_ERR_SPACE, "bytes", fr_device_save(device, state, &length));
    CHECK(length > sizeof state);
    FAILS(FR_ERR_ARGUMENT, "", fr_device_load(device, state, sizeof state));
    FAILS(FR_ERR_ARGUMENT, "no state", fr_device_load(device, state, (size_t)1 << 40));
    FAILS(FR_ERR_ARGUMENT, "NULL", fr_device_load(device, NULL, 1));

    struct fr_backend_config backend_options = { .size = sizeof backend_options, .fd = guest.fd };
    fr_backend backend;
    FAILS(FR_ERR_SYSTEM, "", fr_backend_create(device, &backend_options, &backend));
    backend_options.path = "/nowhere/at/all";
    FAILS(FR_ERR_SYSTEM, "bind", fr_backend_create(device, &backend_options, &backend));
    int pair[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    backend_options = (struct fr_backend_config){ .size = sizeof backend_options, .fd = pair[0] };
    CHECK(fr_backend_create(device, &backend_options, &backend) == FR_OK);
    FAILS(FR_ERR_STATE, "backends still", fr_device_destroy(device));

    /* A frontend that talks nonsense loses its connection, and is counted. */
    struct fr_backend_stats stats = { .size = sizeof stats };
    char nonsense[64] = "GET / HTTP/1.1", end;
    CHECK(write(pair[1], nonsense, sizeof nonsense) == sizeof nonsense);
    close(pair[0]);
    CHECK(read(pair[1], &end, 1) <= 0);
    CHECK(fr_backend_destroy(backend) == FR_OK);
    FAILS(FR_ERR_HANDLE, "stale", fr_backend_stats(backend, &stats));
    close(pair[1]);

    CHECK(gone_count == 0 && fr_device_destroy(device) == FR_OK && gone_count == 1);
    FAILS(FR_ERR_HANDLE, "stale", fr_port_destroy(victim));
    FAILS(FR_ERR_HANDLE, "stale", fr_device_destroy(device));
    CHECK(fr_worker_destroy(worker) == FR_OK);
    FAILS(FR_ERR_HANDLE, "stale", fr_worker_destroy(worker));
}

static void *fail_elsewhere(void *argument)
{
    (void)argument;
    CHECK(fr_last_error(NULL, 0) == 0);
    FAILS(FR_ERR_HANDLE, "null", fr_memory_destroy((fr_memory){ 0 }));
    return NULL;
}

static void messages_are_each_threads_own(void)
{
    pthread_t thread;
    char before[256], after[256], cut[8];
    FAILS(FR_ERR_ARGUMENT, "NULL", fr_runtime_stats(NULL));
    fr_last_error(before, sizeof before);
    CHECK(pthread_create(&thread, NULL, fail_elsewhere, NULL) == 0 && pthread_join(thread, NULL) == 0);
    CHECK(fr_last_error(after, sizeof after) == strlen(before) && strcmp(before, after) == 0);
    CHECK(fr_last_error(cut, sizeof cut) == strlen(before) && strlen(cut) == 7 && strncmp(cut, before, 7) == 0);
}

int main(void)
{
    guest_open(&guest);
    messages_are_each_threads_own();
    handles_null_stale_and_foreign();
    pointers_that_are_null();
    sizes_of_structs();
    values_that_cannot_be();
    chains_given_back_wrongly();
    packed_chains_given_back_wrongly();
    devices();
    guest_close(&guest);
    struct fr_runtime_stats stats = { .size = sizeof stats };
    CHECK(fr_runtime_stats(&stats) == FR_OK && stats.handles == 0);
    puts("ok");
    return 0;
}
