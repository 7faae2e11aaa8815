//! What is wrong with a text, and the fields that generated code gathers.
use super::Reader;
use alloc::format;
use alloc::string::String;
use core::fmt;

/// What is wrong, and in which field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    field: String,
    problem: String,
}

impl Error {
    /// A problem of the value at hand.
    pub fn new(problem: impl Into<String>) -> Self {
        Error { field: String::new(), problem: problem.into() }
    }

    /// The name at hand is none of the object's fields.
    pub fn no_such_field() -> Self {
        Error::new("there is no such field")
    }

    /// A name that is none of those expected.
    pub fn expected(found: &str, expected: &[&str]) -> Self {
        let mut short: String = found.chars().take(40).collect();
        if short.len() < found.len() {
            short.push('…');
        }
        Error::new(format!("found {:?}, expected one of {}", short, expected.join(", ")))
    }

    /// The same problem, seen from the value that holds `name`.
    pub(super) fn within(mut self, name: &str) -> Self {
        if !self.field.is_empty() {
            self.field.insert(0, '.');
        }
        self.field.insert_str(0, name);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            f.write_str(&self.problem)
        } else {
            write!(f, "field {}: {}", self.field, self.problem)
        }
    }
}

/// Reads itself from JSON.
pub trait Read: Sized {
    /// One value.
    fn read(reader: &mut Reader<'_>) -> Result<Self, Error>;
}

/// Keeps the value of a field, which must not have come before.
pub fn put<T>(slot: &mut Option<T>, value: Result<T, Error>) -> Result<(), Error> {
    if slot.replace(value?).is_some() {
        return Err(Error::new("it stands twice"));
    }
    Ok(())
}

/// The value of a field that must be there.
pub fn need<T>(slot: Option<T>, name: &str) -> Result<T, Error> {
    slot.ok_or_else(|| Error::new("it is missing").within(name))
}
