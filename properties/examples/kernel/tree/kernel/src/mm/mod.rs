//! Memory.
pub mod frame;
