//! Subsystems of `irq`.
// Generated from the codecs by `npm run generate`; not to be edited.
#[cfg(feature = "irq-capability")]
pub mod capability;
#[cfg(feature = "irq-domain")]
pub mod domain;
#[cfg(feature = "irq-driver")]
pub mod driver;
#[cfg(feature = "irq-lapic-timer")]
pub mod lapic_timer;
#[cfg(feature = "irq-msi-message")]
pub mod msi_message;
pub mod vector_matrix;
