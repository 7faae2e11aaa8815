//! The words of `irq/vector-matrix/assignment`: vector assignment: which interrupt owns which vector, moves, CPU hotplug, spreading.
//!
//! What they mean is written beside their codecs, in `spec/irq/vector-matrix/assignment/vocabulary.ts`.
// Generated from the codecs by `npm run generate`; not to be edited.
use crate::json::{need, put, Error, Fields, Print, Read, Reader};
use crate::system::Subsystem;
use alloc::vec::Vec;
use core::fmt;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    pub cpus: u32,
    pub bits: u32,
    pub start: u32,
    pub end: u32,
    pub system: Vec<u32>,
    pub online: Vec<u32>,
    pub hotplug: bool,
    pub irqs: u32,
    pub remapping: bool,
    pub cleanup_bound: u32,
    pub nodes: Option<Vec<u32>>,
    pub cores: Option<Vec<u32>>,
    pub present: Option<Vec<u32>>,
    pub apic_ids: Option<Vec<u32>>,
}

impl Read for Config {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut cpus = None;
        let mut bits = None;
        let mut start = None;
        let mut end = None;
        let mut system = None;
        let mut online = None;
        let mut hotplug = None;
        let mut irqs = None;
        let mut remapping = None;
        let mut cleanup_bound = None;
        let mut nodes = None;
        let mut cores = None;
        let mut present = None;
        let mut apic_ids = None;
        r.fields(|r, name| match name {
            "cpus" => put(&mut cpus, r.u32(1, 8_192)),
            "bits" => put(&mut bits, r.u32(2, 256)),
            "start" => put(&mut start, r.u32(1, 255)),
            "end" => put(&mut end, r.u32(2, 256)),
            "system" => put(&mut system, r.list(|r| r.u32(0, 255))),
            "online" => put(&mut online, r.list(|r| r.u32(0, 8_191))),
            "hotplug" => put(&mut hotplug, r.boolean()),
            "irqs" => put(&mut irqs, r.u32(1, 65_536)),
            "remapping" => put(&mut remapping, r.boolean()),
            "cleanupBound" => put(&mut cleanup_bound, r.u32(1, 1_000)),
            "nodes" => put(&mut nodes, r.list(|r| r.u32(0, 8_191))),
            "cores" => put(&mut cores, r.list(|r| r.u32(0, 8_191))),
            "present" => put(&mut present, r.list(|r| r.u32(0, 8_191))),
            "apicIds" => put(&mut apic_ids, r.list(|r| r.u32(0, 4_294_967_295))),
            _ => Err(Error::no_such_field()),
        })?;
        Ok(Config {
            cpus: need(cpus, "cpus")?,
            bits: need(bits, "bits")?,
            start: need(start, "start")?,
            end: need(end, "end")?,
            system: need(system, "system")?,
            online: need(online, "online")?,
            hotplug: need(hotplug, "hotplug")?,
            irqs: need(irqs, "irqs")?,
            remapping: need(remapping, "remapping")?,
            cleanup_bound: need(cleanup_bound, "cleanupBound")?,
            nodes,
            cores,
            present,
            apic_ids,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Setup {
        irq: u32,
        count: u32,
        cpus: Vec<u32>,
        policy: Policy,
        maskable: bool,
        node: Option<u32>,
    },
    Startup {
        irq: u32,
    },
    Shutdown {
        irq: u32,
    },
    Teardown {
        irq: u32,
    },
    Disable {
        irq: u32,
    },
    Enable {
        irq: u32,
    },
    SetAffinity {
        irq: u32,
        cpus: Vec<u32>,
    },
    Pend {
        cpu: u32,
        vector: u32,
    },
    Deliver {
        cpu: u32,
        vector: u32,
        again: bool,
    },
    Interrupt {
        cpu: u32,
        vector: u32,
        again: bool,
    },
    Cleanup {
        cpu: u32,
    },
    Tick,
    CpuDown {
        cpu: u32,
        arriving: Vec<u32>,
    },
    CpuUp {
        cpu: u32,
    },
    Spread {
        vectors: u32,
        pre: u32,
        post: u32,
    },
}

impl Read for Command {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        match &*r.kind()? {
            "setup" => {
                let mut irq = None;
                let mut count = None;
                let mut cpus = None;
                let mut policy = None;
                let mut maskable = None;
                let mut node = None;
                r.fields(|r, name| match name {
                    "irq" => put(&mut irq, r.u32(0, 65_535)),
                    "count" => put(&mut count, r.u32(1, 2_048)),
                    "cpus" => put(&mut cpus, r.list(|r| r.u32(0, 8_191))),
                    "policy" => put(&mut policy, Policy::read(r)),
                    "maskable" => put(&mut maskable, r.boolean()),
                    "node" => put(&mut node, r.u32(0, 8_191)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Setup {
                    irq: need(irq, "irq")?,
                    count: need(count, "count")?,
                    cpus: need(cpus, "cpus")?,
                    policy: need(policy, "policy")?,
                    maskable: need(maskable, "maskable")?,
                    node,
                })
            }
            "startup" => {
                let mut irq = None;
                r.fields(|r, name| match name {
                    "irq" => put(&mut irq, r.u32(0, 65_535)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Startup {
                    irq: need(irq, "irq")?,
                })
            }
            "shutdown" => {
                let mut irq = None;
                r.fields(|r, name| match name {
                    "irq" => put(&mut irq, r.u32(0, 65_535)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Shutdown {
                    irq: need(irq, "irq")?,
                })
            }
            "teardown" => {
                let mut irq = None;
                r.fields(|r, name| match name {
                    "irq" => put(&mut irq, r.u32(0, 65_535)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Teardown {
                    irq: need(irq, "irq")?,
                })
            }
            "disable" => {
                let mut irq = None;
                r.fields(|r, name| match name {
                    "irq" => put(&mut irq, r.u32(0, 65_535)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Disable {
                    irq: need(irq, "irq")?,
                })
            }
            "enable" => {
                let mut irq = None;
                r.fields(|r, name| match name {
                    "irq" => put(&mut irq, r.u32(0, 65_535)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Enable {
                    irq: need(irq, "irq")?,
                })
            }
            "setAffinity" => {
                let mut irq = None;
                let mut cpus = None;
                r.fields(|r, name| match name {
                    "irq" => put(&mut irq, r.u32(0, 65_535)),
                    "cpus" => put(&mut cpus, r.list(|r| r.u32(0, 8_191))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::SetAffinity {
                    irq: need(irq, "irq")?,
                    cpus: need(cpus, "cpus")?,
                })
            }
            "pend" => {
                let mut cpu = None;
                let mut vector = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 8_191)),
                    "vector" => put(&mut vector, r.u32(0, 255)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Pend {
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                })
            }
            "deliver" => {
                let mut cpu = None;
                let mut vector = None;
                let mut again = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 8_191)),
                    "vector" => put(&mut vector, r.u32(0, 255)),
                    "again" => put(&mut again, r.boolean()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Deliver {
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                    again: need(again, "again")?,
                })
            }
            "interrupt" => {
                let mut cpu = None;
                let mut vector = None;
                let mut again = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 8_191)),
                    "vector" => put(&mut vector, r.u32(0, 255)),
                    "again" => put(&mut again, r.boolean()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Interrupt {
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                    again: need(again, "again")?,
                })
            }
            "cleanup" => {
                let mut cpu = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 8_191)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Cleanup {
                    cpu: need(cpu, "cpu")?,
                })
            }
            "tick" => {
                r.no_fields()?;
                Ok(Command::Tick)
            }
            "cpuDown" => {
                let mut cpu = None;
                let mut arriving = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 8_191)),
                    "arriving" => put(&mut arriving, r.list(|r| r.u32(0, 255))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::CpuDown {
                    cpu: need(cpu, "cpu")?,
                    arriving: need(arriving, "arriving")?,
                })
            }
            "cpuUp" => {
                let mut cpu = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 8_191)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::CpuUp {
                    cpu: need(cpu, "cpu")?,
                })
            }
            "spread" => {
                let mut vectors = None;
                let mut pre = None;
                let mut post = None;
                r.fields(|r, name| match name {
                    "vectors" => put(&mut vectors, r.u32(0, 2_048)),
                    "pre" => put(&mut pre, r.u32(0, 2_048)),
                    "post" => put(&mut post, r.u32(0, 2_048)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Spread {
                    vectors: need(vectors, "vectors")?,
                    pre: need(pre, "pre")?,
                    post: need(post, "post")?,
                })
            }
            other => Err(Error::expected(other, &["setup", "startup", "shutdown", "teardown", "disable", "enable", "setAffinity", "pend", "deliver", "interrupt", "cleanup", "tick", "cpuDown", "cpuUp", "spread"])),
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

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    Done,
    Ready {
        cpus: Vec<u32>,
        vectors: Vec<u32>,
        reserved: Vec<u32>,
    },
    At {
        cpu: u32,
        vector: u32,
        prev_cpu: Option<u32>,
        prev_vector: Option<u32>,
    },
    Parked,
    Stored,
    Deferred,
    Delivered {
        irq: u32,
        handled: bool,
        cpu: u32,
        vector: u32,
        stray: Option<bool>,
    },
    Spurious,
    Cleaned {
        irqs: Vec<u32>,
    },
    Released {
        vectors: Vec<Option<u32>>,
    },
    Moved {
        irqs: Vec<u32>,
        cpus: Vec<u32>,
        vectors: Vec<u32>,
    },
    Masks {
        groups: u32,
        masks: Vec<Vec<u32>>,
        managed: Vec<bool>,
    },
    Failed {
        error: Errno,
    },
    Fatal,
}

impl Read for Response {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        match &*r.kind()? {
            "done" => {
                r.no_fields()?;
                Ok(Response::Done)
            }
            "ready" => {
                let mut cpus = None;
                let mut vectors = None;
                let mut reserved = None;
                r.fields(|r, name| match name {
                    "cpus" => put(&mut cpus, r.list(|r| r.u32(0, 4_294_967_295))),
                    "vectors" => put(&mut vectors, r.list(|r| r.u32(0, 4_294_967_295))),
                    "reserved" => put(&mut reserved, r.list(|r| r.u32(0, 4_294_967_295))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Ready {
                    cpus: need(cpus, "cpus")?,
                    vectors: need(vectors, "vectors")?,
                    reserved: need(reserved, "reserved")?,
                })
            }
            "at" => {
                let mut cpu = None;
                let mut vector = None;
                let mut prev_cpu = None;
                let mut prev_vector = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 4_294_967_295)),
                    "vector" => put(&mut vector, r.u32(0, 4_294_967_295)),
                    "prevCpu" => put(&mut prev_cpu, r.u32(0, 4_294_967_295)),
                    "prevVector" => put(&mut prev_vector, r.u32(0, 4_294_967_295)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::At {
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                    prev_cpu,
                    prev_vector,
                })
            }
            "parked" => {
                r.no_fields()?;
                Ok(Response::Parked)
            }
            "stored" => {
                r.no_fields()?;
                Ok(Response::Stored)
            }
            "deferred" => {
                r.no_fields()?;
                Ok(Response::Deferred)
            }
            "delivered" => {
                let mut irq = None;
                let mut handled = None;
                let mut cpu = None;
                let mut vector = None;
                let mut stray = None;
                r.fields(|r, name| match name {
                    "irq" => put(&mut irq, r.u32(0, 4_294_967_295)),
                    "handled" => put(&mut handled, r.boolean()),
                    "cpu" => put(&mut cpu, r.u32(0, 4_294_967_295)),
                    "vector" => put(&mut vector, r.u32(0, 4_294_967_295)),
                    "stray" => put(&mut stray, r.boolean()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Delivered {
                    irq: need(irq, "irq")?,
                    handled: need(handled, "handled")?,
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                    stray,
                })
            }
            "spurious" => {
                r.no_fields()?;
                Ok(Response::Spurious)
            }
            "cleaned" => {
                let mut irqs = None;
                r.fields(|r, name| match name {
                    "irqs" => put(&mut irqs, r.list(|r| r.u32(0, 4_294_967_295))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Cleaned {
                    irqs: need(irqs, "irqs")?,
                })
            }
            "released" => {
                let mut vectors = None;
                r.fields(|r, name| match name {
                    "vectors" => put(&mut vectors, r.list(|r| r.nullable(|r| r.u32(0, 4_294_967_295)))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Released {
                    vectors: need(vectors, "vectors")?,
                })
            }
            "moved" => {
                let mut irqs = None;
                let mut cpus = None;
                let mut vectors = None;
                r.fields(|r, name| match name {
                    "irqs" => put(&mut irqs, r.list(|r| r.u32(0, 4_294_967_295))),
                    "cpus" => put(&mut cpus, r.list(|r| r.u32(0, 4_294_967_295))),
                    "vectors" => put(&mut vectors, r.list(|r| r.u32(0, 4_294_967_295))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Moved {
                    irqs: need(irqs, "irqs")?,
                    cpus: need(cpus, "cpus")?,
                    vectors: need(vectors, "vectors")?,
                })
            }
            "masks" => {
                let mut groups = None;
                let mut masks = None;
                let mut managed = None;
                r.fields(|r, name| match name {
                    "groups" => put(&mut groups, r.u32(0, 4_294_967_295)),
                    "masks" => put(&mut masks, r.list(|r| r.list(|r| r.u32(0, 4_294_967_295)))),
                    "managed" => put(&mut managed, r.list(|r| r.boolean())),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Masks {
                    groups: need(groups, "groups")?,
                    masks: need(masks, "masks")?,
                    managed: need(managed, "managed")?,
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
            "fatal" => {
                r.no_fields()?;
                Ok(Response::Fatal)
            }
            other => Err(Error::expected(other, &["done", "ready", "at", "parked", "stored", "deferred", "delivered", "spurious", "cleaned", "released", "moved", "masks", "failed", "fatal"])),
        }
    }
}

impl Print for Response {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Response::Done => Fields::of("done", out)?.end(),
            Response::Ready { cpus, vectors, reserved } => {
                let mut f = Fields::of("ready", out)?;
                f.field("cpus", cpus)?;
                f.field("vectors", vectors)?;
                f.field("reserved", reserved)?;
                f.end()
            }
            Response::At { cpu, vector, prev_cpu, prev_vector } => {
                let mut f = Fields::of("at", out)?;
                f.field("cpu", cpu)?;
                f.field("vector", vector)?;
                f.optional("prevCpu", prev_cpu)?;
                f.optional("prevVector", prev_vector)?;
                f.end()
            }
            Response::Parked => Fields::of("parked", out)?.end(),
            Response::Stored => Fields::of("stored", out)?.end(),
            Response::Deferred => Fields::of("deferred", out)?.end(),
            Response::Delivered { irq, handled, cpu, vector, stray } => {
                let mut f = Fields::of("delivered", out)?;
                f.field("irq", irq)?;
                f.field("handled", handled)?;
                f.field("cpu", cpu)?;
                f.field("vector", vector)?;
                f.optional("stray", stray)?;
                f.end()
            }
            Response::Spurious => Fields::of("spurious", out)?.end(),
            Response::Cleaned { irqs } => {
                let mut f = Fields::of("cleaned", out)?;
                f.field("irqs", irqs)?;
                f.end()
            }
            Response::Released { vectors } => {
                let mut f = Fields::of("released", out)?;
                f.field("vectors", vectors)?;
                f.end()
            }
            Response::Moved { irqs, cpus, vectors } => {
                let mut f = Fields::of("moved", out)?;
                f.field("irqs", irqs)?;
                f.field("cpus", cpus)?;
                f.field("vectors", vectors)?;
                f.end()
            }
            Response::Masks { groups, masks, managed } => {
                let mut f = Fields::of("masks", out)?;
                f.field("groups", groups)?;
                f.field("masks", masks)?;
                f.field("managed", managed)?;
                f.end()
            }
            Response::Failed { error } => {
                let mut f = Fields::of("failed", out)?;
                f.field("error", error)?;
                f.end()
            }
            Response::Fatal => Fields::of("fatal", out)?.end(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errno {
    Einval,
    Enospc,
    Ebusy,
    Eperm,
    Eio,
}

impl Read for Errno {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Errno::Einval, Errno::Enospc, Errno::Ebusy, Errno::Eperm, Errno::Eio];
        Ok(all[r.name(&["EINVAL", "ENOSPC", "EBUSY", "EPERM", "EIO"])?])
    }
}

impl Print for Errno {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let name = match self {
            Errno::Einval => "EINVAL",
            Errno::Enospc => "ENOSPC",
            Errno::Ebusy => "EBUSY",
            Errno::Eperm => "EPERM",
            Errno::Eio => "EIO",
        };
        name.print(out)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observation {
    pub matrix: Option<crate::irq::vector_matrix::allocator::Observation>,
    pub irqs: Option<Vec<Irq>>,
    pub cpus: Option<Vec<Cpu>>,
    pub writes: Option<Vec<Write>>,
}

impl Print for Observation {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.optional("matrix", &self.matrix)?;
        f.optional("irqs", &self.irqs)?;
        f.optional("cpus", &self.cpus)?;
        f.optional("writes", &self.writes)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Irq {
    pub irq: u32,
    pub managed: Option<bool>,
    pub maskable: Option<bool>,
    pub node: Option<i32>,
    pub vector: Option<u32>,
    pub cpu: Option<u32>,
    pub prev_vector: Option<u32>,
    pub prev_cpu: Option<u32>,
    pub move_in_progress: Option<bool>,
    pub listed: Option<bool>,
    pub can_reserve: Option<bool>,
    pub has_reserved: Option<bool>,
    pub core_can_reserve: Option<bool>,
    pub hw_vector: Option<u32>,
    pub hw_cpu: Option<u32>,
    pub affinity: Option<Vec<u32>>,
    pub effective: Option<Vec<u32>>,
    pub pending: Option<Option<Vec<u32>>>,
    pub affinity_set: Option<bool>,
    pub activated: Option<bool>,
    pub started: Option<bool>,
    pub requested: Option<bool>,
    pub depth: Option<i32>,
    pub managed_shutdown: Option<bool>,
    pub message: Option<Message>,
}

impl Print for Irq {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("irq", &self.irq)?;
        f.optional("managed", &self.managed)?;
        f.optional("maskable", &self.maskable)?;
        f.optional("node", &self.node)?;
        f.optional("vector", &self.vector)?;
        f.optional("cpu", &self.cpu)?;
        f.optional("prevVector", &self.prev_vector)?;
        f.optional("prevCpu", &self.prev_cpu)?;
        f.optional("moveInProgress", &self.move_in_progress)?;
        f.optional("listed", &self.listed)?;
        f.optional("canReserve", &self.can_reserve)?;
        f.optional("hasReserved", &self.has_reserved)?;
        f.optional("coreCanReserve", &self.core_can_reserve)?;
        f.optional("hwVector", &self.hw_vector)?;
        f.optional("hwCpu", &self.hw_cpu)?;
        f.optional("affinity", &self.affinity)?;
        f.optional("effective", &self.effective)?;
        f.optional("pending", &self.pending)?;
        f.optional("affinitySet", &self.affinity_set)?;
        f.optional("activated", &self.activated)?;
        f.optional("started", &self.started)?;
        f.optional("requested", &self.requested)?;
        f.optional("depth", &self.depth)?;
        f.optional("managedShutdown", &self.managed_shutdown)?;
        f.optional("message", &self.message)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    pub dest: u32,
    pub vector: u32,
}

impl Print for Message {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("dest", &self.dest)?;
        f.field("vector", &self.vector)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cpu {
    pub cpu: u32,
    pub online: Option<bool>,
    pub slots: Option<Vec<Slot>>,
    pub irr: Option<Vec<u32>>,
    pub timer: Option<bool>,
}

impl Print for Cpu {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("cpu", &self.cpu)?;
        f.optional("online", &self.online)?;
        f.optional("slots", &self.slots)?;
        f.optional("irr", &self.irr)?;
        f.optional("timer", &self.timer)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    pub vector: u32,
    pub content: Content,
}

impl Print for Slot {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("vector", &self.vector)?;
        f.field("content", &self.content)?;
        f.end()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    Number(u32),
    Shutdown,
    Retriggered,
}

impl Print for Content {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Content::Number(number) => number.print(out),
            Content::Shutdown => "shutdown".print(out),
            Content::Retriggered => "retriggered".print(out),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Write {
    pub irq: u32,
    pub dest: u32,
    pub vector: u32,
}

impl Print for Write {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("irq", &self.irq)?;
        f.field("dest", &self.dest)?;
        f.field("vector", &self.vector)?;
        f.end()
    }
}

/// irq/vector-matrix/assignment: vector assignment: which interrupt owns which vector, moves, CPU hotplug, spreading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area;

impl Subsystem for Area {
    const PATH: &'static str = "irq/vector-matrix/assignment";
    const COMMANDS: &'static [&'static str] = &[
        "setup",
        "startup",
        "shutdown",
        "teardown",
        "disable",
        "enable",
        "setAffinity",
        "pend",
        "deliver",
        "interrupt",
        "cleanup",
        "tick",
        "cpuDown",
        "cpuUp",
        "spread",
    ];
    const OBSERVABLES: &'static [&'static str] = &[
        "counters",
        "maps",
        "irqs",
        "slots",
        "aff",
        "writes",
    ];
    const REFERENCES: &'static [(&'static str, &'static str)] = &[];
    type Config = Config;
    type Command = Command;
    type Response = Response;
    type Observation = Observation;

    fn kind(command: &Command) -> &'static str {
        match command {
            Command::Setup { .. } => "setup",
            Command::Startup { .. } => "startup",
            Command::Shutdown { .. } => "shutdown",
            Command::Teardown { .. } => "teardown",
            Command::Disable { .. } => "disable",
            Command::Enable { .. } => "enable",
            Command::SetAffinity { .. } => "setAffinity",
            Command::Pend { .. } => "pend",
            Command::Deliver { .. } => "deliver",
            Command::Interrupt { .. } => "interrupt",
            Command::Cleanup { .. } => "cleanup",
            Command::Tick => "tick",
            Command::CpuDown { .. } => "cpuDown",
            Command::CpuUp { .. } => "cpuUp",
            Command::Spread { .. } => "spread",
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
