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

const BLANK: Cpu = Cpu {
    online: false,
    available: 0,
    allocated: [0; VECTORS / 64],
};

#[derive(Debug, PartialEq)]
pub enum Error {
    /// The mask is empty.
    Invalid,
    /// No online CPU of the mask has a free vector.
    NoSpace,
}

pub struct VectorAllocator {
    start: usize,
    end: usize,
    system: [u64; VECTORS / 64],
    cpus: [Cpu; MAX_CPUS],
    /// The planted bug: a free releases the vector on CPU 0 instead of its owner.
    pub free_on_cpu0: bool,
}

fn test(map: &[u64; VECTORS / 64], vector: usize) -> bool {
    map[vector / 64] >> (vector % 64) & 1 == 1
}

impl VectorAllocator {
    /// Device vectors are `[start, end)` without the system vectors.
    pub fn new(start: usize, end: usize, system: &[usize]) -> Self {
        let mut bits = [0; VECTORS / 64];
        for &vector in system {
            bits[vector / 64] |= 1 << (vector % 64);
        }
        let taken = system.iter().filter(|&&v| v >= start && v < end).count();
        let cpu = Cpu {
            available: (end - start - taken) as u32,
            ..BLANK
        };
        VectorAllocator {
            start,
            end,
            system: bits,
            cpus: [cpu; MAX_CPUS],
            free_on_cpu0: false,
        }
    }

    pub fn set_online(&mut self, cpu: usize, online: bool) {
        self.cpus[cpu].online = online;
    }

    /// The lowest free vector of the CPU with most available ones; the lowest CPU on a tie.
    pub fn alloc(&mut self, mask: &[usize]) -> Result<(usize, usize), Error> {
        if mask.is_empty() {
            return Err(Error::Invalid);
        }
        let mut best = None;
        let mut most = 0;
        for &cpu in mask {
            if self.cpus[cpu].online && self.cpus[cpu].available > most {
                most = self.cpus[cpu].available;
                best = Some(cpu);
            }
        }
        let cpu = best.ok_or(Error::NoSpace)?;
        let taken = &self.cpus[cpu].allocated;
        let vector = (self.start..self.end)
            .find(|&v| !test(&self.system, v) && !test(taken, v))
            .ok_or(Error::NoSpace)?;
        self.cpus[cpu].allocated[vector / 64] |= 1 << (vector % 64);
        self.cpus[cpu].available -= 1;
        Ok((cpu, vector))
    }

    /// False: the vector was not allocated there, and nothing changed.
    pub fn free(&mut self, cpu: usize, vector: usize) -> bool {
        let owner = &mut self.cpus[if self.free_on_cpu0 { 0 } else { cpu }];
        if vector >= VECTORS || !test(&owner.allocated, vector) {
            return false;
        }
        owner.allocated[vector / 64] &= !(1 << (vector % 64));
        owner.available += 1;
        true
    }

    pub fn allocated_count(&self, cpu: usize) -> u32 {
        self.cpus[cpu]
            .allocated
            .iter()
            .map(|word| word.count_ones())
            .sum()
    }
}
