/** What a device of QEMU is to the witness. */
import type { FunctionShape } from "../../spec/hardware/shape.js";
import type { QtestClient } from "./qtest-client.js";
import type { SharedRam } from "./shared-ram.js";

/** What a device's code may touch: its first memory BAR, and a piece of RAM that is the adapter's. */
export type Ground = {
  readonly qtest: QtestClient;
  readonly bar: number;
  readonly ram: SharedRam;
  /** Address of its scratch memory, a multiple of 4096. */
  readonly scratch: number;
  readonly writeConfig: (offset: number, width: 1 | 2 | 4, value: number) => void;
  /** How the function asks for service now. */
  readonly signalling: () => Promise<"msix" | "msi" | "intx">;
};

/** The device after firmware's work; its first memory BAR answers where firmware put it. */
export type Events = {
  /** The device has event `vector`. */
  readonly raise: (vector: number) => Promise<void>;
  /** What asserts its interrupt line is served. */
  readonly quiet: () => Promise<void>;
};

export type Device = {
  /** Name of QEMU's `-device`. */
  readonly name: string;
  /** Further properties. */
  readonly properties: string;
  readonly shape: FunctionShape;
  /** Bytes of scratch memory, a multiple of 4096. */
  readonly scratch: number;
  /**
   * After a reset, memory decode and bus master on: makes the device ready for events. Absent where
   * it cannot be made to have any. What it does to registers that are compared is taken back.
   */
  readonly prepare?: (ground: Ground) => Events | Promise<Events>;
};
