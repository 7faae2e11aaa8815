//! Reads JSON in one pass; only lists and strings allocate.
use super::Error;
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Deepest nesting of a value that is passed over.
const DEEPEST: usize = 64;

/// A text being read.
#[derive(Clone)]
pub struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
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
    pub(super) fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = bytes.get(self.at) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    pub(super) fn take(&mut self, c: char, expected: &str) -> Result<(), Error> {
        if self.peek() != Some(c as u8) {
            return Err(self.expected(expected));
        }
        self.at += 1;
        Ok(())
    }

    pub(super) fn expected(&self, expected: &str) -> Error {
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
