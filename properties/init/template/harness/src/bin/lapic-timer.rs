//! The local APIC timer under judgement: `redbear-spec explain irq/lapic-timer`.
use redbear_spec::irq::lapic_timer::{Area, Command, Config, Mode, RegisterWrite, Response};
use redbear_spec::{serve, Refused, System};

const EOI: u32 = 0xb0;
const LVT_TIMER: u32 = 0x320;
const INITIAL_COUNT: u32 = 0x380;
const DIVIDE: u32 = 0x3e0;
const MASKED: u32 = 1 << 16;
const PERIODIC: u32 = 1 << 17;
/// Bus clocks a count, and how the divide configuration says so.
const DIVISOR: u32 = 16;
const DIVIDE_BY_16: u32 = 0x3;

/// A periodic tick on each CPU. PUT YOUR OWN MODULE HERE: let it write its registers through
/// `write`, call it in `command`, and delete this one.
struct Timer {
    vector: u32,
    bus_hz: u32,
    hz: u32,
    /// CPUs whose tick is on.
    ticking: Vec<bool>,
    /// What was written: CPU, offset in the xAPIC page, value.
    writes: Vec<RegisterWrite>,
}

impl Timer {
    fn write(&mut self, cpu: u32, offset: u32, value: u32) {
        self.writes.push(RegisterWrite { cpu, offset, value });
    }

    fn start(&mut self, cpu: u32) {
        self.write(cpu, LVT_TIMER, PERIODIC | self.vector);
        self.write(cpu, DIVIDE, DIVIDE_BY_16);
        self.write(cpu, INITIAL_COUNT, self.bus_hz / self.hz / DIVISOR);
        self.ticking[cpu as usize] = true;
    }

    fn stop(&mut self, cpu: u32) {
        self.write(cpu, LVT_TIMER, MASKED | PERIODIC | self.vector);
        self.write(cpu, INITIAL_COUNT, 0);
        self.ticking[cpu as usize] = false;
    }

    fn unmask(&mut self, cpu: u32) {
        self.write(cpu, LVT_TIMER, PERIODIC | self.vector);
    }

    fn set_hz(&mut self, hz: u32) {
        self.hz = hz;
        for cpu in (0..self.ticking.len()).filter(|&cpu| self.ticking[cpu]).collect::<Vec<_>>() {
            self.start(cpu as u32);
        }
    }

    /// True: the scheduler of this CPU is to be told.
    fn interrupt(&mut self, cpu: u32) -> bool {
        self.write(cpu, EOI, 0);
        self.ticking[cpu as usize]
    }
}

struct Harness {
    timer: Timer,
    slice_us: u32,
}

impl System for Harness {
    type Area = Area;
    const NAME: &'static str = "periodic tick";
    /// What you answer. What you leave out is shown as not judged: next is `program`,
    /// then `setSource` and `pit`.
    const COMMANDS: &'static [&'static str] = &[
        "setup",
        "shutdown",
        "unmask",
        "advance",
        "interrupt",
        "cpuDown",
        "cpuUp",
        "setHz",
        "slice",
    ];
    /// The mode of a CPU that comes up. `deadline` or `oneshot`, or open, where you have those.
    const FIXED: &'static str = "\"tick\":\"periodic\",\"deadline\":false";

    /// A module in its first state; called again for every run. No timer is on.
    fn start(config: &Config) -> Result<Self, Refused> {
        let timer = Timer {
            vector: config.vector,
            bus_hz: config.bus_hz,
            hz: config.rates.first().copied().ok_or("no tick rate")?,
            ticking: vec![false; config.cpus as usize],
            writes: vec![],
        };
        Ok(Harness { timer, slice_us: config.slice_us })
    }

    fn command(&mut self, command: &Command) -> Response {
        let timer = &mut self.timer;
        let mut ticks = vec![];
        match command {
            Command::Setup { mode, .. } if *mode != Mode::Periodic => return Response::Refused,
            Command::Setup { cpu, .. } | Command::CpuUp { cpu } => timer.start(*cpu),
            Command::Shutdown { cpu } | Command::CpuDown { cpu } => timer.stop(*cpu),
            Command::Unmask { cpu } => timer.unmask(*cpu),
            Command::SetHz { hz } => timer.set_hz(*hz),
            Command::Interrupt { cpu } => {
                if timer.interrupt(*cpu) {
                    ticks.push(*cpu);
                }
            }
            // Time passes, and the code has nothing to do.
            Command::Advance { .. } => {}
            Command::Slice => {
                let ticks = u64::from(self.slice_us) * u64::from(timer.hz) / 1_000_000;
                return Response::Granted { ticks: ticks as u32 };
            }
            other => unreachable!("{:?} is not among COMMANDS", other),
        }
        let writes = std::mem::take(&mut timer.writes);
        Response::Did { writes, ticks, events: vec![], pit: false }
    }
}

fn main() {
    serve::<Harness>()
}
