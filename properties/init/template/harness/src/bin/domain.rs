//! Interrupts as CPUs take them, under judgement: `redbear-spec explain irq/domain`.
use redbear_spec::irq::domain::{Area, BusWrite, Command, Config, Errno, Response, Space};
use redbear_spec::{serve, Refused, System};

const TIMER: u32 = 0xec;
/// The register of the local APIC that ends an interrupt.
const EOI: u32 = 0xb0;

/// A legacy line and the handlers that share it.
#[derive(Default, Clone)]
struct Line {
    handlers: Vec<u32>,
    off: bool,
    /// Interrupts that are looked at together, and those of them that nobody claimed.
    seen: u32,
    unclaimed: u32,
}

/// Entry code without devices: ticks, strays and shared lines. PUT YOUR OWN MODULE HERE: let it
/// note its register writes, call it in `command`, and delete this one.
struct Entry {
    config: Config,
    lines: Vec<Line>,
    /// What was written.
    bus: Vec<BusWrite>,
}

impl Entry {
    fn end(&mut self, cpu: u32) {
        let space = Space::Apic;
        self.bus.push(BusWrite { space, unit: cpu, bar: 0, offset: EOI, width: 4, value: 0 });
    }

    fn request(&mut self, line: u32, handler: u32) -> Result<(), Errno> {
        let line = self.lines.get_mut(line as usize).ok_or(Errno::Einval)?;
        if line.handlers.contains(&handler) {
            return Err(Errno::Ebusy);
        }
        // A line that was switched off has another chance.
        let handlers = std::mem::take(&mut line.handlers).into_iter().chain([handler]).collect();
        *line = Line { handlers, ..Line::default() };
        Ok(())
    }

    fn release(&mut self, line: u32, handler: u32) -> Result<(), Errno> {
        let line = self.lines.get_mut(line as usize).ok_or(Errno::Einval)?;
        let nth = line.handlers.iter().position(|&h| h == handler).ok_or(Errno::Einval)?;
        line.handlers.remove(nth);
        if line.handlers.is_empty() {
            *line = Line::default();
        }
        Ok(())
    }

    /// Every handler runs: whose interrupt it is only they can tell.
    fn line(&mut self, line: u32, asserted: &[u32]) -> Result<(Vec<u32>, bool), Errno> {
        let (window, limit) = (self.config.window, self.config.limit);
        let line = self.lines.get_mut(line as usize).ok_or(Errno::Einval)?;
        if line.handlers.is_empty() || line.off {
            return Err(Errno::Einval);
        }
        line.seen += 1;
        line.unclaimed += u32::from(!line.handlers.iter().any(|h| asserted.contains(h)));
        if line.seen == window {
            line.off = line.unclaimed > limit;
            (line.seen, line.unclaimed) = (0, 0);
        }
        Ok((line.handlers.clone(), line.off))
    }
}

struct Harness(Entry);

impl System for Harness {
    type Area = Area;
    const NAME: &'static str = "ticks and lines";
    /// What you answer. What you leave out is shown as not judged: next are `alloc`, `startup`,
    /// `event` and `handled`, then `shutdown`, `free`, `disable`, `enable` and `setAffinity`.
    const COMMANDS: &'static [&'static str] =
        &["take", "spurious", "timer", "phantom", "request", "release", "line"];
    /// No IOMMU stands between device and CPU. `intel` or `amd`, or open, where one does.
    const FIXED: &'static str = "\"remapping\":\"none\",\"hotplug\":false";

    /// A module in its first state; called again for every run.
    fn start(config: &Config) -> Result<Self, Refused> {
        let lines = vec![Line::default(); config.lines.len()];
        Ok(Harness(Entry { config: config.clone(), lines, bus: vec![] }))
    }

    fn command(&mut self, command: &Command) -> Response {
        let entry = &mut self.0;
        entry.bus.clear();
        let result = match command {
            Command::Take { cpu, vector, .. } => {
                entry.end(*cpu);
                let bus = entry.bus.clone();
                return match *vector {
                    TIMER => Response::Tick { bus },
                    // No slot is filled, so all others are nobody's.
                    _ => Response::Stray { reported: true, bus },
                };
            }
            // Nothing is in service, so nothing is ended.
            Command::Spurious { .. } => return Response::Stray { reported: true, bus: vec![] },
            // The hardware alone: the code has nothing to do yet.
            Command::Timer { .. } | Command::Phantom { .. } => Ok(()),
            Command::Request { line, handler } => entry.request(*line, *handler),
            Command::Release { line, handler } => entry.release(*line, *handler),
            Command::Line { line, asserted, .. } => match entry.line(*line, asserted) {
                Ok((handlers, off)) => {
                    let boot = entry.config.online.iter().copied().min().unwrap_or(0);
                    entry.end(boot);
                    return Response::Served { handlers, off, bus: entry.bus.clone() };
                }
                Err(error) => Err(error),
            },
            other => unreachable!("{:?} is not among COMMANDS", other),
        };
        match result {
            Ok(()) => Response::Done { bus: vec![] },
            Err(error) => Response::Failed { error, bus: vec![] },
        }
    }
}

fn main() {
    serve::<Harness>()
}
