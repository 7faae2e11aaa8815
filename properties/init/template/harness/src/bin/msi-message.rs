//! Interrupt messages under judgement: `redbear-spec explain irq/msi-message`.
use redbear_spec::irq::msi_message::{Area, Command, Config, Response};
use redbear_spec::{serve, Refused, System};

/// What a device writes to raise `vector` on the CPU with APIC id `dest`; None where no message can
/// say so. PUT YOUR OWN MODULE HERE: call it in `command`, and delete this one.
fn compose(dest: u32, vector: u32, logical: bool, extended: bool) -> Option<(u32, u32)> {
    let reach = if extended { 0x7fff } else { 0xff };
    if vector < 0x10 || dest > reach {
        return None;
    }
    // Id bits [7:0] are address bits [19:12]; with extended ids, bits [14:8] are [11:5].
    let id = (dest & 0xff) << 12 | (dest >> 8) << 5;
    Some((0xfee0_0000 | id | u32::from(logical) << 2, vector))
}

struct Harness {
    config: Config,
}

impl Harness {
    fn message(&self, dest: u32, vector: u32, logical: bool) -> Response {
        match compose(dest, vector, logical, self.config.extended_destination_id) {
            Some((address_lo, data)) => Response::Message { address_lo, address_hi: 0, data },
            None => Response::Refused,
        }
    }
}

impl System for Harness {
    type Area = Area;
    const NAME: &'static str = "messages without remapping";
    /// What you answer. What you leave out is shown as not judged.
    const COMMANDS: &'static [&'static str] = &["compose", "composeDest"];
    /// No IOMMU stands between device and CPU. `intel` or `amd`, or open, where one does.
    const FIXED: &'static str = "\"remapping\":\"none\"";

    /// A module in its first state; called again for every run.
    fn start(config: &Config) -> Result<Self, Refused> {
        Ok(Harness { config: config.clone() })
    }

    fn command(&mut self, command: &Command) -> Response {
        match command {
            // The destination is the APIC id of the CPU, not its number.
            Command::Compose { cpu, vector, .. } => {
                let dest = self.config.apic_ids[*cpu as usize];
                self.message(dest, *vector, self.config.logical)
            }
            Command::ComposeDest { dest, vector, logical } => {
                self.message(*dest, *vector, *logical)
            }
            other => unreachable!("{:?} is not among COMMANDS", other),
        }
    }
}

fn main() {
    serve::<Harness>()
}
