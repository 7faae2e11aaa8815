//! A small kernel: interrupt vectors, interrupt messages, page frames.
pub mod bug;
pub mod irq;
pub mod mm;
pub mod smp;
