//! The kernel's vectors under judgement.
use kernel::irq::vector::{VectorAllocator, VectorError};
use kernel::smp;
use redbear_spec::irq::vector_matrix::allocator::{
    Area, Command, Config, Cpu, Errno, Observation, Response,
};
use redbear_spec::{serve, Refused, System};

struct Harness {
    vectors: VectorAllocator,
    cpus: u32,
}

impl System for Harness {
    type Area = Area;
    const NAME: &'static str = "kernel::irq::vector";
    const COMMANDS: &'static [&'static str] =
        &["alloc", "free", "online", "offline", "allocatedCount"];
    const OBSERVES: &'static [&'static str] = &["counters", "maps"];
    const FIXED: &'static str = "\"scope\":\"per-cpu\"";

    fn start(config: &Config) -> Result<Self, Refused> {
        let mut vectors =
            VectorAllocator::new(config.cpus, config.start, config.end, &config.system);
        for &cpu in &config.online {
            vectors.online(cpu);
        }
        smp::enter(0);
        Ok(Harness { vectors, cpus: config.cpus })
    }

    fn command(&mut self, command: &Command) -> Response {
        match command {
            Command::Alloc { cpus, .. } => match self.vectors.alloc(cpus) {
                Ok((cpu, vector)) => Response::Allocated { cpu, vector },
                Err(VectorError::NoCpu) => Response::Failed { error: Errno::Einval },
                Err(VectorError::Exhausted) => Response::Failed { error: Errno::Enospc },
            },
            Command::Free { cpu, vector, by, .. } => {
                smp::enter(*by);
                if self.vectors.free(*cpu, *vector) {
                    Response::Done
                } else {
                    Response::Warned
                }
            }
            Command::Online { cpu } => {
                self.vectors.online(*cpu);
                Response::Done
            }
            Command::Offline { cpu } => {
                self.vectors.offline(*cpu);
                Response::Done
            }
            Command::AllocatedCount { cpu } => {
                Response::Count { value: self.vectors.allocated(*cpu).len() as i64 }
            }
            other => unreachable!("{:?} is not among COMMANDS", other),
        }
    }

    fn observe(&self) -> Option<Observation> {
        let cpus: Vec<Cpu> = (0..self.cpus).map(|cpu| self.shown(cpu)).collect();
        let online = || cpus.iter().filter(|cpu| cpu.online);
        Some(Observation {
            global_available: Some(online().filter_map(|cpu| cpu.available).sum()),
            global_reserved: Some(0),
            total_allocated: None,
            online_maps: Some(online().count() as i64),
            cpus,
        })
    }
}

impl Harness {
    fn shown(&self, cpu: u32) -> Cpu {
        let allocated = self.vectors.allocated(cpu);
        Cpu {
            cpu,
            online: self.vectors.is_online(cpu),
            available: Some(self.vectors.available(cpu).into()),
            allocated: Some(allocated.len() as i64),
            managed: Some(0),
            managed_allocated: Some(0),
            alloc_map: Some(allocated),
            managed_map: Some(Vec::new()),
        }
    }
}

fn main() {
    serve::<Harness>()
}
