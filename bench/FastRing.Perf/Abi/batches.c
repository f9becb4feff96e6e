/*
 * What `workloads batches` does, by way of libfastring.so: a round makes 32 chains available, pops, completes and publishes them. Prints a line of JSON.
 *
 *     batches split|packed ROUNDS SAMPLES WARM-SECONDS PROCESSOR        # processor -1: any
 */
#define _GNU_SOURCE
#include <fastring.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 256, BATCH = 32, BUFFER_BYTES = 64, BASE = 0x10000, DESC_AT = 0, DRIVER_AT = 0x2000, DEVICE_AT = 0x4000, BUFFERS_AT = 0x8000, BYTES = 0x20000 };

struct split_desc { uint64_t address; uint32_t length; uint16_t flags, next; };
struct packed_desc { uint64_t address, word; };

static unsigned char *memory;
static uint16_t next_index;      /* split */
static unsigned next_slot;       /* packed */
static uint64_t wrap = 1ull << 55;

static void check(int result, const char *call)
{
    if (result < 0) {
        char why[256];
        fr_last_error(why, sizeof why);
        fprintf(stderr, "%s: %s\n", call, why);
        exit(1);
    }
}

static void write_rings(int packed)
{
    for (unsigned i = 0; i < SIZE; i++) {
        uint64_t address = BASE + BUFFERS_AT + (uint64_t)(i % BATCH) * BUFFER_BYTES;
        if (packed) {
            ((struct packed_desc *)(memory + DESC_AT))[i].address = address;
        } else {
            ((struct split_desc *)(memory + DESC_AT))[i] = (struct split_desc){ address, BUFFER_BYTES, 0, 0 };
            ((uint16_t *)(memory + DRIVER_AT))[2 + i] = i % BATCH;
        }
    }
}

static void offer(int packed)
{
    if (!packed) {
        next_index += BATCH;
        __atomic_store_n((uint16_t *)(memory + DRIVER_AT) + 1, next_index, __ATOMIC_RELEASE);
        return;
    }

    struct packed_desc *ring = (struct packed_desc *)(memory + DESC_AT) + next_slot;
    for (int i = BATCH - 1; i >= 0; i--)
        __atomic_store_n(&ring[i].word, BUFFER_BYTES | (uint64_t)i << 32 | wrap, __ATOMIC_RELEASE);
    next_slot += BATCH;
    if (next_slot == SIZE) {
        next_slot = 0;
        wrap ^= 1ull << 55 | 1ull << 63;
    }
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

static double run(fr_ring ring, int packed, int rounds)
{
    static struct fr_chain chains[BATCH];
    static struct iovec segments[BATCH];
    double start = now();
    for (int i = 0; i < rounds; i++) {
        uint32_t count;
        offer(packed);
        if (fr_ring_pop(ring, chains, BATCH, segments, BATCH, &count) != BATCH)
            check(FR_ERR_STATE, "fr_ring_pop");
        check(fr_ring_complete(ring, chains, BATCH), "fr_ring_complete");
        check(fr_ring_publish(ring), "fr_ring_publish");
    }

    return (now() - start) / rounds;
}

int main(int argc, char **argv)
{
    if (argc != 6)
        return 2;
    int packed = strcmp(argv[1], "packed") == 0, rounds = atoi(argv[2]), samples = atoi(argv[3]), processor = atoi(argv[5]);
    if (processor >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(processor, &set);
        sched_setaffinity(0, sizeof set, &set);
    }

    int fd = memfd_create("batches", MFD_CLOEXEC);
    if (ftruncate(fd, BYTES) != 0 || (memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0)) == MAP_FAILED)
        return 1;
    write_rings(packed);
    fr_memory guest;
    fr_ring ring;
    struct fr_region region = { .guest_address = BASE, .length = BYTES, .fd = fd };
    struct fr_memory_config memory_config = { .size = sizeof memory_config, .region_count = 1, .regions = &region, .flags = FR_MEMORY_PREFAULT };
    struct fr_ring_config config = { .size = sizeof config, .queue_size = SIZE, .descriptor_area = BASE + DESC_AT, .driver_area = BASE + DRIVER_AT,
        .device_area = BASE + DEVICE_AT, .features = FR_F_VERSION_1 | (packed ? FR_F_RING_PACKED : 0), .direction = FR_READABLE };
    check(fr_memory_create(&memory_config, &guest), "fr_memory_create");
    check(fr_ring_create(guest, &config, &ring), "fr_ring_create");
    for (double end = now() + atof(argv[4]) * 1e9; now() < end;)
        run(ring, packed, rounds);
    printf("{\"unit\":\"ns/batch\",\"values\":[");
    for (int i = 0; i < samples; i++)
        printf("%s%.2f", i > 0 ? "," : "", run(ring, packed, rounds));
    puts("]}");
    return 0;
}
