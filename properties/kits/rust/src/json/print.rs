//! Values as JSON, without blanks.
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

/// Writes itself as JSON.
pub trait Print {
    /// One value.
    fn print(&self, out: &mut dyn Write) -> fmt::Result;
}

/// Decimal digits; the formatting machinery of `core` is several times slower.
fn digits(mut number: u64, negative: bool, out: &mut dyn Write) -> fmt::Result {
    let mut text = [0u8; 20];
    let mut at = text.len();
    loop {
        at -= 1;
        text[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    if negative {
        out.write_char('-')?;
    }
    out.write_str(core::str::from_utf8(&text[at..]).unwrap_or("0"))
}

impl Print for u32 {
    fn print(&self, out: &mut dyn Write) -> fmt::Result {
        digits(u64::from(*self), false, out)
    }
}

impl Print for i32 {
    fn print(&self, out: &mut dyn Write) -> fmt::Result {
        digits(u64::from(self.unsigned_abs()), *self < 0, out)
    }
}

impl Print for i64 {
    fn print(&self, out: &mut dyn Write) -> fmt::Result {
        digits(self.unsigned_abs(), *self < 0, out)
    }
}

/// A 64-bit word: a hex string, since JSON's numbers do not hold it.
impl Print for u64 {
    fn print(&self, out: &mut dyn Write) -> fmt::Result {
        write!(out, "\"{:#x}\"", self)
    }
}

impl Print for bool {
    fn print(&self, out: &mut dyn Write) -> fmt::Result {
        out.write_str(if *self { "true" } else { "false" })
    }
}

impl Print for str {
    fn print(&self, out: &mut dyn Write) -> fmt::Result {
        out.write_char('"')?;
        for c in self.chars() {
            match c {
                '"' => out.write_str("\\\"")?,
                '\\' => out.write_str("\\\\")?,
                c if c.is_control() => write!(out, "\\u{:04x}", c as u32)?,
                c => out.write_char(c)?,
            }
        }
        out.write_char('"')
    }
}

impl Print for String {
    fn print(&self, out: &mut dyn Write) -> fmt::Result {
        self.as_str().print(out)
    }
}

impl<T: Print + ?Sized> Print for &T {
    fn print(&self, out: &mut dyn Write) -> fmt::Result {
        (**self).print(out)
    }
}

impl<T: Print> Print for Option<T> {
    fn print(&self, out: &mut dyn Write) -> fmt::Result {
        match self {
            Some(value) => value.print(out),
            None => out.write_str("null"),
        }
    }
}

impl<T: Print> Print for [T] {
    fn print(&self, out: &mut dyn Write) -> fmt::Result {
        out.write_char('[')?;
        for (i, item) in self.iter().enumerate() {
            if i > 0 {
                out.write_char(',')?;
            }
            item.print(out)?;
        }
        out.write_char(']')
    }
}

impl<T: Print> Print for Vec<T> {
    fn print(&self, out: &mut dyn Write) -> fmt::Result {
        self.as_slice().print(out)
    }
}

/// The fields of an object, one after the other.
pub struct Fields<'a> {
    out: &'a mut dyn Write,
    first: bool,
}

impl<'a> Fields<'a> {
    /// An object without fields yet.
    pub fn new(out: &'a mut dyn Write) -> Result<Self, fmt::Error> {
        out.write_char('{')?;
        Ok(Fields { out, first: true })
    }

    /// An object of this kind.
    pub fn of(kind: &str, out: &'a mut dyn Write) -> Result<Self, fmt::Error> {
        out.write_str("{\"kind\":\"")?;
        out.write_str(kind)?;
        out.write_char('"')?;
        Ok(Fields { out, first: false })
    }

    /// One field. The name stands as it is.
    pub fn field<T: Print + ?Sized>(&mut self, name: &str, value: &T) -> fmt::Result {
        self.out.write_str(if self.first { "\"" } else { ",\"" })?;
        self.first = false;
        self.out.write_str(name)?;
        self.out.write_str("\":")?;
        value.print(self.out)
    }

    /// One field that may be left out.
    pub fn optional<T: Print>(&mut self, name: &str, value: &Option<T>) -> fmt::Result {
        match value {
            Some(value) => self.field(name, value),
            None => Ok(()),
        }
    }

    /// The end of the object.
    pub fn end(self) -> fmt::Result {
        self.out.write_char('}')
    }
}
