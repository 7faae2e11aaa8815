//! The words of `irq/capability`: MSI and MSI-X capabilities: found, read, programmed and masked.
//!
//! What they mean is written beside their codecs, in `spec/irq/capability/vocabulary.ts`.
// Generated from the codecs by `npm run generate`; not to be edited.
use crate::json::{need, put, Error, Fields, Print, Read, Reader};
use crate::system::Subsystem;
use alloc::vec::Vec;
use core::fmt;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    pub enabled: bool,
    pub msi: bool,
    pub msix: bool,
    pub multi_msi: bool,
    pub masking: bool,
    pub contiguous: bool,
}

impl Read for Config {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut enabled = None;
        let mut msi = None;
        let mut msix = None;
        let mut multi_msi = None;
        let mut masking = None;
        let mut contiguous = None;
        r.fields(|r, name| match name {
            "enabled" => put(&mut enabled, r.boolean()),
            "msi" => put(&mut msi, r.boolean()),
            "msix" => put(&mut msix, r.boolean()),
            "multiMsi" => put(&mut multi_msi, r.boolean()),
            "masking" => put(&mut masking, r.boolean()),
            "contiguous" => put(&mut contiguous, r.boolean()),
            _ => Err(Error::no_such_field()),
        })?;
        Ok(Config {
            enabled: need(enabled, "enabled")?,
            msi: need(msi, "msi")?,
            msix: need(msix, "msix")?,
            multi_msi: need(multi_msi, "multiMsi")?,
            masking: need(masking, "masking")?,
            contiguous: need(contiguous, "contiguous")?,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Plug {
        words: Vec<PatchedWord>,
        extended: bool,
        bars: Vec<Bar>,
        fills: Vec<Fill>,
        left: Vec<EarlierWrite>,
        intx_bug: bool,
        no_msi: bool,
        address_bits: u32,
    },
    Walk {
        id: u32,
    },
    Parse {
        capability: Capability,
        length: u32,
        at: u32,
        bytes: Vec<u32>,
    },
    PendingBit {
        entry: u32,
    },
    EnableMsi {
        min: u32,
        max: u32,
        address_lo: u32,
        address_hi: u32,
        data: u32,
        available: u32,
        domain: bool,
    },
    EnableMsix {
        min: u32,
        max: u32,
        address_lo: u32,
        address_hi: u32,
        data: u32,
        available: u32,
        domain: bool,
        entries: Vec<u32>,
    },
    Disable,
    Mask {
        index: u32,
    },
    Unmask {
        index: u32,
    },
    Overlap {
        first: u32,
        first_mask: bool,
        second: u32,
        second_mask: bool,
    },
    WriteMessage {
        index: u32,
        address_lo: u32,
        address_hi: u32,
        data: u32,
    },
    Suspend,
    Resume,
    Vanish,
    Event {
        index: u32,
    },
}

impl Read for Command {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        match &*r.kind()? {
            "plug" => {
                let mut words = None;
                let mut extended = None;
                let mut bars = None;
                let mut fills = None;
                let mut left = None;
                let mut intx_bug = None;
                let mut no_msi = None;
                let mut address_bits = None;
                r.fields(|r, name| match name {
                    "words" => put(&mut words, r.list(|r| PatchedWord::read(r))),
                    "extended" => put(&mut extended, r.boolean()),
                    "bars" => put(&mut bars, r.list(|r| Bar::read(r))),
                    "fills" => put(&mut fills, r.list(|r| Fill::read(r))),
                    "left" => put(&mut left, r.list(|r| EarlierWrite::read(r))),
                    "intxBug" => put(&mut intx_bug, r.boolean()),
                    "noMsi" => put(&mut no_msi, r.boolean()),
                    "addressBits" => put(&mut address_bits, r.u32(32, 64)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Plug {
                    words: need(words, "words")?,
                    extended: need(extended, "extended")?,
                    bars: need(bars, "bars")?,
                    fills: need(fills, "fills")?,
                    left: need(left, "left")?,
                    intx_bug: need(intx_bug, "intxBug")?,
                    no_msi: need(no_msi, "noMsi")?,
                    address_bits: need(address_bits, "addressBits")?,
                })
            }
            "walk" => {
                let mut id = None;
                r.fields(|r, name| match name {
                    "id" => put(&mut id, r.u32(0, 255)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Walk {
                    id: need(id, "id")?,
                })
            }
            "parse" => {
                let mut capability = None;
                let mut length = None;
                let mut at = None;
                let mut bytes = None;
                r.fields(|r, name| match name {
                    "capability" => put(&mut capability, Capability::read(r)),
                    "length" => put(&mut length, r.u32(0, 4_096)),
                    "at" => put(&mut at, r.u32(0, 4_095)),
                    "bytes" => put(&mut bytes, r.list(|r| r.u32(0, 255))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Parse {
                    capability: need(capability, "capability")?,
                    length: need(length, "length")?,
                    at: need(at, "at")?,
                    bytes: need(bytes, "bytes")?,
                })
            }
            "pendingBit" => {
                let mut entry = None;
                r.fields(|r, name| match name {
                    "entry" => put(&mut entry, r.u32(0, 2_047)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::PendingBit {
                    entry: need(entry, "entry")?,
                })
            }
            "enableMsi" => {
                let mut min = None;
                let mut max = None;
                let mut address_lo = None;
                let mut address_hi = None;
                let mut data = None;
                let mut available = None;
                let mut domain = None;
                r.fields(|r, name| match name {
                    "min" => put(&mut min, r.u32(0, 2_049)),
                    "max" => put(&mut max, r.u32(0, 2_049)),
                    "addressLo" => put(&mut address_lo, r.u32(0, 4_294_967_295)),
                    "addressHi" => put(&mut address_hi, r.u32(0, 4_294_967_295)),
                    "data" => put(&mut data, r.u32(0, 4_294_967_295)),
                    "available" => put(&mut available, r.u32(0, 2_049)),
                    "domain" => put(&mut domain, r.boolean()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::EnableMsi {
                    min: need(min, "min")?,
                    max: need(max, "max")?,
                    address_lo: need(address_lo, "addressLo")?,
                    address_hi: need(address_hi, "addressHi")?,
                    data: need(data, "data")?,
                    available: need(available, "available")?,
                    domain: need(domain, "domain")?,
                })
            }
            "enableMsix" => {
                let mut min = None;
                let mut max = None;
                let mut address_lo = None;
                let mut address_hi = None;
                let mut data = None;
                let mut available = None;
                let mut domain = None;
                let mut entries = None;
                r.fields(|r, name| match name {
                    "min" => put(&mut min, r.u32(0, 2_049)),
                    "max" => put(&mut max, r.u32(0, 2_049)),
                    "addressLo" => put(&mut address_lo, r.u32(0, 4_294_967_295)),
                    "addressHi" => put(&mut address_hi, r.u32(0, 4_294_967_295)),
                    "data" => put(&mut data, r.u32(0, 4_294_967_295)),
                    "available" => put(&mut available, r.u32(0, 2_049)),
                    "domain" => put(&mut domain, r.boolean()),
                    "entries" => put(&mut entries, r.list(|r| r.u32(0, 2_047))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::EnableMsix {
                    min: need(min, "min")?,
                    max: need(max, "max")?,
                    address_lo: need(address_lo, "addressLo")?,
                    address_hi: need(address_hi, "addressHi")?,
                    data: need(data, "data")?,
                    available: need(available, "available")?,
                    domain: need(domain, "domain")?,
                    entries: need(entries, "entries")?,
                })
            }
            "disable" => {
                r.no_fields()?;
                Ok(Command::Disable)
            }
            "mask" => {
                let mut index = None;
                r.fields(|r, name| match name {
                    "index" => put(&mut index, r.u32(0, 2_047)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Mask {
                    index: need(index, "index")?,
                })
            }
            "unmask" => {
                let mut index = None;
                r.fields(|r, name| match name {
                    "index" => put(&mut index, r.u32(0, 2_047)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Unmask {
                    index: need(index, "index")?,
                })
            }
            "overlap" => {
                let mut first = None;
                let mut first_mask = None;
                let mut second = None;
                let mut second_mask = None;
                r.fields(|r, name| match name {
                    "first" => put(&mut first, r.u32(0, 2_047)),
                    "firstMask" => put(&mut first_mask, r.boolean()),
                    "second" => put(&mut second, r.u32(0, 2_047)),
                    "secondMask" => put(&mut second_mask, r.boolean()),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Overlap {
                    first: need(first, "first")?,
                    first_mask: need(first_mask, "firstMask")?,
                    second: need(second, "second")?,
                    second_mask: need(second_mask, "secondMask")?,
                })
            }
            "writeMessage" => {
                let mut index = None;
                let mut address_lo = None;
                let mut address_hi = None;
                let mut data = None;
                r.fields(|r, name| match name {
                    "index" => put(&mut index, r.u32(0, 2_047)),
                    "addressLo" => put(&mut address_lo, r.u32(0, 4_294_967_295)),
                    "addressHi" => put(&mut address_hi, r.u32(0, 4_294_967_295)),
                    "data" => put(&mut data, r.u32(0, 4_294_967_295)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::WriteMessage {
                    index: need(index, "index")?,
                    address_lo: need(address_lo, "addressLo")?,
                    address_hi: need(address_hi, "addressHi")?,
                    data: need(data, "data")?,
                })
            }
            "suspend" => {
                r.no_fields()?;
                Ok(Command::Suspend)
            }
            "resume" => {
                r.no_fields()?;
                Ok(Command::Resume)
            }
            "vanish" => {
                r.no_fields()?;
                Ok(Command::Vanish)
            }
            "event" => {
                let mut index = None;
                r.fields(|r, name| match name {
                    "index" => put(&mut index, r.u32(0, 2_047)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Command::Event {
                    index: need(index, "index")?,
                })
            }
            other => Err(Error::expected(other, &["plug", "walk", "parse", "pendingBit", "enableMsi", "enableMsix", "disable", "mask", "unmask", "overlap", "writeMessage", "suspend", "resume", "vanish", "event"])),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PatchedWord {
    pub at: u32,
    pub value: u32,
    pub writable: u32,
}

impl Read for PatchedWord {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut at = None;
        let mut value = None;
        let mut writable = None;
        r.object(|r, name| match name {
            "at" => put(&mut at, r.u32(0, 4_095)),
            "value" => put(&mut value, r.u32(0, 4_294_967_295)),
            "writable" => put(&mut writable, r.u32(0, 4_294_967_295)),
            _ => Err(Error::no_such_field()),
        })?;
        Ok(PatchedWord {
            at: need(at, "at")?,
            value: need(value, "value")?,
            writable: need(writable, "writable")?,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    pub kind: Kind,
    pub address: u64,
    pub size: u32,
}

impl Read for Bar {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut kind = None;
        let mut address = None;
        let mut size = None;
        r.object(|r, name| match name {
            "kind" => put(&mut kind, Kind::read(r)),
            "address" => put(&mut address, r.word()),
            "size" => put(&mut size, r.u32(0, 2_147_483_648)),
            _ => Err(Error::no_such_field()),
        })?;
        Ok(Bar {
            kind: need(kind, "kind")?,
            address: need(address, "address")?,
            size: need(size, "size")?,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    None,
    Io,
    Memory32,
    Memory64,
}

impl Read for Kind {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Kind::None, Kind::Io, Kind::Memory32, Kind::Memory64];
        Ok(all[r.name(&["none", "io", "memory32", "memory64"])?])
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fill {
    pub bar: u32,
    pub offset: u32,
    pub stride: u32,
    pub count: u32,
    pub value: u32,
}

impl Read for Fill {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut bar = None;
        let mut offset = None;
        let mut stride = None;
        let mut count = None;
        let mut value = None;
        r.object(|r, name| match name {
            "bar" => put(&mut bar, r.u32(0, 5)),
            "offset" => put(&mut offset, r.u32(0, 4_294_967_295)),
            "stride" => put(&mut stride, r.u32(4, 65_536)),
            "count" => put(&mut count, r.u32(1, 2_048)),
            "value" => put(&mut value, r.u32(0, 4_294_967_295)),
            _ => Err(Error::no_such_field()),
        })?;
        Ok(Fill {
            bar: need(bar, "bar")?,
            offset: need(offset, "offset")?,
            stride: need(stride, "stride")?,
            count: need(count, "count")?,
            value: need(value, "value")?,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierWrite {
    pub space: Space,
    pub offset: u32,
    pub value: u32,
}

impl Read for EarlierWrite {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut space = None;
        let mut offset = None;
        let mut value = None;
        r.object(|r, name| match name {
            "space" => put(&mut space, Space::read(r)),
            "offset" => put(&mut offset, r.u32(0, 4_294_967_295)),
            "value" => put(&mut value, r.u32(0, 4_294_967_295)),
            _ => Err(Error::no_such_field()),
        })?;
        Ok(EarlierWrite {
            space: need(space, "space")?,
            offset: need(offset, "offset")?,
            value: need(value, "value")?,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    Config,
    Bar0,
    Bar1,
    Bar2,
    Bar3,
    Bar4,
    Bar5,
}

impl Read for Space {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Space::Config, Space::Bar0, Space::Bar1, Space::Bar2, Space::Bar3, Space::Bar4, Space::Bar5];
        Ok(all[r.name(&["config", "bar0", "bar1", "bar2", "bar3", "bar4", "bar5"])?])
    }
}

impl Print for Space {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let name = match self {
            Space::Config => "config",
            Space::Bar0 => "bar0",
            Space::Bar1 => "bar1",
            Space::Bar2 => "bar2",
            Space::Bar3 => "bar3",
            Space::Bar4 => "bar4",
            Space::Bar5 => "bar5",
        };
        name.print(out)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    Msi,
    Msix,
}

impl Read for Capability {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Capability::Msi, Capability::Msix];
        Ok(all[r.name(&["msi", "msix"])?])
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    Done {
        bus: Vec<RegisterAccess>,
    },
    Enabled {
        count: u32,
        bus: Vec<RegisterAccess>,
    },
    Failed {
        error: Errno,
        bus: Vec<RegisterAccess>,
    },
    Walked {
        found: u32,
        bus: Vec<RegisterAccess>,
    },
    Msi {
        is64: bool,
        maskable: bool,
        capable: u32,
        enabled: bool,
        allocated_log2: u32,
        address: u32,
        address_high: u32,
        data: u32,
        mask: u32,
        pending: u32,
        size: u32,
    },
    Msix {
        entries: u32,
        enabled: bool,
        function_mask: bool,
        table_bar: u32,
        table_offset: u32,
        pba_bar: u32,
        pba_offset: u32,
    },
    Refused,
    Bit {
        offset: u32,
        bit: u32,
    },
}

impl Read for Response {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        match &*r.kind()? {
            "done" => {
                let mut bus = None;
                r.fields(|r, name| match name {
                    "bus" => put(&mut bus, r.list(|r| RegisterAccess::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Done {
                    bus: need(bus, "bus")?,
                })
            }
            "enabled" => {
                let mut count = None;
                let mut bus = None;
                r.fields(|r, name| match name {
                    "count" => put(&mut count, r.u32(0, 2_049)),
                    "bus" => put(&mut bus, r.list(|r| RegisterAccess::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Enabled {
                    count: need(count, "count")?,
                    bus: need(bus, "bus")?,
                })
            }
            "failed" => {
                let mut error = None;
                let mut bus = None;
                r.fields(|r, name| match name {
                    "error" => put(&mut error, Errno::read(r)),
                    "bus" => put(&mut bus, r.list(|r| RegisterAccess::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Failed {
                    error: need(error, "error")?,
                    bus: need(bus, "bus")?,
                })
            }
            "walked" => {
                let mut found = None;
                let mut bus = None;
                r.fields(|r, name| match name {
                    "found" => put(&mut found, r.u32(0, 4_095)),
                    "bus" => put(&mut bus, r.list(|r| RegisterAccess::read(r))),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Walked {
                    found: need(found, "found")?,
                    bus: need(bus, "bus")?,
                })
            }
            "msi" => {
                let mut is64 = None;
                let mut maskable = None;
                let mut capable = None;
                let mut enabled = None;
                let mut allocated_log2 = None;
                let mut address = None;
                let mut address_high = None;
                let mut data = None;
                let mut mask = None;
                let mut pending = None;
                let mut size = None;
                r.fields(|r, name| match name {
                    "is64" => put(&mut is64, r.boolean()),
                    "maskable" => put(&mut maskable, r.boolean()),
                    "capable" => put(&mut capable, r.u32(1, 255)),
                    "enabled" => put(&mut enabled, r.boolean()),
                    "allocatedLog2" => put(&mut allocated_log2, r.u32(0, 7)),
                    "address" => put(&mut address, r.u32(0, 255)),
                    "addressHigh" => put(&mut address_high, r.u32(0, 255)),
                    "data" => put(&mut data, r.u32(0, 255)),
                    "mask" => put(&mut mask, r.u32(0, 255)),
                    "pending" => put(&mut pending, r.u32(0, 255)),
                    "size" => put(&mut size, r.u32(0, 255)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Msi {
                    is64: need(is64, "is64")?,
                    maskable: need(maskable, "maskable")?,
                    capable: need(capable, "capable")?,
                    enabled: need(enabled, "enabled")?,
                    allocated_log2: need(allocated_log2, "allocatedLog2")?,
                    address: need(address, "address")?,
                    address_high: need(address_high, "addressHigh")?,
                    data: need(data, "data")?,
                    mask: need(mask, "mask")?,
                    pending: need(pending, "pending")?,
                    size: need(size, "size")?,
                })
            }
            "msix" => {
                let mut entries = None;
                let mut enabled = None;
                let mut function_mask = None;
                let mut table_bar = None;
                let mut table_offset = None;
                let mut pba_bar = None;
                let mut pba_offset = None;
                r.fields(|r, name| match name {
                    "entries" => put(&mut entries, r.u32(0, 65_536)),
                    "enabled" => put(&mut enabled, r.boolean()),
                    "functionMask" => put(&mut function_mask, r.boolean()),
                    "tableBar" => put(&mut table_bar, r.u32(0, 255)),
                    "tableOffset" => put(&mut table_offset, r.u32(0, 4_294_967_295)),
                    "pbaBar" => put(&mut pba_bar, r.u32(0, 255)),
                    "pbaOffset" => put(&mut pba_offset, r.u32(0, 4_294_967_295)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Msix {
                    entries: need(entries, "entries")?,
                    enabled: need(enabled, "enabled")?,
                    function_mask: need(function_mask, "functionMask")?,
                    table_bar: need(table_bar, "tableBar")?,
                    table_offset: need(table_offset, "tableOffset")?,
                    pba_bar: need(pba_bar, "pbaBar")?,
                    pba_offset: need(pba_offset, "pbaOffset")?,
                })
            }
            "refused" => {
                r.no_fields()?;
                Ok(Response::Refused)
            }
            "bit" => {
                let mut offset = None;
                let mut bit = None;
                r.fields(|r, name| match name {
                    "offset" => put(&mut offset, r.u32(0, 4_294_967_295)),
                    "bit" => put(&mut bit, r.u32(0, 63)),
                    _ => Err(Error::no_such_field()),
                })?;
                Ok(Response::Bit {
                    offset: need(offset, "offset")?,
                    bit: need(bit, "bit")?,
                })
            }
            other => Err(Error::expected(other, &["done", "enabled", "failed", "walked", "msi", "msix", "refused", "bit"])),
        }
    }
}

impl Print for Response {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Response::Done { bus } => {
                let mut f = Fields::of("done", out)?;
                f.field("bus", bus)?;
                f.end()
            }
            Response::Enabled { count, bus } => {
                let mut f = Fields::of("enabled", out)?;
                f.field("count", count)?;
                f.field("bus", bus)?;
                f.end()
            }
            Response::Failed { error, bus } => {
                let mut f = Fields::of("failed", out)?;
                f.field("error", error)?;
                f.field("bus", bus)?;
                f.end()
            }
            Response::Walked { found, bus } => {
                let mut f = Fields::of("walked", out)?;
                f.field("found", found)?;
                f.field("bus", bus)?;
                f.end()
            }
            Response::Msi { is64, maskable, capable, enabled, allocated_log2, address, address_high, data, mask, pending, size } => {
                let mut f = Fields::of("msi", out)?;
                f.field("is64", is64)?;
                f.field("maskable", maskable)?;
                f.field("capable", capable)?;
                f.field("enabled", enabled)?;
                f.field("allocatedLog2", allocated_log2)?;
                f.field("address", address)?;
                f.field("addressHigh", address_high)?;
                f.field("data", data)?;
                f.field("mask", mask)?;
                f.field("pending", pending)?;
                f.field("size", size)?;
                f.end()
            }
            Response::Msix { entries, enabled, function_mask, table_bar, table_offset, pba_bar, pba_offset } => {
                let mut f = Fields::of("msix", out)?;
                f.field("entries", entries)?;
                f.field("enabled", enabled)?;
                f.field("functionMask", function_mask)?;
                f.field("tableBar", table_bar)?;
                f.field("tableOffset", table_offset)?;
                f.field("pbaBar", pba_bar)?;
                f.field("pbaOffset", pba_offset)?;
                f.end()
            }
            Response::Refused => Fields::of("refused", out)?.end(),
            Response::Bit { offset, bit } => {
                let mut f = Fields::of("bit", out)?;
                f.field("offset", offset)?;
                f.field("bit", bit)?;
                f.end()
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterAccess {
    pub write: bool,
    pub space: Space,
    pub offset: u32,
    pub width: u32,
    pub value: u32,
}

impl Read for RegisterAccess {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let mut write = None;
        let mut space = None;
        let mut offset = None;
        let mut width = None;
        let mut value = None;
        r.object(|r, name| match name {
            "write" => put(&mut write, r.boolean()),
            "space" => put(&mut space, Space::read(r)),
            "offset" => put(&mut offset, r.u32(0, 4_294_967_295)),
            "width" => put(&mut width, r.u32(1, 4)),
            "value" => put(&mut value, r.u32(0, 4_294_967_295)),
            _ => Err(Error::no_such_field()),
        })?;
        Ok(RegisterAccess {
            write: need(write, "write")?,
            space: need(space, "space")?,
            offset: need(offset, "offset")?,
            width: need(width, "width")?,
            value: need(value, "value")?,
        })
    }
}

impl Print for RegisterAccess {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.field("write", &self.write)?;
        f.field("space", &self.space)?;
        f.field("offset", &self.offset)?;
        f.field("width", &self.width)?;
        f.field("value", &self.value)?;
        f.end()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errno {
    Einval,
    Enospc,
    Erange,
    Enodev,
    Enotsupp,
    Eio,
    Enomem,
}

impl Read for Errno {
    fn read(r: &mut Reader<'_>) -> Result<Self, Error> {
        let all = [Errno::Einval, Errno::Enospc, Errno::Erange, Errno::Enodev, Errno::Enotsupp, Errno::Eio, Errno::Enomem];
        Ok(all[r.name(&["EINVAL", "ENOSPC", "ERANGE", "ENODEV", "ENOTSUPP", "EIO", "ENOMEM"])?])
    }
}

impl Print for Errno {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let name = match self {
            Errno::Einval => "EINVAL",
            Errno::Enospc => "ENOSPC",
            Errno::Erange => "ERANGE",
            Errno::Enodev => "ENODEV",
            Errno::Enotsupp => "ENOTSUPP",
            Errno::Eio => "EIO",
            Errno::Enomem => "ENOMEM",
        };
        name.print(out)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observation {
    pub mode: Option<Mode>,
    pub vectors: Option<Vec<u32>>,
    pub masked: Option<Vec<u32>>,
}

impl Print for Observation {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let mut f = Fields::new(out)?;
        f.optional("mode", &self.mode)?;
        f.optional("vectors", &self.vectors)?;
        f.optional("masked", &self.masked)?;
        f.end()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    None,
    Msi,
    Msix,
}

impl Print for Mode {
    fn print(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        let name = match self {
            Mode::None => "none",
            Mode::Msi => "msi",
            Mode::Msix => "msix",
        };
        name.print(out)
    }
}

/// irq/capability: MSI and MSI-X capabilities: found, read, programmed and masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area;

impl Subsystem for Area {
    const PATH: &'static str = "irq/capability";
    const COMMANDS: &'static [&'static str] = &[
        "plug",
        "walk",
        "parse",
        "pendingBit",
        "enableMsi",
        "enableMsix",
        "disable",
        "mask",
        "unmask",
        "overlap",
        "writeMessage",
        "suspend",
        "resume",
        "vanish",
        "event",
    ];
    const OBSERVABLES: &'static [&'static str] = &[];
    const REFERENCES: &'static [(&'static str, &'static str)] = &[];
    type Config = Config;
    type Command = Command;
    type Response = Response;
    type Observation = Observation;

    fn kind(command: &Command) -> &'static str {
        match command {
            Command::Plug { .. } => "plug",
            Command::Walk { .. } => "walk",
            Command::Parse { .. } => "parse",
            Command::PendingBit { .. } => "pendingBit",
            Command::EnableMsi { .. } => "enableMsi",
            Command::EnableMsix { .. } => "enableMsix",
            Command::Disable => "disable",
            Command::Mask { .. } => "mask",
            Command::Unmask { .. } => "unmask",
            Command::Overlap { .. } => "overlap",
            Command::WriteMessage { .. } => "writeMessage",
            Command::Suspend => "suspend",
            Command::Resume => "resume",
            Command::Vanish => "vanish",
            Command::Event { .. } => "event",
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
