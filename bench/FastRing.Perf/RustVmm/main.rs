// A device's work for a chain with rust-vmm's virtio-queue: what `workloads chains --ring split` does with FastRing's ring, with the same options.
use std::hint::black_box;
use std::io::Read;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use virtio_queue::{Queue, QueueT};
use vm_memory::{Bytes, GuestAddress, GuestMemoryBackend, GuestMemoryMmap};

const QUEUE: u16 = 256;
const CHAINS: u16 = 64;
const BUFFER: u64 = 64;
const NEXT: u16 = 1;
const INDIRECT: u16 = 4;
const DESCRIPTORS: u64 = 0x10000;
const AVAILABLE: u64 = 0x12000;
const USED: u64 = 0x13000;
const TABLES: u64 = 0x14000;

struct Plan {
    descriptors: u16,
    event_index: bool,
    indirect: bool,
    copy: bool,
    rounds: usize,
    samples: usize,
    warm: f64,
}

fn value<T: std::str::FromStr>(arguments: &[String], name: &str, usual: T) -> T {
    let at = arguments.iter().position(|a| a == name);
    at.and_then(|i| arguments.get(i + 1)).and_then(|v| v.parse().ok()).unwrap_or(usual)
}

fn pin(cpu: usize) {
    unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(cpu, &mut set);
        libc::sched_setaffinity(0, std::mem::size_of::<libc::cpu_set_t>(), &set);
    }
}

fn descriptor(memory: &GuestMemoryMmap<()>, at: u64, address: u64, length: u32, flags: u16, next: u16) {
    memory.write_obj(address, GuestAddress(at)).unwrap();
    memory.write_obj(length, GuestAddress(at + 8)).unwrap();
    memory.write_obj(flags, GuestAddress(at + 12)).unwrap();
    memory.write_obj(next, GuestAddress(at + 14)).unwrap();
}

fn lay_out(memory: &GuestMemoryMmap<()>, plan: &Plan) {
    let count = plan.descriptors;
    for chain in 0..CHAINS {
        let head = if plan.indirect { chain } else { chain * count };
        let table = TABLES + u64::from(chain * count) * 16;
        let first = if plan.indirect { table } else { DESCRIPTORS + u64::from(head) * 16 };
        let base = if plan.indirect { 0 } else { head };
        for i in 0..count {
            let (flags, next) = if i + 1 < count { (NEXT, base + i + 1) } else { (0, 0) };
            descriptor(memory, first + u64::from(i) * 16, u64::from(chain * count + i) * BUFFER, BUFFER as u32, flags, next);
        }
        if plan.indirect {
            descriptor(memory, DESCRIPTORS + u64::from(head) * 16, table, u32::from(count) * 16, INDIRECT, 0);
        }
        for lap in 0..QUEUE / CHAINS {
            memory.write_obj(head, GuestAddress(AVAILABLE + 4 + u64::from(lap * CHAINS + chain) * 2)).unwrap();
        }
    }
}

fn round(memory: &GuestMemoryMmap<()>, queue: &mut Queue, plan: &Plan, available: &mut u16, private: &mut [u8]) {
    *available = available.wrapping_add(CHAINS);
    memory.store(*available, GuestAddress(AVAILABLE + 2), Ordering::Release).unwrap();
    while let Some(chain) = queue.pop_descriptor_chain(memory) {
        let head = chain.head_index();
        if plan.copy {
            let bytes = usize::from(plan.descriptors) * BUFFER as usize;
            chain.reader(memory).unwrap().read_exact(&mut private[..bytes]).unwrap();
            black_box(&private);
        } else {
            for piece in chain {
                black_box(memory.get_slice(piece.addr(), piece.len() as usize).unwrap());
            }
        }
        queue.add_used(memory, head, 0).unwrap();
    }
    black_box(queue.needs_notification(memory).unwrap());
    if plan.event_index {
        black_box(queue.enable_notification(memory).unwrap());
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let has = |name: &str| arguments.iter().any(|a| a == name);
    let plan = Plan {
        descriptors: value(&arguments, "--descriptors", 1),
        event_index: has("--event-index"),
        indirect: has("--indirect"),
        copy: has("--copy"),
        rounds: value(&arguments, "--rounds", 2000),
        samples: value(&arguments, "--samples", 41),
        warm: value(&arguments, "--warm", 0.5),
    };
    if has("--cpu") {
        pin(value(&arguments, "--cpu", 0));
    }

    let memory = GuestMemoryMmap::<()>::from_ranges(&[(GuestAddress(0), 0x20000)]).unwrap();
    lay_out(&memory, &plan);
    let mut queue = Queue::new(QUEUE).unwrap();
    queue.set_desc_table_address(Some(DESCRIPTORS as u32), Some(0));
    queue.set_avail_ring_address(Some(AVAILABLE as u32), Some(0));
    queue.set_used_ring_address(Some(USED as u32), Some(0));
    queue.set_event_idx(plan.event_index);
    queue.set_ready(true);
    assert!(queue.is_valid(&memory));

    let mut available = 0u16;
    let mut private = vec![0u8; usize::from(plan.descriptors) * BUFFER as usize];
    let mut sample = || {
        let start = Instant::now();
        for _ in 0..plan.rounds {
            round(&memory, &mut queue, &plan, &mut available, &mut private);
        }
        start.elapsed().as_nanos() as f64 / (plan.rounds * usize::from(CHAINS)) as f64
    };
    let end = Instant::now() + Duration::from_secs_f64(plan.warm);
    while Instant::now() < end {
        sample();
    }
    let values: Vec<String> = (0..plan.samples).map(|_| format!("{:.3}", sample())).collect();
    println!("{{\"unit\":\"ns/chain\",\"values\":[{}]}}", values.join(","));
}
