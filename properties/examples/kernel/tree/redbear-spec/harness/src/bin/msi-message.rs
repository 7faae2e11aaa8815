//! The kernel's interrupt messages under judgement.
use kernel::irq::msi::{Addressing, Blocks, Message};
use redbear_spec::irq::msi_message::{
    Area, Command, Config, Errno, Observation, Response, VectorBlock,
};
use redbear_spec::{serve, Refused, System};

struct Harness {
    apic_ids: Vec<u32>,
    addressing: Addressing,
    blocks: Blocks,
}

impl System for Harness {
    type Area = Area;
    const NAME: &'static str = "kernel::irq::msi";
    const COMMANDS: &'static [&'static str] =
        &["compose", "composeDest", "validate", "allocateVectors", "releaseVectors"];
    const OBSERVES: &'static [&'static str] = &["vectors"];
    const FIXED: &'static str = "\"remapping\":\"none\"";

    fn start(config: &Config) -> Result<Self, Refused> {
        Ok(Harness {
            apic_ids: config.apic_ids.clone(),
            addressing: Addressing {
                logical: config.logical,
                extended: config.extended_destination_id,
            },
            blocks: Blocks::new(config.vector_start, config.vector_end),
        })
    }

    fn command(&mut self, command: &Command) -> Response {
        match command {
            Command::Compose { cpu, vector, .. } => {
                message(self.addressing.compose(self.apic_ids[*cpu as usize], *vector))
            }
            Command::ComposeDest { dest, vector, logical } => {
                message(Addressing { logical: *logical, ..self.addressing }.compose(*dest, *vector))
            }
            // Messages of an IOMMU of its own: this kernel drives none.
            Command::Validate { iommu: true, .. } => Response::Verdict { valid: false },
            Command::Validate { address_lo, address_hi, .. } => {
                Response::Verdict { valid: self.addressing.valid(*address_lo, *address_hi) }
            }
            Command::AllocateVectors { device, cpu, count } => {
                match self.blocks.allocate(*device, *cpu, *count) {
                    Some(block) => Response::Vectors { base: block.base, size: block.size },
                    None => Response::Failed { error: Errno::Enospc },
                }
            }
            Command::ReleaseVectors { device } => {
                self.blocks.release(*device);
                Response::Done
            }
            other => unreachable!("{:?} is not among COMMANDS", other),
        }
    }

    fn observe(&self) -> Option<Observation> {
        let shown = self.blocks.all().iter().map(|block| VectorBlock {
            device: block.device,
            cpu: block.cpu,
            base: block.base,
            size: block.size,
        });
        Some(Observation { vectors: Some(shown.collect()), ..Observation::default() })
    }
}

fn message(message: Option<Message>) -> Response {
    message.map_or(Response::Refused, |m| Response::Message {
        address_lo: m.address_lo,
        address_hi: m.address_hi,
        data: m.data,
    })
}

fn main() {
    serve::<Harness>()
}
