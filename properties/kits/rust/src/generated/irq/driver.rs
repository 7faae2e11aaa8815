//! The words of `irq/driver`: what a driver sees: choice of mode, vectors, waiting, release and death.
//!
//! What they mean is written beside their codecs, in `spec/irq/driver/vocabulary.ts`.
// Generated from the codecs by `npm run generate`; not to be edited.
use crate::json::{need, put, Error, Fields, Print, Read, Reader};
use crate::system::Subsystem;
use alloc::vec::Vec;
use core::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub apic_ids: Vec<u32>,
    pub vector_start: u32,
    pub vector_end: u32,
    pub scope: Scope,
    pub remapping: bool,
    pub devices: Vec<PciFunction>,
    pub drivers: u32,
    pub cleanup_bound: u32,
}

impl Read for Config {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut apic_ids = None;
        let mut vector_start = None;
        let mut vector_end = None;
        let mut scope = None;
        let mut remapping = None;
        let mut devices = None;
        let mut drivers = None;
        let mut cleanup_bound = None;
        r.fields(|r, name| match name {
            "apicIds" => put(&mut apic_ids, r.list(|r| r.u32(0, 254))),
            "vectorStart" => put(&mut vector_start, r.u32(16, 254)),
            "vectorEnd" => put(&mut vector_end, r.u32(17, 255)),
            "scope" => put(&mut scope, Scope::read(r)),
            "remapping" => put(&mut remapping, r.boolean()),
            "devices" => put(&mut devices, r.list(|r| PciFunction::read(r))),
            "drivers" => put(&mut drivers, r.u32(1, 64)),
            "cleanupBound" => put(&mut cleanup_bound, r.u32(1, 1_000)),
            _ => Err(Error::no_such_field()),
        })?;
        Ok(Config {
            apic_ids: need(apic_ids, "apicIds")?,
            vector_start: need(vector_start, "vectorStart")?,
            vector_end: need(vector_end, "vectorEnd")?,
            scope: need(scope, "scope")?,
            remapping: need(remapping, "remapping")?,
            devices: need(devices, "devices")?,
            drivers: need(drivers, "drivers")?,
            cleanup_bound: need(cleanup_bound, "cleanupBound")?,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    PerCpu,
    Global,
}

impl Read for Scope {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Scope::PerCpu, Scope::Global];
        Ok(all[r.name(&["per-cpu", "global"])?])
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
pub enum Command {
    Attach {
        device: u32,
        driver: u32,
        layers: Vec<u32>,
    },
    Query {
        device: u32,
    },
    Alloc {
        device: u32,
        modes: u32,
        min: u32,
        max: u32,
        spread: bool,
        pre: u32,
    },
    Enable {
        device: u32,
        index: u32,
    },
    Disable {
        device: u32,
        index: u32,
    },
    Wait {
        device: u32,
        index: u32,
    },
    Ack {
        device: u32,
        index: u32,
    },
    SetAffinity {
        device: u32,
        index: u32,
        cpus: Vec<u32>,
    },
    Program {
        driver: u32,
        device: u32,
        index: u32,
        address_lo: u32,
        address_hi: u32,
        data: u32,
    },
    Release {
        device: u32,
        index: u32,
    },
    ReleaseAll {
        device: u32,
    },
    Close {
        device: u32,
    },
    Crash {
        driver: u32,
    },
    Event {
        device: u32,
        index: u32,
    },
    Interrupt {
        cpu: u32,
        vector: u32,
    },
    Line {
        device: u32,
    },
    Tick,
}

impl Read for Command {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        match &*r.kind()? {
            "attach" => {
                let mut device = None;
                let mut driver = None;
                let mut layers = None;
                r.fields(|r, name| match name {
                    "device" => put(&mut device, r.u32(0, 63)),
                    "driver" => put(&mut driver, r.u32(0, 63)),
                    "layers" => put(&mut layers, r.list(|r| r.u32(0, 15))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Attach {
                    device: need(device, "device")?,
                    driver: need(driver, "driver")?,
                    layers: need(layers, "layers")?,
                })
            }
            "query" => {
                let mut device = None;
                r.fields(|r, name| match name {
                    "device" => put(&mut device, r.u32(0, 63)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Query {
                    device: need(device, "device")?,
                })
            }
            "alloc" => {
                let mut device = None;
                let mut modes = None;
                let mut min = None;
                let mut max = None;
                let mut spread = None;
                let mut pre = None;
                r.fields(|r, name| match name {
                    "device" => put(&mut device, r.u32(0, 63)),
                    "modes" => put(&mut modes, r.u32(0, 7)),
                    "min" => put(&mut min, r.u32(0, 2_048)),
                    "max" => put(&mut max, r.u32(0, 2_048)),
                    "spread" => put(&mut spread, r.boolean()),
                    "pre" => put(&mut pre, r.u32(0, 2)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Alloc {
                    device: need(device, "device")?,
                    modes: need(modes, "modes")?,
                    min: need(min, "min")?,
                    max: need(max, "max")?,
                    spread: need(spread, "spread")?,
                    pre: need(pre, "pre")?,
                })
            }
            "enable" => {
                let mut device = None;
                let mut index = None;
                r.fields(|r, name| match name {
                    "device" => put(&mut device, r.u32(0, 63)),
                    "index" => put(&mut index, r.u32(0, 2_047)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Enable {
                    device: need(device, "device")?,
                    index: need(index, "index")?,
                })
            }
            "disable" => {
                let mut device = None;
                let mut index = None;
                r.fields(|r, name| match name {
                    "device" => put(&mut device, r.u32(0, 63)),
                    "index" => put(&mut index, r.u32(0, 2_047)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Disable {
                    device: need(device, "device")?,
                    index: need(index, "index")?,
                })
            }
            "wait" => {
                let mut device = None;
                let mut index = None;
                r.fields(|r, name| match name {
                    "device" => put(&mut device, r.u32(0, 63)),
                    "index" => put(&mut index, r.u32(0, 2_047)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Wait {
                    device: need(device, "device")?,
                    index: need(index, "index")?,
                })
            }
            "ack" => {
                let mut device = None;
                let mut index = None;
                r.fields(|r, name| match name {
                    "device" => put(&mut device, r.u32(0, 63)),
                    "index" => put(&mut index, r.u32(0, 2_047)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Ack {
                    device: need(device, "device")?,
                    index: need(index, "index")?,
                })
            }
            "setAffinity" => {
                let mut device = None;
                let mut index = None;
                let mut cpus = None;
                r.fields(|r, name| match name {
                    "device" => put(&mut device, r.u32(0, 63)),
                    "index" => put(&mut index, r.u32(0, 2_047)),
                    "cpus" => put(&mut cpus, r.list(|r| r.u32(0, 63))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::SetAffinity {
                    device: need(device, "device")?,
                    index: need(index, "index")?,
                    cpus: need(cpus, "cpus")?,
                })
            }
            "program" => {
                let mut driver = None;
                let mut device = None;
                let mut index = None;
                let mut address_lo = None;
                let mut address_hi = None;
                let mut data = None;
                r.fields(|r, name| match name {
                    "driver" => put(&mut driver, r.u32(0, 63)),
                    "device" => put(&mut device, r.u32(0, 63)),
                    "index" => put(&mut index, r.u32(0, 2_047)),
                    "addressLo" => put(&mut address_lo, r.u32(0, 4_294_967_295)),
                    "addressHi" => put(&mut address_hi, r.u32(0, 4_294_967_295)),
                    "data" => put(&mut data, r.u32(0, 4_294_967_295)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Program {
                    driver: need(driver, "driver")?,
                    device: need(device, "device")?,
                    index: need(index, "index")?,
                    address_lo: need(address_lo, "addressLo")?,
                    address_hi: need(address_hi, "addressHi")?,
                    data: need(data, "data")?,
                })
            }
            "release" => {
                let mut device = None;
                let mut index = None;
                r.fields(|r, name| match name {
                    "device" => put(&mut device, r.u32(0, 63)),
                    "index" => put(&mut index, r.u32(0, 2_047)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Release {
                    device: need(device, "device")?,
                    index: need(index, "index")?,
                })
            }
            "releaseAll" => {
                let mut device = None;
                r.fields(|r, name| match name {
                    "device" => put(&mut device, r.u32(0, 63)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::ReleaseAll {
                    device: need(device, "device")?,
                })
            }
            "close" => {
                let mut device = None;
                r.fields(|r, name| match name {
                    "device" => put(&mut device, r.u32(0, 63)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Close {
                    device: need(device, "device")?,
                })
            }
            "crash" => {
                let mut driver = None;
                r.fields(|r, name| match name {
                    "driver" => put(&mut driver, r.u32(0, 63)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Crash {
                    driver: need(driver, "driver")?,
                })
            }
            "event" => {
                let mut device = None;
                let mut index = None;
                r.fields(|r, name| match name {
                    "device" => put(&mut device, r.u32(0, 63)),
                    "index" => put(&mut index, r.u32(0, 2_047)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Event {
                    device: need(device, "device")?,
                    index: need(index, "index")?,
                })
            }
            "interrupt" => {
                let mut cpu = None;
                let mut vector = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 63)),
                    "vector" => put(&mut vector, r.u32(0, 255)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Interrupt {
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                })
            }
            "line" => {
                let mut device = None;
                r.fields(|r, name| match name {
                    "device" => put(&mut device, r.u32(0, 63)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Line {
                    device: need(device, "device")?,
                })
            }
            "tick" => {
                r.no_fields()?;
                Ok(Command::Tick)
            }
            other => Err(Error::expected(other, &["attach", "query", "alloc", "enable", "disable", "wait", "ack", "setAffinity", "program", "release", "releaseAll", "close", "crash", "event", "interrupt", "line", "tick"])),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    Done {
        writes: Option<Vec<BusWrite>>,
    },
    Failed {
        error: ErrorName,
        writes: Option<Vec<BusWrite>>,
    },
    Support {
        msix: u32,
        msi: u32,
        legacy: bool,
        mode: Mode,
        count: u32,
    },
    Granted {
        mode: Mode,
        count: u32,
        cpus: Vec<u32>,
        vectors: Vec<u32>,
        reserved: Vec<u32>,
        indices: Vec<u32>,
        writes: Option<Vec<BusWrite>>,
    },
    At {
        cpu: u32,
        vector: u32,
        prev_cpu: Option<u32>,
        prev_vector: Option<u32>,
        writes: Option<Vec<BusWrite>>,
    },
    Stored,
    Deferred,
    Events {
        count: u32,
    },
    Blocked,
    Delivered {
        device: u32,
        index: u32,
        handled: bool,
        woken: bool,
        cpu: u32,
        vector: u32,
        stray: Option<bool>,
        writes: Option<Vec<BusWrite>>,
    },
    Spurious,
    Cleaned {
        devices: Vec<u32>,
        indices: Vec<u32>,
    },
    Refused {
        writes: Option<Vec<BusWrite>>,
    },
}

impl Read for Response {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        match &*r.kind()? {
            "done" => {
                let mut writes = None;
                r.fields(|r, name| match name {
                    "writes" => put(&mut writes, r.list(|r| BusWrite::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Done {
                    writes,
                })
            }
            "failed" => {
                let mut error = None;
                let mut writes = None;
                r.fields(|r, name| match name {
                    "error" => put(&mut error, ErrorName::read(r)),
                    "writes" => put(&mut writes, r.list(|r| BusWrite::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Failed {
                    error: need(error, "error")?,
                    writes,
                })
            }
            "support" => {
                let mut msix = None;
                let mut msi = None;
                let mut legacy = None;
                let mut mode = None;
                let mut count = None;
                r.fields(|r, name| match name {
                    "msix" => put(&mut msix, r.u32(0, 4_294_967_295)),
                    "msi" => put(&mut msi, r.u32(0, 4_294_967_295)),
                    "legacy" => put(&mut legacy, r.boolean()),
                    "mode" => put(&mut mode, Mode::read(r)),
                    "count" => put(&mut count, r.u32(0, 4_294_967_295)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Support {
                    msix: need(msix, "msix")?,
                    msi: need(msi, "msi")?,
                    legacy: need(legacy, "legacy")?,
                    mode: need(mode, "mode")?,
                    count: need(count, "count")?,
                })
            }
            "granted" => {
                let mut mode = None;
                let mut count = None;
                let mut cpus = None;
                let mut vectors = None;
                let mut reserved = None;
                let mut indices = None;
                let mut writes = None;
                r.fields(|r, name| match name {
                    "mode" => put(&mut mode, Mode::read(r)),
                    "count" => put(&mut count, r.u32(0, 4_294_967_295)),
                    "cpus" => put(&mut cpus, r.list(|r| r.u32(0, 4_294_967_295))),
                    "vectors" => put(&mut vectors, r.list(|r| r.u32(0, 4_294_967_295))),
                    "reserved" => put(&mut reserved, r.list(|r| r.u32(0, 4_294_967_295))),
                    "indices" => put(&mut indices, r.list(|r| r.u32(0, 4_294_967_295))),
                    "writes" => put(&mut writes, r.list(|r| BusWrite::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Granted {
                    mode: need(mode, "mode")?,
                    count: need(count, "count")?,
                    cpus: need(cpus, "cpus")?,
                    vectors: need(vectors, "vectors")?,
                    reserved: need(reserved, "reserved")?,
                    indices: need(indices, "indices")?,
                    writes,
                })
            }
            "at" => {
                let mut cpu = None;
                let mut vector = None;
                let mut prev_cpu = None;
                let mut prev_vector = None;
                let mut writes = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 4_294_967_295)),
                    "vector" => put(&mut vector, r.u32(0, 4_294_967_295)),
                    "prevCpu" => put(&mut prev_cpu, r.u32(0, 4_294_967_295)),
                    "prevVector" => put(&mut prev_vector, r.u32(0, 4_294_967_295)),
                    "writes" => put(&mut writes, r.list(|r| BusWrite::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::At {
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                    prev_cpu,
                    prev_vector,
                    writes,
                })
            }
            "stored" => {
                r.no_fields()?;
                Ok(Response::Stored)
            }
            "deferred" => {
                r.no_fields()?;
                Ok(Response::Deferred)
            }
            "events" => {
                let mut count = None;
                r.fields(|r, name| match name {
                    "count" => put(&mut count, r.u32(0, 4_294_967_295)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Events {
                    count: need(count, "count")?,
                })
            }
            "blocked" => {
                r.no_fields()?;
                Ok(Response::Blocked)
            }
            "delivered" => {
                let mut device = None;
                let mut index = None;
                let mut handled = None;
                let mut woken = None;
                let mut cpu = None;
                let mut vector = None;
                let mut stray = None;
                let mut writes = None;
                r.fields(|r, name| match name {
                    "device" => put(&mut device, r.u32(0, 4_294_967_295)),
                    "index" => put(&mut index, r.u32(0, 4_294_967_295)),
                    "handled" => put(&mut handled, r.boolean()),
                    "woken" => put(&mut woken, r.boolean()),
                    "cpu" => put(&mut cpu, r.u32(0, 4_294_967_295)),
                    "vector" => put(&mut vector, r.u32(0, 4_294_967_295)),
                    "stray" => put(&mut stray, r.boolean()),
                    "writes" => put(&mut writes, r.list(|r| BusWrite::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Delivered {
                    device: need(device, "device")?,
                    index: need(index, "index")?,
                    handled: need(handled, "handled")?,
                    woken: need(woken, "woken")?,
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                    stray,
                    writes,
                })
            }
            "spurious" => {
                r.no_fields()?;
                Ok(Response::Spurious)
            }
            "cleaned" => {
                let mut devices = None;
                let mut indices = None;
                r.fields(|r, name| match name {
                    "devices" => put(&mut devices, r.list(|r| r.u32(0, 4_294_967_295))),
                    "indices" => put(&mut indices, r.list(|r| r.u32(0, 4_294_967_295))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Cleaned {
                    devices: need(devices, "devices")?,
                    indices: need(indices, "indices")?,
                })
            }
            "refused" => {
                let mut writes = None;
                r.fields(|r, name| match name {
                    "writes" => put(&mut writes, r.list(|r| BusWrite::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Refused {
                    writes,
                })
            }
            other => Err(Error::expected(other, &["done", "failed", "support", "granted", "at", "stored", "deferred", "events", "blocked", "delivered", "spurious", "cleaned", "refused"])),
        }
    }
}

impl Print for Response {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Response::Done { writes } => {
                let mut f = Fields::of("done", out)?;
                f.optional("writes", writes)?;
                f.end()
            }
            Response::Failed { error, writes } => {
                let mut f = Fields::of("failed", out)?;
                f.field("error", error)?;
                f.optional("writes", writes)?;
                f.end()
            }
            Response::Support { msix, msi, legacy, mode, count } => {
                let mut f = Fields::of("support", out)?;
                f.field("msix", msix)?;
                f.field("msi", msi)?;
                f.field("legacy", legacy)?;
                f.field("mode", mode)?;
                f.field("count", count)?;
                f.end()
            }
            Response::Granted { mode, count, cpus, vectors, reserved, indices, writes } => {
                let mut f = Fields::of("granted", out)?;
                f.field("mode", mode)?;
                f.field("count", count)?;
                f.field("cpus", cpus)?;
                f.field("vectors", vectors)?;
                f.field("reserved", reserved)?;
                f.field("indices", indices)?;
                f.optional("writes", writes)?;
                f.end()
            }
            Response::At { cpu, vector, prev_cpu, prev_vector, writes } => {
                let mut f = Fields::of("at", out)?;
                f.field("cpu", cpu)?;
                f.field("vector", vector)?;
                f.optional("prevCpu", prev_cpu)?;
                f.optional("prevVector", prev_vector)?;
                f.optional("writes", writes)?;
                f.end()
            }
            Response::Stored => Fields::of("stored", out)?.end(),
            Response::Deferred => Fields::of("deferred", out)?.end(),
            Response::Events { count } => {
                let mut f = Fields::of("events", out)?;
                f.field("count", count)?;
                f.end()
            }
            Response::Blocked => Fields::of("blocked", out)?.end(),
            Response::Delivered { device, index, handled, woken, cpu, vector, stray, writes } => {
                let mut f = Fields::of("delivered", out)?;
                f.field("device", device)?;
                f.field("index", index)?;
                f.field("handled", handled)?;
                f.field("woken", woken)?;
                f.field("cpu", cpu)?;
                f.field("vector", vector)?;
                f.optional("stray", stray)?;
                f.optional("writes", writes)?;
                f.end()
            }
            Response::Spurious => Fields::of("spurious", out)?.end(),
            Response::Cleaned { devices, indices } => {
                let mut f = Fields::of("cleaned", out)?;
                f.field("devices", devices)?;
                f.field("indices", indices)?;
                f.end()
            }
            Response::Refused { writes } => {
                let mut f = Fields::of("refused", out)?;
                f.optional("writes", writes)?;
                f.end()
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusWrite {
    pub device: u32,
    pub space: Space,
    pub bar: u32,
    pub offset: u32,
    pub width: u32,
    pub value: u32,
}

impl Read for BusWrite {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut device = None;
        let mut space = None;
        let mut bar = None;
        let mut offset = None;
        let mut width = None;
        let mut value = None;
        r.object(|r, name| match name {
            "device" => put(&mut device, r.u32(0, 63)),
            "space" => put(&mut space, Space::read(r)),
            "bar" => put(&mut bar, r.u32(0, 5)),
            "offset" => put(&mut offset, r.u32(0, 4_294_967_295)),
            "width" => put(&mut width, r.u32(1, 4)),
            "value" => put(&mut value, r.u32(0, 4_294_967_295)),
            _ => Err(Error::no_such_field()),
        })?;
        Ok(BusWrite {
            device: need(device, "device")?,
            space: need(space, "space")?,
            bar: need(bar, "bar")?,
            offset: need(offset, "offset")?,
            width: need(width, "width")?,
            value: need(value, "value")?,
        })
    }
}

impl Print for BusWrite {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("device", &self.device)?;
        f.field("space", &self.space)?;
        f.field("bar", &self.bar)?;
        f.field("offset", &self.offset)?;
        f.field("width", &self.width)?;
        f.field("value", &self.value)?;
        f.end()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    Config,
    Bar,
}

impl Read for Space {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Space::Config, Space::Bar];
        Ok(all[r.name(&["config", "bar"])?])
    }
}

impl Print for Space {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let name = match self {
            Space::Config => "config",
            Space::Bar => "bar",
        };
        name.print(out)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorName {
    Einval,
    Enospc,
    Ebusy,
    Erange,
    Enodev,
    Enotsupp,
    Eio,
    Eperm,
    Enomem,
}

impl Read for ErrorName {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [ErrorName::Einval, ErrorName::Enospc, ErrorName::Ebusy, ErrorName::Erange, ErrorName::Enodev, ErrorName::Enotsupp, ErrorName::Eio, ErrorName::Eperm, ErrorName::Enomem];
        Ok(all[r.name(&["EINVAL", "ENOSPC", "EBUSY", "ERANGE", "ENODEV", "ENOTSUPP", "EIO", "EPERM", "ENOMEM"])?])
    }
}

impl Print for ErrorName {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let name = match self {
            ErrorName::Einval => "EINVAL",
            ErrorName::Enospc => "ENOSPC",
            ErrorName::Ebusy => "EBUSY",
            ErrorName::Erange => "ERANGE",
            ErrorName::Enodev => "ENODEV",
            ErrorName::Enotsupp => "ENOTSUPP",
            ErrorName::Eio => "EIO",
            ErrorName::Eperm => "EPERM",
            ErrorName::Enomem => "ENOMEM",
        };
        name.print(out)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    None,
    Msix,
    Msi,
    Legacy,
}

impl Read for Mode {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Mode::None, Mode::Msix, Mode::Msi, Mode::Legacy];
        Ok(all[r.name(&["none", "msix", "msi", "legacy"])?])
    }
}

impl Print for Mode {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let name = match self {
            Mode::None => "none",
            Mode::Msix => "msix",
            Mode::Msi => "msi",
            Mode::Legacy => "legacy",
        };
        name.print(out)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observation {
    pub taken: Option<Vec<Vec<u32>>>,
    pub aside: Option<Vec<u32>>,
    pub reserved: Option<u32>,
}

impl Print for Observation {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.optional("taken", &self.taken)?;
        f.optional("aside", &self.aside)?;
        f.optional("reserved", &self.reserved)?;
        f.end()
    }
}

/// irq/driver: what a driver sees: choice of mode, vectors, waiting, release and death.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area;

impl Subsystem for Area {
    const PATH: &'static str = "irq/driver";
    const COMMANDS: &'static [&'static str] = &[
        "attach",
        "query",
        "alloc",
        "enable",
        "disable",
        "wait",
        "ack",
        "setAffinity",
        "program",
        "release",
        "releaseAll",
        "close",
        "crash",
        "event",
        "interrupt",
        "line",
        "tick",
    ];
    const OBSERVABLES: &'static [&'static str] = &[
        "bus",
        "vectors",
    ];
    const REFERENCES: &'static [(&'static str, &'static str)] = &[];
    type Config = Config;
    type Command = Command;
    type Response = Response;
    type Observation = Observation;

    fn kind(command: &Command) -> &'static str {
        match command {
            Command::Attach { .. } => "attach",
            Command::Query { .. } => "query",
            Command::Alloc { .. } => "alloc",
            Command::Enable { .. } => "enable",
            Command::Disable { .. } => "disable",
            Command::Wait { .. } => "wait",
            Command::Ack { .. } => "ack",
            Command::SetAffinity { .. } => "setAffinity",
            Command::Program { .. } => "program",
            Command::Release { .. } => "release",
            Command::ReleaseAll { .. } => "releaseAll",
            Command::Close { .. } => "close",
            Command::Crash { .. } => "crash",
            Command::Event { .. } => "event",
            Command::Interrupt { .. } => "interrupt",
            Command::Line { .. } => "line",
            Command::Tick => "tick",
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
