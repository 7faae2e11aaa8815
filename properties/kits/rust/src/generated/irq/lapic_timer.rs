//! The words of `irq/lapic-timer`: the local APIC timer as the scheduler tick: set up, programmed, shut down, CPU by CPU.
//!
//! What they mean is written beside their codecs, in `spec/irq/lapic-timer/vocabulary.ts`.
// Generated from the codecs by `npm run generate`; not to be edited.
use crate::json::{need, put, Error, Fields, Print, Read, Reader};
use crate::system::Subsystem;
use alloc::vec::Vec;
use core::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub cpus: u32,
    pub online: u32,
    pub bus_hz: u32,
    pub tsc_ratio: u32,
    pub rates: Vec<u32>,
    pub tick: Tick,
    pub vector: u32,
    pub deadline: bool,
    pub slice_us: u32,
}

impl Read for Config {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut cpus = None;
        let mut online = None;
        let mut bus_hz = None;
        let mut tsc_ratio = None;
        let mut rates = None;
        let mut tick = None;
        let mut vector = None;
        let mut deadline = None;
        let mut slice_us = None;
        r.fields(|r, name| match name {
            "cpus" => put(&mut cpus, r.u32(1, 64)),
            "online" => put(&mut online, r.u32(1, 64)),
            "busHz" => put(&mut bus_hz, r.u32(1_000_000, 1_000_000_000)),
            "tscRatio" => put(&mut tsc_ratio, r.u32(1, 100)),
            "rates" => put(&mut rates, r.list(|r| r.u32(1, 10_000))),
            "tick" => put(&mut tick, Tick::read(r)),
            "vector" => put(&mut vector, r.u32(16, 254)),
            "deadline" => put(&mut deadline, r.boolean()),
            "sliceUs" => put(&mut slice_us, r.u32(1, 1_000_000)),
            _ => Err(Error::no_such_field()),
        })?;
        Ok(Config {
            cpus: need(cpus, "cpus")?,
            online: need(online, "online")?,
            bus_hz: need(bus_hz, "busHz")?,
            tsc_ratio: need(tsc_ratio, "tscRatio")?,
            rates: need(rates, "rates")?,
            tick: need(tick, "tick")?,
            vector: need(vector, "vector")?,
            deadline: need(deadline, "deadline")?,
            slice_us: need(slice_us, "sliceUs")?,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tick {
    Periodic,
    Oneshot,
    Deadline,
}

impl Read for Tick {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Tick::Periodic, Tick::Oneshot, Tick::Deadline];
        Ok(all[r.name(&["periodic", "oneshot", "deadline"])?])
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Setup {
        cpu: u32,
        mode: Mode,
    },
    Program {
        cpu: u32,
        delta: i32,
    },
    Shutdown {
        cpu: u32,
    },
    Unmask {
        cpu: u32,
    },
    Advance {
        clocks: u32,
    },
    Interrupt {
        cpu: u32,
    },
    CpuDown {
        cpu: u32,
    },
    CpuUp {
        cpu: u32,
    },
    SetHz {
        hz: u32,
    },
    SetSource {
        source: Source,
    },
    Pit,
    Slice,
}

impl Read for Command {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        match &*r.kind()? {
            "setup" => {
                let mut cpu = None;
                let mut mode = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 63)),
                    "mode" => put(&mut mode, Mode::read(r)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Setup {
                    cpu: need(cpu, "cpu")?,
                    mode: need(mode, "mode")?,
                })
            }
            "program" => {
                let mut cpu = None;
                let mut delta = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 63)),
                    "delta" => put(&mut delta, r.i32(-1_000_000_000, 1_000_000_000)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Program {
                    cpu: need(cpu, "cpu")?,
                    delta: need(delta, "delta")?,
                })
            }
            "shutdown" => {
                let mut cpu = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 63)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Shutdown {
                    cpu: need(cpu, "cpu")?,
                })
            }
            "unmask" => {
                let mut cpu = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 63)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Unmask {
                    cpu: need(cpu, "cpu")?,
                })
            }
            "advance" => {
                let mut clocks = None;
                r.fields(|r, name| match name {
                    "clocks" => put(&mut clocks, r.u32(1, 1_000_000_000)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Advance {
                    clocks: need(clocks, "clocks")?,
                })
            }
            "interrupt" => {
                let mut cpu = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 63)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Interrupt {
                    cpu: need(cpu, "cpu")?,
                })
            }
            "cpuDown" => {
                let mut cpu = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 63)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::CpuDown {
                    cpu: need(cpu, "cpu")?,
                })
            }
            "cpuUp" => {
                let mut cpu = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 63)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::CpuUp {
                    cpu: need(cpu, "cpu")?,
                })
            }
            "setHz" => {
                let mut hz = None;
                r.fields(|r, name| match name {
                    "hz" => put(&mut hz, r.u32(1, 10_000)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::SetHz {
                    hz: need(hz, "hz")?,
                })
            }
            "setSource" => {
                let mut source = None;
                r.fields(|r, name| match name {
                    "source" => put(&mut source, Source::read(r)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::SetSource {
                    source: need(source, "source")?,
                })
            }
            "pit" => {
                r.no_fields()?;
                Ok(Command::Pit)
            }
            "slice" => {
                r.no_fields()?;
                Ok(Command::Slice)
            }
            other => Err(Error::expected(other, &["setup", "program", "shutdown", "unmask", "advance", "interrupt", "cpuDown", "cpuUp", "setHz", "setSource", "pit", "slice"])),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Periodic,
    Oneshot,
    Deadline,
}

impl Read for Mode {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Mode::Periodic, Mode::Oneshot, Mode::Deadline];
        Ok(all[r.name(&["periodic", "oneshot", "deadline"])?])
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Pit,
    Lapic,
}

impl Read for Source {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Source::Pit, Source::Lapic];
        Ok(all[r.name(&["pit", "lapic"])?])
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    Did {
        writes: Vec<RegisterWrite>,
        ticks: Vec<u32>,
        events: Vec<u32>,
        pit: bool,
    },
    Granted {
        ticks: u32,
    },
    Refused,
}

impl Read for Response {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        match &*r.kind()? {
            "did" => {
                let mut writes = None;
                let mut ticks = None;
                let mut events = None;
                let mut pit = None;
                r.fields(|r, name| match name {
                    "writes" => put(&mut writes, r.list(|r| RegisterWrite::read(r))),
                    "ticks" => put(&mut ticks, r.list(|r| r.u32(0, 63))),
                    "events" => put(&mut events, r.list(|r| r.u32(0, 63))),
                    "pit" => put(&mut pit, r.boolean()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Did {
                    writes: need(writes, "writes")?,
                    ticks: need(ticks, "ticks")?,
                    events: need(events, "events")?,
                    pit: need(pit, "pit")?,
                })
            }
            "granted" => {
                let mut ticks = None;
                r.fields(|r, name| match name {
                    "ticks" => put(&mut ticks, r.u32(0, 1_000_000_000)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Granted {
                    ticks: need(ticks, "ticks")?,
                })
            }
            "refused" => {
                r.no_fields()?;
                Ok(Response::Refused)
            }
            other => Err(Error::expected(other, &["did", "granted", "refused"])),
        }
    }
}

impl Print for Response {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Response::Did { writes, ticks, events, pit } => {
                let mut f = Fields::of("did", out)?;
                f.field("writes", writes)?;
                f.field("ticks", ticks)?;
                f.field("events", events)?;
                f.field("pit", pit)?;
                f.end()
            }
            Response::Granted { ticks } => {
                let mut f = Fields::of("granted", out)?;
                f.field("ticks", ticks)?;
                f.end()
            }
            Response::Refused => Fields::of("refused", out)?.end(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RegisterWrite {
    pub cpu: u32,
    pub offset: u32,
    pub value: u32,
}

impl Read for RegisterWrite {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut cpu = None;
        let mut offset = None;
        let mut value = None;
        r.object(|r, name| match name {
            "cpu" => put(&mut cpu, r.u32(0, 63)),
            "offset" => put(&mut offset, r.u32(0, 4_095)),
            "value" => put(&mut value, r.u32(0, 4_294_967_295)),
            _ => Err(Error::no_such_field()),
        })?;
        Ok(RegisterWrite {
            cpu: need(cpu, "cpu")?,
            offset: need(offset, "offset")?,
            value: need(value, "value")?,
        })
    }
}

impl Print for RegisterWrite {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("cpu", &self.cpu)?;
        f.field("offset", &self.offset)?;
        f.field("value", &self.value)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observation {
    pub ticks: Option<Vec<u32>>,
    pub pit_ticks: Option<u32>,
}

impl Print for Observation {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.optional("ticks", &self.ticks)?;
        f.optional("pitTicks", &self.pit_ticks)?;
        f.end()
    }
}

/// irq/lapic-timer: the local APIC timer as the scheduler tick: set up, programmed, shut down, CPU by CPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area;

impl Subsystem for Area {
    const PATH: &'static str = "irq/lapic-timer";
    const COMMANDS: &'static [&'static str] = &[
        "setup",
        "program",
        "shutdown",
        "unmask",
        "advance",
        "interrupt",
        "cpuDown",
        "cpuUp",
        "setHz",
        "setSource",
        "pit",
        "slice",
    ];
    const OBSERVABLES: &'static [&'static str] = &[
        "ticks",
    ];
    const REFERENCES: &'static [(&'static str, &'static str)] = &[];
    type Config = Config;
    type Command = Command;
    type Response = Response;
    type Observation = Observation;

    fn kind(command: &Command) -> &'static str {
        match command {
            Command::Setup { .. } => "setup",
            Command::Program { .. } => "program",
            Command::Shutdown { .. } => "shutdown",
            Command::Unmask { .. } => "unmask",
            Command::Advance { .. } => "advance",
            Command::Interrupt { .. } => "interrupt",
            Command::CpuDown { .. } => "cpuDown",
            Command::CpuUp { .. } => "cpuUp",
            Command::SetHz { .. } => "setHz",
            Command::SetSource { .. } => "setSource",
            Command::Pit => "pit",
            Command::Slice => "slice",
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
