//! One module a subsystem.
// Generated from the codecs by `npm run generate`; not to be edited.
#![allow(missing_docs)]
pub mod hardware;
pub mod irq;
