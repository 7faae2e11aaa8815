//! PCI functions: their capabilities, and the registers of their message-signalled interrupts.
pub mod capability;
pub mod registers;
pub mod signalled;
