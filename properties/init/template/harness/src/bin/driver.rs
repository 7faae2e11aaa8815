//! Interrupts as drivers get them, under judgement: `redbear-spec explain irq/driver`.
use redbear_spec::irq::driver::{
    Area, Capability, Command, Config, ErrorName, Kind, Mode, PciFunction, Response,
};
use redbear_spec::{serve, Refused, System};
use std::collections::BTreeSet;

/// Quirk flags.
const FORCE_LEGACY: u32 = 1;
const NO_MSI: u32 = 2;
const NO_MSIX: u32 = 4;

/// CPU and vector.
type Pair = (u32, u32);
/// Of the pin: no pairs, and one interrupt.
type Grant = (Mode, Vec<Pair>);

#[derive(Default)]
struct Device {
    driver: Option<u32>,
    quirks: u32,
    granted: Option<Grant>,
}

/// Grants interrupts to drivers, vectors first fit. PUT YOUR OWN MODULE HERE: keep what it needs in
/// `Harness`, call it in `command`, and delete this one.
struct Interrupts {
    config: Config,
    devices: Vec<Device>,
    taken: BTreeSet<Pair>,
}

/// Interrupts that the device itself can have in a mode.
fn capacity(shape: &PciFunction, mode: Mode) -> u32 {
    let reachable = |bar: u32| match shape.bars.get(bar as usize) {
        Some(bar) => matches!(bar.kind, Kind::Memory32 | Kind::Memory64) && bar.address != 0,
        None => false,
    };
    let found = shape.capabilities.iter().find_map(|capability| match (mode, capability) {
        (Mode::Msix, Capability::Msix { entries, table_bar, .. }) => {
            Some(if reachable(*table_bar) { *entries } else { 0 })
        }
        // Several messages need a block of vectors; first fit does not look for one.
        (Mode::Msi, Capability::Msi { .. }) => Some(1),
        _ => None,
    });
    match mode {
        Mode::Legacy => u32::from(shape.pin != 0),
        _ => found.unwrap_or(0),
    }
}

impl Interrupts {
    /// What quirks leave of it.
    fn supported(&self, device: usize, mode: Mode) -> u32 {
        let forbidden = match mode {
            Mode::Msix => FORCE_LEGACY | NO_MSIX,
            Mode::Msi => FORCE_LEGACY | NO_MSI,
            _ => 0,
        };
        match self.devices[device].quirks & forbidden {
            0 => capacity(&self.config.devices[device], mode),
            _ => 0,
        }
    }

    fn vector(&mut self) -> Option<Pair> {
        let vectors = self.config.vector_start..self.config.vector_end;
        let cpus = 0..self.config.apic_ids.len() as u32;
        let mut all = cpus.flat_map(|cpu| vectors.clone().map(move |vector| (cpu, vector)));
        let found = all.find(|pair| !self.taken.contains(pair))?;
        self.taken.insert(found);
        Some(found)
    }

    /// At least `min` vectors, or none.
    fn vectors(&mut self, min: u32, max: u32) -> Option<Vec<Pair>> {
        let pairs: Vec<Pair> = (0..max).map_while(|_| self.vector()).collect();
        if pairs.len() as u32 >= min {
            return Some(pairs);
        }
        for pair in &pairs {
            self.taken.remove(pair);
        }
        None
    }

    /// The first mode that can be had.
    fn alloc(&mut self, device: usize, modes: u32, min: u32, max: u32) -> Option<Grant> {
        for (mode, allowed) in [(Mode::Msix, 1), (Mode::Msi, 2), (Mode::Legacy, 4)] {
            let most = self.supported(device, mode).min(max);
            if modes & allowed == 0 || min < 1 || most < min {
                continue;
            }
            let pairs = if mode == Mode::Legacy { Some(vec![]) } else { self.vectors(min, most) };
            if let Some(pairs) = pairs {
                return Some((mode, pairs));
            }
        }
        None
    }

    fn release(&mut self, device: usize) {
        for pair in self.devices[device].granted.take().map_or(vec![], |(_, pairs)| pairs) {
            self.taken.remove(&pair);
        }
    }

    fn close(&mut self, device: usize) {
        self.release(device);
        self.devices[device] = Device::default();
    }
}

struct Harness(Interrupts);

impl System for Harness {
    type Area = Area;
    const NAME: &'static str = "grants, first fit";
    /// What you answer. What you leave out is shown as not judged: next are `enable`, `disable`,
    /// `event`, `interrupt`, `wait` and `ack`, then `program`, `release` and `setAffinity`.
    const COMMANDS: &'static [&'static str] =
        &["attach", "query", "alloc", "releaseAll", "close", "crash"];
    /// No IOMMU stands between device and CPU; a vector table for each CPU.
    const FIXED: &'static str = "\"remapping\":false,\"scope\":\"per-cpu\"";

    /// A module in its first state; called again for every run.
    fn start(config: &Config) -> Result<Self, Refused> {
        let devices = config.devices.iter().map(|_| Device::default()).collect();
        Ok(Harness(Interrupts { config: config.clone(), devices, taken: BTreeSet::new() }))
    }

    fn command(&mut self, command: &Command) -> Response {
        let all = &mut self.0;
        // `writes: None`: the accesses to the device are not shown, nor are they judged.
        let failed = |error| Response::Failed { error, writes: None };
        match command {
            // A flag that one layer of quirks sets, no other takes back.
            Command::Attach { device, driver, layers } => {
                let quirks = layers.iter().fold(0, |quirks, layer| quirks | layer);
                let state = &mut all.devices[*device as usize];
                if state.driver.is_some() {
                    return failed(ErrorName::Ebusy);
                }
                *state = Device { driver: Some(*driver), quirks, granted: None };
            }
            Command::Query { device } => {
                let device = *device as usize;
                let granted = all.devices[device].granted.as_ref();
                return Response::Support {
                    msix: all.supported(device, Mode::Msix),
                    msi: all.supported(device, Mode::Msi),
                    legacy: all.supported(device, Mode::Legacy) != 0,
                    mode: granted.map_or(Mode::None, |(mode, _)| *mode),
                    count: granted.map_or(0, |(_, pairs)| pairs.len().max(1) as u32),
                };
            }
            // `spread`: one a CPU, from interrupt `pre` on. It shows once you answer `enable`.
            Command::Alloc { device, modes, min, max, .. } => {
                let device = *device as usize;
                if all.devices[device].granted.is_some() {
                    return failed(ErrorName::Ebusy);
                }
                let (mode, pairs) = match all.alloc(device, *modes, *min, *max) {
                    Some(granted) => granted,
                    None => return failed(ErrorName::Enospc),
                };
                all.devices[device].granted = Some((mode, pairs.clone()));
                return Response::Granted {
                    mode,
                    count: pairs.len().max(1) as u32,
                    cpus: pairs.iter().map(|pair| pair.0).collect(),
                    vectors: pairs.iter().map(|pair| pair.1).collect(),
                    reserved: vec![],
                    indices: vec![],
                    writes: None,
                };
            }
            Command::ReleaseAll { device } => all.release(*device as usize),
            Command::Close { device } => all.close(*device as usize),
            Command::Crash { driver } => {
                for device in 0..all.devices.len() {
                    if all.devices[device].driver == Some(*driver) {
                        all.close(device);
                    }
                }
            }
            other => unreachable!("{:?} is not among COMMANDS", other),
        }
        Response::Done { writes: None }
    }
}

fn main() {
    serve::<Harness>()
}
