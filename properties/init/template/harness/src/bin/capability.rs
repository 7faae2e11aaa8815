//! MSI and MSI-X capabilities under judgement: `redbear-spec explain irq/capability`.
use redbear_spec::irq::capability::{
    Area, Capability, Command, Config, Errno, RegisterAccess, Response, Space,
};
use redbear_spec::{serve, Refused, Registers, System};

const COMMAND: u32 = 0x04;
const INTX_DISABLE: u32 = 1 << 10;
const STATUS: u32 = 0x06;
const HEADER_TYPE: u32 = 0x0e;
const MSI: u32 = 0x05;
const MSIX: u32 = 0x11;

/// Configuration space of the function that was plugged: register memory, no device. What the
/// device makes of the accesses is the suite's business, so each of them is noted.
#[derive(Default)]
struct Function {
    registers: Registers,
    bus: Vec<RegisterAccess>,
}

impl Function {
    fn note(&mut self, write: bool, offset: u32, width: u32, value: u32) -> u32 {
        self.bus.push(RegisterAccess { write, space: Space::Config, offset, width, value });
        value
    }

    fn read(&mut self, offset: u32, width: u32) -> u32 {
        let value = self.registers.read(offset, width);
        self.note(false, offset, width, value)
    }

    fn write(&mut self, offset: u32, width: u32, value: u32) {
        self.registers.write(offset, width, value);
        self.note(true, offset, width, value);
    }
}

/// Looks for a capability. PUT YOUR OWN MODULE HERE, for this and for the functions below: let it
/// read and write through `Function`, call it in `command`, and delete these.
fn find(f: &mut Function, id: u32) -> Option<u32> {
    if f.read(STATUS, 2) & 0x10 == 0 {
        return None;
    }
    let mut at = match f.read(HEADER_TYPE, 1) & 0x7f {
        0 | 1 => f.read(0x34, 1),
        2 => f.read(0x14, 1),
        _ => return None,
    };
    // As many headers as there is room for: a list that bites its tail ends as well.
    for _ in 0..48 {
        if at < 0x40 {
            return None;
        }
        at &= !3;
        let header = f.read(at, 2);
        match header & 0xff {
            0xff => return None,
            found if found == id => return Some(at),
            _ => at = header >> 8,
        }
    }
    None
}

/// An MSI capability by its control word; 6 and 7 are reserved for the log2 of its messages.
struct Msi(u32);

impl Msi {
    fn wide(&self) -> bool {
        self.0 & 0x80 != 0
    }

    fn maskable(&self) -> bool {
        self.0 & 0x100 != 0
    }

    /// Where the data is, after the address.
    fn data(&self) -> u32 {
        if self.wide() {
            12
        } else {
            8
        }
    }

    fn size(&self) -> u32 {
        self.data() + if self.maskable() { 12 } else { 2 }
    }
}

/// Reads what stands at `at`; it must end in the buffer, and in the first 256 bytes.
fn parse(capability: Capability, buffer: &[u8], at: usize) -> Option<Response> {
    let bytes = buffer.get(at..buffer.len().min(0x100))?;
    let half = |i: usize| Some(u32::from(*bytes.get(i)?) | u32::from(*bytes.get(i + 1)?) << 8);
    let word = |i: usize| Some(half(i)? | half(i + 2)? << 16);
    let bits = half(2)?;
    if capability == Capability::Msix {
        let (table, pba) = (word(4)?, word(8)?);
        return Some(Response::Msix {
            entries: (bits & 0x7ff) + 1,
            enabled: bits & 0x8000 != 0,
            function_mask: bits & 0x4000 != 0,
            table_bar: table & 7,
            table_offset: table & !7,
            pba_bar: pba & 7,
            pba_offset: pba & !7,
        });
    }
    let msi = Msi(bits);
    if msi.size() as usize > bytes.len() || bits >> 1 & 7 > 5 {
        return None;
    }
    let behind = |there: bool, offset: u32| if there { offset } else { 0 };
    Some(Response::Msi {
        is64: msi.wide(),
        maskable: msi.maskable(),
        capable: 1 << (bits >> 1 & 7),
        enabled: bits & 1 != 0,
        allocated_log2: bits >> 4 & 7,
        address: 4,
        address_high: behind(msi.wide(), 8),
        data: msi.data(),
        mask: behind(msi.maskable(), msi.data() + 4),
        pending: behind(msi.maskable(), msi.data() + 8),
        size: msi.size(),
    })
}

/// A capability and its control word.
fn control(f: &mut Function, id: u32) -> Option<(u32, u32)> {
    let at = find(f, id).filter(|&at| at + 4 <= 0x100)?;
    Some((at, f.read(at + 2, 2)))
}

/// Switches off what firmware left on.
fn probe(f: &mut Function) {
    for (id, enable) in [(MSI, 1), (MSIX, 1 << 15)] {
        match control(f, id) {
            Some((at, bits)) if bits & enable != 0 => f.write(at + 2, 2, bits & !enable),
            _ => {}
        }
    }
}

/// One message. None: there is no such capability, or it cannot send to that address.
fn enable(f: &mut Function, lo: u32, hi: u32, data: u32, intx_bug: bool) -> Option<()> {
    let (at, bits) = control(f, MSI)?;
    let msi = Msi(bits & !0x70);
    if at + msi.size() > 0x100 || (hi != 0 && !msi.wide()) {
        return None;
    }
    f.write(at + 4, 4, lo);
    if msi.wide() {
        f.write(at + 8, 4, hi);
    }
    f.write(at + msi.data(), 2, data);
    // None comes before it is unmasked. One bit for each message that the function can send.
    if msi.maskable() {
        let messages = 1 << (msi.0 >> 1 & 7).min(5);
        let mask = f.read(at + msi.data() + 4, 4);
        f.write(at + msi.data() + 4, 4, mask | u32::MAX >> (32 - messages));
    }
    // Bits [6:4]: log2 of the number of messages. Enable rises last.
    f.write(at + 2, 2, msi.0);
    intx(f, intx_bug, true);
    f.write(at + 2, 2, msi.0 | 1);
    Some(())
}

fn disable(f: &mut Function, intx_bug: bool) {
    if let Some((at, bits)) = control(f, MSI) {
        f.write(at + 2, 2, bits & !1);
        intx(f, intx_bug, false);
    }
}

/// A function signals in one way at a time; some cannot be told so.
fn intx(f: &mut Function, intx_bug: bool, off: bool) {
    if !intx_bug {
        let bits = f.read(COMMAND, 2) & !INTX_DISABLE;
        f.write(COMMAND, 2, bits | if off { INTX_DISABLE } else { 0 });
    }
}

#[derive(Default)]
struct Harness {
    function: Function,
    intx_bug: bool,
    no_msi: bool,
    address_bits: u32,
    used: bool,
}

impl System for Harness {
    type Area = Area;
    const NAME: &'static str = "one message";
    /// What you answer. What you leave out is shown as not judged: next are `mask`, `unmask`,
    /// `writeMessage` and `event`, then `pendingBit` and `enableMsix`.
    const COMMANDS: &'static [&'static str] = &["plug", "walk", "parse", "enableMsi", "disable"];
    const FIXED: &'static str = "\"enabled\":true,\"msi\":true";

    /// A module in its first state; called again for every run.
    fn start(_config: &Config) -> Result<Self, Refused> {
        Ok(Harness::default())
    }

    fn command(&mut self, command: &Command) -> Response {
        let f = &mut self.function;
        f.bus.clear();
        match command {
            // `left`: what firmware wrote before you came. `bars` and `fills` are for MSI-X.
            Command::Plug { words, left, intx_bug, no_msi, address_bits, .. } => {
                f.registers = Registers::new();
                for word in words {
                    f.registers.set(word.at, word.value, word.writable);
                }
                for old in left.iter().filter(|old| old.space == Space::Config) {
                    f.registers.write(old.offset, 4, old.value);
                }
                (self.intx_bug, self.no_msi, self.used) = (*intx_bug, *no_msi, false);
                self.address_bits = *address_bits;
                probe(f);
            }
            Command::Walk { id } => {
                let found = find(f, *id).unwrap_or(0);
                return Response::Walked { found, bus: f.bus.clone() };
            }
            Command::Parse { capability, length, at, bytes } => {
                let mut buffer = vec![0; *length as usize];
                for (to, byte) in buffer.iter_mut().skip(*at as usize).zip(bytes) {
                    *to = *byte as u8;
                }
                return parse(*capability, &buffer, *at as usize).unwrap_or(Response::Refused);
            }
            Command::EnableMsi { min, max, address_lo, address_hi, data, available, domain } => {
                let sendable = u64::from(*address_hi) >> (self.address_bits - 32) == 0;
                let supplied = *domain && *available > 0 && *min == 1 && min <= max;
                let asked = !self.used && !self.no_msi && supplied && sendable;
                let (lo, hi, data) = (*address_lo, *address_hi, *data);
                if !asked || enable(f, lo, hi, data, self.intx_bug).is_none() {
                    return Response::Failed { error: Errno::Einval, bus: f.bus.clone() };
                }
                self.used = true;
                return Response::Enabled { count: 1, bus: f.bus.clone() };
            }
            Command::Disable => {
                if self.used {
                    disable(f, self.intx_bug);
                }
                self.used = false;
            }
            other => unreachable!("{:?} is not among COMMANDS", other),
        }
        Response::Done { bus: f.bus.clone() }
    }
}

fn main() {
    serve::<Harness>()
}
