//! The words of `hardware/machine`: a machine at register level: PCI functions, remapping unit, local APICs.
//!
//! What they mean is written beside their codecs, in `spec/hardware/machine/vocabulary.ts`.
// Generated from the codecs by `npm run generate`; not to be edited.
use crate::json::{need, put, Error, Fields, Print, Read, Reader};
use crate::system::Subsystem;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub apic_ids: Vec<u32>,
    pub apic: Apic,
    pub apics_on: bool,
    pub functions: Vec<PciFunction>,
    pub remapping: InterruptRemapping,
    pub ram: u32,
    pub quirks: Vec<String>,
}

impl Read for Config {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut apic_ids = None;
        let mut apic = None;
        let mut apics_on = None;
        let mut functions = None;
        let mut remapping = None;
        let mut ram = None;
        let mut quirks = None;
        r.fields(|r, name| match name {
            "apicIds" => put(&mut apic_ids, r.list(|r| r.u32(0, 4_294_967_295))),
            "apic" => put(&mut apic, Apic::read(r)),
            "apicsOn" => put(&mut apics_on, r.boolean()),
            "functions" => put(&mut functions, r.list(|r| PciFunction::read(r))),
            "remapping" => put(&mut remapping, InterruptRemapping::read(r)),
            "ram" => put(&mut ram, r.u32(4_096, 2_147_483_648)),
            "quirks" => put(&mut quirks, r.list(|r| r.string().map(|text| text.into_owned()))),
            _ => Err(Error::no_such_field()),
        })?;
        Ok(Config {
            apic_ids: need(apic_ids, "apicIds")?,
            apic: need(apic, "apic")?,
            apics_on: need(apics_on, "apicsOn")?,
            functions: need(functions, "functions")?,
            remapping: need(remapping, "remapping")?,
            ram: need(ram, "ram")?,
            quirks: need(quirks, "quirks")?,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Apic {
    Xapic,
    X2apic,
}

impl Read for Apic {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Apic::Xapic, Apic::X2apic];
        Ok(all[r.name(&["xapic", "x2apic"])?])
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PciFunction {
    pub requester: u32,
    pub header_type: u32,
    pub vendor: u32,
    pub device: u32,
    pub extended: bool,
    pub bars: Vec<Bar>,
    pub pin: u32,
    pub capabilities: Vec<Capability>,
    pub patches: Vec<PatchedWord>,
}

impl Read for PciFunction {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut requester = None;
        let mut header_type = None;
        let mut vendor = None;
        let mut device = None;
        let mut extended = None;
        let mut bars = None;
        let mut pin = None;
        let mut capabilities = None;
        let mut patches = None;
        r.object(|r, name| match name {
            "requester" => put(&mut requester, r.u32(0, 65_535)),
            "headerType" => put(&mut header_type, r.u32(0, 255)),
            "vendor" => put(&mut vendor, r.u32(0, 65_535)),
            "device" => put(&mut device, r.u32(0, 65_535)),
            "extended" => put(&mut extended, r.boolean()),
            "bars" => put(&mut bars, r.list(|r| Bar::read(r))),
            "pin" => put(&mut pin, r.u32(0, 4)),
            "capabilities" => put(&mut capabilities, r.list(|r| Capability::read(r))),
            "patches" => put(&mut patches, r.list(|r| PatchedWord::read(r))),
            _ => Err(Error::no_such_field()),
        })?;
        Ok(PciFunction {
            requester: need(requester, "requester")?,
            header_type: need(header_type, "headerType")?,
            vendor: need(vendor, "vendor")?,
            device: need(device, "device")?,
            extended: need(extended, "extended")?,
            bars: need(bars, "bars")?,
            pin: need(pin, "pin")?,
            capabilities: need(capabilities, "capabilities")?,
            patches: need(patches, "patches")?,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    pub kind: Kind,
    pub address: u64,
    pub size: u32,
}

impl Read for Bar {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut kind = None;
        let mut address = None;
        let mut size = None;
        r.object(|r, name| match name {
            "kind" => put(&mut kind, Kind::read(r)),
            "address" => put(&mut address, r.word()),
            "size" => put(&mut size, r.u32(0, 2_147_483_648)),
            _ => Err(Error::no_such_field()),
        })?;
        Ok(Bar {
            kind: need(kind, "kind")?,
            address: need(address, "address")?,
            size: need(size, "size")?,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    None,
    Io,
    Memory32,
    Memory64,
}

impl Read for Kind {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Kind::None, Kind::Io, Kind::Memory32, Kind::Memory64];
        Ok(all[r.name(&["none", "io", "memory32", "memory64"])?])
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Capability {
    Msi {
        at: u32,
        messages: u32,
        is64: bool,
        maskable: bool,
    },
    Msix {
        at: u32,
        entries: u32,
        table_bar: u32,
        table_offset: u32,
        pba_bar: u32,
        pba_offset: u32,
    },
    Other {
        at: u32,
        id: u32,
    },
}

impl Read for Capability {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        match &*r.kind()? {
            "msi" => {
                let mut at = None;
                let mut messages = None;
                let mut is64 = None;
                let mut maskable = None;
                r.fields(|r, name| match name {
                    "at" => put(&mut at, r.u32(0, 4_095)),
                    "messages" => put(&mut messages, r.u32(0, 7)),
                    "is64" => put(&mut is64, r.boolean()),
                    "maskable" => put(&mut maskable, r.boolean()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Capability::Msi {
                    at: need(at, "at")?,
                    messages: need(messages, "messages")?,
                    is64: need(is64, "is64")?,
                    maskable: need(maskable, "maskable")?,
                })
            }
            "msix" => {
                let mut at = None;
                let mut entries = None;
                let mut table_bar = None;
                let mut table_offset = None;
                let mut pba_bar = None;
                let mut pba_offset = None;
                r.fields(|r, name| match name {
                    "at" => put(&mut at, r.u32(0, 4_095)),
                    "entries" => put(&mut entries, r.u32(1, 2_048)),
                    "tableBar" => put(&mut table_bar, r.u32(0, 7)),
                    "tableOffset" => put(&mut table_offset, r.u32(0, 4_294_967_288)),
                    "pbaBar" => put(&mut pba_bar, r.u32(0, 7)),
                    "pbaOffset" => put(&mut pba_offset, r.u32(0, 4_294_967_288)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Capability::Msix {
                    at: need(at, "at")?,
                    entries: need(entries, "entries")?,
                    table_bar: need(table_bar, "tableBar")?,
                    table_offset: need(table_offset, "tableOffset")?,
                    pba_bar: need(pba_bar, "pbaBar")?,
                    pba_offset: need(pba_offset, "pbaOffset")?,
                })
            }
            "other" => {
                let mut at = None;
                let mut id = None;
                r.fields(|r, name| match name {
                    "at" => put(&mut at, r.u32(0, 4_095)),
                    "id" => put(&mut id, r.u32(0, 255)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Capability::Other {
                    at: need(at, "at")?,
                    id: need(id, "id")?,
                })
            }
            other => Err(Error::expected(other, &["msi", "msix", "other"])),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PatchedWord {
    pub at: u32,
    pub value: u32,
    pub writable: u32,
}

impl Read for PatchedWord {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut at = None;
        let mut value = None;
        let mut writable = None;
        r.object(|r, name| match name {
            "at" => put(&mut at, r.u32(0, 4_095)),
            "value" => put(&mut value, r.u32(0, 4_294_967_295)),
            "writable" => put(&mut writable, r.u32(0, 4_294_967_295)),
            _ => Err(Error::no_such_field()),
        })?;
        Ok(PatchedWord {
            at: need(at, "at")?,
            value: need(value, "value")?,
            writable: need(writable, "writable")?,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InterruptRemapping {
    None,
    Intel {
        eim: bool,
        self_invalidates: bool,
    },
    Amd {
        ga: bool,
        xt: bool,
    },
}

impl Read for InterruptRemapping {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        match &*r.kind()? {
            "none" => {
                r.no_fields()?;
                Ok(InterruptRemapping::None)
            }
            "intel" => {
                let mut eim = None;
                let mut self_invalidates = None;
                r.fields(|r, name| match name {
                    "eim" => put(&mut eim, r.boolean()),
                    "selfInvalidates" => put(&mut self_invalidates, r.boolean()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(InterruptRemapping::Intel {
                    eim: need(eim, "eim")?,
                    self_invalidates: need(self_invalidates, "selfInvalidates")?,
                })
            }
            "amd" => {
                let mut ga = None;
                let mut xt = None;
                r.fields(|r, name| match name {
                    "ga" => put(&mut ga, r.boolean()),
                    "xt" => put(&mut xt, r.boolean()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(InterruptRemapping::Amd {
                    ga: need(ga, "ga")?,
                    xt: need(xt, "xt")?,
                })
            }
            other => Err(Error::expected(other, &["none", "intel", "amd"])),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Read {
        space: Space,
        unit: u32,
        bar: u32,
        offset: u32,
        width: u32,
    },
    Write {
        space: Space,
        unit: u32,
        bar: u32,
        offset: u32,
        width: u32,
        value: u32,
    },
    ReadApic {
        cpu: u32,
        offset: u32,
    },
    WriteApic {
        cpu: u32,
        offset: u32,
        value: u32,
    },
    Event {
        r#fn: u32,
        vector: u32,
    },
    Quiet {
        r#fn: u32,
        vector: u32,
    },
    Inject {
        requester: u32,
        address_lo: u32,
        address_hi: u32,
        data: u32,
    },
    Take {
        cpu: u32,
    },
    Eoi {
        cpu: u32,
    },
    Advance {
        cycles: u32,
    },
    Power {
        r#fn: u32,
        on: bool,
    },
    Lose,
    Hold,
    Duplicate,
    Release {
        nth: u32,
    },
    Phantom {
        cpu: u32,
        vector: u32,
    },
    Acknowledge {
        cpu: u32,
    },
}

impl Read for Command {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        match &*r.kind()? {
            "read" => {
                let mut space = None;
                let mut unit = None;
                let mut bar = None;
                let mut offset = None;
                let mut width = None;
                r.fields(|r, name| match name {
                    "space" => put(&mut space, Space::read(r)),
                    "unit" => put(&mut unit, r.u32(0, 63)),
                    "bar" => put(&mut bar, r.u32(0, 5)),
                    "offset" => put(&mut offset, r.u32(0, 4_294_967_295)),
                    "width" => put(&mut width, r.u32(1, 4)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Read {
                    space: need(space, "space")?,
                    unit: need(unit, "unit")?,
                    bar: need(bar, "bar")?,
                    offset: need(offset, "offset")?,
                    width: need(width, "width")?,
                })
            }
            "write" => {
                let mut space = None;
                let mut unit = None;
                let mut bar = None;
                let mut offset = None;
                let mut width = None;
                let mut value = None;
                r.fields(|r, name| match name {
                    "space" => put(&mut space, Space::read(r)),
                    "unit" => put(&mut unit, r.u32(0, 63)),
                    "bar" => put(&mut bar, r.u32(0, 5)),
                    "offset" => put(&mut offset, r.u32(0, 4_294_967_295)),
                    "width" => put(&mut width, r.u32(1, 4)),
                    "value" => put(&mut value, r.u32(0, 4_294_967_295)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Write {
                    space: need(space, "space")?,
                    unit: need(unit, "unit")?,
                    bar: need(bar, "bar")?,
                    offset: need(offset, "offset")?,
                    width: need(width, "width")?,
                    value: need(value, "value")?,
                })
            }
            "readApic" => {
                let mut cpu = None;
                let mut offset = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 255)),
                    "offset" => put(&mut offset, r.u32(0, 4_095)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::ReadApic {
                    cpu: need(cpu, "cpu")?,
                    offset: need(offset, "offset")?,
                })
            }
            "writeApic" => {
                let mut cpu = None;
                let mut offset = None;
                let mut value = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 255)),
                    "offset" => put(&mut offset, r.u32(0, 4_095)),
                    "value" => put(&mut value, r.u32(0, 4_294_967_295)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::WriteApic {
                    cpu: need(cpu, "cpu")?,
                    offset: need(offset, "offset")?,
                    value: need(value, "value")?,
                })
            }
            "event" => {
                let mut r#fn = None;
                let mut vector = None;
                r.fields(|r, name| match name {
                    "fn" => put(&mut r#fn, r.u32(0, 63)),
                    "vector" => put(&mut vector, r.u32(0, 2_047)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Event {
                    r#fn: need(r#fn, "fn")?,
                    vector: need(vector, "vector")?,
                })
            }
            "quiet" => {
                let mut r#fn = None;
                let mut vector = None;
                r.fields(|r, name| match name {
                    "fn" => put(&mut r#fn, r.u32(0, 63)),
                    "vector" => put(&mut vector, r.u32(0, 2_047)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Quiet {
                    r#fn: need(r#fn, "fn")?,
                    vector: need(vector, "vector")?,
                })
            }
            "inject" => {
                let mut requester = None;
                let mut address_lo = None;
                let mut address_hi = None;
                let mut data = None;
                r.fields(|r, name| match name {
                    "requester" => put(&mut requester, r.u32(0, 65_535)),
                    "addressLo" => put(&mut address_lo, r.u32(0, 4_294_967_295)),
                    "addressHi" => put(&mut address_hi, r.u32(0, 4_294_967_295)),
                    "data" => put(&mut data, r.u32(0, 4_294_967_295)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Inject {
                    requester: need(requester, "requester")?,
                    address_lo: need(address_lo, "addressLo")?,
                    address_hi: need(address_hi, "addressHi")?,
                    data: need(data, "data")?,
                })
            }
            "take" => {
                let mut cpu = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 255)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Take {
                    cpu: need(cpu, "cpu")?,
                })
            }
            "eoi" => {
                let mut cpu = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 255)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Eoi {
                    cpu: need(cpu, "cpu")?,
                })
            }
            "advance" => {
                let mut cycles = None;
                r.fields(|r, name| match name {
                    "cycles" => put(&mut cycles, r.u32(0, 4_294_967_295)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Advance {
                    cycles: need(cycles, "cycles")?,
                })
            }
            "power" => {
                let mut r#fn = None;
                let mut on = None;
                r.fields(|r, name| match name {
                    "fn" => put(&mut r#fn, r.u32(0, 63)),
                    "on" => put(&mut on, r.boolean()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Power {
                    r#fn: need(r#fn, "fn")?,
                    on: need(on, "on")?,
                })
            }
            "lose" => {
                r.no_fields()?;
                Ok(Command::Lose)
            }
            "hold" => {
                r.no_fields()?;
                Ok(Command::Hold)
            }
            "duplicate" => {
                r.no_fields()?;
                Ok(Command::Duplicate)
            }
            "release" => {
                let mut nth = None;
                r.fields(|r, name| match name {
                    "nth" => put(&mut nth, r.u32(0, 63)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Release {
                    nth: need(nth, "nth")?,
                })
            }
            "phantom" => {
                let mut cpu = None;
                let mut vector = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 255)),
                    "vector" => put(&mut vector, r.u32(0, 255)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Phantom {
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                })
            }
            "acknowledge" => {
                let mut cpu = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 255)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Acknowledge {
                    cpu: need(cpu, "cpu")?,
                })
            }
            other => Err(Error::expected(other, &["read", "write", "readApic", "writeApic", "event", "quiet", "inject", "take", "eoi", "advance", "power", "lose", "hold", "duplicate", "release", "phantom", "acknowledge"])),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    Config,
    Bar,
    Remapping,
    Memory,
}

impl Read for Space {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Space::Config, Space::Bar, Space::Remapping, Space::Memory];
        Ok(all[r.name(&["config", "bar", "remapping", "memory"])?])
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    Done,
    Value {
        value: u32,
    },
    Taken {
        vector: u32,
    },
    Spurious {
        vector: u32,
    },
    Nothing,
    Refused,
}

impl Read for Response {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        match &*r.kind()? {
            "done" => {
                r.no_fields()?;
                Ok(Response::Done)
            }
            "value" => {
                let mut value = None;
                r.fields(|r, name| match name {
                    "value" => put(&mut value, r.u32(0, 4_294_967_295)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Value {
                    value: need(value, "value")?,
                })
            }
            "taken" => {
                let mut vector = None;
                r.fields(|r, name| match name {
                    "vector" => put(&mut vector, r.u32(0, 255)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Taken {
                    vector: need(vector, "vector")?,
                })
            }
            "spurious" => {
                let mut vector = None;
                r.fields(|r, name| match name {
                    "vector" => put(&mut vector, r.u32(0, 255)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Spurious {
                    vector: need(vector, "vector")?,
                })
            }
            "nothing" => {
                r.no_fields()?;
                Ok(Response::Nothing)
            }
            "refused" => {
                r.no_fields()?;
                Ok(Response::Refused)
            }
            other => Err(Error::expected(other, &["done", "value", "taken", "spurious", "nothing", "refused"])),
        }
    }
}

impl Print for Response {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Response::Done => Fields::of("done", out)?.end(),
            Response::Value { value } => {
                let mut f = Fields::of("value", out)?;
                f.field("value", value)?;
                f.end()
            }
            Response::Taken { vector } => {
                let mut f = Fields::of("taken", out)?;
                f.field("vector", vector)?;
                f.end()
            }
            Response::Spurious { vector } => {
                let mut f = Fields::of("spurious", out)?;
                f.field("vector", vector)?;
                f.end()
            }
            Response::Nothing => Fields::of("nothing", out)?.end(),
            Response::Refused => Fields::of("refused", out)?.end(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observation {
    pub functions: Option<Vec<Function>>,
    pub apics: Option<Vec<LocalApic>>,
    pub registers: Option<Vec<Register>>,
    pub cache: Option<Vec<Entry>>,
    pub devices: Option<Vec<Entry>>,
    pub latched: Option<Latched>,
    pub memory: Option<Vec<Memory>>,
    pub held: Option<Vec<Held>>,
    pub mishap: Option<Mishap>,
    pub sent: Option<Vec<Sent>>,
    pub arrived: Option<Vec<Arrival>>,
    pub blocked: Option<Vec<Blocked>>,
}

impl Print for Observation {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.optional("functions", &self.functions)?;
        f.optional("apics", &self.apics)?;
        f.optional("registers", &self.registers)?;
        f.optional("cache", &self.cache)?;
        f.optional("devices", &self.devices)?;
        f.optional("latched", &self.latched)?;
        f.optional("memory", &self.memory)?;
        f.optional("held", &self.held)?;
        f.optional("mishap", &self.mishap)?;
        f.optional("sent", &self.sent)?;
        f.optional("arrived", &self.arrived)?;
        f.optional("blocked", &self.blocked)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Function {
    pub config: Option<Vec<u32>>,
    pub table: Option<Vec<u32>>,
    pub pending: Option<Vec<u32>>,
    pub msi_pending: Option<u32>,
    pub line: Option<bool>,
    pub powered: Option<bool>,
}

impl Print for Function {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.optional("config", &self.config)?;
        f.optional("table", &self.table)?;
        f.optional("pending", &self.pending)?;
        f.optional("msiPending", &self.msi_pending)?;
        f.optional("line", &self.line)?;
        f.optional("powered", &self.powered)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LocalApic {
    pub tpr: Option<u32>,
    pub ldr: Option<u32>,
    pub dfr: Option<u32>,
    pub svr: Option<u32>,
    pub esr: Option<u32>,
    pub icr_low: Option<u32>,
    pub icr_high: Option<u32>,
    pub lvt: Option<Vec<u32>>,
    pub irr: Option<Vec<u32>>,
    pub isr: Option<Vec<u32>>,
    pub tmr: Option<Vec<u32>>,
    pub timer: Option<Timer>,
}

impl Print for LocalApic {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.optional("tpr", &self.tpr)?;
        f.optional("ldr", &self.ldr)?;
        f.optional("dfr", &self.dfr)?;
        f.optional("svr", &self.svr)?;
        f.optional("esr", &self.esr)?;
        f.optional("icrLow", &self.icr_low)?;
        f.optional("icrHigh", &self.icr_high)?;
        f.optional("lvt", &self.lvt)?;
        f.optional("irr", &self.irr)?;
        f.optional("isr", &self.isr)?;
        f.optional("tmr", &self.tmr)?;
        f.optional("timer", &self.timer)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Timer {
    pub initial: u32,
    pub count: u32,
    pub divide: u32,
    pub deadline: i64,
}

impl Print for Timer {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("initial", &self.initial)?;
        f.field("count", &self.count)?;
        f.field("divide", &self.divide)?;
        f.field("deadline", &self.deadline)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Register {
    pub offset: u32,
    pub value: u32,
}

impl Print for Register {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("offset", &self.offset)?;
        f.field("value", &self.value)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    pub table: u32,
    pub index: u32,
    pub entry: Vec<u32>,
}

impl Print for Entry {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("table", &self.table)?;
        f.field("index", &self.index)?;
        f.field("entry", &self.entry)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Latched {
    pub base: i64,
    pub entries: u32,
    pub eim: bool,
}

impl Print for Latched {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("base", &self.base)?;
        f.field("entries", &self.entries)?;
        f.field("eim", &self.eim)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Memory {
    pub address: u32,
    pub value: u32,
}

impl Print for Memory {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("address", &self.address)?;
        f.field("value", &self.value)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Held {
    pub requester: u32,
    pub message: Message,
}

impl Print for Held {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("requester", &self.requester)?;
        f.field("message", &self.message)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    pub address_lo: u32,
    pub address_hi: u32,
    pub data: u32,
}

impl Print for Message {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("addressLo", &self.address_lo)?;
        f.field("addressHi", &self.address_hi)?;
        f.field("data", &self.data)?;
        f.end()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    None,
    Lose,
    Hold,
    Duplicate,
}

impl Print for Mishap {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let name = match self {
            Mishap::None => "none",
            Mishap::Lose => "lose",
            Mishap::Hold => "hold",
            Mishap::Duplicate => "duplicate",
        };
        name.print(out)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sent {
    pub requester: u32,
    pub message: Message,
}

impl Print for Sent {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("requester", &self.requester)?;
        f.field("message", &self.message)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arrival {
    pub cpu: u32,
    pub vector: u32,
}

impl Print for Arrival {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("cpu", &self.cpu)?;
        f.field("vector", &self.vector)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Blocked {
    pub requester: u32,
    pub message: Message,
}

impl Print for Blocked {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("requester", &self.requester)?;
        f.field("message", &self.message)?;
        f.end()
    }
}

/// hardware/machine: a machine at register level: PCI functions, remapping unit, local APICs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area;

impl Subsystem for Area {
    const PATH: &'static str = "hardware/machine";
    const COMMANDS: &'static [&'static str] = &[
        "read",
        "write",
        "readApic",
        "writeApic",
        "event",
        "quiet",
        "inject",
        "take",
        "eoi",
        "advance",
        "power",
        "lose",
        "hold",
        "duplicate",
        "release",
        "phantom",
        "acknowledge",
    ];
    const OBSERVABLES: &'static [&'static str] = &[
        "config",
        "tables",
        "apics",
        "remapping",
        "memory",
        "bus",
    ];
    const REFERENCES: &'static [(&'static str, &'static str)] = &[];
    type Config = Config;
    type Command = Command;
    type Response = Response;
    type Observation = Observation;

    fn kind(command: &Command) -> &'static str {
        match command {
            Command::Read { .. } => "read",
            Command::Write { .. } => "write",
            Command::ReadApic { .. } => "readApic",
            Command::WriteApic { .. } => "writeApic",
            Command::Event { .. } => "event",
            Command::Quiet { .. } => "quiet",
            Command::Inject { .. } => "inject",
            Command::Take { .. } => "take",
            Command::Eoi { .. } => "eoi",
            Command::Advance { .. } => "advance",
            Command::Power { .. } => "power",
            Command::Lose => "lose",
            Command::Hold => "hold",
            Command::Duplicate => "duplicate",
            Command::Release { .. } => "release",
            Command::Phantom { .. } => "phantom",
            Command::Acknowledge { .. } => "acknowledge",
        }
    }

    type Given = ();

    fn reference(_command: &Command) -> Option<u32> {
        None
    }

    fn given(_command: &Command, _response: &Response) -> Option<Self::Given> {
        None
    }

    fn resolve(command: Command, _given: Self::Given) -> Command {
        command
    }
}
