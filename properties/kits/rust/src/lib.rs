//! Puts a kernel module under the judgement of redbear-spec: implement [`System`] for a type that
//! calls the module, and hand it to [`serve`]. Commands, answers and configurations are typed, one
//! module for each subsystem, generated from the suite's own definitions.
//!
//! Without the feature `std` the crate needs `alloc` alone: [`Session`] turns a line into its
//! answer, and the kernel moves the lines.
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod generated;
pub mod json;
pub mod replay;
#[cfg(feature = "std")]
mod serve;
mod session;
mod system;

pub use generated::*;
pub use replay::{replay, Replayed};
#[cfg(feature = "std")]
pub use serve::serve;
pub use session::{Error, Next, Session};
pub use system::{Level, Refused, Subsystem, System};
