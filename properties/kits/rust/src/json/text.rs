//! Strings, with their escapes, and what is written as a string.
use super::{Error, Reader};
use alloc::borrow::Cow;
use alloc::string::String;

impl<'a> Reader<'a> {
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
}
