//! Interrupt vectors of each CPU: who may use which entry of the IDT.

/// Entries of the IDT.
pub const VECTORS: u32 = 256;

/// One bit for each vector.
#[derive(Clone, Copy, Default)]
struct Bitmap([u64; 4]);

impl Bitmap {
    fn get(&self, vector: u32) -> bool {
        self.0[vector as usize / 64] >> (vector % 64) & 1 != 0
    }

    fn set(&mut self, vector: u32) {
        self.0[vector as usize / 64] |= 1 << (vector % 64);
    }

    fn clear(&mut self, vector: u32) {
        self.0[vector as usize / 64] &= !(1 << (vector % 64));
    }
}

#[derive(Clone, Default)]
struct Cpu {
    online: bool,
    /// Set up when it came online for the first time.
    ready: bool,
    available: u32,
    taken: Bitmap,
}

/// Why there is no vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VectorError {
    /// No CPU was named.
    NoCpu,
    /// No CPU that was named is online and has a free vector.
    Exhausted,
}

/// The vectors of all CPUs.
pub struct VectorAllocator {
    /// Device vectors are `first..end`.
    first: u32,
    end: u32,
    /// Vectors with a fixed use on every CPU.
    system: Bitmap,
    cpus: Vec<Cpu>,
}

impl VectorAllocator {
    pub fn new(cpus: u32, first: u32, end: u32, system: &[u32]) -> Self {
        let mut map = Bitmap::default();
        for &vector in system {
            map.set(vector);
        }
        VectorAllocator { first, end, system: map, cpus: vec![Cpu::default(); cpus as usize] }
    }

    /// Takes a CPU into use. What it had before it went away it has again.
    pub fn online(&mut self, cpu: u32) {
        let room = self.capacity();
        let cpu = &mut self.cpus[cpu as usize];
        if !cpu.ready {
            cpu.ready = true;
            cpu.available = room;
        }
        cpu.online = true;
    }

    /// Takes a CPU out of use. Its vectors stay with their owners.
    pub fn offline(&mut self, cpu: u32) {
        self.cpus[cpu as usize].online = false;
    }

    /// A vector on one of the CPUs: where most are free, so that the load is spread.
    pub fn alloc(&mut self, mask: &[u32]) -> Result<(u32, u32), VectorError> {
        if mask.is_empty() {
            return Err(VectorError::NoCpu);
        }
        let mut best: Option<u32> = None;
        for &cpu in mask {
            let here = &self.cpus[cpu as usize];
            if !here.online || here.available == 0 {
                continue;
            }
            if best.map_or(true, |b| here.available > self.cpus[b as usize].available) {
                best = Some(cpu);
            }
        }
        let cpu = best.ok_or(VectorError::Exhausted)?;
        let vector = self.lowest_free(cpu).ok_or(VectorError::Exhausted)?;
        let owner = &mut self.cpus[cpu as usize];
        owner.taken.set(vector);
        owner.available -= 1;
        Ok((cpu, vector))
    }

    /// Gives a vector back to the CPU that it belongs to. False: nobody had it.
    pub fn free(&mut self, cpu: u32, vector: u32) -> bool {
        let owner = &mut self.cpus[cpu as usize];
        if vector >= VECTORS || !owner.taken.get(vector) {
            return false;
        }
        owner.taken.clear(vector);
        owner.available += 1;
        true
    }

    /// Device vectors in use on a CPU, ascending.
    pub fn allocated(&self, cpu: u32) -> Vec<u32> {
        let taken = &self.cpus[cpu as usize].taken;
        (0..VECTORS).filter(|&vector| taken.get(vector)).collect()
    }

    pub fn available(&self, cpu: u32) -> u32 {
        self.cpus[cpu as usize].available
    }

    pub fn is_online(&self, cpu: u32) -> bool {
        self.cpus[cpu as usize].online
    }

    /// Device vectors that a CPU has when none is in use.
    fn capacity(&self) -> u32 {
        (self.first..self.end).filter(|&vector| !self.system.get(vector)).count() as u32
    }

    fn lowest_free(&self, cpu: u32) -> Option<u32> {
        let taken = &self.cpus[cpu as usize].taken;
        (self.first..self.end).find(|&v| !self.system.get(v) && !taken.get(v))
    }
}
