//! Subsystems of `irq/vector_matrix`.
// Generated from the codecs by `npm run generate`; not to be edited.
#[cfg(feature = "irq-vector-matrix-allocator")]
pub mod allocator;
#[cfg(feature = "irq-vector-matrix-assignment")]
pub mod assignment;
