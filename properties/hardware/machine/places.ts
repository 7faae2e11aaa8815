/** Where the generator puts tables, queues and descriptors in RAM. */
export const RAM = 0x100000;

/** Where messages that are no interrupts go: a page of RAM that nothing else uses. */
export const DMA_PAGE = 0x8000;
/** Status words of waits, beside the page of messages that are no interrupts. */
export const STATUS_PAGE = 0x9000;
/** Intel: remapping table, invalidation queue of 256 descriptors, posted-interrupt descriptors. */
export const INTEL_TABLE = 0x10000;
export const INTEL_QUEUE = 0x20000;
export const DESCRIPTORS = 0x30000;
/** AMD: device table of 32 pages, a remapping table a function, buffers of 256 entries. */
export const DEVICE_TABLE = 0x40000;
export const DEVICE_PAGES = 32;
export const AMD_TABLES = 0x60000;
export const AMD_TABLE_BYTES = 0x1000;
export const AMD_COMMANDS = 0x80000;
export const AMD_EVENTS = 0x90000;
/** Guest vAPIC page. */
export const VAPIC_PAGE = 0xa0000;
/** Bytes of the invalidation queue, the command buffer and the event log. */
export const QUEUE_BYTES = 0x1000;
