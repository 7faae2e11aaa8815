//! Interrupts in any order of their atomic steps, under judgement:
//! `redbear-spec explain irq/domain/interleaving`.
use redbear_spec::irq::domain::interleaving::{Area, Command, Config, Response};
use redbear_spec::{serve, Refused, System};

/// What a CPU does next with the vector in its hand.
#[derive(Clone, Copy)]
enum Next {
    Dispatch,
    Acknowledge,
    Start,
    End,
    Finish,
}

#[derive(Clone, Default)]
struct Cpu {
    /// Vectors that wait, as bits.
    pending: u32,
    /// The vector in hand, and what comes next.
    work: Option<(u32, Next)>,
}

/// CPUs that take interrupts, one atomic step a call. PUT YOUR OWN MODULE HERE, cut where another
/// CPU can come between: call its next step in `command`, and delete this one.
struct Machine {
    cpus: Vec<Cpu>,
    /// CPU and vector of each interrupt that is set up.
    interrupts: Vec<(u32, u32)>,
}

impl Machine {
    /// The device sends its message; None: it was never set up.
    fn raise(&mut self, interrupt: u32) -> Option<(u32, u32)> {
        let (cpu, vector) = *self.interrupts.get(interrupt as usize)?;
        self.cpus[cpu as usize].pending |= 1 << vector;
        Some((cpu, vector))
    }

    /// An idle CPU takes its highest vector.
    fn take(&mut self, cpu: u32) -> Option<u32> {
        let cpu = &mut self.cpus[cpu as usize];
        if cpu.work.is_some() || cpu.pending == 0 {
            return None;
        }
        let vector = 31 - cpu.pending.leading_zeros();
        cpu.pending &= !(1 << vector);
        cpu.work = Some((vector, Next::Dispatch));
        Some(vector)
    }

    fn step(&mut self, cpu: u32) -> Option<Response> {
        let (vector, next) = self.cpus.get(cpu as usize)?.work?;
        let owner = self.interrupts.iter().position(|&at| at == (cpu, vector));
        let (did, then) = match (next, owner) {
            (Next::Dispatch, Some(interrupt)) => {
                (Response::Dispatched { interrupt: interrupt as u32 }, Some(Next::Acknowledge))
            }
            (Next::Dispatch, None) => (Response::Spurious, Some(Next::Acknowledge)),
            (Next::Acknowledge, Some(_)) => (Response::Acknowledged, Some(Next::Start)),
            (Next::Acknowledge, None) => (Response::Acknowledged, Some(Next::Finish)),
            (Next::Start, _) => (Response::Started, Some(Next::End)),
            (Next::End, _) => (Response::Ended, Some(Next::Finish)),
            (Next::Finish, _) => (Response::Finished, None),
        };
        self.cpus[cpu as usize].work = then.map(|next| (vector, next));
        Some(did)
    }
}

struct Harness {
    machine: Machine,
    threads: u32,
}

impl System for Harness {
    type Area = Area;
    const NAME: &'static str = "one CPU an interrupt";
    /// What you answer. What you leave out is shown as not judged: next is `begin`, which has
    /// threads move, disable, enable, free and allocate, then `cleanup`.
    const COMMANDS: &'static [&'static str] = &["raise", "interrupt", "step"];
    const FIXED: &'static str = "\"remapped\":false";

    /// A module in its first state; called again for every run. Interrupt i is on CPU i mod `cpus`,
    /// at the lowest vector that is free there.
    fn start(config: &Config) -> Result<Self, Refused> {
        let interrupts = (0..config.live).map(|i| (i % config.cpus, i / config.cpus)).collect();
        let cpus = vec![Cpu::default(); config.cpus as usize];
        Ok(Harness { machine: Machine { cpus, interrupts }, threads: config.threads })
    }

    fn command(&mut self, command: &Command) -> Response {
        match command {
            Command::Raise { interrupt } => match self.machine.raise(*interrupt) {
                Some((cpu, vector)) => Response::Sent { cpu, vector },
                // Its entry is masked until it is set up.
                None => Response::Pended,
            },
            Command::Interrupt { cpu } => match self.machine.take(*cpu) {
                Some(vector) => Response::Took { vector },
                None => Response::Refused,
            },
            // Actors are the threads, then the CPUs; without `begin` no thread is at work.
            Command::Step { actor } => actor
                .checked_sub(self.threads)
                .and_then(|cpu| self.machine.step(cpu))
                .unwrap_or(Response::Refused),
            other => unreachable!("{:?} is not among COMMANDS", other),
        }
    }
}

fn main() {
    serve::<Harness>()
}
