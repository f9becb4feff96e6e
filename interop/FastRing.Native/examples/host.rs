//! The host of host.c in Rust, without any crate: gives a guest two ports over vhost-user and talks to it on both.
//!
//!     rustc -O host.rs -L native=PREFIX/lib -l fastring && ./host /tmp/vm0.sock
//!
//! `ffi` is the part of fastring.h that it uses; the rest makes it safe to use.

#![deny(unsafe_op_in_unsafe_fn)]

use std::ffi::{CStr, CString};
use std::io::{BufRead, BufReader, Write};
use std::os::raw::{c_char, c_int, c_void};
use std::os::unix::io::AsRawFd;
use std::os::unix::net::UnixStream;
use std::ptr::{addr_of, null, null_mut};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Mutex;

mod ffi {
    use std::os::raw::{c_char, c_int, c_void};

    macro_rules! handles {
        ($($name:ident),*) => { $(
            #[repr(C)]
            #[derive(Clone, Copy)]
            pub struct $name { pub id: u64 }
        )* };
    }

    handles!(Worker, Device, Backend, Port);

    #[repr(C)]
    pub struct IoVec {
        pub base: *mut u8,
        pub len: usize,
    }

    #[repr(C)]
    pub struct WorkerConfig {
        pub size: u32,
        pub wait: u32,
        pub name: *const c_char,
        pub poll_budget_us: u32,
        pub flags: u32,
        pub cpu: u32,
        pub reserved: u32,
    }

    #[repr(C)]
    pub struct DeviceConfig {
        pub size: u32,
        pub max_ports: u32,
        pub name: *const c_char,
        pub event: Option<unsafe extern "C" fn(*mut c_void, *const c_void)>,
        pub user: *mut c_void,
        pub flags: u32,
        pub reserved: u32,
    }

    #[repr(C)]
    pub struct BackendConfig {
        pub size: u32,
        pub fd: i32,
        pub path: *const c_char,
        pub name: *const c_char,
    }

    #[repr(C)]
    pub struct EndpointOps {
        pub size: u32,
        pub reserved: u32,
        pub write: Option<unsafe extern "C" fn(*mut c_void, *const IoVec, u32) -> usize>,
        pub read: Option<unsafe extern "C" fn(*mut c_void, *const IoVec, u32) -> usize>,
        pub guest_open: Option<unsafe extern "C" fn(*mut c_void, c_int)>,
        pub gone: Option<unsafe extern "C" fn(*mut c_void)>,
    }

    #[repr(C)]
    pub struct PortConfig {
        pub size: u32,
        pub flags: u32,
        pub name: *const c_char,
        pub number: u32,
        pub endpoint: u32,
        pub path: *const c_char,
        pub ops: *const EndpointOps,
        pub user: *mut c_void,
        pub fd: i32,
        pub reserved: u32,
    }

    #[repr(C)]
    #[derive(Default)]
    pub struct PortStats {
        pub size: u32,
        pub guest_open: u32,
        pub host_open: u32,
        pub reserved: u32,
        pub bytes_to_host: u64,
        pub bytes_to_guest: u64,
        pub bytes_discarded: u64,
        pub guest_opens: u64,
    }

    #[repr(C)]
    #[derive(Default)]
    pub struct BackendStats {
        pub size: u32,
        pub connected: u32,
        pub sessions: u64,
        pub messages: u64,
        pub rejected: u64,
        pub broken_queues: u64,
        pub lost_memories: u64,
        pub notifications: u64,
    }

    pub const ENDPOINT_FD: u32 = 1;
    pub const ENDPOINT_CALLBACKS: u32 = 3;

    extern "C" {
        pub fn fr_error_name(error: c_int) -> *const c_char;
        pub fn fr_last_error(buffer: *mut c_char, size: usize) -> usize;
        pub fn fr_worker_create(config: *const WorkerConfig, worker: *mut Worker) -> c_int;
        pub fn fr_worker_destroy(worker: Worker) -> c_int;
        pub fn fr_device_create(worker: Worker, config: *const DeviceConfig, device: *mut Device) -> c_int;
        pub fn fr_device_destroy(device: Device) -> c_int;
        pub fn fr_backend_create(device: Device, config: *const BackendConfig, backend: *mut Backend) -> c_int;
        pub fn fr_backend_destroy(backend: Backend) -> c_int;
        pub fn fr_backend_stats(backend: Backend, stats: *mut BackendStats) -> c_int;
        pub fn fr_port_create(device: Device, config: *const PortConfig, port: *mut Port) -> c_int;
        pub fn fr_port_wait_guest(port: Port, timeout_ms: c_int) -> c_int;
        pub fn fr_port_input_possible(port: Port) -> c_int;
        pub fn fr_port_output_possible(port: Port) -> c_int;
        pub fn fr_port_stats(port: Port, stats: *mut PortStats) -> c_int;
    }
}

/// A result of the library's as Rust has it.
fn check(result: c_int) -> Result<(), String> {
    if result >= 0 {
        return Ok(());
    }

    let mut why = [0u8; 256];
    // SAFETY: the library writes no more than 256 bytes, with a zero; names of errors are static.
    unsafe {
        ffi::fr_last_error(why.as_mut_ptr().cast(), why.len());
        let name = CStr::from_ptr(ffi::fr_error_name(result)).to_string_lossy().into_owned();
        Err(format!("{name}: {}", CStr::from_ptr(why.as_ptr().cast()).to_string_lossy()))
    }
}

fn size_of<T>() -> u32 {
    std::mem::size_of::<T>() as u32
}

/// What the guest wrote and has not got back yet.
struct Shout {
    pending: Mutex<Vec<u8>>,
    port: AtomicU64, // The handle's number; 0 until it is known, and then nothing is called.
}

impl Shout {
    const MOST: usize = 4096;

    fn port(&self) -> ffi::Port {
        ffi::Port { id: self.port.load(Ordering::Acquire) }
    }

    unsafe extern "C" fn write(user: *mut c_void, segments: *const ffi::IoVec, count: u32) -> usize {
        // SAFETY: `user` is the Shout the port was made with, which outlives it; the segments are the library's promise.
        let (shout, segments) = unsafe { (&*user.cast::<Shout>(), std::slice::from_raw_parts(segments, count as usize)) };
        let mut pending = shout.pending.lock().unwrap();
        let mut taken = 0;
        for segment in segments {
            let part = segment.len.min(Shout::MOST - pending.len());
            for at in 0..part {
                // SAFETY: within the segment. The guest may write there meanwhile: read byte by byte, never as a slice.
                pending.push(unsafe { segment.base.add(at).read_volatile() }.to_ascii_uppercase());
            }

            taken += part;
        }

        // SAFETY: a handle is a number.
        unsafe { ffi::fr_port_input_possible(shout.port()) };
        taken
    }

    unsafe extern "C" fn read(user: *mut c_void, segments: *const ffi::IoVec, count: u32) -> usize {
        // SAFETY: as above.
        let (shout, segments) = unsafe { (&*user.cast::<Shout>(), std::slice::from_raw_parts(segments, count as usize)) };
        let mut pending = shout.pending.lock().unwrap();
        let mut given = 0;
        for segment in segments {
            let part = segment.len.min(pending.len() - given);
            // SAFETY: within the segment and what is pending.
            unsafe { std::ptr::copy_nonoverlapping(pending.as_ptr().add(given), segment.base, part) };
            given += part;
        }

        pending.drain(..given);
        if given > 0 {
            // SAFETY: a handle is a number.
            unsafe { ffi::fr_port_output_possible(shout.port()) };
        }

        given
    }
}

fn port_config(name: &CStr, endpoint: u32) -> ffi::PortConfig {
    ffi::PortConfig { size: size_of::<ffi::PortConfig>(), flags: 0, name: name.as_ptr(), number: 0, endpoint, path: null(), ops: null(), user: null_mut(), fd: 0, reserved: 0 }
}

fn serve(path: &str) -> Result<(), String> {
    let name = CString::new("vm0").unwrap();
    let socket = CString::new(path).map_err(|e| e.to_string())?;
    let shout = Shout { pending: Mutex::new(Vec::with_capacity(Shout::MOST)), port: AtomicU64::new(0) };
    let (mut ours, theirs) = UnixStream::pair().map_err(|e| e.to_string())?;

    let (mut worker, mut device, mut backend) = (ffi::Worker { id: 0 }, ffi::Device { id: 0 }, ffi::Backend { id: 0 });
    let (mut greeting, mut shouting) = (ffi::Port { id: 0 }, ffi::Port { id: 0 });
    let worker_config = ffi::WorkerConfig { size: size_of::<ffi::WorkerConfig>(), wait: 0, name: name.as_ptr(), poll_budget_us: 0, flags: 0, cpu: 0, reserved: 0 };
    let device_config = ffi::DeviceConfig { size: size_of::<ffi::DeviceConfig>(), max_ports: 4, name: name.as_ptr(), event: None, user: null_mut(), flags: 0, reserved: 0 };
    let greeting_name = CString::new("org.example.greeting").unwrap();
    let shout_name = CString::new("org.example.shout").unwrap();
    let ops = ffi::EndpointOps { size: size_of::<ffi::EndpointOps>(), reserved: 0, write: Some(Shout::write), read: Some(Shout::read), guest_open: None, gone: None };
    let greeting_config = ffi::PortConfig { fd: theirs.as_raw_fd(), ..port_config(&greeting_name, ffi::ENDPOINT_FD) };
    let shout_config = ffi::PortConfig { ops: addr_of!(ops), user: addr_of!(shout) as *mut c_void, ..port_config(&shout_name, ffi::ENDPOINT_CALLBACKS) };
    let backend_config = ffi::BackendConfig { size: size_of::<ffi::BackendConfig>(), fd: 0, path: socket.as_ptr(), name: null::<c_char>() };

    // SAFETY: all structs live until the calls return; `shout` until the device is gone.
    unsafe {
        check(ffi::fr_worker_create(&worker_config, &mut worker))?;
        check(ffi::fr_device_create(worker, &device_config, &mut device))?;
        check(ffi::fr_port_create(device, &greeting_config, &mut greeting))?;
        check(ffi::fr_port_create(device, &shout_config, &mut shouting))?;
        shout.port.store(shouting.id, Ordering::Release);
        check(ffi::fr_backend_create(device, &backend_config, &mut backend))?;
    }

    drop(theirs); // The library has its own.
    println!("serving {path}");

    // SAFETY: a handle is a number.
    check(unsafe { ffi::fr_port_wait_guest(greeting, -1) })?;
    ours.write_all(b"who are you?\n").map_err(|e| e.to_string())?;
    for line in BufReader::new(&ours).lines() {
        let line = line.map_err(|e| e.to_string())?;
        println!("guest: {line}");
        if line == "bye" {
            break;
        }
    }

    // A guest whose device goes away under it waits for ever: it goes first.
    let mut session = ffi::BackendStats { size: size_of::<ffi::BackendStats>(), connected: 1, ..Default::default() };
    while session.connected != 0 {
        std::thread::sleep(std::time::Duration::from_millis(20));
        // SAFETY: the library fills what the size says.
        check(unsafe { ffi::fr_backend_stats(backend, &mut session) })?;
    }

    let mut stats = ffi::PortStats { size: size_of::<ffi::PortStats>(), ..Default::default() };
    // SAFETY: the library fills what the size says. In this order: what is used goes last.
    unsafe {
        check(ffi::fr_port_stats(shouting, &mut stats))?;
        println!("shout: {} bytes from the guest, {} to it", stats.bytes_to_host, stats.bytes_to_guest);
        check(ffi::fr_backend_destroy(backend))?;
        check(ffi::fr_device_destroy(device))?;
        check(ffi::fr_worker_destroy(worker))
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.len() != 2 {
        eprintln!("usage: {} SOCKET", arguments[0]);
        std::process::exit(2);
    }

    if let Err(why) = serve(&arguments[1]) {
        eprintln!("{why}");
        std::process::exit(1);
    }
}
