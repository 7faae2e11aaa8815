import { type Config, modes, type Use } from "../../../spec/irq/lapic-timer/vocabulary.js";
import { Fingerprint } from "../../core/fingerprint.js";
import type { State } from "./state.js";

const uses: readonly Use[] = ["off", "tick", "event"];

/** Everything that decides the future, hashed; times are 64-bit. */
export const fingerprint = (_config: Config, state: State): Int32Array => {
  const print = new Fingerprint();
  print.wide(BigInt(state.now));
  print.add(state.hz);
  print.flag(state.pit);
  print.wide(BigInt(state.pitSince));
  print.add(state.pitTicks);
  for (const cpu of state.cpus) {
    const { timer, irr, isr, lvt } = cpu.apic;
    print.flag(cpu.online);
    print.add(uses.indexOf(cpu.use));
    print.add(modes.indexOf(cpu.mode));
    print.wide(BigInt(cpu.since));
    print.add(cpu.ticks);
    print.add(cpu.due);
    print.wide(BigInt.asUintN(64, BigInt(cpu.wanted)));
    print.flag(cpu.shut);
    print.add(lvt[0] as number);
    print.add(timer.initial);
    print.add(timer.count);
    print.add(timer.phase);
    print.add(timer.divide);
    print.wide(BigInt(timer.deadline));
    print.list(irr);
    print.list(isr);
  }
  return print.words;
};
