//! A small kernel: interrupt vectors, interrupt messages, PCI functions, page frames.
pub mod bug;
pub mod irq;
pub mod mm;
pub mod pci;
pub mod smp;
