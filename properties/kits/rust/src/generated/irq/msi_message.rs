//! The words of `irq/msi-message`: interrupt messages and their remapping: what a device writes and where it arrives.
//!
//! What they mean is written beside their codecs, in `spec/irq/msi-message/vocabulary.ts`.
// Generated from the codecs by `npm run generate`; not to be edited.
use crate::json::{need, put, Error, Fields, Print, Read, Reader};
use crate::system::Subsystem;
use alloc::vec::Vec;
use core::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    pub apic_ids: Vec<u32>,
    pub apic: Apic,
    pub logical: bool,
    pub extended_destination_id: bool,
    pub remapping: Remapping,
    pub table_entries: u32,
    pub eim: bool,
    pub mhmv: u32,
    pub source_checking: bool,
    pub self_invalidates: bool,
    pub amd2k: bool,
    pub ga: bool,
    pub units: u32,
    pub coverable: bool,
    pub devices: Vec<Device>,
    pub vector_start: u32,
    pub vector_end: u32,
}

impl Read for Config {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut apic_ids = None;
        let mut apic = None;
        let mut logical = None;
        let mut extended_destination_id = None;
        let mut remapping = None;
        let mut table_entries = None;
        let mut eim = None;
        let mut mhmv = None;
        let mut source_checking = None;
        let mut self_invalidates = None;
        let mut amd2k = None;
        let mut ga = None;
        let mut units = None;
        let mut coverable = None;
        let mut devices = None;
        let mut vector_start = None;
        let mut vector_end = None;
        r.fields(|r, name| match name {
            "apicIds" => put(&mut apic_ids, r.list(|r| r.u32(0, 4_294_967_295))),
            "apic" => put(&mut apic, Apic::read(r)),
            "logical" => put(&mut logical, r.boolean()),
            "extendedDestinationId" => put(&mut extended_destination_id, r.boolean()),
            "remapping" => put(&mut remapping, Remapping::read(r)),
            "tableEntries" => put(&mut table_entries, r.u32(2, 65_536)),
            "eim" => put(&mut eim, r.boolean()),
            "mhmv" => put(&mut mhmv, r.u32(0, 15)),
            "sourceChecking" => put(&mut source_checking, r.boolean()),
            "selfInvalidates" => put(&mut self_invalidates, r.boolean()),
            "amd2k" => put(&mut amd2k, r.boolean()),
            "ga" => put(&mut ga, r.boolean()),
            "units" => put(&mut units, r.u32(1, 16)),
            "coverable" => put(&mut coverable, r.boolean()),
            "devices" => put(&mut devices, r.list(|r| Device::read(r))),
            "vectorStart" => put(&mut vector_start, r.u32(0, 255)),
            "vectorEnd" => put(&mut vector_end, r.u32(1, 256)),
            _ => Err(Error::no_such_field()),
        })?;
        Ok(Config {
            apic_ids: need(apic_ids, "apicIds")?,
            apic: need(apic, "apic")?,
            logical: need(logical, "logical")?,
            extended_destination_id: need(extended_destination_id, "extendedDestinationId")?,
            remapping: need(remapping, "remapping")?,
            table_entries: need(table_entries, "tableEntries")?,
            eim: need(eim, "eim")?,
            mhmv: need(mhmv, "mhmv")?,
            source_checking: need(source_checking, "sourceChecking")?,
            self_invalidates: need(self_invalidates, "selfInvalidates")?,
            amd2k: need(amd2k, "amd2k")?,
            ga: need(ga, "ga")?,
            units: need(units, "units")?,
            coverable: need(coverable, "coverable")?,
            devices: need(devices, "devices")?,
            vector_start: need(vector_start, "vectorStart")?,
            vector_end: need(vector_end, "vectorEnd")?,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Apic {
    Xapic,
    X2apic,
}

impl Read for Apic {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Apic::Xapic, Apic::X2apic];
        Ok(all[r.name(&["xapic", "x2apic"])?])
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remapping {
    None,
    Intel,
    Amd,
}

impl Read for Remapping {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Remapping::None, Remapping::Intel, Remapping::Amd];
        Ok(all[r.name(&["none", "intel", "amd"])?])
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Device {
    pub requester: u32,
    pub aliases: Vec<Alias>,
    pub io_apic: bool,
}

impl Read for Device {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut requester = None;
        let mut aliases = None;
        let mut io_apic = None;
        r.object(|r, name| match name {
            "requester" => put(&mut requester, r.u32(0, 65_535)),
            "aliases" => put(&mut aliases, r.list(|r| Alias::read(r))),
            "ioApic" => put(&mut io_apic, r.boolean()),
            _ => Err(Error::no_such_field()),
        })?;
        Ok(Device {
            requester: need(requester, "requester")?,
            aliases: need(aliases, "aliases")?,
            io_apic: need(io_apic, "ioApic")?,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Alias {
    pub alias: u32,
    pub reporter: u32,
}

impl Read for Alias {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut alias = None;
        let mut reporter = None;
        r.object(|r, name| match name {
            "alias" => put(&mut alias, r.u32(0, 65_535)),
            "reporter" => put(&mut reporter, r.u32(0, 65_535)),
            _ => Err(Error::no_such_field()),
        })?;
        Ok(Alias {
            alias: need(alias, "alias")?,
            reporter: need(reporter, "reporter")?,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Compose {
        cpu: u32,
        vector: u32,
        started: bool,
    },
    ComposeDest {
        dest: u32,
        vector: u32,
        logical: bool,
    },
    ComposeIommu {
        dest: u32,
        vector: u32,
        logical: bool,
    },
    Decode {
        address_lo: u32,
        address_hi: u32,
        data: u32,
    },
    Validate {
        address_lo: u32,
        address_hi: u32,
        iommu: bool,
    },
    AllocateVectors {
        device: u32,
        cpu: u32,
        count: u32,
    },
    ReleaseVectors {
        device: u32,
    },
    Remappable {
        index: u32,
        subhandle: u32,
    },
    EncodeIrte {
        dest: u32,
        vector: u32,
        logical: bool,
        sid: u32,
        sq: u32,
        svt: u32,
    },
    DecodeIrte {
        lo: u64,
        hi: u64,
    },
    SourceId {
        requester: u32,
        aliases: Vec<Alias>,
    },
    EncodeDte {
        before: u64,
        table: u64,
    },
    EnableRemapping {
        table: u64,
    },
    DisableRemapping,
    AllocateIrtes {
        device: u32,
        irq: u32,
        count: u32,
        source: Source,
    },
    Activate {
        device: u32,
        irq: u32,
        cpu: u32,
        vector: u32,
    },
    SetAffinity {
        device: u32,
        irq: u32,
        cpu: u32,
        vector: u32,
    },
    Deactivate {
        device: u32,
        irq: u32,
    },
    Free {
        device: u32,
        irq: u32,
    },
    Post {
        device: u32,
        irq: u32,
        descriptor: u64,
        vector: u32,
    },
    Unpost {
        device: u32,
        irq: u32,
    },
    Inject {
        requester: u32,
        address_lo: u32,
        address_hi: u32,
        data: u32,
    },
}

impl Read for Command {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        match &*r.kind()? {
            "compose" => {
                let mut cpu = None;
                let mut vector = None;
                let mut started = None;
                r.fields(|r, name| match name {
                    "cpu" => put(&mut cpu, r.u32(0, 8_191)),
                    "vector" => put(&mut vector, r.u32(0, 255)),
                    "started" => put(&mut started, r.boolean()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Compose {
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                    started: need(started, "started")?,
                })
            }
            "composeDest" => {
                let mut dest = None;
                let mut vector = None;
                let mut logical = None;
                r.fields(|r, name| match name {
                    "dest" => put(&mut dest, r.u32(0, 4_294_967_295)),
                    "vector" => put(&mut vector, r.u32(0, 255)),
                    "logical" => put(&mut logical, r.boolean()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::ComposeDest {
                    dest: need(dest, "dest")?,
                    vector: need(vector, "vector")?,
                    logical: need(logical, "logical")?,
                })
            }
            "composeIommu" => {
                let mut dest = None;
                let mut vector = None;
                let mut logical = None;
                r.fields(|r, name| match name {
                    "dest" => put(&mut dest, r.u32(0, 4_294_967_295)),
                    "vector" => put(&mut vector, r.u32(0, 255)),
                    "logical" => put(&mut logical, r.boolean()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::ComposeIommu {
                    dest: need(dest, "dest")?,
                    vector: need(vector, "vector")?,
                    logical: need(logical, "logical")?,
                })
            }
            "decode" => {
                let mut address_lo = None;
                let mut address_hi = None;
                let mut data = None;
                r.fields(|r, name| match name {
                    "addressLo" => put(&mut address_lo, r.u32(0, 4_294_967_295)),
                    "addressHi" => put(&mut address_hi, r.u32(0, 4_294_967_295)),
                    "data" => put(&mut data, r.u32(0, 4_294_967_295)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Decode {
                    address_lo: need(address_lo, "addressLo")?,
                    address_hi: need(address_hi, "addressHi")?,
                    data: need(data, "data")?,
                })
            }
            "validate" => {
                let mut address_lo = None;
                let mut address_hi = None;
                let mut iommu = None;
                r.fields(|r, name| match name {
                    "addressLo" => put(&mut address_lo, r.u32(0, 4_294_967_295)),
                    "addressHi" => put(&mut address_hi, r.u32(0, 4_294_967_295)),
                    "iommu" => put(&mut iommu, r.boolean()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Validate {
                    address_lo: need(address_lo, "addressLo")?,
                    address_hi: need(address_hi, "addressHi")?,
                    iommu: need(iommu, "iommu")?,
                })
            }
            "allocateVectors" => {
                let mut device = None;
                let mut cpu = None;
                let mut count = None;
                r.fields(|r, name| match name {
                    "device" => put(&mut device, r.u32(0, 255)),
                    "cpu" => put(&mut cpu, r.u32(0, 8_191)),
                    "count" => put(&mut count, r.u32(1, 32)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::AllocateVectors {
                    device: need(device, "device")?,
                    cpu: need(cpu, "cpu")?,
                    count: need(count, "count")?,
                })
            }
            "releaseVectors" => {
                let mut device = None;
                r.fields(|r, name| match name {
                    "device" => put(&mut device, r.u32(0, 255)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::ReleaseVectors {
                    device: need(device, "device")?,
                })
            }
            "remappable" => {
                let mut index = None;
                let mut subhandle = None;
                r.fields(|r, name| match name {
                    "index" => put(&mut index, r.u32(0, 65_535)),
                    "subhandle" => put(&mut subhandle, r.u32(0, 65_535)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Remappable {
                    index: need(index, "index")?,
                    subhandle: need(subhandle, "subhandle")?,
                })
            }
            "encodeIrte" => {
                let mut dest = None;
                let mut vector = None;
                let mut logical = None;
                let mut sid = None;
                let mut sq = None;
                let mut svt = None;
                r.fields(|r, name| match name {
                    "dest" => put(&mut dest, r.u32(0, 4_294_967_295)),
                    "vector" => put(&mut vector, r.u32(0, 255)),
                    "logical" => put(&mut logical, r.boolean()),
                    "sid" => put(&mut sid, r.u32(0, 65_535)),
                    "sq" => put(&mut sq, r.u32(0, 3)),
                    "svt" => put(&mut svt, r.u32(0, 2)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::EncodeIrte {
                    dest: need(dest, "dest")?,
                    vector: need(vector, "vector")?,
                    logical: need(logical, "logical")?,
                    sid: need(sid, "sid")?,
                    sq: need(sq, "sq")?,
                    svt: need(svt, "svt")?,
                })
            }
            "decodeIrte" => {
                let mut lo = None;
                let mut hi = None;
                r.fields(|r, name| match name {
                    "lo" => put(&mut lo, r.word()),
                    "hi" => put(&mut hi, r.word()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::DecodeIrte {
                    lo: need(lo, "lo")?,
                    hi: need(hi, "hi")?,
                })
            }
            "sourceId" => {
                let mut requester = None;
                let mut aliases = None;
                r.fields(|r, name| match name {
                    "requester" => put(&mut requester, r.u32(0, 65_535)),
                    "aliases" => put(&mut aliases, r.list(|r| Alias::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::SourceId {
                    requester: need(requester, "requester")?,
                    aliases: need(aliases, "aliases")?,
                })
            }
            "encodeDte" => {
                let mut before = None;
                let mut table = None;
                r.fields(|r, name| match name {
                    "before" => put(&mut before, r.word()),
                    "table" => put(&mut table, r.word()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::EncodeDte {
                    before: need(before, "before")?,
                    table: need(table, "table")?,
                })
            }
            "enableRemapping" => {
                let mut table = None;
                r.fields(|r, name| match name {
                    "table" => put(&mut table, r.word()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::EnableRemapping {
                    table: need(table, "table")?,
                })
            }
            "disableRemapping" => {
                r.no_fields()?;
                Ok(Command::DisableRemapping)
            }
            "allocateIrtes" => {
                let mut device = None;
                let mut irq = None;
                let mut count = None;
                let mut source = None;
                r.fields(|r, name| match name {
                    "device" => put(&mut device, r.u32(0, 255)),
                    "irq" => put(&mut irq, r.u32(0, 2_047)),
                    "count" => put(&mut count, r.u32(1, 32)),
                    "source" => put(&mut source, Source::read(r)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::AllocateIrtes {
                    device: need(device, "device")?,
                    irq: need(irq, "irq")?,
                    count: need(count, "count")?,
                    source: need(source, "source")?,
                })
            }
            "activate" => {
                let mut device = None;
                let mut irq = None;
                let mut cpu = None;
                let mut vector = None;
                r.fields(|r, name| match name {
                    "device" => put(&mut device, r.u32(0, 255)),
                    "irq" => put(&mut irq, r.u32(0, 2_047)),
                    "cpu" => put(&mut cpu, r.u32(0, 8_191)),
                    "vector" => put(&mut vector, r.u32(0, 255)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Activate {
                    device: need(device, "device")?,
                    irq: need(irq, "irq")?,
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                })
            }
            "setAffinity" => {
                let mut device = None;
                let mut irq = None;
                let mut cpu = None;
                let mut vector = None;
                r.fields(|r, name| match name {
                    "device" => put(&mut device, r.u32(0, 255)),
                    "irq" => put(&mut irq, r.u32(0, 2_047)),
                    "cpu" => put(&mut cpu, r.u32(0, 8_191)),
                    "vector" => put(&mut vector, r.u32(0, 255)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::SetAffinity {
                    device: need(device, "device")?,
                    irq: need(irq, "irq")?,
                    cpu: need(cpu, "cpu")?,
                    vector: need(vector, "vector")?,
                })
            }
            "deactivate" => {
                let mut device = None;
                let mut irq = None;
                r.fields(|r, name| match name {
                    "device" => put(&mut device, r.u32(0, 255)),
                    "irq" => put(&mut irq, r.u32(0, 2_047)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Deactivate {
                    device: need(device, "device")?,
                    irq: need(irq, "irq")?,
                })
            }
            "free" => {
                let mut device = None;
                let mut irq = None;
                r.fields(|r, name| match name {
                    "device" => put(&mut device, r.u32(0, 255)),
                    "irq" => put(&mut irq, r.u32(0, 2_047)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Free {
                    device: need(device, "device")?,
                    irq: need(irq, "irq")?,
                })
            }
            "post" => {
                let mut device = None;
                let mut irq = None;
                let mut descriptor = None;
                let mut vector = None;
                r.fields(|r, name| match name {
                    "device" => put(&mut device, r.u32(0, 255)),
                    "irq" => put(&mut irq, r.u32(0, 2_047)),
                    "descriptor" => put(&mut descriptor, r.word()),
                    "vector" => put(&mut vector, r.u32(0, 255)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Post {
                    device: need(device, "device")?,
                    irq: need(irq, "irq")?,
                    descriptor: need(descriptor, "descriptor")?,
                    vector: need(vector, "vector")?,
                })
            }
            "unpost" => {
                let mut device = None;
                let mut irq = None;
                r.fields(|r, name| match name {
                    "device" => put(&mut device, r.u32(0, 255)),
                    "irq" => put(&mut irq, r.u32(0, 2_047)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Unpost {
                    device: need(device, "device")?,
                    irq: need(irq, "irq")?,
                })
            }
            "inject" => {
                let mut requester = None;
                let mut address_lo = None;
                let mut address_hi = None;
                let mut data = None;
                r.fields(|r, name| match name {
                    "requester" => put(&mut requester, r.u32(0, 65_535)),
                    "addressLo" => put(&mut address_lo, r.u32(0, 4_294_967_295)),
                    "addressHi" => put(&mut address_hi, r.u32(0, 4_294_967_295)),
                    "data" => put(&mut data, r.u32(0, 4_294_967_295)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Inject {
                    requester: need(requester, "requester")?,
                    address_lo: need(address_lo, "addressLo")?,
                    address_hi: need(address_hi, "addressHi")?,
                    data: need(data, "data")?,
                })
            }
            other => Err(Error::expected(other, &["compose", "composeDest", "composeIommu", "decode", "validate", "allocateVectors", "releaseVectors", "remappable", "encodeIrte", "decodeIrte", "sourceId", "encodeDte", "enableRemapping", "disableRemapping", "allocateIrtes", "activate", "setAffinity", "deactivate", "free", "post", "unpost", "inject"])),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Msi,
    Msix,
}

impl Read for Source {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Source::Msi, Source::Msix];
        Ok(all[r.name(&["msi", "msix"])?])
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    Done,
    Failed {
        error: Errno,
    },
    Refused,
    Message {
        address_lo: u32,
        address_hi: u32,
        data: u32,
    },
    Decoded {
        dest: u32,
        vector: u32,
        logical: bool,
        hint: bool,
        delivery: u32,
    },
    Handle {
        index: u32,
    },
    Malformed,
    Verdict {
        valid: bool,
    },
    Irte {
        lo: u64,
        hi: u64,
    },
    Entry {
        present: bool,
        posted: bool,
        dest: u32,
        vector: u32,
        logical: bool,
        sid: u32,
        sq: u32,
        svt: u32,
    },
    Source {
        svt: u32,
        sq: u32,
        sid: u32,
    },
    Word {
        word: u64,
    },
    Allocated {
        index: u32,
    },
    Vectors {
        base: u32,
        size: u32,
    },
    Delivered {
        dest: u32,
        vector: u32,
        logical: bool,
    },
    Posted {
        descriptor: u64,
        vector: u32,
    },
    Fault,
}

impl Read for Response {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        match &*r.kind()? {
            "done" => {
                r.no_fields()?;
                Ok(Response::Done)
            }
            "failed" => {
                let mut error = None;
                r.fields(|r, name| match name {
                    "error" => put(&mut error, Errno::read(r)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Failed {
                    error: need(error, "error")?,
                })
            }
            "refused" => {
                r.no_fields()?;
                Ok(Response::Refused)
            }
            "message" => {
                let mut address_lo = None;
                let mut address_hi = None;
                let mut data = None;
                r.fields(|r, name| match name {
                    "addressLo" => put(&mut address_lo, r.u32(0, 4_294_967_295)),
                    "addressHi" => put(&mut address_hi, r.u32(0, 4_294_967_295)),
                    "data" => put(&mut data, r.u32(0, 4_294_967_295)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Message {
                    address_lo: need(address_lo, "addressLo")?,
                    address_hi: need(address_hi, "addressHi")?,
                    data: need(data, "data")?,
                })
            }
            "decoded" => {
                let mut dest = None;
                let mut vector = None;
                let mut logical = None;
                let mut hint = None;
                let mut delivery = None;
                r.fields(|r, name| match name {
                    "dest" => put(&mut dest, r.u32(0, 4_294_967_295)),
                    "vector" => put(&mut vector, r.u32(0, 255)),
                    "logical" => put(&mut logical, r.boolean()),
                    "hint" => put(&mut hint, r.boolean()),
                    "delivery" => put(&mut delivery, r.u32(0, 7)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Decoded {
                    dest: need(dest, "dest")?,
                    vector: need(vector, "vector")?,
                    logical: need(logical, "logical")?,
                    hint: need(hint, "hint")?,
                    delivery: need(delivery, "delivery")?,
                })
            }
            "handle" => {
                let mut index = None;
                r.fields(|r, name| match name {
                    "index" => put(&mut index, r.u32(0, 4_294_967_295)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Handle {
                    index: need(index, "index")?,
                })
            }
            "malformed" => {
                r.no_fields()?;
                Ok(Response::Malformed)
            }
            "verdict" => {
                let mut valid = None;
                r.fields(|r, name| match name {
                    "valid" => put(&mut valid, r.boolean()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Verdict {
                    valid: need(valid, "valid")?,
                })
            }
            "irte" => {
                let mut lo = None;
                let mut hi = None;
                r.fields(|r, name| match name {
                    "lo" => put(&mut lo, r.word()),
                    "hi" => put(&mut hi, r.word()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Irte {
                    lo: need(lo, "lo")?,
                    hi: need(hi, "hi")?,
                })
            }
            "entry" => {
                let mut present = None;
                let mut posted = None;
                let mut dest = None;
                let mut vector = None;
                let mut logical = None;
                let mut sid = None;
                let mut sq = None;
                let mut svt = None;
                r.fields(|r, name| match name {
                    "present" => put(&mut present, r.boolean()),
                    "posted" => put(&mut posted, r.boolean()),
                    "dest" => put(&mut dest, r.u32(0, 4_294_967_295)),
                    "vector" => put(&mut vector, r.u32(0, 255)),
                    "logical" => put(&mut logical, r.boolean()),
                    "sid" => put(&mut sid, r.u32(0, 65_535)),
                    "sq" => put(&mut sq, r.u32(0, 3)),
                    "svt" => put(&mut svt, r.u32(0, 3)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Entry {
                    present: need(present, "present")?,
                    posted: need(posted, "posted")?,
                    dest: need(dest, "dest")?,
                    vector: need(vector, "vector")?,
                    logical: need(logical, "logical")?,
                    sid: need(sid, "sid")?,
                    sq: need(sq, "sq")?,
                    svt: need(svt, "svt")?,
                })
            }
            "source" => {
                let mut svt = None;
                let mut sq = None;
                let mut sid = None;
                r.fields(|r, name| match name {
                    "svt" => put(&mut svt, r.u32(0, 3)),
                    "sq" => put(&mut sq, r.u32(0, 3)),
                    "sid" => put(&mut sid, r.u32(0, 65_535)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Source {
                    svt: need(svt, "svt")?,
                    sq: need(sq, "sq")?,
                    sid: need(sid, "sid")?,
                })
            }
            "word" => {
                let mut word = None;
                r.fields(|r, name| match name {
                    "word" => put(&mut word, r.word()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Word {
                    word: need(word, "word")?,
                })
            }
            "allocated" => {
                let mut index = None;
                r.fields(|r, name| match name {
                    "index" => put(&mut index, r.u32(0, 4_294_967_295)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Allocated {
                    index: need(index, "index")?,
                })
            }
            "vectors" => {
                let mut base = None;
                let mut size = None;
                r.fields(|r, name| match name {
                    "base" => put(&mut base, r.u32(0, 4_294_967_295)),
                    "size" => put(&mut size, r.u32(0, 4_294_967_295)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Vectors {
                    base: need(base, "base")?,
                    size: need(size, "size")?,
                })
            }
            "delivered" => {
                let mut dest = None;
                let mut vector = None;
                let mut logical = None;
                r.fields(|r, name| match name {
                    "dest" => put(&mut dest, r.u32(0, 4_294_967_295)),
                    "vector" => put(&mut vector, r.u32(0, 255)),
                    "logical" => put(&mut logical, r.boolean()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Delivered {
                    dest: need(dest, "dest")?,
                    vector: need(vector, "vector")?,
                    logical: need(logical, "logical")?,
                })
            }
            "posted" => {
                let mut descriptor = None;
                let mut vector = None;
                r.fields(|r, name| match name {
                    "descriptor" => put(&mut descriptor, r.word()),
                    "vector" => put(&mut vector, r.u32(0, 255)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Posted {
                    descriptor: need(descriptor, "descriptor")?,
                    vector: need(vector, "vector")?,
                })
            }
            "fault" => {
                r.no_fields()?;
                Ok(Response::Fault)
            }
            other => Err(Error::expected(other, &["done", "failed", "refused", "message", "decoded", "handle", "malformed", "verdict", "irte", "entry", "source", "word", "allocated", "vectors", "delivered", "posted", "fault"])),
        }
    }
}

impl Print for Response {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Response::Done => Fields::of("done", out)?.end(),
            Response::Failed { error } => {
                let mut f = Fields::of("failed", out)?;
                f.field("error", error)?;
                f.end()
            }
            Response::Refused => Fields::of("refused", out)?.end(),
            Response::Message { address_lo, address_hi, data } => {
                let mut f = Fields::of("message", out)?;
                f.field("addressLo", address_lo)?;
                f.field("addressHi", address_hi)?;
                f.field("data", data)?;
                f.end()
            }
            Response::Decoded { dest, vector, logical, hint, delivery } => {
                let mut f = Fields::of("decoded", out)?;
                f.field("dest", dest)?;
                f.field("vector", vector)?;
                f.field("logical", logical)?;
                f.field("hint", hint)?;
                f.field("delivery", delivery)?;
                f.end()
            }
            Response::Handle { index } => {
                let mut f = Fields::of("handle", out)?;
                f.field("index", index)?;
                f.end()
            }
            Response::Malformed => Fields::of("malformed", out)?.end(),
            Response::Verdict { valid } => {
                let mut f = Fields::of("verdict", out)?;
                f.field("valid", valid)?;
                f.end()
            }
            Response::Irte { lo, hi } => {
                let mut f = Fields::of("irte", out)?;
                f.field("lo", lo)?;
                f.field("hi", hi)?;
                f.end()
            }
            Response::Entry { present, posted, dest, vector, logical, sid, sq, svt } => {
                let mut f = Fields::of("entry", out)?;
                f.field("present", present)?;
                f.field("posted", posted)?;
                f.field("dest", dest)?;
                f.field("vector", vector)?;
                f.field("logical", logical)?;
                f.field("sid", sid)?;
                f.field("sq", sq)?;
                f.field("svt", svt)?;
                f.end()
            }
            Response::Source { svt, sq, sid } => {
                let mut f = Fields::of("source", out)?;
                f.field("svt", svt)?;
                f.field("sq", sq)?;
                f.field("sid", sid)?;
                f.end()
            }
            Response::Word { word } => {
                let mut f = Fields::of("word", out)?;
                f.field("word", word)?;
                f.end()
            }
            Response::Allocated { index } => {
                let mut f = Fields::of("allocated", out)?;
                f.field("index", index)?;
                f.end()
            }
            Response::Vectors { base, size } => {
                let mut f = Fields::of("vectors", out)?;
                f.field("base", base)?;
                f.field("size", size)?;
                f.end()
            }
            Response::Delivered { dest, vector, logical } => {
                let mut f = Fields::of("delivered", out)?;
                f.field("dest", dest)?;
                f.field("vector", vector)?;
                f.field("logical", logical)?;
                f.end()
            }
            Response::Posted { descriptor, vector } => {
                let mut f = Fields::of("posted", out)?;
                f.field("descriptor", descriptor)?;
                f.field("vector", vector)?;
                f.end()
            }
            Response::Fault => Fields::of("fault", out)?.end(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errno {
    Einval,
    Enospc,
    Enomem,
    Enodev,
}

impl Read for Errno {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Errno::Einval, Errno::Enospc, Errno::Enomem, Errno::Enodev];
        Ok(all[r.name(&["EINVAL", "ENOSPC", "ENOMEM", "ENODEV"])?])
    }
}

impl Print for Errno {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let name = match self {
            Errno::Einval => "EINVAL",
            Errno::Enospc => "ENOSPC",
            Errno::Enomem => "ENOMEM",
            Errno::Enodev => "ENODEV",
        };
        name.print(out)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observation {
    pub enabled: Option<Vec<bool>>,
    pub blocked: Option<bool>,
    pub tables: Option<Vec<Table>>,
    pub cache: Option<Vec<Cached>>,
    pub dtes: Option<Vec<Dte>>,
    pub vectors: Option<Vec<VectorBlock>>,
    pub log: Option<Vec<Action>>,
}

impl Print for Observation {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.optional("enabled", &self.enabled)?;
        f.optional("blocked", &self.blocked)?;
        f.optional("tables", &self.tables)?;
        f.optional("cache", &self.cache)?;
        f.optional("dtes", &self.dtes)?;
        f.optional("vectors", &self.vectors)?;
        f.optional("log", &self.log)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    pub key: u32,
    pub blocks: Vec<Block>,
    pub entries: Vec<Entry>,
}

impl Print for Table {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("key", &self.key)?;
        f.field("blocks", &self.blocks)?;
        f.field("entries", &self.entries)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Block {
    pub base: u32,
    pub size: u32,
    pub device: u32,
    pub irq: u32,
    pub irqs: Vec<Irq>,
}

impl Print for Block {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("base", &self.base)?;
        f.field("size", &self.size)?;
        f.field("device", &self.device)?;
        f.field("irq", &self.irq)?;
        f.field("irqs", &self.irqs)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Irq {
    pub active: bool,
    pub posted: bool,
    pub cpu: u32,
    pub vector: u32,
    pub message: Option<Message>,
}

impl Print for Irq {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("active", &self.active)?;
        f.field("posted", &self.posted)?;
        f.field("cpu", &self.cpu)?;
        f.field("vector", &self.vector)?;
        f.optional("message", &self.message)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Message {
    pub address_lo: u32,
    pub address_hi: u32,
    pub data: u32,
}

impl Print for Message {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("addressLo", &self.address_lo)?;
        f.field("addressHi", &self.address_hi)?;
        f.field("data", &self.data)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    pub index: u32,
    pub words: Vec<u64>,
}

impl Print for Entry {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("index", &self.index)?;
        f.field("words", &self.words)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cached {
    pub table: u32,
    pub index: u32,
    pub words: Vec<u64>,
}

impl Print for Cached {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("table", &self.table)?;
        f.field("index", &self.index)?;
        f.field("words", &self.words)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dte {
    pub requester: u32,
    pub words: Vec<u32>,
}

impl Print for Dte {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("requester", &self.requester)?;
        f.field("words", &self.words)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VectorBlock {
    pub device: u32,
    pub cpu: u32,
    pub base: u32,
    pub size: u32,
}

impl Print for VectorBlock {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("device", &self.device)?;
        f.field("cpu", &self.cpu)?;
        f.field("base", &self.base)?;
        f.field("size", &self.size)?;
        f.end()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    Store {
        table: u32,
        index: u32,
        offset: u32,
        words: Vec<u32>,
    },
    Invalidate {
        table: u32,
        index: u32,
        count: u32,
    },
    InvalidateAll,
    Wait,
    Release {
        cpu: u32,
        vector: u32,
    },
    Device {
        device: u32,
        irq: u32,
    },
    Register {
        name: Register,
    },
    Dte {
        requester: u32,
        before: Vec<u32>,
        after: Vec<u32>,
    },
    InvalidateDte {
        requester: u32,
    },
}

impl Print for Action {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Action::Store { table, index, offset, words } => {
                let mut f = Fields::of("store", out)?;
                f.field("table", table)?;
                f.field("index", index)?;
                f.field("offset", offset)?;
                f.field("words", words)?;
                f.end()
            }
            Action::Invalidate { table, index, count } => {
                let mut f = Fields::of("invalidate", out)?;
                f.field("table", table)?;
                f.field("index", index)?;
                f.field("count", count)?;
                f.end()
            }
            Action::InvalidateAll => Fields::of("invalidateAll", out)?.end(),
            Action::Wait => Fields::of("wait", out)?.end(),
            Action::Release { cpu, vector } => {
                let mut f = Fields::of("release", out)?;
                f.field("cpu", cpu)?;
                f.field("vector", vector)?;
                f.end()
            }
            Action::Device { device, irq } => {
                let mut f = Fields::of("device", out)?;
                f.field("device", device)?;
                f.field("irq", irq)?;
                f.end()
            }
            Action::Register { name } => {
                let mut f = Fields::of("register", out)?;
                f.field("name", name)?;
                f.end()
            }
            Action::Dte { requester, before, after } => {
                let mut f = Fields::of("dte", out)?;
                f.field("requester", requester)?;
                f.field("before", before)?;
                f.field("after", after)?;
                f.end()
            }
            Action::InvalidateDte { requester } => {
                let mut f = Fields::of("invalidateDte", out)?;
                f.field("requester", requester)?;
                f.end()
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Register {
    Irta,
    Sirtp,
    Ire,
    Cfi,
}

impl Print for Register {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let name = match self {
            Register::Irta => "IRTA",
            Register::Sirtp => "SIRTP",
            Register::Ire => "IRE",
            Register::Cfi => "CFI",
        };
        name.print(out)
    }
}

/// irq/msi-message: interrupt messages and their remapping: what a device writes and where it arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area;

impl Subsystem for Area {
    const PATH: &'static str = "irq/msi-message";
    const COMMANDS: &'static [&'static str] = &[
        "compose",
        "composeDest",
        "composeIommu",
        "decode",
        "validate",
        "allocateVectors",
        "releaseVectors",
        "remappable",
        "encodeIrte",
        "decodeIrte",
        "sourceId",
        "encodeDte",
        "enableRemapping",
        "disableRemapping",
        "allocateIrtes",
        "activate",
        "setAffinity",
        "deactivate",
        "free",
        "post",
        "unpost",
        "inject",
    ];
    const OBSERVABLES: &'static [&'static str] = &[
        "tables",
        "messages",
        "log",
        "cache",
        "units",
        "vectors",
    ];
    const REFERENCES: &'static [(&'static str, &'static str)] = &[];
    type Config = Config;
    type Command = Command;
    type Response = Response;
    type Observation = Observation;

    fn kind(command: &Command) -> &'static str {
        match command {
            Command::Compose { .. } => "compose",
            Command::ComposeDest { .. } => "composeDest",
            Command::ComposeIommu { .. } => "composeIommu",
            Command::Decode { .. } => "decode",
            Command::Validate { .. } => "validate",
            Command::AllocateVectors { .. } => "allocateVectors",
            Command::ReleaseVectors { .. } => "releaseVectors",
            Command::Remappable { .. } => "remappable",
            Command::EncodeIrte { .. } => "encodeIrte",
            Command::DecodeIrte { .. } => "decodeIrte",
            Command::SourceId { .. } => "sourceId",
            Command::EncodeDte { .. } => "encodeDte",
            Command::EnableRemapping { .. } => "enableRemapping",
            Command::DisableRemapping => "disableRemapping",
            Command::AllocateIrtes { .. } => "allocateIrtes",
            Command::Activate { .. } => "activate",
            Command::SetAffinity { .. } => "setAffinity",
            Command::Deactivate { .. } => "deactivate",
            Command::Free { .. } => "free",
            Command::Post { .. } => "post",
            Command::Unpost { .. } => "unpost",
            Command::Inject { .. } => "inject",
        }
    }

    type Given = ();

    fn reference(_command: &Command) -> Option<u32> {
        None
    }

    fn given(_command: &Command, _response: &Response) -> Option<Self::Given> {
        None
    }

    fn resolve(command: Command, _given: Self::Given) -> Command {
        command
    }
}
