//! Interrupts: who gets which vector, and what a device writes to raise it.
pub mod msi;
pub mod vector;
