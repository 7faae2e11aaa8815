//! The harness: how the commands of the suite reach the allocator.
mod allocator;

use allocator::{Error, VectorAllocator, MAX_CPUS};
use redbear_spec::irq::vector_matrix::allocator::{Area, Command, Config, Errno, Response};
use redbear_spec::{serve, Level, Refused, System};

struct Harness(VectorAllocator);

impl System for Harness {
    type Area = Area;
    const NAME: &'static str = "vector-allocator";
    const LEVEL: Level = Level::Linux;
    const COMMANDS: &'static [&'static str] =
        &["alloc", "free", "online", "offline", "reserve", "allocatedCount"];

    fn start(config: &Config) -> Result<Self, Refused> {
        if config.cpus as usize > MAX_CPUS {
            return Err(format!("at most {} CPUs", MAX_CPUS).into());
        }
        let mut module = VectorAllocator::new(config.start, config.end, &config.system);
        module.free_on_cpu0 = std::env::args().any(|arg| arg == "free-on-cpu0");
        for &cpu in &config.online {
            module.set_online(cpu, true);
        }
        Ok(Harness(module))
    }

    fn command(&mut self, command: &Command) -> Response {
        match command {
            Command::Alloc { cpus, .. } => match self.0.alloc(cpus) {
                Ok((cpu, vector)) => Response::Allocated { cpu, vector },
                Err(Error::Invalid) => Response::Failed { error: Errno::Einval },
                Err(Error::NoSpace) => Response::Failed { error: Errno::Enospc },
            },
            Command::Free { cpu, vector, .. } if self.0.free(*cpu, *vector) => Response::Done,
            Command::Free { .. } => Response::Warned,
            Command::AllocatedCount { cpu } => {
                Response::Count { value: self.0.allocated_count(*cpu).into() }
            }
            Command::Online { cpu } | Command::Offline { cpu } => {
                self.0.set_online(*cpu, matches!(command, Command::Online { .. }));
                Response::Done
            }
            Command::Reserve => Response::Done,
            other => unreachable!("{:?} is not among COMMANDS", other),
        }
    }
}

fn main() {
    serve::<Harness>()
}
