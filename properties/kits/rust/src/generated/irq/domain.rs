//! The words of `irq/domain`: interrupt domain: from the device's event to its handler's end, through every level.
//!
//! What they mean is written beside their codecs, in `spec/irq/domain/vocabulary.ts`.
// Generated from the codecs by `npm run generate`; not to be edited.
#[cfg(feature = "irq-domain-interleaving")]
pub mod interleaving;

use crate::json::{need, put, Error, Fields, Print, Read, Reader};
use crate::system::Subsystem;
use alloc::vec::Vec;
use core::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub apic_ids: Vec<u32>,
    pub apic: Apic,
    pub online: Vec<u32>,
    pub hotplug: bool,
    pub remapping: Remapping,
    pub wide: bool,
    pub table_entries: u32,
    pub start: u32,
    pub end: u32,
    pub system: Vec<u32>,
    pub devices: Vec<Device>,
    pub lines: Vec<u32>,
    pub window: u32,
    pub limit: u32,
}

impl Read for Config {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut apic_ids = None;
        let mut apic = None;
        let mut online = None;
        let mut hotplug = None;
        let mut remapping = None;
        let mut wide = None;
        let mut table_entries = None;
        let mut start = None;
        let mut end = None;
        let mut system = None;
        let mut devices = None;
        let mut lines = None;
        let mut window = None;
        let mut limit = None;
        r.fields(|r, name| match name {
            "apicIds" => put(&mut apic_ids, r.list(|r| r.u32(0, 4_294_967_295))),
            "apic" => put(&mut apic, Apic::read(r)),
            "online" => put(&mut online, r.list(|r| r.u32(0, 255))),
            "hotplug" => put(&mut hotplug, r.boolean()),
            "remapping" => put(&mut remapping, Remapping::read(r)),
            "wide" => put(&mut wide, r.boolean()),
            "tableEntries" => put(&mut table_entries, r.u32(2, 65_536)),
            "start" => put(&mut start, r.u32(32, 234)),
            "end" => put(&mut end, r.u32(33, 235)),
            "system" => put(&mut system, r.list(|r| r.u32(0, 255))),
            "devices" => put(&mut devices, r.list(|r| Device::read(r))),
            "lines" => put(&mut lines, r.list(|r| r.u32(0, 255))),
            "window" => put(&mut window, r.u32(2, 100_000)),
            "limit" => put(&mut limit, r.u32(1, 100_000)),
            _ => Err(Error::no_such_field()),
        })?;
        Ok(Config {
            apic_ids: need(apic_ids, "apicIds")?,
            apic: need(apic, "apic")?,
            online: need(online, "online")?,
            hotplug: need(hotplug, "hotplug")?,
            remapping: need(remapping, "remapping")?,
            wide: need(wide, "wide")?,
            table_entries: need(table_entries, "tableEntries")?,
            start: need(start, "start")?,
            end: need(end, "end")?,
            system: need(system, "system")?,
            devices: need(devices, "devices")?,
            lines: need(lines, "lines")?,
            window: need(window, "window")?,
            limit: need(limit, "limit")?,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remapping {
    None,
    Intel,
    Amd,
}

impl Read for Remapping {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Remapping::None, Remapping::Intel, Remapping::Amd];
        Ok(all[r.name(&["none", "intel", "amd"])?])
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    pub requester: u32,
    pub source: Source,
    pub entries: u32,
    pub maskable: bool,
}

impl Read for Device {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut requester = None;
        let mut source = None;
        let mut entries = None;
        let mut maskable = None;
        r.object(|r, name| match name {
            "requester" => put(&mut requester, r.u32(0, 65_535)),
            "source" => put(&mut source, Source::read(r)),
            "entries" => put(&mut entries, r.u32(1, 2_048)),
            "maskable" => put(&mut maskable, r.boolean()),
            _ => Err(Error::no_such_field()),
        })?;
        Ok(Device {
            requester: need(requester, "requester")?,
            source: need(source, "source")?,
            entries: need(entries, "entries")?,
            maskable: need(maskable, "maskable")?,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Msi,
    Msix,
}

impl Read for Source {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Source::Msi, Source::Msix];
        Ok(all[r.name(&["msi", "msix"])?])
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Alloc {
        device: u32,
        first: u32,
        count: u32,
        policy: Policy,
        cpus: Vec<u32>,
    },
    Free {
        irq: u32,
    },
    Startup {
        irq: u32,
    },
    Shutdown {
        irq: u32,
    },
    Disable {
        irq: u32,
    },
    Enable {
        irq: u32,
    },
    Mask {
        irq: u32,
    },
    Unmask {
        irq: u32,
    },
    SetAffinity {
        irq: u32,
        cpus: Vec<u32>,
    },
    Take {
        cpu: u32,
        vector: u32,
        pending: Vec<u32>,
        again: bool,
    },
    Handled {
        cpu: u32,
    },
    Resume {
        cpu: u32,
    },
    Spurious {
        cpu: u32,
    },
    Cleanup {
        cpu: u32,
        pending: Vec<u32>,
    },
    CpuDown {
        cpu: u32,
        pending: Vec<u32>,
    },
    CpuUp {
        cpu: u32,
    },
    Event {
        irq: u32,
        fate: Fate,
    },
    Arrive {
        nth: u32,
    },
    Phantom {
        cpu: u32,
        vector: u32,
    },
    Timer {
        cpu: u32,
    },
    Request {
        line: u32,
        handler: u32,
    },
    Release {
        line: u32,
        handler: u32,
    },
    Line {
        line: u32,
        asserted: Vec<u32>,
        late: bool,
    },
}

impl Read for Command {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        match &*r.kind()? {
            "alloc" => {
                let mut device = None;
                let mut first = None;
                let mut count = None;
                let mut policy = None;
                let mut cpus = None;
                r.fields(|r, name| match name {
                    "device" => put(&mut device, r.u32(0, 63)),
                    "first" => put(&mut first, r.u32(0, 4_095)),
                    "count" => put(&mut count, r.u32(1, 32)),
                    "policy" => put(&mut policy, Policy::read(r)),
                    "cpus" => put(&mut cpus, r.list(|r| r.u32(0, 255))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Alloc {
                    device: need(device, "device")?,
                    first: need(first, "first")?,
                    count: need(count, "count")?,
                    policy: need(policy, "policy")?,
                    cpus: need(cpus, "cpus")?,
                })
            }
            "free" => {
                let mut irq = None;
                r.fields(|r, name| match name {
                    "irq" => put(&mut irq, r.u32(0, 4_095)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Free {
                    irq: need(irq, "irq")?,
                })
            }
            "startup" => {
                let mut irq = None;
                r.fields(|r, name| match name {
                    "irq" => put(&mut irq, r.u32(0, 4_095)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Startup {
                    irq: need(irq, "irq")?,
                })
            }
            "shutdown" => {
                let mut irq = None;
                r.fields(|r, name| match name {
                    "irq" => put(&mut irq, r.u32(0, 4_095)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Shutdown {
                    irq: need(irq, "irq")?,
                })
            }
            "disable" => {
                let mut irq = None;
                r.fields(|r, name| match name {
                    "irq" => put(&mut irq, r.u32(0, 4_095)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Disable {
                    irq: need(irq, "irq")?,
                })
            }
            "enable" => {
                let mut irq = None;
                r.fields(|r, name| match name {
                    "irq" => put(&mut irq, r.u32(0, 4_095)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Enable {
                    irq: need(irq, "irq")?,
                })
            }
            "mask" => {
                let mut irq = None;
                r.fields(|r, name| match name {
                    "irq" => put(&mut irq, r.u32(0, 4_095)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Mask {
                    irq: need(irq, "irq")?,
                })
            }
            "unmask" => {
                let mut irq = None;
                r.fields(|r, name| match name {
                    "irq" => put(&mut irq, r.u32(0, 4_095)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Unmask {
                    irq: need(irq, "irq")?,
                })
            }
            "setAffinity" => {
                let mut irq = None;
                let mut cpus = None;
                r.fields(|r, name| match name {
                    "irq" => put(&mut irq, r.u32(0, 4_095)),
                    "cpus" => put(&mut cpus, r.list(|r| r.u32(0, 255))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::SetAffinity {
                    irq: need(irq, "irq")?,
                    cpus: need(cpus, "cpus")?,
                })
            }
            "take" => {
                let mut cpu = None;
                let mut vector = None;
                let mut pending = None;
                let mut again = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 255)),
                    "vector" => put(&mut vector, r.u32(0, 255)),
                    "pending" => put(&mut pending, r.list(|r| r.u32(0, 255))),
                    "again" => put(&mut again, r.boolean()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Take {
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                    pending: need(pending, "pending")?,
                    again: need(again, "again")?,
                })
            }
            "handled" => {
                let mut cpu = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 255)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Handled {
                    cpu: need(cpu, "cpu")?,
                })
            }
            "resume" => {
                let mut cpu = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 255)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Resume {
                    cpu: need(cpu, "cpu")?,
                })
            }
            "spurious" => {
                let mut cpu = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 255)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Spurious {
                    cpu: need(cpu, "cpu")?,
                })
            }
            "cleanup" => {
                let mut cpu = None;
                let mut pending = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 255)),
                    "pending" => put(&mut pending, r.list(|r| r.u32(0, 255))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Cleanup {
                    cpu: need(cpu, "cpu")?,
                    pending: need(pending, "pending")?,
                })
            }
            "cpuDown" => {
                let mut cpu = None;
                let mut pending = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 255)),
                    "pending" => put(&mut pending, r.list(|r| r.u32(0, 255))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::CpuDown {
                    cpu: need(cpu, "cpu")?,
                    pending: need(pending, "pending")?,
                })
            }
            "cpuUp" => {
                let mut cpu = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 255)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::CpuUp {
                    cpu: need(cpu, "cpu")?,
                })
            }
            "event" => {
                let mut irq = None;
                let mut fate = None;
                r.fields(|r, name| match name {
                    "irq" => put(&mut irq, r.u32(0, 4_095)),
                    "fate" => put(&mut fate, Fate::read(r)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Event {
                    irq: need(irq, "irq")?,
                    fate: need(fate, "fate")?,
                })
            }
            "arrive" => {
                let mut nth = None;
                r.fields(|r, name| match name {
                    "nth" => put(&mut nth, r.u32(0, 7)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Arrive {
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
            "timer" => {
                let mut cpu = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 255)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Timer {
                    cpu: need(cpu, "cpu")?,
                })
            }
            "request" => {
                let mut line = None;
                let mut handler = None;
                r.fields(|r, name| match name {
                    "line" => put(&mut line, r.u32(0, 15)),
                    "handler" => put(&mut handler, r.u32(0, 7)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Request {
                    line: need(line, "line")?,
                    handler: need(handler, "handler")?,
                })
            }
            "release" => {
                let mut line = None;
                let mut handler = None;
                r.fields(|r, name| match name {
                    "line" => put(&mut line, r.u32(0, 15)),
                    "handler" => put(&mut handler, r.u32(0, 7)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Release {
                    line: need(line, "line")?,
                    handler: need(handler, "handler")?,
                })
            }
            "line" => {
                let mut line = None;
                let mut asserted = None;
                let mut late = None;
                r.fields(|r, name| match name {
                    "line" => put(&mut line, r.u32(0, 15)),
                    "asserted" => put(&mut asserted, r.list(|r| r.u32(0, 7))),
                    "late" => put(&mut late, r.boolean()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Line {
                    line: need(line, "line")?,
                    asserted: need(asserted, "asserted")?,
                    late: need(late, "late")?,
                })
            }
            other => Err(Error::expected(other, &["alloc", "free", "startup", "shutdown", "disable", "enable", "mask", "unmask", "setAffinity", "take", "handled", "resume", "spurious", "cleanup", "cpuDown", "cpuUp", "event", "arrive", "phantom", "timer", "request", "release", "line"])),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    Managed,
    Reserve,
    Explicit,
}

impl Read for Policy {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Policy::Managed, Policy::Reserve, Policy::Explicit];
        Ok(all[r.name(&["managed", "reserve", "explicit"])?])
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Sent,
    Lost,
    Late,
    Twice,
}

impl Read for Fate {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Fate::Sent, Fate::Lost, Fate::Late, Fate::Twice];
        Ok(all[r.name(&["sent", "lost", "late", "twice"])?])
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    Done {
        bus: Vec<BusWrite>,
    },
    Allocated {
        numbers: Vec<u32>,
        cpus: Vec<u32>,
        vectors: Vec<u32>,
        reserved: Vec<u32>,
        indices: Vec<u32>,
        bus: Vec<BusWrite>,
    },
    Freed {
        vectors: Vec<Option<u32>>,
        bus: Vec<BusWrite>,
    },
    At {
        cpu: u32,
        vector: u32,
        prev_cpu: Option<u32>,
        prev_vector: Option<u32>,
        bus: Vec<BusWrite>,
    },
    Parked {
        bus: Vec<BusWrite>,
    },
    Stored {
        bus: Vec<BusWrite>,
    },
    Deferred {
        bus: Vec<BusWrite>,
    },
    Running {
        irq: u32,
        cpu: u32,
        vector: u32,
        stray: Option<bool>,
        bus: Vec<BusWrite>,
    },
    Held {
        irq: u32,
        cpu: u32,
        vector: u32,
        stray: Option<bool>,
        bus: Vec<BusWrite>,
    },
    Waiting {
        irq: u32,
        bus: Vec<BusWrite>,
    },
    Idle {
        bus: Vec<BusWrite>,
    },
    Stray {
        reported: bool,
        bus: Vec<BusWrite>,
    },
    Tick {
        bus: Vec<BusWrite>,
    },
    Cleaned {
        irqs: Vec<u32>,
        bus: Vec<BusWrite>,
    },
    Moved {
        irqs: Vec<u32>,
        cpus: Vec<u32>,
        vectors: Vec<u32>,
        bus: Vec<BusWrite>,
    },
    Served {
        handlers: Vec<u32>,
        off: bool,
        bus: Vec<BusWrite>,
    },
    Failed {
        error: Errno,
        bus: Vec<BusWrite>,
    },
    Fatal,
}

impl Read for Response {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        match &*r.kind()? {
            "done" => {
                let mut bus = None;
                r.fields(|r, name| match name {
                    "bus" => put(&mut bus, r.list(|r| BusWrite::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Done {
                    bus: need(bus, "bus")?,
                })
            }
            "allocated" => {
                let mut numbers = None;
                let mut cpus = None;
                let mut vectors = None;
                let mut reserved = None;
                let mut indices = None;
                let mut bus = None;
                r.fields(|r, name| match name {
                    "numbers" => put(&mut numbers, r.list(|r| r.u32(0, 4_294_967_295))),
                    "cpus" => put(&mut cpus, r.list(|r| r.u32(0, 4_294_967_295))),
                    "vectors" => put(&mut vectors, r.list(|r| r.u32(0, 4_294_967_295))),
                    "reserved" => put(&mut reserved, r.list(|r| r.u32(0, 4_294_967_295))),
                    "indices" => put(&mut indices, r.list(|r| r.u32(0, 4_294_967_295))),
                    "bus" => put(&mut bus, r.list(|r| BusWrite::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Allocated {
                    numbers: need(numbers, "numbers")?,
                    cpus: need(cpus, "cpus")?,
                    vectors: need(vectors, "vectors")?,
                    reserved: need(reserved, "reserved")?,
                    indices: need(indices, "indices")?,
                    bus: need(bus, "bus")?,
                })
            }
            "freed" => {
                let mut vectors = None;
                let mut bus = None;
                r.fields(|r, name| match name {
                    "vectors" => put(&mut vectors, r.list(|r| r.nullable(|r| r.u32(0, 4_294_967_295)))),
                    "bus" => put(&mut bus, r.list(|r| BusWrite::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Freed {
                    vectors: need(vectors, "vectors")?,
                    bus: need(bus, "bus")?,
                })
            }
            "at" => {
                let mut cpu = None;
                let mut vector = None;
                let mut prev_cpu = None;
                let mut prev_vector = None;
                let mut bus = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 4_294_967_295)),
                    "vector" => put(&mut vector, r.u32(0, 4_294_967_295)),
                    "prevCpu" => put(&mut prev_cpu, r.u32(0, 4_294_967_295)),
                    "prevVector" => put(&mut prev_vector, r.u32(0, 4_294_967_295)),
                    "bus" => put(&mut bus, r.list(|r| BusWrite::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::At {
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                    prev_cpu,
                    prev_vector,
                    bus: need(bus, "bus")?,
                })
            }
            "parked" => {
                let mut bus = None;
                r.fields(|r, name| match name {
                    "bus" => put(&mut bus, r.list(|r| BusWrite::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Parked {
                    bus: need(bus, "bus")?,
                })
            }
            "stored" => {
                let mut bus = None;
                r.fields(|r, name| match name {
                    "bus" => put(&mut bus, r.list(|r| BusWrite::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Stored {
                    bus: need(bus, "bus")?,
                })
            }
            "deferred" => {
                let mut bus = None;
                r.fields(|r, name| match name {
                    "bus" => put(&mut bus, r.list(|r| BusWrite::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Deferred {
                    bus: need(bus, "bus")?,
                })
            }
            "running" => {
                let mut irq = None;
                let mut cpu = None;
                let mut vector = None;
                let mut stray = None;
                let mut bus = None;
                r.fields(|r, name| match name {
                    "irq" => put(&mut irq, r.u32(0, 4_294_967_295)),
                    "cpu" => put(&mut cpu, r.u32(0, 4_294_967_295)),
                    "vector" => put(&mut vector, r.u32(0, 4_294_967_295)),
                    "stray" => put(&mut stray, r.boolean()),
                    "bus" => put(&mut bus, r.list(|r| BusWrite::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Running {
                    irq: need(irq, "irq")?,
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                    stray,
                    bus: need(bus, "bus")?,
                })
            }
            "held" => {
                let mut irq = None;
                let mut cpu = None;
                let mut vector = None;
                let mut stray = None;
                let mut bus = None;
                r.fields(|r, name| match name {
                    "irq" => put(&mut irq, r.u32(0, 4_294_967_295)),
                    "cpu" => put(&mut cpu, r.u32(0, 4_294_967_295)),
                    "vector" => put(&mut vector, r.u32(0, 4_294_967_295)),
                    "stray" => put(&mut stray, r.boolean()),
                    "bus" => put(&mut bus, r.list(|r| BusWrite::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Held {
                    irq: need(irq, "irq")?,
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                    stray,
                    bus: need(bus, "bus")?,
                })
            }
            "waiting" => {
                let mut irq = None;
                let mut bus = None;
                r.fields(|r, name| match name {
                    "irq" => put(&mut irq, r.u32(0, 4_294_967_295)),
                    "bus" => put(&mut bus, r.list(|r| BusWrite::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Waiting {
                    irq: need(irq, "irq")?,
                    bus: need(bus, "bus")?,
                })
            }
            "idle" => {
                let mut bus = None;
                r.fields(|r, name| match name {
                    "bus" => put(&mut bus, r.list(|r| BusWrite::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Idle {
                    bus: need(bus, "bus")?,
                })
            }
            "stray" => {
                let mut reported = None;
                let mut bus = None;
                r.fields(|r, name| match name {
                    "reported" => put(&mut reported, r.boolean()),
                    "bus" => put(&mut bus, r.list(|r| BusWrite::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Stray {
                    reported: need(reported, "reported")?,
                    bus: need(bus, "bus")?,
                })
            }
            "tick" => {
                let mut bus = None;
                r.fields(|r, name| match name {
                    "bus" => put(&mut bus, r.list(|r| BusWrite::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Tick {
                    bus: need(bus, "bus")?,
                })
            }
            "cleaned" => {
                let mut irqs = None;
                let mut bus = None;
                r.fields(|r, name| match name {
                    "irqs" => put(&mut irqs, r.list(|r| r.u32(0, 4_294_967_295))),
                    "bus" => put(&mut bus, r.list(|r| BusWrite::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Cleaned {
                    irqs: need(irqs, "irqs")?,
                    bus: need(bus, "bus")?,
                })
            }
            "moved" => {
                let mut irqs = None;
                let mut cpus = None;
                let mut vectors = None;
                let mut bus = None;
                r.fields(|r, name| match name {
                    "irqs" => put(&mut irqs, r.list(|r| r.u32(0, 4_294_967_295))),
                    "cpus" => put(&mut cpus, r.list(|r| r.u32(0, 4_294_967_295))),
                    "vectors" => put(&mut vectors, r.list(|r| r.u32(0, 4_294_967_295))),
                    "bus" => put(&mut bus, r.list(|r| BusWrite::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Moved {
                    irqs: need(irqs, "irqs")?,
                    cpus: need(cpus, "cpus")?,
                    vectors: need(vectors, "vectors")?,
                    bus: need(bus, "bus")?,
                })
            }
            "served" => {
                let mut handlers = None;
                let mut off = None;
                let mut bus = None;
                r.fields(|r, name| match name {
                    "handlers" => put(&mut handlers, r.list(|r| r.u32(0, 4_294_967_295))),
                    "off" => put(&mut off, r.boolean()),
                    "bus" => put(&mut bus, r.list(|r| BusWrite::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Served {
                    handlers: need(handlers, "handlers")?,
                    off: need(off, "off")?,
                    bus: need(bus, "bus")?,
                })
            }
            "failed" => {
                let mut error = None;
                let mut bus = None;
                r.fields(|r, name| match name {
                    "error" => put(&mut error, Errno::read(r)),
                    "bus" => put(&mut bus, r.list(|r| BusWrite::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Failed {
                    error: need(error, "error")?,
                    bus: need(bus, "bus")?,
                })
            }
            "fatal" => {
                r.no_fields()?;
                Ok(Response::Fatal)
            }
            other => Err(Error::expected(other, &["done", "allocated", "freed", "at", "parked", "stored", "deferred", "running", "held", "waiting", "idle", "stray", "tick", "cleaned", "moved", "served", "failed", "fatal"])),
        }
    }
}

impl Print for Response {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Response::Done { bus } => {
                let mut f = Fields::of("done", out)?;
                f.field("bus", bus)?;
                f.end()
            }
            Response::Allocated { numbers, cpus, vectors, reserved, indices, bus } => {
                let mut f = Fields::of("allocated", out)?;
                f.field("numbers", numbers)?;
                f.field("cpus", cpus)?;
                f.field("vectors", vectors)?;
                f.field("reserved", reserved)?;
                f.field("indices", indices)?;
                f.field("bus", bus)?;
                f.end()
            }
            Response::Freed { vectors, bus } => {
                let mut f = Fields::of("freed", out)?;
                f.field("vectors", vectors)?;
                f.field("bus", bus)?;
                f.end()
            }
            Response::At { cpu, vector, prev_cpu, prev_vector, bus } => {
                let mut f = Fields::of("at", out)?;
                f.field("cpu", cpu)?;
                f.field("vector", vector)?;
                f.optional("prevCpu", prev_cpu)?;
                f.optional("prevVector", prev_vector)?;
                f.field("bus", bus)?;
                f.end()
            }
            Response::Parked { bus } => {
                let mut f = Fields::of("parked", out)?;
                f.field("bus", bus)?;
                f.end()
            }
            Response::Stored { bus } => {
                let mut f = Fields::of("stored", out)?;
                f.field("bus", bus)?;
                f.end()
            }
            Response::Deferred { bus } => {
                let mut f = Fields::of("deferred", out)?;
                f.field("bus", bus)?;
                f.end()
            }
            Response::Running { irq, cpu, vector, stray, bus } => {
                let mut f = Fields::of("running", out)?;
                f.field("irq", irq)?;
                f.field("cpu", cpu)?;
                f.field("vector", vector)?;
                f.optional("stray", stray)?;
                f.field("bus", bus)?;
                f.end()
            }
            Response::Held { irq, cpu, vector, stray, bus } => {
                let mut f = Fields::of("held", out)?;
                f.field("irq", irq)?;
                f.field("cpu", cpu)?;
                f.field("vector", vector)?;
                f.optional("stray", stray)?;
                f.field("bus", bus)?;
                f.end()
            }
            Response::Waiting { irq, bus } => {
                let mut f = Fields::of("waiting", out)?;
                f.field("irq", irq)?;
                f.field("bus", bus)?;
                f.end()
            }
            Response::Idle { bus } => {
                let mut f = Fields::of("idle", out)?;
                f.field("bus", bus)?;
                f.end()
            }
            Response::Stray { reported, bus } => {
                let mut f = Fields::of("stray", out)?;
                f.field("reported", reported)?;
                f.field("bus", bus)?;
                f.end()
            }
            Response::Tick { bus } => {
                let mut f = Fields::of("tick", out)?;
                f.field("bus", bus)?;
                f.end()
            }
            Response::Cleaned { irqs, bus } => {
                let mut f = Fields::of("cleaned", out)?;
                f.field("irqs", irqs)?;
                f.field("bus", bus)?;
                f.end()
            }
            Response::Moved { irqs, cpus, vectors, bus } => {
                let mut f = Fields::of("moved", out)?;
                f.field("irqs", irqs)?;
                f.field("cpus", cpus)?;
                f.field("vectors", vectors)?;
                f.field("bus", bus)?;
                f.end()
            }
            Response::Served { handlers, off, bus } => {
                let mut f = Fields::of("served", out)?;
                f.field("handlers", handlers)?;
                f.field("off", off)?;
                f.field("bus", bus)?;
                f.end()
            }
            Response::Failed { error, bus } => {
                let mut f = Fields::of("failed", out)?;
                f.field("error", error)?;
                f.field("bus", bus)?;
                f.end()
            }
            Response::Fatal => Fields::of("fatal", out)?.end(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusWrite {
    pub space: Space,
    pub unit: u32,
    pub bar: u32,
    pub offset: u32,
    pub width: u32,
    pub value: u32,
}

impl Read for BusWrite {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut space = None;
        let mut unit = None;
        let mut bar = None;
        let mut offset = None;
        let mut width = None;
        let mut value = None;
        r.object(|r, name| match name {
            "space" => put(&mut space, Space::read(r)),
            "unit" => put(&mut unit, r.u32(0, 65_535)),
            "bar" => put(&mut bar, r.u32(0, 5)),
            "offset" => put(&mut offset, r.u32(0, 4_294_967_295)),
            "width" => put(&mut width, r.u32(1, 4)),
            "value" => put(&mut value, r.u32(0, 4_294_967_295)),
            _ => Err(Error::no_such_field()),
        })?;
        Ok(BusWrite {
            space: need(space, "space")?,
            unit: need(unit, "unit")?,
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
        f.field("space", &self.space)?;
        f.field("unit", &self.unit)?;
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
    Apic,
    Remapping,
    Memory,
}

impl Read for Space {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Space::Config, Space::Bar, Space::Apic, Space::Remapping, Space::Memory];
        Ok(all[r.name(&["config", "bar", "apic", "remapping", "memory"])?])
    }
}

impl Print for Space {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let name = match self {
            Space::Config => "config",
            Space::Bar => "bar",
            Space::Apic => "apic",
            Space::Remapping => "remapping",
            Space::Memory => "memory",
        };
        name.print(out)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errno {
    Einval,
    Enospc,
    Enomem,
    Ebusy,
    Eexist,
    Erange,
    Eperm,
    Eio,
}

impl Read for Errno {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Errno::Einval, Errno::Enospc, Errno::Enomem, Errno::Ebusy, Errno::Eexist, Errno::Erange, Errno::Eperm, Errno::Eio];
        Ok(all[r.name(&["EINVAL", "ENOSPC", "ENOMEM", "EBUSY", "EEXIST", "ERANGE", "EPERM", "EIO"])?])
    }
}

impl Print for Errno {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let name = match self {
            Errno::Einval => "EINVAL",
            Errno::Enospc => "ENOSPC",
            Errno::Enomem => "ENOMEM",
            Errno::Ebusy => "EBUSY",
            Errno::Eexist => "EEXIST",
            Errno::Erange => "ERANGE",
            Errno::Eperm => "EPERM",
            Errno::Eio => "EIO",
        };
        name.print(out)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observation {
    pub vectors: Option<crate::irq::vector_matrix::assignment::Observation>,
    pub descs: Option<Vec<Desc>>,
    pub cpus: Option<Vec<Cpu>>,
    pub lines: Option<Vec<Line>>,
}

impl Print for Observation {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.optional("vectors", &self.vectors)?;
        f.optional("descs", &self.descs)?;
        f.optional("cpus", &self.cpus)?;
        f.optional("lines", &self.lines)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Desc {
    pub irq: u32,
    pub number: Option<u32>,
    pub message: Option<Option<Message>>,
    pub pending: Option<bool>,
}

impl Print for Desc {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("irq", &self.irq)?;
        f.optional("number", &self.number)?;
        f.optional("message", &self.message)?;
        f.optional("pending", &self.pending)?;
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

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cpu {
    pub cpu: u32,
    pub spurious: Option<u32>,
    pub ticks: Option<u32>,
}

impl Print for Cpu {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("cpu", &self.cpu)?;
        f.optional("spurious", &self.spurious)?;
        f.optional("ticks", &self.ticks)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    pub line: u32,
    pub handlers: Option<Vec<u32>>,
    pub off: Option<bool>,
}

impl Print for Line {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("line", &self.line)?;
        f.optional("handlers", &self.handlers)?;
        f.optional("off", &self.off)?;
        f.end()
    }
}

/// irq/domain: interrupt domain: from the device's event to its handler's end, through every level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area;

impl Subsystem for Area {
    const PATH: &'static str = "irq/domain";
    const COMMANDS: &'static [&'static str] = &[
        "alloc",
        "free",
        "startup",
        "shutdown",
        "disable",
        "enable",
        "mask",
        "unmask",
        "setAffinity",
        "take",
        "handled",
        "resume",
        "spurious",
        "cleanup",
        "cpuDown",
        "cpuUp",
        "event",
        "arrive",
        "phantom",
        "timer",
        "request",
        "release",
        "line",
    ];
    const OBSERVABLES: &'static [&'static str] = &[
        "irqs",
        "slots",
        "maps",
        "messages",
        "counters",
        "lines",
    ];
    const REFERENCES: &'static [(&'static str, &'static str)] = &[];
    type Config = Config;
    type Command = Command;
    type Response = Response;
    type Observation = Observation;

    fn kind(command: &Command) -> &'static str {
        match command {
            Command::Alloc { .. } => "alloc",
            Command::Free { .. } => "free",
            Command::Startup { .. } => "startup",
            Command::Shutdown { .. } => "shutdown",
            Command::Disable { .. } => "disable",
            Command::Enable { .. } => "enable",
            Command::Mask { .. } => "mask",
            Command::Unmask { .. } => "unmask",
            Command::SetAffinity { .. } => "setAffinity",
            Command::Take { .. } => "take",
            Command::Handled { .. } => "handled",
            Command::Resume { .. } => "resume",
            Command::Spurious { .. } => "spurious",
            Command::Cleanup { .. } => "cleanup",
            Command::CpuDown { .. } => "cpuDown",
            Command::CpuUp { .. } => "cpuUp",
            Command::Event { .. } => "event",
            Command::Arrive { .. } => "arrive",
            Command::Phantom { .. } => "phantom",
            Command::Timer { .. } => "timer",
            Command::Request { .. } => "request",
            Command::Release { .. } => "release",
            Command::Line { .. } => "line",
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
