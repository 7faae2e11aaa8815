//! Registers of a device that is not there: what a harness lets a kernel module read and write.
use alloc::collections::BTreeMap;

/// 32-bit words, each with the bits that a write keeps; little endian. A module's accesses of 1, 2
/// or 4 bytes are answered from here, and the harness tells the suite which they were: what the
/// device makes of them is the suite's business.
#[derive(Debug, Clone, Default)]
pub struct Registers {
    /// By offset: value and writable bits.
    words: BTreeMap<u32, (u32, u32)>,
    /// Writable bits of a word that was never set.
    unset: u32,
}

impl Registers {
    /// Every word that is not [`set`](Registers::set) reads zero and keeps nothing.
    pub fn new() -> Self {
        Registers::default()
    }

    /// Every word that is not [`set`](Registers::set) is zero and keeps what is written.
    pub fn memory() -> Self {
        Registers { unset: u32::MAX, ..Registers::default() }
    }

    /// The word at `offset`, a multiple of 4.
    pub fn set(&mut self, offset: u32, value: u32, writable: u32) {
        self.words.insert(offset, (value, writable));
    }

    fn word(&self, offset: u32) -> (u32, u32) {
        self.words.get(&offset).copied().unwrap_or((0, self.unset))
    }

    /// `width` bytes, 1, 2 or 4, that do not cross a word.
    pub fn read(&self, offset: u32, width: u32) -> u32 {
        self.word(offset & !3).0 >> shift(offset) & mask(width)
    }

    /// Bits that are not writable stay.
    pub fn write(&mut self, offset: u32, width: u32, value: u32) {
        let (held, writable) = self.word(offset & !3);
        let kept = writable & mask(width) << shift(offset);
        let value = held & !kept | value << shift(offset) & kept;
        self.words.insert(offset & !3, (value, writable));
    }
}

fn shift(offset: u32) -> u32 {
    (offset & 3) * 8
}

fn mask(width: u32) -> u32 {
    match width {
        1 => 0xff,
        2 => 0xffff,
        _ => u32::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::Registers;

    #[test]
    fn a_write_keeps_what_is_not_writable() {
        let mut registers = Registers::new();
        registers.set(0x40, 0x0086_0005, 0x0071_0000);
        registers.write(0x42, 2, 0xffff);
        assert_eq!(registers.read(0x40, 4), 0x00f7_0005);
        assert_eq!(registers.read(0x42, 2), 0x00f7);
        registers.write(0x42, 1, 0);
        assert_eq!(registers.read(0x42, 1), 0x86);
        registers.write(0x10, 4, 7);
        assert_eq!(registers.read(0x10, 4), 0);
    }

    #[test]
    fn memory_keeps_all() {
        let mut memory = Registers::memory();
        memory.write(0x2001, 1, 0xab);
        assert_eq!(memory.read(0x2000, 4), 0xab00);
        assert_eq!(memory.read(0x2001, 1), 0xab);
    }
}
