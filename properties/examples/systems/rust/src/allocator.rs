//! Per-CPU interrupt vectors: `core` alone, no allocation, no panic on legal use.

/// Width of the x86 IDT.
pub const VECTORS: usize = 256;
pub const MAX_CPUS: usize = 64;

#[derive(Clone, Copy)]
struct Cpu {
    online: bool,
    available: u32,
    /// One bit a vector.
    allocated: [u64; VECTORS / 64],
}

const BLANK: Cpu = Cpu { online: false, available: 0, allocated: [0; VECTORS / 64] };

#[derive(Debug, PartialEq)]
pub enum Error {
    /// The mask is empty.
    Invalid,
    /// No online CPU of the mask has a free vector.
    NoSpace,
}

pub struct VectorAllocator {
    start: u32,
    end: u32,
    system: [u64; VECTORS / 64],
    cpus: [Cpu; MAX_CPUS],
    /// The planted bug: a free releases the vector on CPU 0 instead of its owner.
    pub free_on_cpu0: bool,
}

fn test(map: &[u64; VECTORS / 64], vector: u32) -> bool {
    map[vector as usize / 64] >> (vector % 64) & 1 == 1
}

impl VectorAllocator {
    /// Device vectors are `[start, end)` without the system vectors.
    pub fn new(start: u32, end: u32, system: &[u32]) -> Self {
        let mut bits = [0; VECTORS / 64];
        for &vector in system {
            bits[vector as usize / 64] |= 1 << (vector % 64);
        }
        let taken = system.iter().filter(|&&v| v >= start && v < end).count();
        let cpu = Cpu { available: end - start - taken as u32, ..BLANK };
        VectorAllocator { start, end, system: bits, cpus: [cpu; MAX_CPUS], free_on_cpu0: false }
    }

    pub fn set_online(&mut self, cpu: u32, online: bool) {
        self.cpus[cpu as usize].online = online;
    }

    /// The lowest free vector of the CPU with most available ones; the lowest CPU on a tie.
    pub fn alloc(&mut self, mask: &[u32]) -> Result<(u32, u32), Error> {
        if mask.is_empty() {
            return Err(Error::Invalid);
        }
        let mut best = None;
        let mut most = 0;
        for &number in mask {
            let cpu = &self.cpus[number as usize];
            if cpu.online && cpu.available > most {
                most = cpu.available;
                best = Some(number);
            }
        }
        let number = best.ok_or(Error::NoSpace)?;
        let cpu = &mut self.cpus[number as usize];
        let vector = (self.start..self.end)
            .find(|&v| !test(&self.system, v) && !test(&cpu.allocated, v))
            .ok_or(Error::NoSpace)?;
        cpu.allocated[vector as usize / 64] |= 1 << (vector % 64);
        cpu.available -= 1;
        Ok((number, vector))
    }

    /// False: the vector was not allocated there, and nothing changed.
    pub fn free(&mut self, cpu: u32, vector: u32) -> bool {
        let owner = &mut self.cpus[if self.free_on_cpu0 { 0 } else { cpu as usize }];
        if vector as usize >= VECTORS || !test(&owner.allocated, vector) {
            return false;
        }
        owner.allocated[vector as usize / 64] &= !(1 << (vector % 64));
        owner.available += 1;
        true
    }

    pub fn allocated_count(&self, cpu: u32) -> u32 {
        self.cpus[cpu as usize].allocated.iter().map(|word| word.count_ones()).sum()
    }
}
