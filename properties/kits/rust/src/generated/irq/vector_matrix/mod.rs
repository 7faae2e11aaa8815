//! Subsystems of `irq/vector_matrix`.
// Generated from the codecs by `npm run generate`; not to be edited.
pub mod allocator;
pub mod assignment;
