//! Subsystems of `hardware`.
// Generated from the codecs by `npm run generate`; not to be edited.
#[cfg(feature = "hardware-machine")]
pub mod machine;
