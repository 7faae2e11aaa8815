//! The kernel's side: memory, panics, and a console that moves the lines.
#![no_std]

extern crate alloc;

use alloc::string::String;
use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicUsize, Ordering};
use redbear_spec::irq::vector_matrix::allocator::{Area, Command, Config, Response};
use redbear_spec::{Next, Refused, Session, System};

const HEAP: usize = 1 << 20;

/// Gives memory and never takes it back.
struct Bump {
    heap: UnsafeCell<[u8; HEAP]>,
    used: AtomicUsize,
}

// SAFETY: every piece is given out once.
unsafe impl Sync for Bump {}

// SAFETY: pieces lie inside the heap, are aligned, and do not overlap.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let base = self.heap.get() as usize;
        let mut used = self.used.load(Ordering::Relaxed);
        loop {
            let start = (base + used + layout.align() - 1) & !(layout.align() - 1);
            let end = start + layout.size() - base;
            if end > HEAP {
                return core::ptr::null_mut();
            }
            match self.used.compare_exchange_weak(used, end, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return start as *mut u8,
                Err(now) => used = now,
            }
        }
    }
    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static MEMORY: Bump = Bump { heap: UnsafeCell::new([0; HEAP]), used: AtomicUsize::new(0) };

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    loop {
        core::hint::spin_loop();
    }
}

/// Counts reservations; the module to be judged stands here.
struct Reservations(u32);

impl System for Reservations {
    type Area = Area;
    const NAME: &'static str = "kernel-harness";
    const COMMANDS: &'static [&'static str] = &["reserve"];

    fn start(_: &Config) -> Result<Self, Refused> {
        Ok(Reservations(0))
    }

    fn command(&mut self, _: &Command) -> Response {
        self.0 += 1;
        Response::Done
    }
}

/// Called by the kernel's console task. `read` fills a buffer with a line and answers its length,
/// `write` sends bytes.
#[no_mangle]
pub extern "C" fn harness_run(
    read: extern "C" fn(*mut u8, usize) -> usize,
    write: extern "C" fn(*const u8, usize),
) {
    let mut session = Session::<Reservations>::new();
    let mut buffer = [0; 4096];
    let mut answers = String::new();
    loop {
        let length = read(buffer.as_mut_ptr(), buffer.len()).min(buffer.len());
        let line = match core::str::from_utf8(&buffer[..length]) {
            Ok(line) => line,
            Err(_) => return,
        };
        let next = session.line(line, &mut answers);
        if next != Ok(Next::Continue) || answers.len() > 2048 {
            write(answers.as_ptr(), answers.len());
            answers.clear();
        }
        if let Ok(Next::End) | Err(_) = next {
            return;
        }
    }
}
