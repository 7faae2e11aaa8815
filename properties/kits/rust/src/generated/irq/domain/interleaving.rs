//! The words of `irq/domain/interleaving`: interrupts moved, disabled, freed and fired at once: every order of the atomic steps.
//!
//! What they mean is written beside their codecs, in `spec/irq/domain/interleaving/vocabulary.ts`.
// Generated from the codecs by `npm run generate`; not to be edited.
use crate::json::{need, put, Error, Fields, Print, Read, Reader};
use crate::system::Subsystem;
use alloc::vec::Vec;
use core::fmt;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    pub cpus: u32,
    pub vectors: u32,
    pub interrupts: u32,
    pub live: u32,
    pub threads: u32,
    pub events: u32,
    pub operations: u32,
    pub remapped: bool,
    pub deferred: bool,
    pub lazy: bool,
    pub prompt: bool,
}

impl Read for Config {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut cpus = None;
        let mut vectors = None;
        let mut interrupts = None;
        let mut live = None;
        let mut threads = None;
        let mut events = None;
        let mut operations = None;
        let mut remapped = None;
        let mut deferred = None;
        let mut lazy = None;
        let mut prompt = None;
        r.fields(|r, name| match name {
            "cpus" => put(&mut cpus, r.u32(1, 3)),
            "vectors" => put(&mut vectors, r.u32(1, 4)),
            "interrupts" => put(&mut interrupts, r.u32(1, 2)),
            "live" => put(&mut live, r.u32(0, 2)),
            "threads" => put(&mut threads, r.u32(1, 3)),
            "events" => put(&mut events, r.u32(1, 7)),
            "operations" => put(&mut operations, r.u32(1, 7)),
            "remapped" => put(&mut remapped, r.boolean()),
            "deferred" => put(&mut deferred, r.boolean()),
            "lazy" => put(&mut lazy, r.boolean()),
            "prompt" => put(&mut prompt, r.boolean()),
            _ => Err(Error::no_such_field()),
        })?;
        Ok(Config {
            cpus: need(cpus, "cpus")?,
            vectors: need(vectors, "vectors")?,
            interrupts: need(interrupts, "interrupts")?,
            live: need(live, "live")?,
            threads: need(threads, "threads")?,
            events: need(events, "events")?,
            operations: need(operations, "operations")?,
            remapped: need(remapped, "remapped")?,
            deferred: need(deferred, "deferred")?,
            lazy: need(lazy, "lazy")?,
            prompt: need(prompt, "prompt")?,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Begin {
        actor: u32,
        operation: Operation,
        interrupt: u32,
        cpu: u32,
    },
    Step {
        actor: u32,
    },
    Raise {
        interrupt: u32,
    },
    Interrupt {
        cpu: u32,
    },
    Cleanup {
        cpu: u32,
    },
}

impl Read for Command {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        match &*r.kind()? {
            "begin" => {
                let mut actor = None;
                let mut operation = None;
                let mut interrupt = None;
                let mut cpu = None;
                r.fields(|r, name| match name {
                    "actor" => put(&mut actor, r.u32(0, 5)),
                    "operation" => put(&mut operation, Operation::read(r)),
                    "interrupt" => put(&mut interrupt, r.u32(0, 1)),
                    "cpu" => put(&mut cpu, r.u32(0, 2)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Begin {
                    actor: need(actor, "actor")?,
                    operation: need(operation, "operation")?,
                    interrupt: need(interrupt, "interrupt")?,
                    cpu: need(cpu, "cpu")?,
                })
            }
            "step" => {
                let mut actor = None;
                r.fields(|r, name| match name {
                    "actor" => put(&mut actor, r.u32(0, 5)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Step {
                    actor: need(actor, "actor")?,
                })
            }
            "raise" => {
                let mut interrupt = None;
                r.fields(|r, name| match name {
                    "interrupt" => put(&mut interrupt, r.u32(0, 1)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Raise {
                    interrupt: need(interrupt, "interrupt")?,
                })
            }
            "interrupt" => {
                let mut cpu = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 2)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Interrupt {
                    cpu: need(cpu, "cpu")?,
                })
            }
            "cleanup" => {
                let mut cpu = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 2)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Cleanup {
                    cpu: need(cpu, "cpu")?,
                })
            }
            other => Err(Error::expected(other, &["begin", "step", "raise", "interrupt", "cleanup"])),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Move,
    Disable,
    Enable,
    Free,
    Allocate,
}

impl Read for Operation {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Operation::Move, Operation::Disable, Operation::Enable, Operation::Free, Operation::Allocate];
        Ok(all[r.name(&["move", "disable", "enable", "free", "allocate"])?])
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    Began,
    Refused,
    Blocked {
        on: On,
    },
    Locked {
        lock: Lock,
    },
    Unlocked {
        lock: Lock,
    },
    Found {
        cpu: u32,
        vector: u32,
    },
    Nothing,
    Claimed {
        cpu: u32,
        vector: u32,
    },
    Recorded {
        cpu: u32,
        vector: u32,
    },
    SlotSet {
        cpu: u32,
        vector: u32,
    },
    SlotCleared {
        cpu: u32,
        vector: u32,
    },
    Released {
        cpu: u32,
        vector: u32,
    },
    Forgot,
    Masked,
    Unmasked,
    WroteAddress {
        cpu: u32,
    },
    WroteData {
        vector: u32,
    },
    WroteEntry {
        cpu: u32,
        vector: u32,
    },
    ClearedEntry,
    Invalidated,
    Queued,
    Wanted {
        cpu: u32,
    },
    Disabled,
    Enabled,
    Resent {
        cpu: u32,
        vector: u32,
    },
    Registered,
    Unregistered,
    HandlerIdle,
    Landed,
    Inspected {
        pending: bool,
    },
    Took {
        vector: u32,
    },
    Dispatched {
        interrupt: u32,
    },
    Spurious,
    Marked,
    Acknowledged,
    Started,
    Ended,
    Closed,
    Finished,
    Sent {
        cpu: u32,
        vector: u32,
    },
    Pended,
    Faulted,
}

impl Read for Response {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        match &*r.kind()? {
            "began" => {
                r.no_fields()?;
                Ok(Response::Began)
            }
            "refused" => {
                r.no_fields()?;
                Ok(Response::Refused)
            }
            "blocked" => {
                let mut on = None;
                r.fields(|r, name| match name {
                    "on" => put(&mut on, On::read(r)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Blocked {
                    on: need(on, "on")?,
                })
            }
            "locked" => {
                let mut lock = None;
                r.fields(|r, name| match name {
                    "lock" => put(&mut lock, Lock::read(r)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Locked {
                    lock: need(lock, "lock")?,
                })
            }
            "unlocked" => {
                let mut lock = None;
                r.fields(|r, name| match name {
                    "lock" => put(&mut lock, Lock::read(r)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Unlocked {
                    lock: need(lock, "lock")?,
                })
            }
            "found" => {
                let mut cpu = None;
                let mut vector = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 2)),
                    "vector" => put(&mut vector, r.u32(0, 3)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Found {
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                })
            }
            "nothing" => {
                r.no_fields()?;
                Ok(Response::Nothing)
            }
            "claimed" => {
                let mut cpu = None;
                let mut vector = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 2)),
                    "vector" => put(&mut vector, r.u32(0, 3)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Claimed {
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                })
            }
            "recorded" => {
                let mut cpu = None;
                let mut vector = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 2)),
                    "vector" => put(&mut vector, r.u32(0, 3)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Recorded {
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                })
            }
            "slotSet" => {
                let mut cpu = None;
                let mut vector = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 2)),
                    "vector" => put(&mut vector, r.u32(0, 3)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::SlotSet {
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                })
            }
            "slotCleared" => {
                let mut cpu = None;
                let mut vector = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 2)),
                    "vector" => put(&mut vector, r.u32(0, 3)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::SlotCleared {
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                })
            }
            "released" => {
                let mut cpu = None;
                let mut vector = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 2)),
                    "vector" => put(&mut vector, r.u32(0, 3)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Released {
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                })
            }
            "forgot" => {
                r.no_fields()?;
                Ok(Response::Forgot)
            }
            "masked" => {
                r.no_fields()?;
                Ok(Response::Masked)
            }
            "unmasked" => {
                r.no_fields()?;
                Ok(Response::Unmasked)
            }
            "wroteAddress" => {
                let mut cpu = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 2)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::WroteAddress {
                    cpu: need(cpu, "cpu")?,
                })
            }
            "wroteData" => {
                let mut vector = None;
                r.fields(|r, name| match name {
                    "vector" => put(&mut vector, r.u32(0, 3)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::WroteData {
                    vector: need(vector, "vector")?,
                })
            }
            "wroteEntry" => {
                let mut cpu = None;
                let mut vector = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 2)),
                    "vector" => put(&mut vector, r.u32(0, 3)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::WroteEntry {
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                })
            }
            "clearedEntry" => {
                r.no_fields()?;
                Ok(Response::ClearedEntry)
            }
            "invalidated" => {
                r.no_fields()?;
                Ok(Response::Invalidated)
            }
            "queued" => {
                r.no_fields()?;
                Ok(Response::Queued)
            }
            "wanted" => {
                let mut cpu = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 2)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Wanted {
                    cpu: need(cpu, "cpu")?,
                })
            }
            "disabled" => {
                r.no_fields()?;
                Ok(Response::Disabled)
            }
            "enabled" => {
                r.no_fields()?;
                Ok(Response::Enabled)
            }
            "resent" => {
                let mut cpu = None;
                let mut vector = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 2)),
                    "vector" => put(&mut vector, r.u32(0, 3)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Resent {
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                })
            }
            "registered" => {
                r.no_fields()?;
                Ok(Response::Registered)
            }
            "unregistered" => {
                r.no_fields()?;
                Ok(Response::Unregistered)
            }
            "handlerIdle" => {
                r.no_fields()?;
                Ok(Response::HandlerIdle)
            }
            "landed" => {
                r.no_fields()?;
                Ok(Response::Landed)
            }
            "inspected" => {
                let mut pending = None;
                r.fields(|r, name| match name {
                    "pending" => put(&mut pending, r.boolean()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Inspected {
                    pending: need(pending, "pending")?,
                })
            }
            "took" => {
                let mut vector = None;
                r.fields(|r, name| match name {
                    "vector" => put(&mut vector, r.u32(0, 3)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Took {
                    vector: need(vector, "vector")?,
                })
            }
            "dispatched" => {
                let mut interrupt = None;
                r.fields(|r, name| match name {
                    "interrupt" => put(&mut interrupt, r.u32(0, 1)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Dispatched {
                    interrupt: need(interrupt, "interrupt")?,
                })
            }
            "spurious" => {
                r.no_fields()?;
                Ok(Response::Spurious)
            }
            "marked" => {
                r.no_fields()?;
                Ok(Response::Marked)
            }
            "acknowledged" => {
                r.no_fields()?;
                Ok(Response::Acknowledged)
            }
            "started" => {
                r.no_fields()?;
                Ok(Response::Started)
            }
            "ended" => {
                r.no_fields()?;
                Ok(Response::Ended)
            }
            "closed" => {
                r.no_fields()?;
                Ok(Response::Closed)
            }
            "finished" => {
                r.no_fields()?;
                Ok(Response::Finished)
            }
            "sent" => {
                let mut cpu = None;
                let mut vector = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 2)),
                    "vector" => put(&mut vector, r.u32(0, 3)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Sent {
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                })
            }
            "pended" => {
                r.no_fields()?;
                Ok(Response::Pended)
            }
            "faulted" => {
                r.no_fields()?;
                Ok(Response::Faulted)
            }
            other => Err(Error::expected(other, &["began", "refused", "blocked", "locked", "unlocked", "found", "nothing", "claimed", "recorded", "slotSet", "slotCleared", "released", "forgot", "masked", "unmasked", "wroteAddress", "wroteData", "wroteEntry", "clearedEntry", "invalidated", "queued", "wanted", "disabled", "enabled", "resent", "registered", "unregistered", "handlerIdle", "landed", "inspected", "took", "dispatched", "spurious", "marked", "acknowledged", "started", "ended", "closed", "finished", "sent", "pended", "faulted"])),
        }
    }
}

impl Print for Response {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Response::Began => Fields::of("began", out)?.end(),
            Response::Refused => Fields::of("refused", out)?.end(),
            Response::Blocked { on } => {
                let mut f = Fields::of("blocked", out)?;
                f.field("on", on)?;
                f.end()
            }
            Response::Locked { lock } => {
                let mut f = Fields::of("locked", out)?;
                f.field("lock", lock)?;
                f.end()
            }
            Response::Unlocked { lock } => {
                let mut f = Fields::of("unlocked", out)?;
                f.field("lock", lock)?;
                f.end()
            }
            Response::Found { cpu, vector } => {
                let mut f = Fields::of("found", out)?;
                f.field("cpu", cpu)?;
                f.field("vector", vector)?;
                f.end()
            }
            Response::Nothing => Fields::of("nothing", out)?.end(),
            Response::Claimed { cpu, vector } => {
                let mut f = Fields::of("claimed", out)?;
                f.field("cpu", cpu)?;
                f.field("vector", vector)?;
                f.end()
            }
            Response::Recorded { cpu, vector } => {
                let mut f = Fields::of("recorded", out)?;
                f.field("cpu", cpu)?;
                f.field("vector", vector)?;
                f.end()
            }
            Response::SlotSet { cpu, vector } => {
                let mut f = Fields::of("slotSet", out)?;
                f.field("cpu", cpu)?;
                f.field("vector", vector)?;
                f.end()
            }
            Response::SlotCleared { cpu, vector } => {
                let mut f = Fields::of("slotCleared", out)?;
                f.field("cpu", cpu)?;
                f.field("vector", vector)?;
                f.end()
            }
            Response::Released { cpu, vector } => {
                let mut f = Fields::of("released", out)?;
                f.field("cpu", cpu)?;
                f.field("vector", vector)?;
                f.end()
            }
            Response::Forgot => Fields::of("forgot", out)?.end(),
            Response::Masked => Fields::of("masked", out)?.end(),
            Response::Unmasked => Fields::of("unmasked", out)?.end(),
            Response::WroteAddress { cpu } => {
                let mut f = Fields::of("wroteAddress", out)?;
                f.field("cpu", cpu)?;
                f.end()
            }
            Response::WroteData { vector } => {
                let mut f = Fields::of("wroteData", out)?;
                f.field("vector", vector)?;
                f.end()
            }
            Response::WroteEntry { cpu, vector } => {
                let mut f = Fields::of("wroteEntry", out)?;
                f.field("cpu", cpu)?;
                f.field("vector", vector)?;
                f.end()
            }
            Response::ClearedEntry => Fields::of("clearedEntry", out)?.end(),
            Response::Invalidated => Fields::of("invalidated", out)?.end(),
            Response::Queued => Fields::of("queued", out)?.end(),
            Response::Wanted { cpu } => {
                let mut f = Fields::of("wanted", out)?;
                f.field("cpu", cpu)?;
                f.end()
            }
            Response::Disabled => Fields::of("disabled", out)?.end(),
            Response::Enabled => Fields::of("enabled", out)?.end(),
            Response::Resent { cpu, vector } => {
                let mut f = Fields::of("resent", out)?;
                f.field("cpu", cpu)?;
                f.field("vector", vector)?;
                f.end()
            }
            Response::Registered => Fields::of("registered", out)?.end(),
            Response::Unregistered => Fields::of("unregistered", out)?.end(),
            Response::HandlerIdle => Fields::of("handlerIdle", out)?.end(),
            Response::Landed => Fields::of("landed", out)?.end(),
            Response::Inspected { pending } => {
                let mut f = Fields::of("inspected", out)?;
                f.field("pending", pending)?;
                f.end()
            }
            Response::Took { vector } => {
                let mut f = Fields::of("took", out)?;
                f.field("vector", vector)?;
                f.end()
            }
            Response::Dispatched { interrupt } => {
                let mut f = Fields::of("dispatched", out)?;
                f.field("interrupt", interrupt)?;
                f.end()
            }
            Response::Spurious => Fields::of("spurious", out)?.end(),
            Response::Marked => Fields::of("marked", out)?.end(),
            Response::Acknowledged => Fields::of("acknowledged", out)?.end(),
            Response::Started => Fields::of("started", out)?.end(),
            Response::Ended => Fields::of("ended", out)?.end(),
            Response::Closed => Fields::of("closed", out)?.end(),
            Response::Finished => Fields::of("finished", out)?.end(),
            Response::Sent { cpu, vector } => {
                let mut f = Fields::of("sent", out)?;
                f.field("cpu", cpu)?;
                f.field("vector", vector)?;
                f.end()
            }
            Response::Pended => Fields::of("pended", out)?.end(),
            Response::Faulted => Fields::of("faulted", out)?.end(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    Interrupt,
    Matrix,
    Handler,
    InFlight,
}

impl Read for On {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [On::Interrupt, On::Matrix, On::Handler, On::InFlight];
        Ok(all[r.name(&["interrupt", "matrix", "handler", "in flight"])?])
    }
}

impl Print for On {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let name = match self {
            On::Interrupt => "interrupt",
            On::Matrix => "matrix",
            On::Handler => "handler",
            On::InFlight => "in flight",
        };
        name.print(out)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    Interrupt,
    Matrix,
}

impl Read for Lock {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Lock::Interrupt, Lock::Matrix];
        Ok(all[r.name(&["interrupt", "matrix"])?])
    }
}

impl Print for Lock {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let name = match self {
            Lock::Interrupt => "interrupt",
            Lock::Matrix => "matrix",
        };
        name.print(out)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observation {
    pub taken: Option<Vec<u32>>,
    pub slots: Option<Vec<i32>>,
}

impl Print for Observation {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.optional("taken", &self.taken)?;
        f.optional("slots", &self.slots)?;
        f.end()
    }
}

/// irq/domain/interleaving: interrupts moved, disabled, freed and fired at once: every order of the atomic steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area;

impl Subsystem for Area {
    const PATH: &'static str = "irq/domain/interleaving";
    const COMMANDS: &'static [&'static str] = &[
        "begin",
        "step",
        "raise",
        "interrupt",
        "cleanup",
    ];
    const OBSERVABLES: &'static [&'static str] = &[
        "matrix",
    ];
    const REFERENCES: &'static [(&'static str, &'static str)] = &[];
    type Config = Config;
    type Command = Command;
    type Response = Response;
    type Observation = Observation;

    fn kind(command: &Command) -> &'static str {
        match command {
            Command::Begin { .. } => "begin",
            Command::Step { .. } => "step",
            Command::Raise { .. } => "raise",
            Command::Interrupt { .. } => "interrupt",
            Command::Cleanup { .. } => "cleanup",
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
