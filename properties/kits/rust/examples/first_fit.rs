//! A whole harness in one file that shows its state too: a first-fit allocator of vectors, its
//! maps and counters.
//!   cargo run --release --offline --example first_fit
//! With the argument `leak` its frees do not give the vector back to the count of free ones.
use redbear_spec::irq::vector_matrix::allocator::{
    Area, Command, Config, Cpu, Errno, Observation, Response,
};
use redbear_spec::{serve, Level, Refused, System};
use std::collections::BTreeSet;

#[derive(Clone, Default)]
struct PerCpu {
    online: bool,
    /// Nothing is counted before a CPU was online once.
    available: Option<u32>,
    allocated: BTreeSet<u32>,
}

struct FirstFit {
    cpus: Vec<PerCpu>,
    vectors: Vec<u32>,
    leak: bool,
}

impl FirstFit {
    fn set_online(&mut self, number: u32, online: bool) {
        let cpu = &mut self.cpus[number as usize];
        cpu.online = online;
        if online {
            cpu.available.get_or_insert(self.vectors.len() as u32);
        }
    }

    fn alloc(&mut self, mask: &[u32]) -> Option<(u32, u32)> {
        for &number in mask {
            let cpu = &mut self.cpus[number as usize];
            if !cpu.online {
                continue;
            }
            if let Some(&vector) = self.vectors.iter().find(|v| !cpu.allocated.contains(v)) {
                cpu.allocated.insert(vector);
                cpu.available = cpu.available.map(|n| n.saturating_sub(1));
                return Some((number, vector));
            }
        }
        None
    }
}

impl System for FirstFit {
    type Area = Area;
    const NAME: &'static str = "first-fit";
    const LEVEL: Level = Level::Contract;
    const COMMANDS: &'static [&'static str] = &["alloc", "free", "online", "offline"];
    const OBSERVES: &'static [&'static str] = &["counters", "maps"];
    const FIXED: &'static str = "\"scope\":\"per-cpu\"";

    fn start(config: &Config) -> Result<Self, Refused> {
        let vectors: Vec<u32> =
            (config.start..config.end).filter(|v| !config.system.contains(v)).collect();
        let cpus = vec![PerCpu::default(); config.cpus as usize];
        let leak = std::env::args().any(|arg| arg == "leak");
        let mut matrix = FirstFit { cpus, vectors, leak };
        for &cpu in &config.online {
            matrix.set_online(cpu, true);
        }
        Ok(matrix)
    }

    fn command(&mut self, command: &Command) -> Response {
        match command {
            Command::Alloc { cpus, .. } if cpus.is_empty() => {
                Response::Failed { error: Errno::Einval }
            }
            Command::Alloc { cpus, .. } => match self.alloc(cpus) {
                Some((cpu, vector)) => Response::Allocated { cpu, vector },
                None => Response::Failed { error: Errno::Enospc },
            },
            Command::Free { cpu, vector, .. } => {
                let owner = &mut self.cpus[*cpu as usize];
                if !owner.allocated.remove(vector) {
                    return Response::Warned;
                }
                if !self.leak {
                    owner.available = owner.available.map(|n| n + 1);
                }
                Response::Done
            }
            Command::Online { cpu } | Command::Offline { cpu } => {
                self.set_online(*cpu, matches!(command, Command::Online { .. }));
                Response::Done
            }
            other => unreachable!("{:?} is not among COMMANDS", other),
        }
    }

    fn observe(&self) -> Option<Observation> {
        let shown = |(number, cpu): (usize, &PerCpu)| Cpu {
            cpu: number as u32,
            online: cpu.online,
            available: Some(cpu.available.unwrap_or(0).into()),
            allocated: Some(cpu.allocated.len() as i64),
            managed: Some(0),
            managed_allocated: Some(0),
            alloc_map: Some(cpu.allocated.iter().copied().collect()),
            managed_map: Some(vec![]),
        };
        let online = || self.cpus.iter().filter(|cpu| cpu.online);
        Some(Observation {
            cpus: self.cpus.iter().enumerate().map(shown).collect(),
            global_available: Some(online().filter_map(|cpu| cpu.available).map(i64::from).sum()),
            global_reserved: Some(0),
            online_maps: Some(online().count() as i64),
            // What is left out is taken from the reference.
            total_allocated: None,
        })
    }
}

fn main() {
    serve::<FirstFit>()
}
