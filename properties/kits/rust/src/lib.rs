//! Puts a kernel module under the judgement of redbear-spec: implement [`System`] for a type that
//! calls the module, and hand it to [`serve`]. Commands, answers and configurations are typed, one
//! module for each subsystem, generated from the suite's own definitions.
//!
//! Without the feature `std` the crate needs `alloc` alone: [`Session`] turns a line into its
//! answer, and the kernel moves the lines, over a serial port say:
//!
//! ```
//! use redbear_spec::{Next, Session, System};
//!
//! /// `read_line` blocks until a line has come; `write` sends a text.
//! fn answer<S: System>(mut read_line: impl FnMut() -> String, mut write: impl FnMut(&str)) {
//!     let mut session = Session::<S>::new();
//!     let mut answers = String::new();
//!     loop {
//!         let next = session.line(&read_line(), &mut answers);
//!         if next != Ok(Next::Continue) || answers.len() > 4096 {
//!             write(&answers);
//!             answers.clear();
//!         }
//!         // An error: the two sides no longer agree on what was answered.
//!         if let Ok(Next::End) | Err(_) = next {
//!             return;
//!         }
//!     }
//! }
//! ```
#![no_std]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod generated;
pub mod json;
pub mod registers;
pub mod replay;
#[cfg(feature = "std")]
mod serve;
mod session;
mod system;

pub use generated::*;
pub use registers::Registers;
pub use replay::{replay, Replayed};
#[cfg(feature = "std")]
pub use serve::serve;
pub use session::{Error, Next, Session};
pub use system::{Level, Refused, Subsystem, System};
