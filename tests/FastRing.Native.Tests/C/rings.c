/*
 * Rings: what a driver offers is popped, read, written, given back and announced.
 *
 *     rings [without-loss]         # memory that is lost is a SIGBUS first, which valgrind does not let go on
 */
#include "guest.h"
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

static void buffers_are_read_and_written_in_place(void)
{
    struct guest guest;
    guest_open(&guest);
    struct fr_ring_config config = ring_config(FR_BOTH);
    fr_ring ring;
    CHECK(fr_ring_create(guest.memory, &config, &ring) == FR_OK);

    /* A request and room for its answer, as a block device has it. */
    memcpy(buffer(&guest, 0), "question", 8);
    guest.desc[0] = (struct desc){ buffer_address(0), 8, F_NEXT, 1 };
    guest.desc[1] = (struct desc){ buffer_address(1), BUFFER_BYTES, F_WRITE, 0 };
    offer(&guest, 0);

    struct fr_chain chains[4];
    struct iovec segments[QUEUE];
    uint32_t count = 99;
    CHECK(fr_ring_pop(ring, chains, 4, segments, QUEUE, &count) == 1);
    CHECK(count == 2 && chains[0].readable == 1 && FR_CHAIN_WRITABLE(&chains[0]) == 1 && chains[0].first_segment == 0);
    CHECK(segments[0].iov_len == 8 && memcmp(segments[0].iov_base, "question", 8) == 0);
    memcpy(segments[1].iov_base, "answer", 6);
    chains[0].written = 6;
    CHECK(fr_ring_complete(ring, chains, 1) == FR_OK);
    CHECK(guest.used->index == 0);
    CHECK(fr_ring_publish(ring) == 1);
    CHECK(guest.used->index == 1 && guest.used->ring[0].id == 0 && guest.used->ring[0].length == 6);
    CHECK(memcmp(buffer(&guest, 1), "answer", 6) == 0);
    CHECK(fr_ring_pop(ring, chains, 4, segments, QUEUE, NULL) == 0);

    /* The library holds the memory while the ring is there. */
    guest_close(&guest);
    struct fr_ring_stats stats = { .size = sizeof stats };
    CHECK(fr_ring_stats(ring, &stats) == FR_OK && stats.chains == 1 && stats.publications == 1 && stats.notifications == 1 && stats.base == 1 && stats.error == 0);
    CHECK(fr_ring_pop(ring, chains, 4, segments, QUEUE, NULL) == 0);
    CHECK(fr_ring_destroy(ring) == FR_OK);
}

static void batches_come_back_in_any_order(void)
{
    struct guest guest;
    guest_open(&guest);
    struct fr_ring_config config = ring_config(FR_READABLE);
    fr_ring ring;
    CHECK(fr_ring_create(guest.memory, &config, &ring) == FR_OK);
    struct fr_chain chains[QUEUE];
    struct iovec segments[QUEUE];
    char text[16];
    for (int round = 0; round < 1000; round++) {
        for (uint16_t i = 0; i < 5; i++) {
            snprintf(text, sizeof text, "%d %d", round, i);
            offer_text(&guest, i, text);
        }

        CHECK(fr_ring_pop(ring, chains, 2, segments, QUEUE, NULL) == 2);
        CHECK(fr_ring_pop(ring, chains + 2, QUEUE - 2, segments + 2, QUEUE - 2, NULL) == 3);
        snprintf(text, sizeof text, "%d 4", round);
        CHECK(chains[4].first_segment == 2 && memcmp(segments[4].iov_base, text, segments[4].iov_len) == 0);
        struct fr_chain backwards[5] = { chains[4], chains[3], chains[2], chains[1], chains[0] };
        CHECK(fr_ring_complete(ring, backwards, 5) == FR_OK);
        fr_ring_publish(ring);
        uint16_t last = (uint16_t)(guest.used->index - 1);
        CHECK(guest.used->index == (uint16_t)(5 * (round + 1)) && guest.used->ring[last % QUEUE].id == 0);
    }

    CHECK(fr_ring_destroy(ring) == FR_OK);
    guest_close(&guest);
}

static int readable(int fd)
{
    struct pollfd poll_fd = { fd, POLLIN, 0 };
    return poll(&poll_fd, 1, 0);
}

static void notifications_are_sent_as_the_driver_asks(void)
{
    struct guest guest;
    guest_open(&guest);
    struct fr_ring_config config = ring_config(FR_READABLE);
    int call = eventfd(0, 0);
    config.flags = FR_RING_NOTIFY;
    config.call_fd = call;
    fr_ring ring;
    CHECK(fr_ring_create(guest.memory, &config, &ring) == FR_OK);
    CHECK(fr_ring_enable_notifications(ring) == 0 && guest.used->flags == 0);
    offer_text(&guest, 0, "a");
    CHECK(fr_ring_enable_notifications(ring) == 1);
    CHECK(fr_ring_suppress_notifications(ring) == FR_OK && guest.used->flags == 1);

    struct fr_chain chain;
    struct iovec segments[QUEUE];
    CHECK(fr_ring_pop(ring, &chain, 1, segments, QUEUE, NULL) == 1 && fr_ring_complete(ring, &chain, 1) == FR_OK);
    CHECK(readable(call) == 0 && fr_ring_publish(ring) == 1 && readable(call) == 1);
    CHECK(fr_ring_publish(ring) == 0);
    uint64_t calls;
    CHECK(read(call, &calls, 8) == 8 && calls == 1);

    guest.avail->flags = 1; /* VIRTQ_AVAIL_F_NO_INTERRUPT */
    offer_text(&guest, 0, "b");
    CHECK(fr_ring_pop(ring, &chain, 1, segments, QUEUE, NULL) == 1 && fr_ring_complete(ring, &chain, 1) == FR_OK);
    CHECK(fr_ring_publish(ring) == 0 && readable(call) == 0);
    CHECK(fr_ring_destroy(ring) == FR_OK);
    close(call);
    guest_close(&guest);
}

static void a_ring_goes_on_where_it_stopped(void)
{
    struct guest guest;
    guest_open(&guest);
    struct fr_ring_config config = ring_config(FR_READABLE);
    fr_ring ring;
    struct fr_chain chains[QUEUE];
    struct iovec segments[QUEUE];
    struct fr_ring_stats stats = { .size = sizeof stats };
    CHECK(fr_ring_create(guest.memory, &config, &ring) == FR_OK);
    offer_text(&guest, 0, "first");
    offer_text(&guest, 1, "second");
    CHECK(fr_ring_pop(ring, chains, QUEUE, segments, QUEUE, NULL) == 2 && fr_ring_complete(ring, chains, 1) == FR_OK);
    fr_ring_publish(ring);
    CHECK(fr_ring_stats(ring, &stats) == FR_OK && fr_ring_destroy(ring) == FR_OK);

    config.base = stats.base;
    CHECK(fr_ring_create(guest.memory, &config, &ring) == FR_OK);
    CHECK(fr_ring_pop(ring, chains, QUEUE, segments, QUEUE, NULL) == 1 && memcmp(segments[0].iov_base, "second", 6) == 0);
    CHECK(fr_ring_destroy(ring) == FR_OK);
    guest_close(&guest);
}

static void hostile_drivers_break_their_ring_only(void)
{
    struct guest guest;
    guest_open(&guest);
    struct fr_ring_config config = ring_config(FR_READABLE);
    fr_ring ring;
    struct fr_chain chains[QUEUE];
    struct iovec segments[QUEUE];
    CHECK(fr_ring_create(guest.memory, &config, &ring) == FR_OK);
    offer_text(&guest, 0, "good");
    guest.desc[1] = (struct desc){ 0x6660000, 8, 0, 0 }; /* no memory there */
    offer(&guest, 1);
    CHECK(fr_ring_pop(ring, chains, QUEUE, segments, QUEUE, NULL) == 1 && memcmp(segments[0].iov_base, "good", 4) == 0);
    FAILS(FR_ERR_BROKEN, "BufferNotMapped", fr_ring_pop(ring, chains, QUEUE, segments, QUEUE, NULL));
    FAILS(FR_ERR_BROKEN, "BufferNotMapped", fr_ring_enable_notifications(ring));
    struct fr_ring_stats stats = { .size = sizeof stats };
    CHECK(fr_ring_stats(ring, &stats) == FR_OK && stats.error > 0);
    CHECK(fr_ring_destroy(ring) == FR_OK);

    /* A loop; longer than the ring. */
    memset(guest.avail, 0, sizeof *guest.avail);
    memset(guest.used, 0, sizeof *guest.used);
    guest.desc[0] = (struct desc){ buffer_address(0), 1, F_NEXT, 0 };
    CHECK(fr_ring_create(guest.memory, &config, &ring) == FR_OK);
    offer(&guest, 0);
    FAILS(FR_ERR_BROKEN, "malformed", fr_ring_pop(ring, chains, QUEUE, segments, QUEUE, NULL));
    CHECK(fr_ring_destroy(ring) == FR_OK);
    guest_close(&guest);
}

static void memory_that_shrinks_is_lost_and_nothing_else(void)
{
    struct guest guest;
    guest_open(&guest);
    void *host;
    CHECK(fr_memory_translate(guest.memory, buffer_address(3), 4, &host) == FR_OK);
    memcpy(buffer(&guest, 3), "here", 4);
    CHECK(memcmp(host, "here", 4) == 0 && fr_memory_is_lost(guest.memory) == 0);
    CHECK(ftruncate(guest.fd, 4096) == 0);
    CHECK(*(volatile char *)host == 0 && fr_memory_is_lost(guest.memory) == 1);
    guest_close(&guest);
}

struct handed { fr_ring ring; int result; };

static void *pop_elsewhere(void *argument)
{
    struct handed *handed = argument;
    struct fr_chain chain;
    struct iovec segments[QUEUE];
    handed->result = fr_ring_pop(handed->ring, &chain, 1, segments, QUEUE, NULL);
    if (handed->result >= 0)
        CHECK(fr_ring_release(handed->ring) == FR_OK);
    return NULL;
}

static int popped_elsewhere(fr_ring ring)
{
    pthread_t thread;
    struct handed handed = { ring, 99 };
    CHECK(pthread_create(&thread, NULL, pop_elsewhere, &handed) == 0 && pthread_join(thread, NULL) == 0);
    return handed.result;
}

static void a_ring_is_one_threads_at_a_time(void)
{
    struct guest guest;
    guest_open(&guest);
    struct fr_ring_config config = ring_config(FR_READABLE);
    fr_ring ring;
    CHECK(fr_ring_create(guest.memory, &config, &ring) == FR_OK);
    CHECK(popped_elsewhere(ring) == 0);             /* Nobody's yet, and nobody's again. */
    CHECK(fr_ring_enable_notifications(ring) == 0); /* Ours. */
    CHECK(popped_elsewhere(ring) == FR_ERR_THREAD);
    CHECK(fr_ring_release(ring) == FR_OK);
    CHECK(popped_elsewhere(ring) == 0);
    CHECK(fr_ring_destroy(ring) == FR_OK);
    CHECK(popped_elsewhere(ring) == FR_ERR_HANDLE);
    guest_close(&guest);
}

int main(int argc, char **argv)
{
    (void)argv;
    buffers_are_read_and_written_in_place();
    batches_come_back_in_any_order();
    notifications_are_sent_as_the_driver_asks();
    a_ring_goes_on_where_it_stopped();
    hostile_drivers_break_their_ring_only();
    if (argc == 1)
        memory_that_shrinks_is_lost_and_nothing_else();
    a_ring_is_one_threads_at_a_time();
    struct fr_runtime_stats stats = { .size = sizeof stats };
    CHECK(fr_runtime_stats(&stats) == FR_OK && stats.handles == 0);
    puts("ok");
    return 0;
}
