//! Message-signalled interrupts of one function: switched on and off, masked, told new messages.
use super::capability::{self, Msi, Msix};
use super::registers::{Registers, Space, Window};
use crate::irq::msi::Message;

const COMMAND: u32 = 0x04;
const INTX_DISABLE: u32 = 1 << 10;
/// Message Control stands here in both structures.
const CONTROL: u32 = 2;
const MSI_ENABLE: u32 = 1;
const MSIX_ENABLE: u32 = 1 << 15;
const MSIX_FUNCTION_MASK: u32 = 1 << 14;
const ENTRY: u32 = 16;
const VECTOR_CONTROL: u32 = 12;
const MASKED: u32 = 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// The request makes no sense, or the function has no such capability.
    Invalid,
    /// Fewer messages than asked for.
    TooFew,
    /// The function cannot send to this address.
    Address,
    /// Table or pending bits are not where the capability says.
    Window,
}

/// What a driver asks for. Message i has the datum of the first, plus i.
#[derive(Debug, Clone)]
pub struct Request {
    pub min: u32,
    pub max: u32,
    pub first: Message,
    /// Vectors that there are for this function.
    pub vectors: u32,
    /// MSI-X: table entries; none: the first ones.
    pub entries: Vec<u32>,
}

/// What is known of the function beside its registers.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Memory BARs that are assigned.
    pub windows: [Option<Window>; 6],
    /// INTx disable stops its MSI too: the bit is left alone.
    pub intx_bug: bool,
    /// A message of it reaches no CPU.
    pub no_msi: bool,
    pub address_bits: u32,
    /// Several MSI messages need aligned vectors, which an interrupt domain may not have.
    pub multi_msi: bool,
}

enum Mode {
    Off,
    Msi { at: u32, msi: Msi, count: u32, mask: u32 },
    Msix { at: u32, table: (u8, u32), started: Vec<(u32, u32)> },
}

/// The interrupts of one function.
pub struct Signalled {
    facts: Facts,
    mode: Mode,
}

impl Signalled {
    /// A function as firmware leaves it: what is on is switched off.
    pub fn probe(registers: &mut impl Registers, facts: Facts) -> Self {
        for (id, enable) in [(capability::MSI, MSI_ENABLE), (capability::MSIX, MSIX_ENABLE)] {
            if let Some(at) = capability::find(registers, id) {
                let control = registers.config16(at + CONTROL);
                if control & enable != 0 {
                    registers.write(Space::Config, at + CONTROL, 2, control & !enable);
                }
            }
        }
        Signalled { facts, mode: Mode::Off }
    }

    pub fn is_on(&self) -> bool {
        !matches!(self.mode, Mode::Off)
    }

    fn intx(&self, registers: &mut impl Registers, disable: bool) {
        if self.facts.intx_bug {
            return;
        }
        let command = registers.config16(COMMAND);
        let wanted = if disable { command | INTX_DISABLE } else { command & !INTX_DISABLE };
        if wanted != command {
            registers.write(Space::Config, COMMAND, 2, wanted);
        }
    }

    fn sends(&self, message: &Message, is_64: bool) -> bool {
        let bits = if is_64 { self.facts.address_bits } else { 32 };
        bits >= 64 || message.address_hi == 0 || u64::from(message.address_hi) >> (bits - 32) == 0
    }

    fn acceptable(&self, request: &Request) -> bool {
        !self.is_on() && !self.facts.no_msi && request.min >= 1 && request.min <= request.max
    }

    pub fn enable_msi(
        &mut self,
        registers: &mut impl Registers,
        request: &Request,
    ) -> Result<u32, Error> {
        if !self.acceptable(request) {
            return Err(Error::Invalid);
        }
        let at = capability::find(registers, capability::MSI).ok_or(Error::Invalid)?;
        let msi = self.read(registers, at, Msi::parse).ok_or(Error::Invalid)?;
        let wanted = if self.facts.multi_msi { request.max.min(msi.capable()) } else { 1 };
        let count = wanted.min(request.vectors);
        if count < request.min || count == 0 {
            return Err(Error::TooFew);
        }
        if !self.sends(&request.first, msi.is_64()) {
            return Err(Error::Address);
        }
        let control = msi.control & !(MSI_ENABLE | 7 << 4);
        registers.write(Space::Config, at + CONTROL, 2, control);
        let mask = bits(msi.capable());
        if let Some(offset) = msi.mask() {
            registers.write(Space::Config, at + offset, 4, mask);
        }
        let allocated = control | count.next_power_of_two().trailing_zeros() << 4;
        registers.write(Space::Config, at + CONTROL, 2, allocated);
        self.msi_message(registers, at, &msi, &request.first);
        self.intx(registers, true);
        registers.write(Space::Config, at + CONTROL, 2, allocated | MSI_ENABLE);
        self.mode = Mode::Msi { at, msi, count, mask };
        Ok(count)
    }

    fn msi_message(&self, registers: &mut impl Registers, at: u32, msi: &Msi, m: &Message) {
        registers.write(Space::Config, at + 4, 4, m.address_lo);
        if msi.is_64() {
            registers.write(Space::Config, at + 8, 4, m.address_hi);
        }
        registers.write(Space::Config, at + msi.data(), 2, m.data & 0xffff);
    }

    pub fn enable_msix(
        &mut self,
        registers: &mut impl Registers,
        request: &Request,
    ) -> Result<u32, Error> {
        if !self.acceptable(request) {
            return Err(Error::Invalid);
        }
        let at = capability::find(registers, capability::MSIX).ok_or(Error::Invalid)?;
        let msix = self.read(registers, at, Msix::parse).ok_or(Error::Invalid)?;
        // A driver that knows its entries gets all of them or none.
        let wanted = request.max.min(msix.entries()).min(request.vectors);
        if wanted < request.min {
            return Err(Error::TooFew);
        }
        let entries = self.entries(&msix, request, wanted).ok_or(Error::Invalid)?;
        self.windows(&msix).ok_or(Error::Window)?;
        if !self.sends(&request.first, true) {
            return Err(Error::Address);
        }
        let control = msix.control | MSIX_ENABLE | MSIX_FUNCTION_MASK;
        registers.write(Space::Config, at + CONTROL, 2, control);
        let table = msix.table();
        for entry in 0..msix.entries() {
            let offset = table.1 + entry * ENTRY + VECTOR_CONTROL;
            let found = registers.read(Space::Bar(table.0), offset, 4);
            registers.write(Space::Bar(table.0), offset, 4, found | MASKED);
        }
        let mut started = Vec::new();
        for (i, &entry) in entries.iter().enumerate() {
            let data = request.first.data.wrapping_add(i as u32);
            let offset = table.1 + entry * ENTRY;
            write_entry(registers, table.0, offset, &Message { data, ..request.first });
            started.push((entry, registers.read(Space::Bar(table.0), offset + VECTOR_CONTROL, 4)));
        }
        self.intx(registers, true);
        registers.write(Space::Config, at + CONTROL, 2, control & !MSIX_FUNCTION_MASK);
        self.mode = Mode::Msix { at, table, started };
        Ok(wanted)
    }

    /// Reads a capability as bytes and lets `parse` make what it can of it.
    fn read<T>(
        &self,
        registers: &mut impl Registers,
        at: u32,
        parse: fn(&[u8], usize) -> Option<T>,
    ) -> Option<T> {
        let mut bytes = [0; 256];
        // The longest structure is 24 bytes.
        for offset in (at..256.min(at + 24)).step_by(4) {
            let word = registers.config32(offset);
            bytes[offset as usize..offset as usize + 4].copy_from_slice(&word.to_le_bytes());
        }
        parse(&bytes, at as usize)
    }

    fn entries(&self, msix: &Msix, request: &Request, count: u32) -> Option<Vec<u32>> {
        if request.entries.is_empty() {
            return Some((0..count).collect());
        }
        let mut seen = request.entries.clone();
        seen.sort_unstable();
        let doubled = seen.windows(2).any(|pair| pair[0] == pair[1]);
        let beyond = seen.last().map_or(false, |&last| last >= msix.entries());
        (!doubled && !beyond).then(|| request.entries[..count as usize].to_vec())
    }

    /// Table and pending bits lie in BARs that are memory and assigned.
    fn windows(&self, msix: &Msix) -> Option<()> {
        let n = u64::from(msix.entries());
        for ((bar, offset), bytes) in [(msix.table(), 16 * n), (msix.pba(), (n + 63) / 64 * 8)] {
            let window = (*self.facts.windows.get(usize::from(bar))?)?;
            if u64::from(offset) + bytes > window.bytes {
                return None;
            }
        }
        Some(())
    }

    pub fn disable(&mut self, registers: &mut impl Registers) {
        match std::mem::replace(&mut self.mode, Mode::Off) {
            Mode::Off => return,
            Mode::Msi { at, msi, .. } => {
                let control = registers.config16(at + CONTROL);
                registers.write(Space::Config, at + CONTROL, 2, control & !MSI_ENABLE);
                if let Some(offset) = msi.mask() {
                    registers.write(Space::Config, at + offset, 4, 0);
                }
            }
            Mode::Msix { at, table, started } => {
                for (entry, control) in started {
                    let offset = table.1 + entry * ENTRY + VECTOR_CONTROL;
                    registers.write(Space::Bar(table.0), offset, 4, control | MASKED);
                }
                let control = registers.config16(at + CONTROL);
                registers.write(Space::Config, at + CONTROL, 2, control & !MSIX_ENABLE);
            }
        }
        self.intx(registers, false);
    }

    /// Masks or unmasks a message or a table entry. False: it is not in use.
    pub fn set_mask(&mut self, registers: &mut impl Registers, index: u32, masked: bool) -> bool {
        match &mut self.mode {
            Mode::Msi { at, msi, count, mask } if index < *count => {
                let bit = 1 << index;
                *mask = if masked { *mask | bit } else { *mask & !bit };
                if let Some(offset) = msi.mask() {
                    registers.write(Space::Config, *at + offset, 4, *mask);
                }
                true
            }
            Mode::Msix { table, started, .. } => {
                let control = match started.iter_mut().find(|(entry, _)| *entry == index) {
                    Some((_, control)) => control,
                    None => return false,
                };
                *control = if masked { *control | MASKED } else { *control & !MASKED };
                let offset = table.1 + index * ENTRY + VECTOR_CONTROL;
                registers.write(Space::Bar(table.0), offset, 4, *control);
                registers.read(Space::Bar(table.0), offset, 4);
                true
            }
            _ => false,
        }
    }

    /// Another message for an interrupt in use, which may be unmasked.
    pub fn write_message(
        &mut self,
        registers: &mut impl Registers,
        index: u32,
        message: &Message,
    ) -> Result<(), Error> {
        match &self.mode {
            Mode::Msi { at, msi, .. } if index == 0 => {
                if !self.sends(message, msi.is_64()) {
                    return Err(Error::Address);
                }
                self.msi_message(registers, *at, msi, message);
                Ok(())
            }
            Mode::Msix { table, started, .. } => {
                let &(_, control) =
                    started.iter().find(|(entry, _)| *entry == index).ok_or(Error::Invalid)?;
                if !self.sends(message, true) {
                    return Err(Error::Address);
                }
                let bar = Space::Bar(table.0);
                let offset = table.1 + index * ENTRY;
                // An entry that changes while it is unmasked may send half of each message.
                registers.write(bar, offset + VECTOR_CONTROL, 4, control | MASKED);
                write_entry(registers, table.0, offset, message);
                registers.write(bar, offset + VECTOR_CONTROL, 4, control);
                registers.read(bar, offset, 4);
                Ok(())
            }
            _ => Err(Error::Invalid),
        }
    }
}

fn bits(count: u32) -> u32 {
    u32::MAX >> (32 - count)
}

fn write_entry(registers: &mut impl Registers, bar: u8, offset: u32, message: &Message) {
    registers.write(Space::Bar(bar), offset, 4, message.address_lo);
    registers.write(Space::Bar(bar), offset + 4, 4, message.address_hi);
    registers.write(Space::Bar(bar), offset + 8, 4, message.data);
}
