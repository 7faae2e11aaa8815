//! How this kernel reaches the registers of a PCI function.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    Config,
    /// Memory behind a base address register.
    Bar(u8),
}

/// Registers of one function. Offsets are in bytes, widths 1, 2 or 4.
pub trait Registers {
    fn read(&mut self, space: Space, offset: u32, width: u32) -> u32;
    fn write(&mut self, space: Space, offset: u32, width: u32, value: u32);

    fn config8(&mut self, offset: u32) -> u32 {
        self.read(Space::Config, offset, 1)
    }

    fn config16(&mut self, offset: u32) -> u32 {
        self.read(Space::Config, offset, 2)
    }

    fn config32(&mut self, offset: u32) -> u32 {
        self.read(Space::Config, offset, 4)
    }
}

/// A memory BAR as it is assigned.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    pub bytes: u64,
}
