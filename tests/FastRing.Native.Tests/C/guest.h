/* A guest's memory with one split ring in it, and the driver's side of that ring, as virtio 1.2, 2.7 has it. */
#ifndef GUEST_H
#define GUEST_H

#define _GNU_SOURCE
#include "check.h"
#include <sys/mman.h>
#include <unistd.h>

enum { GUEST_BASE = 0x100000, GUEST_BYTES = 1 << 20, QUEUE = 64, DESC_AT = 0, AVAIL_AT = 0x4000, USED_AT = 0x8000, BUFFERS_AT = 0x10000, BUFFER_BYTES = 256 };

struct desc { uint64_t address; uint32_t length; uint16_t flags, next; };
struct avail { uint16_t flags, index, ring[QUEUE], used_event; };
struct used_element { uint32_t id, length; };
struct used { uint16_t flags, index; struct used_element ring[QUEUE]; uint16_t avail_event; };
enum { F_NEXT = 1, F_WRITE = 2 };

struct guest {
    int fd;
    unsigned char *bytes;
    struct desc *desc;
    struct avail *avail;
    struct used *used;
    fr_memory memory;
};

static inline uint64_t buffer_address(unsigned index) { return GUEST_BASE + BUFFERS_AT + (uint64_t)index * BUFFER_BYTES; }

static inline unsigned char *buffer(struct guest *guest, unsigned index) { return guest->bytes + BUFFERS_AT + (size_t)index * BUFFER_BYTES; }

static inline void guest_open(struct guest *guest)
{
    guest->fd = memfd_create("guest", MFD_CLOEXEC);
    CHECK(guest->fd >= 0 && ftruncate(guest->fd, GUEST_BYTES) == 0);
    guest->bytes = mmap(NULL, GUEST_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, guest->fd, 0);
    CHECK(guest->bytes != MAP_FAILED);
    guest->desc = (struct desc *)(guest->bytes + DESC_AT);
    guest->avail = (struct avail *)(guest->bytes + AVAIL_AT);
    guest->used = (struct used *)(guest->bytes + USED_AT);
    struct fr_region region = { .guest_address = GUEST_BASE, .length = GUEST_BYTES, .fd = guest->fd };
    struct fr_memory_config config = { .size = sizeof config, .region_count = 1, .regions = &region };
    CHECK(fr_memory_create(&config, &guest->memory) == FR_OK);
}

static inline void guest_close(struct guest *guest)
{
    CHECK(fr_memory_destroy(guest->memory) == FR_OK);
    munmap(guest->bytes, GUEST_BYTES);
    close(guest->fd);
}

static inline struct fr_ring_config ring_config(uint32_t direction)
{
    return (struct fr_ring_config){ .size = sizeof(struct fr_ring_config), .queue_size = QUEUE, .descriptor_area = GUEST_BASE + DESC_AT,
        .driver_area = GUEST_BASE + AVAIL_AT, .device_area = GUEST_BASE + USED_AT, .features = FR_F_VERSION_1, .direction = direction };
}

/* Makes the chain that begins at descriptor `head` available. */
static inline void offer(struct guest *guest, uint16_t head)
{
    uint16_t index = guest->avail->index;
    guest->avail->ring[index % QUEUE] = head;
    __atomic_store_n(&guest->avail->index, index + 1, __ATOMIC_RELEASE);
}

/* A chain of one buffer that the device reads, with descriptor and buffer `index`. */
static inline void offer_text(struct guest *guest, uint16_t index, const char *text)
{
    strcpy((char *)buffer(guest, index), text);
    guest->desc[index] = (struct desc){ buffer_address(index), (uint32_t)strlen(text), 0, 0 };
    offer(guest, index);
}

#endif
