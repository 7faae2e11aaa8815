//! The capability list of configuration space, and what MSI and MSI-X say there.
use super::registers::Registers;

pub const MSI: u32 = 0x05;
pub const MSIX: u32 = 0x11;

const STATUS: u32 = 0x06;
/// Status bit 4: there is a list.
const STATUS_LIST: u32 = 1 << 4;
const HEADER_TYPE: u32 = 0x0e;
/// Below it is the header.
const FIRST: u32 = 0x40;
/// Positions of a capability in 256 bytes: no list without a cycle is longer.
const MOST: u32 = 48;
/// Capabilities lie in the first 256 bytes.
const SPACE: usize = 256;

/// Where the first capability with this id stands.
pub fn find(registers: &mut impl Registers, id: u32) -> Option<u32> {
    if registers.config16(STATUS) & STATUS_LIST == 0 {
        return None;
    }
    let start = match registers.config8(HEADER_TYPE) & 0x7f {
        0 | 1 => 0x34,
        2 => 0x14,
        _ => return None,
    };
    let mut next = registers.config8(start);
    for _ in 0..MOST {
        if next < FIRST {
            return None;
        }
        let at = next & !3;
        let header = registers.config16(at);
        match header & 0xff {
            0xff => return None,
            found if found == id => return Some(at),
            _ => next = header >> 8,
        }
    }
    None
}

fn half(bytes: &[u8], at: usize) -> u32 {
    u32::from(bytes[at]) | u32::from(bytes[at + 1]) << 8
}

fn word(bytes: &[u8], at: usize) -> u32 {
    half(bytes, at) | half(bytes, at + 2) << 16
}

/// The bytes of a structure, if all of them are there.
fn structure(bytes: &[u8], at: usize, size: usize) -> Option<&[u8]> {
    bytes[..bytes.len().min(SPACE)].get(at..at.checked_add(size)?)
}

/// An MSI capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Msi {
    pub control: u32,
}

impl Msi {
    pub fn parse(bytes: &[u8], at: usize) -> Option<Msi> {
        let msi = Msi { control: half(structure(bytes, at, 4)?, 2) };
        structure(bytes, at, msi.size() as usize).map(|_| msi)
    }

    pub fn enabled(&self) -> bool {
        self.control & 1 != 0
    }

    pub fn is_64(&self) -> bool {
        self.control & 1 << 7 != 0
    }

    pub fn maskable(&self) -> bool {
        self.control & 1 << 8 != 0
    }

    /// Messages that the function can send; encodings above 32 are reserved.
    pub fn capable(&self) -> u32 {
        1 << (self.control >> 1 & 7).min(5)
    }

    /// log2 of the messages that it may send.
    pub fn allocated_log2(&self) -> u32 {
        self.control >> 4 & 7
    }

    /// Offset of the 16-bit datum.
    pub fn data(&self) -> u32 {
        if self.is_64() {
            0x0c
        } else {
            0x08
        }
    }

    /// Offset of the mask register, where there is one.
    pub fn mask(&self) -> Option<u32> {
        self.maskable().then(|| self.data() + 4)
    }

    pub fn pending(&self) -> Option<u32> {
        self.maskable().then(|| self.data() + 8)
    }

    pub fn size(&self) -> u32 {
        self.data() + if self.maskable() { 12 } else { 2 }
    }
}

/// An MSI-X capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Msix {
    pub control: u32,
    table: u32,
    pba: u32,
}

impl Msix {
    pub fn parse(bytes: &[u8], at: usize) -> Option<Msix> {
        let bytes = structure(bytes, at, 12)?;
        Some(Msix { control: half(bytes, 2), table: word(bytes, 4), pba: word(bytes, 8) })
    }

    pub fn entries(&self) -> u32 {
        (self.control & 0x7ff) + 1
    }

    pub fn function_mask(&self) -> bool {
        self.control & 1 << 14 != 0
    }

    pub fn enabled(&self) -> bool {
        self.control & 1 << 15 != 0
    }

    /// BAR and byte offset of the table.
    pub fn table(&self) -> (u8, u32) {
        ((self.table & 7) as u8, self.table & !7)
    }

    /// BAR and byte offset of the pending bits.
    pub fn pba(&self) -> (u8, u32) {
        ((self.pba & 7) as u8, self.pba & !7)
    }

    /// Byte offset in the pending bits and bit of the 64-bit word there.
    pub fn pending_bit(entry: u32) -> (u32, u32) {
        (entry / 64 * 8, entry % 64)
    }
}
