//! Message-signalled interrupts without remapping: the address and datum that a device writes,
//! and blocks of vectors for devices that send several messages.

/// What a device writes to raise an interrupt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    pub address_lo: u32,
    pub address_hi: u32,
    pub data: u32,
}

/// How messages name a CPU.
#[derive(Debug, Clone, Copy)]
pub struct Addressing {
    /// Logical destination mode.
    pub logical: bool,
    /// Destination ids of 15 bits, where the hypervisor promises them.
    pub extended: bool,
}

/// Bits [31:20] of the address of every interrupt message.
const WINDOW: u32 = 0xfee0_0000;
/// Address bit 2: logical destination mode.
const LOGICAL: u32 = 1 << 2;
/// Vectors below it belong to the architecture.
const FIRST_VALID: u32 = 0x10;

impl Addressing {
    /// The highest destination that a message can name.
    fn reach(&self) -> u32 {
        if self.extended {
            0x7fff
        } else {
            0xff
        }
    }

    /// The message that raises `vector` at a destination. None: there is no such message.
    pub fn compose(&self, dest: u32, vector: u32) -> Option<Message> {
        if vector < FIRST_VALID || dest > self.reach() {
            return None;
        }
        let mode = if self.logical { LOGICAL } else { 0 };
        // Id bits [7:0] are address bits [19:12]; bits [14:8] are address bits [11:5].
        let id = (dest & 0xff) << 12 | (dest >> 8) << 5;
        Some(Message { address_lo: WINDOW | id | mode, address_hi: 0, data: vector })
    }

    /// Whether an address is one that [`Addressing::compose`] makes.
    pub fn valid(&self, lo: u32, hi: u32) -> bool {
        let wide = if self.extended { 0 } else { 0xfe0 };
        // Redirection hint, format and the low bits are never set.
        let zero = 0b1_1011 | wide;
        hi == 0
            && lo & 0xfff0_0000 == WINDOW
            && lo & zero == 0
            && (lo & LOGICAL != 0) == self.logical
    }
}

/// Vectors `base..base + size` of a CPU that belong to one device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    pub device: u32,
    pub cpu: u32,
    pub base: u32,
    pub size: u32,
}

/// Blocks of vectors for multi-message devices.
pub struct Blocks {
    /// Device vectors are `first..end`.
    first: u32,
    end: u32,
    blocks: Vec<Block>,
}

impl Blocks {
    pub fn new(first: u32, end: u32) -> Self {
        Blocks { first, end, blocks: Vec::new() }
    }

    /// Vectors for `count` messages: a power of two of them, aligned, since the device replaces
    /// the low bits of its datum; or a single one where there is no such block.
    pub fn allocate(&mut self, device: u32, cpu: u32, count: u32) -> Option<Block> {
        let size = count.next_power_of_two();
        let (base, size) = match self.free_base(cpu, size) {
            Some(base) => (base, size),
            None => (self.free_base(cpu, 1)?, 1),
        };
        let block = Block { device, cpu, base, size };
        self.blocks.push(block);
        Some(block)
    }

    /// Gives back all that a device has.
    pub fn release(&mut self, device: u32) {
        self.blocks.retain(|block| block.device != device);
    }

    pub fn all(&self) -> &[Block] {
        &self.blocks
    }

    fn free_base(&self, cpu: u32, size: u32) -> Option<u32> {
        let first = (self.first + size - 1) / size * size;
        (first..self.end).step_by(size as usize).find(|&base| {
            base + size <= self.end
                && !self.blocks.iter().any(|block| {
                    block.cpu == cpu && base < block.base + block.size && block.base < base + size
                })
        })
    }
}
