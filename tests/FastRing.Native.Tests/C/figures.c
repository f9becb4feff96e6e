/*
 * What the library costs a program that loads it with dlopen, a line of JSON: the first call, resident memory, threads, and what a million chains allocate.
 *
 *     figures LIBRARY
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <time.h>

#include "guest.h"

/* Nothing is linked: the names of guest.h are found here. */
static void *library;
#define LOADED(name) ((__typeof__(&name))loaded(#name))

static void *loaded(const char *name)
{
    void *found = dlsym(library, name);
    if (found == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        exit(1);
    }

    return found;
}

size_t fr_last_error(char *buffer, size_t size) { return LOADED(fr_last_error)(buffer, size); }
int fr_memory_create(const struct fr_memory_config *config, fr_memory *memory) { return LOADED(fr_memory_create)(config, memory); }
int fr_memory_destroy(fr_memory memory) { return LOADED(fr_memory_destroy)(memory); }

static double milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static long status(const char *field)
{
    char line[256];
    long value = -1;
    FILE *file = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, field, strlen(field)) == 0)
            value = strtol(line + strlen(field), NULL, 10);
    fclose(file);
    return value;
}

/* What makes memory this process' alone, and what it shares with the library's file. */
static long resident(void) { return status("VmRSS:"); }

static void print_threads(void)
{
    struct dirent *task;
    DIR *tasks = opendir("/proc/self/task");
    const char *comma = "";
    printf("\"threads\": [");
    while ((task = readdir(tasks)) != NULL) {
        char path[300], name[64] = "";
        if (task->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", task->d_name);
        FILE *file = fopen(path, "r");
        if (file != NULL && fgets(name, sizeof name, file) != NULL)
            name[strcspn(name, "\n")] = 0;
        if (file != NULL)
            fclose(file);
        printf("%s\"%s\"", comma, name);
        comma = ", ";
    }

    printf("]");
    closedir(tasks);
}

static uint64_t allocated(uint64_t *collections)
{
    struct fr_runtime_stats stats = { .size = sizeof stats };
    CHECK(LOADED(fr_runtime_stats)(&stats) == FR_OK);
    *collections = stats.collections;
    return stats.allocated_bytes;
}

static void run_ring(struct guest *guest, fr_ring ring, int rounds)
{
    enum { BATCH = 32 };
    static struct fr_chain chains[BATCH];
    static struct iovec segments[QUEUE];
    __typeof__(&fr_ring_pop) pop = LOADED(fr_ring_pop);
    __typeof__(&fr_ring_complete) complete = LOADED(fr_ring_complete);
    __typeof__(&fr_ring_publish) publish = LOADED(fr_ring_publish);
    for (int i = 0; i < rounds; i++) {
        __atomic_store_n(&guest->avail->index, guest->avail->index + BATCH, __ATOMIC_RELEASE);
        CHECK(pop(ring, chains, BATCH, segments, QUEUE, NULL) == BATCH);
        CHECK(complete(ring, chains, BATCH) == FR_OK);
        CHECK(publish(ring) >= 0);
    }
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    long before = resident();
    double start = milliseconds();
    library = dlopen(argv[1], RTLD_NOW);
    if (library == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }

    double opened = milliseconds();
    CHECK(LOADED(fr_abi_version)() >> 16 == FR_ABI_MAJOR);
    double called = milliseconds();

    struct guest guest;
    guest_open(&guest);
    for (uint16_t i = 0; i < QUEUE; i++) {
        guest.desc[i] = (struct desc){ buffer_address(i), 64, 0, 0 };
        guest.avail->ring[i] = i;
    }

    guest.avail->flags = 1;
    struct fr_ring_config config = ring_config(FR_READABLE);
    fr_ring ring;
    CHECK(LOADED(fr_ring_create)(guest.memory, &config, &ring) == FR_OK);
    run_ring(&guest, ring, 100);
    uint64_t collections, collections_before;
    uint64_t allocated_before = allocated(&collections_before);
    run_ring(&guest, ring, 1000000 / 32);
    uint64_t bytes = allocated(&collections) - allocated_before;

    fr_worker worker;
    fr_device device;
    fr_port port;
    fr_backend backend;
    struct fr_worker_config worker_config = { .size = sizeof worker_config, .name = "worker" };
    struct fr_device_config device_config = { .size = sizeof device_config };
    struct fr_port_config port_config = { .size = sizeof port_config, .name = "echo", .endpoint = FR_ENDPOINT_ECHO };
    struct fr_backend_config backend_config = { .size = sizeof backend_config, .path = "@fastring-figures" };
    CHECK(LOADED(fr_worker_create)(&worker_config, &worker) == FR_OK);
    CHECK(LOADED(fr_device_create)(worker, &device_config, &device) == FR_OK);
    CHECK(LOADED(fr_port_create)(device, &port_config, &port) == FR_OK);
    CHECK(LOADED(fr_backend_create)(device, &backend_config, &backend) == FR_OK);
    printf("{\"dlopenMs\": %.3f, \"firstCallMs\": %.3f, \"residentKiB\": %ld, \"allocatedBytes\": %llu, \"collections\": %llu, ", opened - start, called - opened,
           resident() - before, (unsigned long long)bytes, (unsigned long long)(collections - collections_before));
    print_threads();
    printf("}\n");
    return 0;
}
