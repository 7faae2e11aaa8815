/** One command in hand: the state so far, and the device writes made on the way. */
import type { BusWrite, Config, Mode } from "../../../spec/irq/driver/vocabulary.js";
import type { Message } from "../../../spec/irq/msi-message/vocabulary.js";
import type {
  Command as VectorCommand,
  Response as VectorResponse,
} from "../../../spec/irq/vector-matrix/assignment/vocabulary.js";
import { type Reaction, writeBar, writeConfig } from "../../hardware/pci/index.js";
import { compose } from "../msi-message/compose.js";
import type { Env } from "../vector-matrix/assignment/env.js";
import { follow as followVectors } from "../vector-matrix/assignment/follow.js";
import { stepIn } from "../vector-matrix/assignment/step.js";
import { arrival } from "./arrival.js";
import { writeMessage } from "./registers.js";
import { type DeviceState, plantOf, type State, withDevice } from "./state.js";

const zero: Message = { addressLo: 0, addressHi: 0, data: 0 };

/**
 * Works on its own copy and is dropped when the command is done. `mute`: what a system did to its
 * devices is known, so the reference's own writes are not made.
 */
export class Act {
  state: State;
  readonly writes: BusWrite[] = [];
  readonly config: Config;
  readonly env: Env;
  readonly mute: boolean;
  /** While interrupts are being set up, how many of them one MSI capability is to have. */
  block: number | undefined;
  constructor(config: Config, state: State, env: Env, mute: boolean) {
    this.config = config;
    this.state = state;
    this.env = env;
    this.mute = mute;
  }

  device(device: number): DeviceState {
    return this.state.devices[device] as DeviceState;
  }

  change(device: number, change: Partial<DeviceState>): void {
    this.state = withDevice(this.state, device, change);
  }

  /** A device has done something: its state, and the messages on their way. */
  react(device: number, reaction: Reaction): void {
    if (reaction.fn !== this.device(device).fn) this.change(device, { fn: reaction.fn });
    for (const message of reaction.sent) {
      const at = arrival(this.config, this.state, device, message);
      if (at !== undefined) this.vectors({ kind: "pend", ...at });
    }
  }

  /** A write that reaches the device, whoever made it. */
  apply(write: BusWrite): void {
    const shape = this.config.devices[write.device];
    if (shape === undefined) return;
    const { fn } = this.device(write.device);
    const { offset, width, value } = write;
    this.react(
      write.device,
      write.space === "config"
        ? writeConfig(shape, fn, offset, width, value)
        : writeBar(shape, fn, write.bar, offset, width, value),
    );
  }

  /** A write of the reference's own. */
  write(write: BusWrite): void {
    if (this.mute) return;
    this.writes.push(write);
    this.apply(write);
  }

  /** A command to the vector layer that writes no message. */
  vectors(command: VectorCommand): VectorResponse {
    const { state, response } = stepIn(this.env, this.state.vectors, command);
    this.state = { ...this.state, vectors: state };
    return response;
  }

  /**
   * A command to the vector layer, with the messages that follow from it written to the devices.
   * With remapping they are entries of the table, which the vector layer keeps itself.
   */
  send(command: VectorCommand, mode: Mode, says?: VectorResponse): VectorResponse {
    let response: VectorResponse;
    if (says === undefined) response = this.vectors(command);
    else {
      const { vectors } = plantOf(this.config);
      const state = followVectors(vectors, this.state.vectors, command, says);
      this.state = { ...this.state, vectors: state };
      response = says;
    }
    if (this.config.remapping) return response;
    for (const { irq, dest, vector } of this.state.vectors.writes) {
      const owner = plantOf(this.config).owners[irq];
      if (owner === undefined) continue;
      const message = vector === 0 ? zero : compose(dest, vector, false, false);
      writeMessage(this, owner.device, owner.index, mode, message);
    }
    return response;
  }
}
