//! The words of `irq/vector-matrix/allocator`: vector matrix: which (CPU, vector) is reserved, managed, allocated or free.
//!
//! What they mean is written beside their codecs, in `spec/irq/vector-matrix/allocator/vocabulary.ts`.
// Generated from the codecs by `npm run generate`; not to be edited.
use crate::json::{need, put, Error, Fields, Print, Read, Reader};
use crate::system::Subsystem;
use alloc::vec::Vec;
use core::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub cpus: u32,
    pub bits: u32,
    pub start: u32,
    pub end: u32,
    pub system: Vec<u32>,
    pub online: Vec<u32>,
    pub scope: Scope,
    pub hotplug: bool,
}

impl Read for Config {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut cpus = None;
        let mut bits = None;
        let mut start = None;
        let mut end = None;
        let mut system = None;
        let mut online = None;
        let mut scope = None;
        let mut hotplug = None;
        r.fields(|r, name| match name {
            "cpus" => put(&mut cpus, r.u32(1, 8_192)),
            "bits" => put(&mut bits, r.u32(1, 256)),
            "start" => put(&mut start, r.u32(0, 255)),
            "end" => put(&mut end, r.u32(1, 256)),
            "system" => put(&mut system, r.list(|r| r.u32(0, 255))),
            "online" => put(&mut online, r.list(|r| r.u32(0, 8_191))),
            "scope" => put(&mut scope, Scope::read(r)),
            "hotplug" => put(&mut hotplug, r.boolean()),
            _ => Err(Error::no_such_field()),
        })?;
        Ok(Config {
            cpus: need(cpus, "cpus")?,
            bits: need(bits, "bits")?,
            start: need(start, "start")?,
            end: need(end, "end")?,
            system: need(system, "system")?,
            online: need(online, "online")?,
            scope: need(scope, "scope")?,
            hotplug: need(hotplug, "hotplug")?,
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

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    AssignSystem {
        cpu: u32,
        vector: u32,
        replace: bool,
    },
    Online {
        cpu: u32,
    },
    Offline {
        cpu: u32,
    },
    Alloc {
        cpus: Vec<u32>,
        reserved: bool,
    },
    Assign {
        cpu: u32,
        vector: u32,
    },
    Free {
        cpu: u32,
        vector: u32,
        managed: bool,
        by: u32,
    },
    FreeRef {
        r#ref: u32,
        managed: bool,
        by: u32,
    },
    ReserveManaged {
        cpus: Vec<u32>,
    },
    RemoveManaged {
        cpus: Vec<u32>,
    },
    AllocManaged {
        cpus: Vec<u32>,
    },
    Reserve,
    RemoveReserved,
    AllocatedCount {
        cpu: u32,
    },
    AvailableCount {
        cpu: u32,
        down: bool,
    },
}

impl Read for Command {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        match &*r.kind()? {
            "assignSystem" => {
                let mut cpu = None;
                let mut vector = None;
                let mut replace = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 8_191)),
                    "vector" => put(&mut vector, r.u32(0, 256)),
                    "replace" => put(&mut replace, r.boolean()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::AssignSystem {
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                    replace: need(replace, "replace")?,
                })
            }
            "online" => {
                let mut cpu = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 8_191)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Online {
                    cpu: need(cpu, "cpu")?,
                })
            }
            "offline" => {
                let mut cpu = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 8_191)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Offline {
                    cpu: need(cpu, "cpu")?,
                })
            }
            "alloc" => {
                let mut cpus = None;
                let mut reserved = None;
                r.fields(|r, name| match name {
                    "cpus" => put(&mut cpus, r.list(|r| r.u32(0, 8_191))),
                    "reserved" => put(&mut reserved, r.boolean()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Alloc {
                    cpus: need(cpus, "cpus")?,
                    reserved: need(reserved, "reserved")?,
                })
            }
            "assign" => {
                let mut cpu = None;
                let mut vector = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 8_191)),
                    "vector" => put(&mut vector, r.u32(0, 256)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Assign {
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                })
            }
            "free" => {
                let mut cpu = None;
                let mut vector = None;
                let mut managed = None;
                let mut by = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 8_191)),
                    "vector" => put(&mut vector, r.u32(0, 256)),
                    "managed" => put(&mut managed, r.boolean()),
                    "by" => put(&mut by, r.u32(0, 8_191)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Free {
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                    managed: need(managed, "managed")?,
                    by: need(by, "by")?,
                })
            }
            "freeRef" => {
                let mut r#ref = None;
                let mut managed = None;
                let mut by = None;
                r.fields(|r, name| match name {
                    "ref" => put(&mut r#ref, r.u32(0, 2_147_483_648)),
                    "managed" => put(&mut managed, r.boolean()),
                    "by" => put(&mut by, r.u32(0, 8_191)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::FreeRef {
                    r#ref: need(r#ref, "ref")?,
                    managed: need(managed, "managed")?,
                    by: need(by, "by")?,
                })
            }
            "reserveManaged" => {
                let mut cpus = None;
                r.fields(|r, name| match name {
                    "cpus" => put(&mut cpus, r.list(|r| r.u32(0, 8_191))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::ReserveManaged {
                    cpus: need(cpus, "cpus")?,
                })
            }
            "removeManaged" => {
                let mut cpus = None;
                r.fields(|r, name| match name {
                    "cpus" => put(&mut cpus, r.list(|r| r.u32(0, 8_191))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::RemoveManaged {
                    cpus: need(cpus, "cpus")?,
                })
            }
            "allocManaged" => {
                let mut cpus = None;
                r.fields(|r, name| match name {
                    "cpus" => put(&mut cpus, r.list(|r| r.u32(0, 8_191))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::AllocManaged {
                    cpus: need(cpus, "cpus")?,
                })
            }
            "reserve" => {
                r.no_fields()?;
                Ok(Command::Reserve)
            }
            "removeReserved" => {
                r.no_fields()?;
                Ok(Command::RemoveReserved)
            }
            "allocatedCount" => {
                let mut cpu = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 8_191)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::AllocatedCount {
                    cpu: need(cpu, "cpu")?,
                })
            }
            "availableCount" => {
                let mut cpu = None;
                let mut down = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 8_191)),
                    "down" => put(&mut down, r.boolean()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::AvailableCount {
                    cpu: need(cpu, "cpu")?,
                    down: need(down, "down")?,
                })
            }
            other => Err(Error::expected(other, &["assignSystem", "online", "offline", "alloc", "assign", "free", "freeRef", "reserveManaged", "removeManaged", "allocManaged", "reserve", "removeReserved", "allocatedCount", "availableCount"])),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    Done,
    Allocated {
        cpu: u32,
        vector: u32,
    },
    ReservedManaged {
        vectors: Vec<u32>,
    },
    RemovedManaged {
        vectors: Vec<Option<u32>>,
    },
    Failed {
        error: Errno,
    },
    Count {
        value: i64,
    },
    Warned,
    Fatal,
}

impl Read for Response {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        match &*r.kind()? {
            "done" => {
                r.no_fields()?;
                Ok(Response::Done)
            }
            "allocated" => {
                let mut cpu = None;
                let mut vector = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 4_294_967_295)),
                    "vector" => put(&mut vector, r.u32(0, 4_294_967_295)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Allocated {
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                })
            }
            "reservedManaged" => {
                let mut vectors = None;
                r.fields(|r, name| match name {
                    "vectors" => put(&mut vectors, r.list(|r| r.u32(0, 4_294_967_295))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::ReservedManaged {
                    vectors: need(vectors, "vectors")?,
                })
            }
            "removedManaged" => {
                let mut vectors = None;
                r.fields(|r, name| match name {
                    "vectors" => put(&mut vectors, r.list(|r| r.nullable(|r| r.u32(0, 4_294_967_295)))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::RemovedManaged {
                    vectors: need(vectors, "vectors")?,
                })
            }
            "failed" => {
                let mut error = None;
                r.fields(|r, name| match name {
                    "error" => put(&mut error, Errno::read(r)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Failed {
                    error: need(error, "error")?,
                })
            }
            "count" => {
                let mut value = None;
                r.fields(|r, name| match name {
                    "value" => put(&mut value, r.integer(-2_147_483_648, 4_294_967_296)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Count {
                    value: need(value, "value")?,
                })
            }
            "warned" => {
                r.no_fields()?;
                Ok(Response::Warned)
            }
            "fatal" => {
                r.no_fields()?;
                Ok(Response::Fatal)
            }
            other => Err(Error::expected(other, &["done", "allocated", "reservedManaged", "removedManaged", "failed", "count", "warned", "fatal"])),
        }
    }
}

impl Print for Response {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Response::Done => Fields::of("done", out)?.end(),
            Response::Allocated { cpu, vector } => {
                let mut f = Fields::of("allocated", out)?;
                f.field("cpu", cpu)?;
                f.field("vector", vector)?;
                f.end()
            }
            Response::ReservedManaged { vectors } => {
                let mut f = Fields::of("reservedManaged", out)?;
                f.field("vectors", vectors)?;
                f.end()
            }
            Response::RemovedManaged { vectors } => {
                let mut f = Fields::of("removedManaged", out)?;
                f.field("vectors", vectors)?;
                f.end()
            }
            Response::Failed { error } => {
                let mut f = Fields::of("failed", out)?;
                f.field("error", error)?;
                f.end()
            }
            Response::Count { value } => {
                let mut f = Fields::of("count", out)?;
                f.field("value", value)?;
                f.end()
            }
            Response::Warned => Fields::of("warned", out)?.end(),
            Response::Fatal => Fields::of("fatal", out)?.end(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errno {
    Einval,
    Enospc,
    Ebusy,
}

impl Read for Errno {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Errno::Einval, Errno::Enospc, Errno::Ebusy];
        Ok(all[r.name(&["EINVAL", "ENOSPC", "EBUSY"])?])
    }
}

impl Print for Errno {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let name = match self {
            Errno::Einval => "EINVAL",
            Errno::Enospc => "ENOSPC",
            Errno::Ebusy => "EBUSY",
        };
        name.print(out)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observation {
    pub cpus: Vec<Cpu>,
    pub global_available: Option<i64>,
    pub global_reserved: Option<i64>,
    pub total_allocated: Option<i64>,
    pub online_maps: Option<i64>,
}

impl Print for Observation {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("cpus", &self.cpus)?;
        f.optional("globalAvailable", &self.global_available)?;
        f.optional("globalReserved", &self.global_reserved)?;
        f.optional("totalAllocated", &self.total_allocated)?;
        f.optional("onlineMaps", &self.online_maps)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cpu {
    pub cpu: u32,
    pub online: bool,
    pub available: Option<i64>,
    pub allocated: Option<i64>,
    pub managed: Option<i64>,
    pub managed_allocated: Option<i64>,
    pub alloc_map: Option<Vec<u32>>,
    pub managed_map: Option<Vec<u32>>,
}

impl Print for Cpu {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("cpu", &self.cpu)?;
        f.field("online", &self.online)?;
        f.optional("available", &self.available)?;
        f.optional("allocated", &self.allocated)?;
        f.optional("managed", &self.managed)?;
        f.optional("managedAllocated", &self.managed_allocated)?;
        f.optional("allocMap", &self.alloc_map)?;
        f.optional("managedMap", &self.managed_map)?;
        f.end()
    }
}

/// irq/vector-matrix/allocator: vector matrix: which (CPU, vector) is reserved, managed, allocated or free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area;

impl Subsystem for Area {
    const PATH: &'static str = "irq/vector-matrix/allocator";
    const COMMANDS: &'static [&'static str] = &[
        "assignSystem",
        "online",
        "offline",
        "alloc",
        "assign",
        "free",
        "freeRef",
        "reserveManaged",
        "removeManaged",
        "allocManaged",
        "reserve",
        "removeReserved",
        "allocatedCount",
        "availableCount",
    ];
    const OBSERVABLES: &'static [&'static str] = &[
        "counters",
        "maps",
    ];
    const REFERENCES: &'static [(&'static str, &'static str)] = &[("freeRef", "free")];
    type Config = Config;
    type Command = Command;
    type Response = Response;
    type Observation = Observation;

    fn kind(command: &Command) -> &'static str {
        match command {
            Command::AssignSystem { .. } => "assignSystem",
            Command::Online { .. } => "online",
            Command::Offline { .. } => "offline",
            Command::Alloc { .. } => "alloc",
            Command::Assign { .. } => "assign",
            Command::Free { .. } => "free",
            Command::FreeRef { .. } => "freeRef",
            Command::ReserveManaged { .. } => "reserveManaged",
            Command::RemoveManaged { .. } => "removeManaged",
            Command::AllocManaged { .. } => "allocManaged",
            Command::Reserve => "reserve",
            Command::RemoveReserved => "removeReserved",
            Command::AllocatedCount { .. } => "allocatedCount",
            Command::AvailableCount { .. } => "availableCount",
        }
    }

    type Given = (u32, u32);

    fn reference(command: &Command) -> Option<u32> {
        match command {
            Command::FreeRef { r#ref, .. } => Some(*r#ref),
            _ => None,
        }
    }

    fn given(command: &Command, response: &Response) -> Option<Self::Given> {
        match (command, response) {
            (_, Response::Allocated { cpu, vector, .. }) => Some((*cpu, *vector)),
            (Command::Assign { cpu, vector, .. }, Response::Done) => Some((*cpu, *vector)),
            _ => None,
        }
    }

    fn resolve(command: Command, given: Self::Given) -> Command {
        let (cpu, vector) = given;
        match command {
            Command::FreeRef { managed, by, .. } => {
                Command::Free { cpu, vector, managed, by }
            }
            other => other,
        }
    }
}
