//! Which CPU runs this code.
use std::sync::atomic::{AtomicU32, Ordering};

static CURRENT: AtomicU32 = AtomicU32::new(0);

/// The CPU that executes the caller.
pub fn this_cpu() -> u32 {
    CURRENT.load(Ordering::Relaxed)
}

/// Goes on as another CPU. On hardware every CPU has its own register for it.
pub fn enter(cpu: u32) {
    CURRENT.store(cpu, Ordering::Relaxed);
}
