//! Subsystems of `irq`.
// Generated from the codecs by `npm run generate`; not to be edited.
pub mod msi_message;
pub mod vector_matrix;
