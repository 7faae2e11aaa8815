/** The way of a message: function, (remapping unit), local APIC. And what can happen to it. */

import { inWindow, MOST_HELD } from "../../../spec/hardware/machine/path.js";
import type { Arrival, Config } from "../../../spec/hardware/machine/vocabulary.js";
import type { Sent } from "../../../spec/hardware/shape.js";
import type { Message } from "../../../spec/irq/msi-message/vocabulary.js";
import { accept, acceptFixed, type LocalApic, type Target } from "../local-apic/index.js";
import { writeWord } from "../memory.js";
import { raise } from "../pci/index.js";
import {
  type Access,
  compatibilityTarget,
  ownTarget,
  type RemapUnit,
  request,
} from "../remapping/index.js";
import { type Machine, withApic, withFunction } from "./state.js";

const newRequests = (before: LocalApic, after: LocalApic, cpu: number, into: Arrival[]): void => {
  for (let w = 0; w < 8; w++) {
    let bits = (after.irr[w] as number) & ~(before.irr[w] as number);
    while (bits !== 0) {
      const bit = 31 - Math.clz32(bits);
      into.push({ cpu, vector: w * 32 + bit });
      bits &= ~(1 << bit);
    }
  }
};

/** The machine with other local APICs; what they newly requested goes into the log. */
export const withApics = (m: Machine, apics: readonly LocalApic[]): Machine => {
  if (apics === m.apics) return m;
  const arrived: Arrival[] = [];
  for (let cpu = 0; cpu < apics.length; cpu++) {
    const before = m.apics[cpu] as LocalApic;
    const after = apics[cpu] as LocalApic;
    if (before !== after) newRequests(before, after, cpu, arrived);
  }
  if (arrived.length === 0) return { ...m, apics };
  return { ...m, apics, log: { ...m.log, arrived: [...m.log.arrived, ...arrived] } };
};

/** A request reaches the local APICs. */
export const toApics = (config: Config, m: Machine, target: Target): Machine =>
  withApics(m, accept(m.apics, target, config.quirks));

/** What a unit did; messages of its own are not remapped. */
export const afterUnit = (config: Config, m: Machine, access: Access<RemapUnit>): Machine => {
  let next: Machine = { ...m, unit: access.unit, memory: access.memory };
  for (const message of access.own) next = toApics(config, next, ownTarget(message));
  return next;
};

/** A request that nobody made. */
export const phantom = (config: Config, m: Machine, cpu: number, vector: number): Machine => {
  const apic = m.apics[cpu];
  if (apic === undefined) return m;
  const after = acceptFixed(apic, vector, false, config.quirks);
  return after === apic ? m : withApics(m, withApic(m, cpu, after).apics);
};

/** A write to the interrupt window arrives; anywhere else it is a write to memory. */
export const arrive = (config: Config, m: Machine, sent: Sent): Machine => {
  const { message } = sent;
  if (!inWindow(message)) {
    const { addressLo: at } = message;
    if (message.addressHi !== 0 || at + 4 > config.ram || (at & 3) !== 0) return m;
    return { ...m, memory: writeWord(m.memory, at, message.data) };
  }
  if (m.unit === undefined || config.remapping.kind === "none") {
    return toApics(config, m, compatibilityTarget(message));
  }
  const result = request(config.remapping, m.unit, m.memory, sent);
  const next = afterUnit(config, m, result);
  if (result.target !== undefined) return toApics(config, next, result.target);
  // A posted request leaves its mark in memory and may raise nothing.
  if (result.posted === true) return next;
  return { ...next, log: { ...next.log, blocked: [...next.log.blocked, sent] } };
};

/** A message on its way, with what is armed to happen to the next one. */
export const deliver = (config: Config, m: Machine, sent: Sent): Machine => {
  const logged: Machine = { ...m, log: { ...m.log, sent: [...m.log.sent, sent] } };
  if (m.mishap === "none") return arrive(config, logged, sent);
  const spent: Machine = { ...logged, mishap: "none" };
  switch (m.mishap) {
    case "lose":
      return spent;
    case "hold":
      if (m.held.length >= MOST_HELD) return arrive(config, spent, sent);
      return { ...spent, held: [...m.held, sent] };
    case "duplicate":
      return arrive(config, arrive(config, spent, sent), sent);
  }
};

/** The messages that a function sends, in order. */
export const deliverAll = (
  config: Config,
  m: Machine,
  fn: number,
  messages: readonly Message[],
): Machine => {
  const requester = config.functions[fn]?.requester ?? 0;
  let next = m;
  for (const message of messages) next = deliver(config, next, { requester, message });
  return next;
};

/** A device has an event: a message, a pending bit, its line, or nothing at all. */
export const fire = (config: Config, m: Machine, fn: number, vector: number): Machine => {
  const shape = config.functions[fn];
  const before = m.functions[fn];
  if (shape === undefined || before === undefined) return m;
  const reaction = raise(shape, before, vector);
  return deliverAll(config, withFunction(m, fn, reaction.fn), fn, reaction.sent);
};

/** A late message arrives after all; the machine itself where there is none at that place. */
export const release = (config: Config, m: Machine, nth: number): Machine => {
  const sent = m.held[nth];
  if (sent === undefined) return m;
  return arrive(config, { ...m, held: m.held.filter((_s, i) => i !== nth) }, sent);
};
