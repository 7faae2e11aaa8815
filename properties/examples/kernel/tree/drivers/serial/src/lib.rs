//! The 16550 UART.

pub const COM1: u16 = 0x3f8;
/// Input clock of the divisor, in baud.
const CLOCK: u32 = 115_200;

/// The divisor for a rate.
pub fn divisor(baud: u32) -> u16 {
    (CLOCK / baud) as u16
}
