/** Interrupt messages of Linux 7.0: one function per operation, in the file of its topic. */
import { match } from "ts-pattern";
import type { Command, Config, Response } from "../../../spec/irq/msi-message/vocabulary.js";
import * as m from "./messages.js";
import * as remap from "./remap.js";
import { quiet, type State } from "./state.js";
import { disableRemapping, enableRemapping, inject } from "./units.js";
import { allocateVectors, releaseVectors } from "./vectors.js";

export type { MessageOutcome } from "./remap.js";
export { init } from "./state.js";

const said = (state: State, response: Response): remap.MessageOutcome =>
  remap.answer(quiet(state), response);

export const step = (config: Config, state: State, command: Command): remap.MessageOutcome =>
  match(command)
    .returnType<remap.MessageOutcome>()
    .with({ kind: "compose" }, (c) => said(state, m.composeCpu(config, c)))
    .with({ kind: "composeDest" }, (c) => said(state, m.composeDest(config, c)))
    .with({ kind: "composeIommu" }, (c) => said(state, m.composeOwn(c)))
    .with({ kind: "decode" }, (c) => said(state, m.decodeMessage(config, c)))
    .with({ kind: "validate" }, (c) => said(state, m.validate(config, c)))
    .with({ kind: "allocateVectors" }, (c) => allocateVectors(config, state, c))
    .with({ kind: "releaseVectors" }, (c) => releaseVectors(state, c))
    .with({ kind: "remappable" }, (c) => said(state, m.remappable(config, c)))
    .with({ kind: "encodeIrte" }, (c) => said(state, m.encodeIrte(config, c)))
    .with({ kind: "decodeIrte" }, (c) => said(state, m.decodeIrte(config, c)))
    .with({ kind: "sourceId" }, (c) => said(state, m.sourceId(config, c)))
    .with({ kind: "encodeDte" }, (c) => said(state, m.encodeDte(config, c)))
    .with({ kind: "enableRemapping" }, (c) => enableRemapping(config, state, c))
    .with({ kind: "disableRemapping" }, () => disableRemapping(config, state))
    .with({ kind: "allocateIrtes" }, (c) => remap.allocateIrtes(config, state, c))
    .with({ kind: "activate" }, (c) => remap.activate(config, state, c))
    .with({ kind: "setAffinity" }, (c) => remap.setAffinity(config, state, c))
    .with({ kind: "deactivate" }, (c) => remap.deactivate(config, state, c))
    .with({ kind: "free" }, (c) => remap.free(config, state, c))
    .with({ kind: "post" }, (c) => remap.post(config, state, c))
    .with({ kind: "unpost" }, (c) => remap.unpost(config, state, c))
    .with({ kind: "inject" }, (c) => inject(config, state, c))
    .exhaustive();
