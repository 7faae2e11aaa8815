/** Posted interrupts: requests collected in a descriptor in memory. VT-d, Interrupt Posting. */
import { intelFast, POSTED_CONTROL_OFFSET } from "../../../spec/hardware/remapping/intel.js";
import type { Target } from "../local-apic/index.js";
import { type Memory, readWord, readWords, writeWord } from "../memory.js";

const { postedControl } = intelFast;
const outstanding = postedControl.reader("ON");
const suppressed = postedControl.reader("SN");
const notification = postedControl.reader("NV");
const destination = postedControl.reader("NDST");

export type Posted = { readonly memory: Memory; readonly target: Target | undefined };

/**
 * Sets the request bit. A notification follows unless one is outstanding, or notifications are
 * suppressed and the request is not urgent.
 */
export const post = (
  memory: Memory,
  descriptor: number,
  vector: number,
  urgent: boolean,
  eim: boolean,
): Posted => {
  const at = descriptor + 4 * (vector >>> 5);
  const requested = writeWord(memory, at, readWord(memory, at) | (1 << (vector & 31)));
  const control = readWords(requested, descriptor + POSTED_CONTROL_OFFSET, 2);
  if (outstanding(control) === 1 || (suppressed(control) === 1 && !urgent)) {
    return { memory: requested, target: undefined };
  }
  const noted = writeWord(
    requested,
    descriptor + POSTED_CONTROL_OFFSET,
    (control[0] as number) | 1,
  );
  const dest = destination(control);
  const target: Target = {
    dest: eim ? dest : (dest >>> 8) & 0xff,
    logical: false,
    vector: notification(control),
    delivery: 0,
    level: false,
    hint: false,
  };
  return { memory: noted, target };
};

/** A non-zero reserved field of the descriptor. */
export const descriptorSound = (memory: Memory, descriptor: number): boolean =>
  postedControl.sound(readWords(memory, descriptor + POSTED_CONTROL_OFFSET, 2));
