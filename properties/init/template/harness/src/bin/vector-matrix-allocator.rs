//! Interrupt vectors under judgement: `redbear-spec explain irq/vector-matrix/allocator`.
use redbear_spec::irq::vector_matrix::allocator::{Area, Command, Config, Errno, Response};
use redbear_spec::{serve, Refused, System};
use std::collections::BTreeSet;

/// First fit. PUT YOUR OWN MODULE HERE: keep what it needs in `Harness`, call it in `start` and
/// `command`, and delete this one.
struct Vectors {
    /// Vectors that devices may have.
    device: Vec<u32>,
    online: BTreeSet<u32>,
    /// Pairs of CPU and vector that are in use.
    taken: BTreeSet<(u32, u32)>,
}

impl Vectors {
    fn alloc(&mut self, cpus: &[u32]) -> Option<(u32, u32)> {
        for &cpu in cpus.iter().filter(|cpu| self.online.contains(cpu)) {
            for &vector in &self.device {
                if self.taken.insert((cpu, vector)) {
                    return Some((cpu, vector));
                }
            }
        }
        None
    }

    /// False: nobody had it.
    fn free(&mut self, cpu: u32, vector: u32) -> bool {
        self.taken.remove(&(cpu, vector))
    }
}

struct Harness {
    vectors: Vectors,
}

impl System for Harness {
    type Area = Area;
    const NAME: &'static str = "first fit";
    /// What you answer. What you leave out is shown as not judged.
    const COMMANDS: &'static [&'static str] = &["alloc", "free", "online", "offline"];
    /// One table for each CPU. `global` for one table of all CPUs.
    const FIXED: &'static str = "\"scope\":\"per-cpu\"";

    /// A module in its first state; called again for every run.
    fn start(config: &Config) -> Result<Self, Refused> {
        let device =
            (config.start..config.end).filter(|vector| !config.system.contains(vector)).collect();
        let online = config.online.iter().copied().collect();
        Ok(Harness { vectors: Vectors { device, online, taken: BTreeSet::new() } })
    }

    fn command(&mut self, command: &Command) -> Response {
        match command {
            Command::Alloc { cpus, .. } if cpus.is_empty() => {
                Response::Failed { error: Errno::Einval }
            }
            Command::Alloc { cpus, .. } => match self.vectors.alloc(cpus) {
                Some((cpu, vector)) => Response::Allocated { cpu, vector },
                None => Response::Failed { error: Errno::Enospc },
            },
            // `by` is the CPU that executes the call: the vector is freed on `cpu` all the same.
            Command::Free { cpu, vector, .. } => {
                if self.vectors.free(*cpu, *vector) {
                    Response::Done
                } else {
                    Response::Warned
                }
            }
            Command::Online { cpu } => {
                self.vectors.online.insert(*cpu);
                Response::Done
            }
            Command::Offline { cpu } => {
                self.vectors.online.remove(cpu);
                Response::Done
            }
            other => unreachable!("{:?} is not among COMMANDS", other),
        }
    }
}

fn main() {
    serve::<Harness>()
}
