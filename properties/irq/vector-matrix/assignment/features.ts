import {
  changes,
  dispatched,
  named,
  seen,
  type VectorTransition,
} from "../../../../spec/irq/vector-matrix/assignment/judging.js";
import { evicted } from "../../../../spec/irq/vector-matrix/assignment/move-clauses.js";
import type { Feature } from "../../../subsystem.js";

type T = VectorTransition;

const isDown = (t: T): boolean => t.command.kind === "cpuDown" && t.response.kind === "moved";

/** Situations that a plain uniform generator reaches rarely or never. */
export const features: readonly Feature<T>[] = [
  {
    name: "start refused, no vector left",
    reached: (t) => t.command.kind === "startup" && t.response.kind === "failed",
  },
  {
    name: "start outside the affinity",
    reached: (t) => {
      const was = named(t)?.was;
      return (
        t.command.kind === "startup" &&
        t.response.kind === "at" &&
        was !== undefined &&
        !was.affinity.includes(t.response.cpu)
      );
    },
  },
  {
    name: "managed start waits for a CPU",
    reached: (t) => t.response.kind === "parked",
  },
  {
    name: "allocation of several interrupts undone",
    reached: (t) =>
      t.command.kind === "setup" && t.command.count > 1 && t.response.kind === "failed",
  },
  {
    name: "move in progress seen by an interrupt on the new CPU",
    reached: (t) => {
      const change = dispatched(t);
      return change?.was.moveInProgress === true && change.is.listed;
    },
  },
  {
    name: "interrupt on the old pair during a move",
    reached: (t) => {
      const change = dispatched(t);
      return (
        change?.was.moveInProgress === true &&
        "cpu" in t.command &&
        t.command.cpu === change.was.prevCpu
      );
    },
  },
  {
    name: "stored move put off because the last one is not cleaned up",
    reached: (t) => {
      const change = dispatched(t);
      return change?.was.pending !== undefined && change.is.pending !== undefined;
    },
  },
  {
    name: "stored move dropped with its last CPU",
    reached: (t) =>
      isDown(t) && changes(t).some(({ was, is }) => was.pending !== is.pending && !is.pending),
  },
  {
    name: "cleanup put off, old vector pending",
    reached: (t) =>
      t.response.kind === "cleaned" &&
      changes(t).some(
        ({ was, is }) => was.listed && is.listed && t.before.isPending(was.prevCpu, was.prevVector),
      ),
  },
  {
    name: "stopped in the middle of a move",
    reached: (t) => t.command.kind === "shutdown" && (named(t)?.was.prevVector ?? 0) !== 0,
  },
  {
    name: "message written in two steps",
    reached: (t) =>
      (t.command.kind === "deliver" || t.command.kind === "interrupt") &&
      seen(t).writes.length === 2,
  },
  {
    name: "CPU down refused for lack of vectors",
    reached: (t) =>
      t.command.kind === "cpuDown" && t.response.kind === "failed" && t.response.error === "ENOSPC",
  },
  { name: "interrupts moved off a dying CPU", reached: (t) => evicted(t).length > 0 },
  {
    name: "CPU down in the middle of a move",
    reached: (t) => {
      if (!isDown(t) || t.command.kind !== "cpuDown") return false;
      const { cpu } = t.command;
      return changes(t).some(
        ({ was }) => was.moveInProgress && (was.cpu === cpu || was.prevCpu === cpu),
      );
    },
  },
  {
    name: "CPU down with cleanup pending",
    reached: (t) => {
      if (!isDown(t) || t.command.kind !== "cpuDown") return false;
      const { cpu } = t.command;
      return changes(t).some(({ was }) => was.listed && (was.cpu === cpu || was.prevCpu === cpu));
    },
  },
  {
    name: "pending vector sent on from a dying CPU",
    reached: (t) =>
      isDown(t) &&
      evicted(t).some(({ was }) => was.started && t.before.isPending(was.cpu, was.vector)),
  },
  {
    name: "affinity broken by a dying CPU",
    reached: (t) =>
      isDown(t) && evicted(t).some(({ was, is }) => !was.managed && !was.affinity.includes(is.cpu)),
  },
  {
    name: "managed interrupt shut down with its last CPU",
    reached: (t) => isDown(t) && changes(t).some(({ was, is }) => was.started && !is.started),
  },
  {
    name: "managed interrupt started again",
    reached: (t) =>
      t.command.kind === "cpuUp" && changes(t).some(({ was, is }) => !was.started && is.started),
  },
  {
    name: "managed interrupt stays disabled when its CPU returns",
    reached: (t) =>
      t.command.kind === "cpuUp" &&
      changes(t).some(({ was, is }) => was.managedShutdown && !is.managedShutdown && !is.started),
  },
  {
    name: "late arrival after shutdown",
    reached: (t) => t.response.kind === "spurious",
  },
];
