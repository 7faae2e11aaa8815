//! Interrupts and their CPUs under judgement:
//! `redbear-spec explain irq/vector-matrix/assignment`.
use redbear_spec::irq::vector_matrix::assignment::{Area, Command, Config, Response};
use redbear_spec::{serve, Refused, System};

/// Deals the CPUs out to at most `count` groups, none of them empty. PUT YOUR OWN MODULE HERE: call
/// it in `command`, and delete this one.
fn spread(cpus: u32, count: u32) -> Vec<Vec<u32>> {
    let groups = count.min(cpus);
    (0..groups).map(|first| (first..cpus).step_by(groups as usize).collect()).collect()
}

struct Harness {
    cpus: u32,
}

impl System for Harness {
    type Area = Area;
    const NAME: &'static str = "round robin";
    /// What you answer. What you leave out is shown as not judged: next are `setup`, `startup`,
    /// `shutdown` and `teardown`, then `setAffinity`, `interrupt` and `tick`.
    const COMMANDS: &'static [&'static str] = &["spread"];

    /// A module in its first state; called again for every run.
    fn start(config: &Config) -> Result<Self, Refused> {
        Ok(Harness { cpus: config.cpus })
    }

    fn command(&mut self, command: &Command) -> Response {
        match command {
            // Of `vectors` interrupts the first `pre` and the last `post` are not spread.
            Command::Spread { vectors, pre, post } => {
                let count = vectors.saturating_sub(pre + post);
                if count == 0 {
                    return Response::Masks { groups: 0, masks: vec![], managed: vec![] };
                }
                let groups = spread(self.cpus, count);
                let everywhere: Vec<u32> = (0..self.cpus).collect();
                let mask = |nth: u32| match nth.checked_sub(*pre) {
                    Some(group) if (group as usize) < groups.len() => {
                        groups[group as usize].clone()
                    }
                    _ => everywhere.clone(),
                };
                Response::Masks {
                    groups: groups.len() as u32,
                    masks: (0..*vectors).map(mask).collect(),
                    managed: (0..*vectors).map(|nth| nth >= *pre && nth < vectors - post).collect(),
                }
            }
            other => unreachable!("{:?} is not among COMMANDS", other),
        }
    }
}

fn main() {
    serve::<Harness>()
}
