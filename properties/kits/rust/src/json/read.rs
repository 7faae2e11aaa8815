//! Reads JSON in one pass; only lists and strings allocate.
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

/// Deepest nesting of a value that is passed over.
const DEEPEST: usize = 64;

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
    fn within(mut self, name: &str) -> Self {
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

/// A text being read.
#[derive(Clone)]
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// At the start of a text.
    pub fn new(text: &'a str) -> Self {
        Reader { text, at: 0 }
    }

    /// Nothing but blanks may follow.
    pub fn end(&mut self) -> Result<(), Error> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.expected("nothing more")),
        }
    }

    /// The `kind` of the object that starts here; it stays unread.
    pub fn kind(&self) -> Result<Cow<'a, str>, Error> {
        let mut ahead = self.clone();
        // It stands first in what the suite writes.
        if ahead.take('{', "an object").is_ok()
            && ahead.string().map_or(false, |name| name == "kind")
            && ahead.take(':', "':'").is_ok()
        {
            return ahead.string().map_err(|problem| problem.within("kind"));
        }
        let mut ahead = self.clone();
        let mut kind = None;
        let found = ahead.object(|reader, name| {
            if name != "kind" {
                return reader.skip();
            }
            kind = Some(reader.string()?);
            // What follows is not looked at here.
            Err(Error::new(""))
        });
        match (kind, found) {
            (Some(kind), _) => Ok(kind),
            (None, Err(problem)) => Err(problem),
            (None, Ok(())) => Err(Error::new("it is missing").within("kind")),
        }
    }

    /// An object: `field` reads the value that stands under each name.
    pub fn object<F>(&mut self, mut field: F) -> Result<(), Error>
    where
        F: FnMut(&mut Self, &str) -> Result<(), Error>,
    {
        self.take('{', "an object")?;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            let name = self.string()?;
            self.take(':', "':'")?;
            field(self, &name).map_err(|problem| problem.within(&name))?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(self.expected("',' or '}'")),
            }
        }
    }

    /// The fields of an object beside its `kind`.
    pub fn fields<F>(&mut self, mut field: F) -> Result<(), Error>
    where
        F: FnMut(&mut Self, &str) -> Result<(), Error>,
    {
        self.object(|reader, name| match name {
            "kind" => reader.string().map(|_| ()),
            name => field(reader, name),
        })
    }

    /// An object that has nothing but its `kind`.
    pub fn no_fields(&mut self) -> Result<(), Error> {
        self.fields(|_, _| Err(Error::no_such_field()))
    }

    /// A list of what `item` reads.
    pub fn list<T, F>(&mut self, mut item: F) -> Result<Vec<T>, Error>
    where
        F: FnMut(&mut Self) -> Result<T, Error>,
    {
        self.take('[', "a list")?;
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(items);
        }
        loop {
            let read = item(self);
            items.push(read.map_err(|problem| problem.within(&items.len().to_string()))?);
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(items);
                }
                _ => return Err(self.expected("',' or ']'")),
            }
        }
    }

    /// What `value` reads, or null.
    pub fn nullable<T, F>(&mut self, value: F) -> Result<Option<T>, Error>
    where
        F: FnOnce(&mut Self) -> Result<T, Error>,
    {
        if self.peek() == Some(b'n') {
            self.word_of_letters("null")?;
            return Ok(None);
        }
        value(self).map(Some)
    }

    /// `true` or `false`.
    pub fn boolean(&mut self) -> Result<bool, Error> {
        match self.peek() {
            Some(b't') => self.word_of_letters("true").map(|()| true),
            Some(b'f') => self.word_of_letters("false").map(|()| false),
            _ => Err(self.expected("true or false")),
        }
    }

    /// A whole number in `low..=high`.
    pub fn integer(&mut self, low: i64, high: i64) -> Result<i64, Error> {
        self.peek();
        let rest = &self.text.as_bytes()[self.at..];
        let is_part = |c: &u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'+' | b'.');
        let length = rest.iter().take_while(|c| is_part(c)).count();
        let text = &self.text[self.at..self.at + length];
        let digits = text.strip_prefix('-').unwrap_or(text);
        let plain = !digits.is_empty()
            && digits.bytes().all(|c| c.is_ascii_digit())
            && (digits == "0" || !digits.starts_with('0'));
        let number = if plain { text.parse::<i64>().ok() } else { None };
        match number {
            Some(number) if (low..=high).contains(&number) => {
                self.at += length;
                Ok(number)
            }
            _ => Err(self.expected(&format!("a whole number {}..{}", low, high))),
        }
    }

    /// A whole number in `low..=high`.
    pub fn u32(&mut self, low: u32, high: u32) -> Result<u32, Error> {
        // In range, so that nothing is cut.
        self.integer(i64::from(low), i64::from(high)).map(|number| number as u32)
    }

    /// A whole number in `low..=high`.
    pub fn i32(&mut self, low: i32, high: i32) -> Result<i32, Error> {
        self.integer(i64::from(low), i64::from(high)).map(|number| number as i32)
    }

    /// A 64-bit word, a string such as `"0xfee00000"`.
    pub fn word(&mut self) -> Result<u64, Error> {
        let mut ahead = self.clone();
        let text = ahead.string().unwrap_or_default();
        let digits = text.strip_prefix("0x").unwrap_or("");
        let is_digit = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        if (1..=16).contains(&digits.len()) && digits.bytes().all(is_digit) {
            if let Ok(word) = u64::from_str_radix(digits, 16) {
                self.at = ahead.at;
                return Ok(word);
            }
        }
        Err(self.expected("a string such as \"0xfee00000\""))
    }

    /// One of these strings: its position.
    pub fn name(&mut self, names: &[&str]) -> Result<usize, Error> {
        let found = self.string()?;
        names.iter().position(|name| *name == found).ok_or_else(|| Error::expected(&found, names))
    }

    /// Whether a string starts here.
    pub fn at_string(&mut self) -> bool {
        self.peek() == Some(b'"')
    }

    /// A string, copied only where it holds escapes.
    pub fn string(&mut self) -> Result<Cow<'a, str>, Error> {
        self.take('"', "a string")?;
        let start = self.at;
        let bytes = self.text.as_bytes();
        while let Some(&c) = bytes.get(self.at) {
            match c {
                b'"' => {
                    self.at += 1;
                    return Ok(Cow::Borrowed(&self.text[start..self.at - 1]));
                }
                b'\\' => return self.escaped(start).map(Cow::Owned),
                0..=0x1f => return Err(self.expected("no control character in a string")),
                _ => self.at += 1,
            }
        }
        Err(self.expected("the end of the string"))
    }

    /// The rest of a string from its first escape on.
    fn escaped(&mut self, start: usize) -> Result<String, Error> {
        let mut value = String::from(&self.text[start..self.at]);
        while let Some(c) = self.text[self.at..].chars().next() {
            self.at += c.len_utf8();
            match c {
                '"' => return Ok(value),
                '\\' => value.push(self.escape()?),
                '\0'..='\x1f' => break,
                c => value.push(c),
            }
        }
        Err(self.expected("the end of the string"))
    }

    fn escape(&mut self) -> Result<char, Error> {
        let letter = self.text.as_bytes().get(self.at).copied();
        self.at += usize::from(letter.map_or(false, |c| c.is_ascii()));
        Ok(match letter {
            Some(c @ (b'"' | b'\\' | b'/')) => c as char,
            Some(b'b') => '\x08',
            Some(b'f') => '\x0c',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let first = self.hex4()?;
                let mut code = first;
                if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with("\\u") {
                    self.at += 2;
                    let second = self.hex4()?.wrapping_sub(0xdc00);
                    if second < 0x400 {
                        code = 0x10000 + ((first - 0xd800) << 10) + second;
                    }
                }
                char::from_u32(code).ok_or_else(|| Error::new("found half of a surrogate pair"))?
            }
            _ => return Err(self.expected("an escape of JSON")),
        })
    }

    fn hex4(&mut self) -> Result<u32, Error> {
        let digits = self.text.get(self.at..self.at + 4).unwrap_or("");
        if digits.len() != 4 || !digits.bytes().all(|c| c.is_ascii_hexdigit()) {
            return Err(self.expected("four hex digits"));
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).map_err(|_| self.expected("four hex digits"))
    }

    /// Passes over one value of whatever kind.
    pub fn skip(&mut self) -> Result<(), Error> {
        self.skip_within(DEEPEST)
    }

    fn skip_within(&mut self, depth: usize) -> Result<(), Error> {
        if depth == 0 {
            return Err(Error::new(format!("it is nested deeper than {}", DEEPEST)));
        }
        match self.peek() {
            Some(b'{') => self.object(|reader, _| reader.skip_within(depth - 1)),
            Some(b'[') => self.list(|reader| reader.skip_within(depth - 1)).map(|_| ()),
            Some(b'"') => self.string().map(|_| ()),
            Some(b'n') => self.word_of_letters("null"),
            Some(b't' | b'f') => self.boolean().map(|_| ()),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.expected("a value")),
        }
    }

    /// A number of any kind.
    fn number(&mut self) -> Result<(), Error> {
        let is_part = |c: &u8| c.is_ascii_digit() || b"+-.eE".contains(c);
        let rest = &self.text.as_bytes()[self.at..];
        let length = rest.iter().take_while(|c| is_part(c)).count();
        let text = &self.text[self.at..self.at + length];
        let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
        let shape = matches!(digits.first(), Some(b'0'..=b'9'))
            && matches!(digits.last(), Some(b'0'..=b'9'))
            && !(digits.len() > 1 && digits[0] == b'0' && digits[1].is_ascii_digit());
        if !shape || text.parse::<f64>().is_err() {
            return Err(self.expected("a number"));
        }
        self.at += length;
        Ok(())
    }

    fn word_of_letters(&mut self, word: &'static str) -> Result<(), Error> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.expected(word));
        }
        self.at += word.len();
        Ok(())
    }

    /// The next character that is no blank.
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = bytes.get(self.at) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    fn take(&mut self, c: char, expected: &str) -> Result<(), Error> {
        if self.peek() != Some(c as u8) {
            return Err(self.expected(expected));
        }
        self.at += 1;
        Ok(())
    }

    fn expected(&self, expected: &str) -> Error {
        let rest = self.text.get(self.at..).unwrap_or("").trim_end();
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        let mut found: String = rest.chars().take(24).map(plain).collect();
        if found.is_empty() {
            found.push_str("the end");
        } else if found.len() < rest.len() {
            found.push('…');
        }
        Error::new(format!("found {}, expected {}", found, expected))
    }
}
