//! The kernel's MSI and MSI-X code under judgement, on a function that is register memory.
use kernel::irq::msi::Message;
use kernel::pci::capability::{self, Msi, Msix};
use kernel::pci::registers::{Registers, Space, Window};
use kernel::pci::signalled::{Error, Facts, Request, Signalled};
use redbear_spec::irq::capability as words;
use redbear_spec::irq::capability::{Area, Capability, Command, Config, Errno, Kind, Response};
use redbear_spec::{serve, Refused, System};

/// The function that was plugged, and what the kernel's code did to it.
#[derive(Default)]
struct Function {
    config: redbear_spec::Registers,
    bars: Vec<redbear_spec::Registers>,
    log: Vec<words::RegisterAccess>,
}

impl Function {
    fn space(&mut self, space: &words::Space) -> &mut redbear_spec::Registers {
        let bar = match space {
            words::Space::Config => return &mut self.config,
            words::Space::Bar0 => 0,
            words::Space::Bar1 => 1,
            words::Space::Bar2 => 2,
            words::Space::Bar3 => 3,
            words::Space::Bar4 => 4,
            words::Space::Bar5 => 5,
        };
        &mut self.bars[bar]
    }

    fn note(&mut self, write: bool, space: Space, offset: u32, width: u32, value: u32) {
        let space = match space {
            Space::Config => words::Space::Config,
            Space::Bar(0) => words::Space::Bar0,
            Space::Bar(1) => words::Space::Bar1,
            Space::Bar(2) => words::Space::Bar2,
            Space::Bar(3) => words::Space::Bar3,
            Space::Bar(4) => words::Space::Bar4,
            Space::Bar(_) => words::Space::Bar5,
        };
        self.log.push(words::RegisterAccess { write, space, offset, width, value });
    }
}

impl Registers for Function {
    fn read(&mut self, space: Space, offset: u32, width: u32) -> u32 {
        let value = match space {
            Space::Config => self.config.read(offset, width),
            Space::Bar(bar) => self.bars[usize::from(bar)].read(offset, width),
        };
        self.note(false, space, offset, width, value);
        value
    }

    fn write(&mut self, space: Space, offset: u32, width: u32, value: u32) {
        match space {
            Space::Config => self.config.write(offset, width, value),
            Space::Bar(bar) => self.bars[usize::from(bar)].write(offset, width, value),
        }
        self.note(true, space, offset, width, value);
    }
}

struct Harness {
    multi_msi: bool,
    function: Function,
    signalled: Option<Signalled>,
}

impl Harness {
    fn done(&mut self) -> Response {
        Response::Done { bus: std::mem::take(&mut self.function.log) }
    }

    fn failed(&mut self, error: Error) -> Response {
        let error = match error {
            Error::Invalid => Errno::Einval,
            Error::TooFew => Errno::Enospc,
            Error::Address => Errno::Eio,
            Error::Window => Errno::Enomem,
        };
        Response::Failed { error, bus: std::mem::take(&mut self.function.log) }
    }

    fn enabled(&mut self, result: Result<u32, Error>) -> Response {
        match result {
            Ok(count) => Response::Enabled { count, bus: std::mem::take(&mut self.function.log) },
            Err(error) => self.failed(error),
        }
    }

    fn plug(&mut self, command: &Command) {
        let (words, bars, fills, left, intx_bug, no_msi, address_bits) = match command {
            Command::Plug { words, bars, fills, left, intx_bug, no_msi, address_bits, .. } => {
                (words, bars, fills, left, *intx_bug, *no_msi, *address_bits)
            }
            other => unreachable!("{:?} plugs nothing", other),
        };
        self.function = Function::default();
        for word in words {
            self.function.config.set(word.at, word.value, word.writable);
        }
        self.function.bars = vec![redbear_spec::Registers::memory(); 6];
        for fill in fills {
            let bar = &mut self.function.bars[fill.bar as usize];
            for i in 0..fill.count {
                bar.set(fill.offset + i * fill.stride, fill.value, u32::MAX);
            }
        }
        for earlier in left {
            self.function.space(&earlier.space).write(earlier.offset, 4, earlier.value);
        }
        let mut windows = [None; 6];
        for (window, bar) in windows.iter_mut().zip(bars) {
            let memory = matches!(bar.kind, Kind::Memory32 | Kind::Memory64);
            *window = (memory && bar.address != 0).then(|| Window { bytes: u64::from(bar.size) });
        }
        let facts = Facts { windows, intx_bug, no_msi, address_bits, multi_msi: self.multi_msi };
        self.signalled = Some(Signalled::probe(&mut self.function, facts));
    }

    fn set_mask(&mut self, index: u32, masked: bool) -> Response {
        let Harness { function, signalled, .. } = self;
        match signalled.as_mut().map(|s| s.set_mask(function, index, masked)) {
            Some(true) => self.done(),
            _ => self.failed(Error::Invalid),
        }
    }
}

fn parse(capability: Capability, bytes: &[u8], at: usize) -> Response {
    match capability {
        Capability::Msi => Msi::parse(bytes, at).map(|msi| Response::Msi {
            is64: msi.is_64(),
            maskable: msi.maskable(),
            capable: msi.capable(),
            enabled: msi.enabled(),
            allocated_log2: msi.allocated_log2(),
            address: 4,
            address_high: if msi.is_64() { 8 } else { 0 },
            data: msi.data(),
            mask: msi.mask().unwrap_or(0),
            pending: msi.pending().unwrap_or(0),
            size: msi.size(),
        }),
        Capability::Msix => Msix::parse(bytes, at).map(|msix| Response::Msix {
            entries: msix.entries(),
            enabled: msix.enabled(),
            function_mask: msix.function_mask(),
            table_bar: msix.table().0.into(),
            table_offset: msix.table().1,
            pba_bar: msix.pba().0.into(),
            pba_offset: msix.pba().1,
        }),
    }
    .unwrap_or(Response::Refused)
}

impl System for Harness {
    type Area = Area;
    const NAME: &'static str = "kernel::pci";
    const COMMANDS: &'static [&'static str] = &[
        "plug",
        "walk",
        "parse",
        "pendingBit",
        "enableMsi",
        "enableMsix",
        "disable",
        "mask",
        "unmask",
        "writeMessage",
        "event",
    ];
    const FIXED: &'static str = "\"masking\":true,\"contiguous\":false";

    fn start(config: &Config) -> Result<Self, Refused> {
        if !(config.enabled && config.msi && config.msix) {
            return Err("MSI and MSI-X cannot be switched off here".into());
        }
        Ok(Harness { multi_msi: config.multi_msi, function: Function::default(), signalled: None })
    }

    fn command(&mut self, command: &Command) -> Response {
        let Harness { function, signalled, .. } = self;
        match command {
            Command::Plug { .. } => {
                self.plug(command);
                self.done()
            }
            Command::Walk { id } => {
                let found = capability::find(function, *id).unwrap_or(0);
                Response::Walked { found, bus: std::mem::take(&mut function.log) }
            }
            Command::Parse { capability, length, at, bytes } => {
                let mut buffer = vec![0; *length as usize];
                for (to, byte) in buffer.iter_mut().skip(*at as usize).zip(bytes) {
                    *to = *byte as u8;
                }
                parse(*capability, &buffer, *at as usize)
            }
            Command::PendingBit { entry } => {
                let (offset, bit) = Msix::pending_bit(*entry);
                Response::Bit { offset, bit }
            }
            Command::EnableMsi { min, max, address_lo, address_hi, data, available, domain } => {
                let request = Request {
                    min: *min,
                    max: *max,
                    first: message(*address_lo, *address_hi, *data),
                    vectors: if *domain { *available } else { 0 },
                    entries: Vec::new(),
                };
                let result = signalled
                    .as_mut()
                    .map_or(Err(Error::Invalid), |s| s.enable_msi(function, &request));
                self.enabled(result)
            }
            Command::EnableMsix {
                min,
                max,
                address_lo,
                address_hi,
                data,
                available,
                domain,
                entries,
            } => {
                let request = Request {
                    min: *min,
                    max: *max,
                    first: message(*address_lo, *address_hi, *data),
                    vectors: if *domain { *available } else { 0 },
                    entries: entries.clone(),
                };
                let result = signalled
                    .as_mut()
                    .map_or(Err(Error::Invalid), |s| s.enable_msix(function, &request));
                self.enabled(result)
            }
            Command::Disable => {
                if let Some(signalled) = signalled {
                    signalled.disable(function);
                }
                self.done()
            }
            Command::Mask { index } => self.set_mask(*index, true),
            Command::Unmask { index } => self.set_mask(*index, false),
            Command::WriteMessage { index, address_lo, address_hi, data } => {
                let new = message(*address_lo, *address_hi, *data);
                let result = signalled
                    .as_mut()
                    .map_or(Err(Error::Invalid), |s| s.write_message(function, *index, &new));
                match result {
                    Ok(()) => self.done(),
                    Err(error) => self.failed(error),
                }
            }
            // The device's own business.
            Command::Event { .. } => self.done(),
            other => unreachable!("{:?} is not among COMMANDS", other),
        }
    }
}

fn message(address_lo: u32, address_hi: u32, data: u32) -> Message {
    Message { address_lo, address_hi, data }
}

fn main() {
    serve::<Harness>()
}
