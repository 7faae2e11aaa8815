//! Page frames, one bit each.

pub const FRAME_SIZE: usize = 4096;

/// Frames `0..count`.
pub struct Frames {
    used: Vec<bool>,
}

impl Frames {
    pub fn new(count: usize) -> Self {
        Frames { used: vec![false; count] }
    }

    /// The lowest free frame.
    pub fn alloc(&mut self) -> Option<usize> {
        let frame = self.used.iter().position(|used| !used)?;
        self.used[frame] = true;
        Some(frame)
    }

    pub fn free(&mut self, frame: usize) {
        self.used[frame] = false;
    }
}
