import { afterEach, describe, expect, test } from "vitest";
import { allocator } from "../irq/vector-matrix/allocator/subsystem.js";
import { jsAllocator, misbehaving } from "./fixtures/places.js";
import { ConfigRefused, SystemError } from "./protocol.js";
import { type StdioOptions, StdioSystem } from "./stdio.js";

const config = { ...allocator.faultConfig };
const started: StdioSystem[] = [];

const start = async (command: string, options: StdioOptions = {}): Promise<StdioSystem> => {
  const system = await StdioSystem.start(command, allocator, options);
  started.push(system);
  await system.configure(config);
  return system;
};

afterEach(async () => {
  await Promise.all(started.splice(0).map((system) => system.close()));
});

const reserves = (count: number): unknown[] =>
  Array.from({ length: count }, () => ({ kind: "reserve" }));

describe("before and in the handshake a system is unusable, with the reason", () => {
  const message = async (command: string, options?: StdioOptions): Promise<string> => {
    const error = await start(command, options).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(SystemError);
    return (error as Error).message.replaceAll(command, "CMD");
  };
  test.each([
    ["wrong-protocol", "system CMD: hello: speaks protocol 2, this tool speaks 1"],
    [
      "wrong-subsystem",
      'system CMD: hello: is a system of "irq/other", expected "irq/vector-matrix/allocator"',
    ],
    ["early-exit", "system CMD: no answer to the hello: it exited with status 0"],
    [
      "early-garbage",
      'system CMD: no answer to the hello: it answered "booting...", expected one line of JSON',
    ],
    ["refuse", "system CMD: refuses the configuration: only one CPU"],
  ])("%s", async (mode, expected) => {
    expect(await message(misbehaving(mode))).toBe(expected);
  });
  test("silent", async () => {
    expect(await message(misbehaving("silent"), { startTimeoutMs: 300 })).toBe(
      "system CMD: no answer to the hello: it gave no answer within 0.3 s; 0 of 1 lines answered",
    );
  });
  test("unknown command kinds", async () => {
    expect(await message(misbehaving("wrong-commands"))).toContain(
      'answers the unknown command "explode", expected some of',
    );
  });
  test("command not found", async () => {
    const text = await message("no-such-system-here");
    expect(text).toContain("it exited with status 127");
    expect(text).toContain("not found");
  });
  test("a refusal is told apart", async () => {
    await expect(start(misbehaving("refuse"))).rejects.toBeInstanceOf(ConfigRefused);
  });
  test("fields that a system fixes must be fields of the configuration", async () => {
    const hello = '{"kind":"hello","protocol":1,"subsystem":"irq/vector-matrix/allocator",';
    const fixed = `'${hello}"name":"x","commands":["alloc"],"colour":"red"}'`;
    const text = await message(`read line; echo ${fixed}; cat > /dev/null`);
    expect(text).toContain('fixes the unknown configuration field "colour"');
  });
});

describe("after the handshake each misdeed is an outcome of its own, and the answers are kept", () => {
  const done = { kind: "done" };
  test.each([
    ["crash", "SYS-CRASH", /^was killed by SIGSEGV|exited with status 139 \(SIGSEGV\)$/],
    ["status", "SYS-CRASH", /^exited with status 7$/],
    ["exit", "SYS-EXIT", /^exited with status 0$/],
    ["hang", "SYS-HANG", /^gave no answer within 0.4 s; 3 of 5 lines answered$/],
    ["spin", "SYS-HANG", /^gave no answer within 0.4 s/],
    [
      "garbage",
      "SYS-GARBAGE",
      /^answered "\[ {4}0.42\] vector: BUG at matrix.c", expected one line/,
    ],
    ["long", "SYS-GARBAGE", /^wrote a line that does not end within 1048576 characters$/],
    ["type", "SYS-TYPE", /field vector: found "32", expected vector, a whole number/],
    ["kind", "SYS-TYPE", /field kind: found "allocted", expected "done" \| "allocated"/],
    ["panic", "SYS-PANIC", /^panicked at alloc.rs:42: index out of bounds$/],
  ])("%s", async (mode, clause, message) => {
    const system = await start(misbehaving(mode), clause === "SYS-HANG" ? { timeoutMs: 400 } : {});
    const { responses, fault } = await system.batch(reserves(5));
    expect(fault).toMatchObject({ clause, at: 3 });
    expect(fault?.message).toMatch(message);
    expect(responses).toEqual([done, done, done]);
    if (mode === "status") expect(fault?.stderr).toBe("BUG: unable to handle page fault");
    expect(system.alive).toBe(clause === "SYS-PANIC");
    // A new process has no past.
    if (!system.alive) await system.restart();
    else expect(await system.reset()).toBeUndefined();
    expect((await system.batch(reserves(3))).fault).toBeUndefined();
  });
  test("extra", async () => {
    const system = await start(misbehaving("extra"));
    const { fault } = await system.batch(reserves(4));
    const late = fault ?? (await system.reset());
    expect(late).toMatchObject({
      clause: "SYS-EXTRA",
      message: 'gave one more answer than commands: "{\\"kind\\":\\"done\\"}"',
    });
  });
  test("a dead system is said to be dead, not waited for", async () => {
    const system = await start(misbehaving("crash"));
    await system.batch(reserves(4));
    expect((await system.batch(reserves(1))).fault).toMatchObject({ at: 0 });
    expect(await system.reset()).toBeDefined();
  });
});

test("what a system fixes replaces what the tool asks for", async () => {
  const hello = '{"kind":"hello","protocol":1,"subsystem":"irq/vector-matrix/allocator",';
  const fixed = `'${hello}"name":"x","commands":["alloc"],"scope":"global"}'`;
  const ready = `'{"kind":"ready"}'`;
  const system = await start(`read a; echo ${fixed}; read b; echo ${ready}; cat > /dev/null`);
  expect(system.config).toEqual({ ...config, scope: "global" });
});

describe("batches", () => {
  test("closing ends what is under way", async () => {
    const system = await start(misbehaving("hang"));
    const batch = system.batch(reserves(5));
    await system.close();
    expect((await batch).fault).toMatchObject({ clause: "SYS-EXIT" });
    expect(system.alive).toBe(false);
  });
  test("several may be under way, larger than any pipe", async () => {
    const system = await start(jsAllocator());
    const command = { kind: "alloc", cpus: [0, 1], reserved: false };
    const batch = Array.from({ length: 20_000 }, () => command);
    const results = await Promise.all([system.batch(batch), system.batch(batch)]);
    expect(results.map((r) => [r.responses.length, r.fault])).toEqual([
      [20_000, undefined],
      [20_000, undefined],
    ]);
    expect(system.starts).toBe(1);
  });
  test("an empty batch is no exchange", async () => {
    const system = await start(jsAllocator());
    expect(await system.batch([])).toEqual({ responses: [], observations: [] });
  });
});
