//! A strict JSON reader and a writer, as far as the protocol needs them. What is unknown, missing,
//! given twice or out of range is an [`Error`] that names the field.
mod error;
mod print;
mod read;
mod text;

pub use error::{need, put, Error, Read};
pub use print::{Fields, Print};
pub use read::Reader;
