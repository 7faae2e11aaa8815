/**
 * A QEMU process that runs no system: its CPUs execute a ROM of ours, its devices are driven
 * through the qtest and monitor connections. The process does not outlive this one, however this
 * one ends, and the folder with ROM and RAM is gone as soon as QEMU has opened them.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { QmpClient } from "./qmp-client.js";
import { QtestClient } from "./qtest-client.js";
import { SharedRam } from "./shared-ram.js";

/** Characters of standard error that are kept. */
const STDERR_CHARACTERS = 4096;

/**
 * Waits at its standard input, which ends with the process at the other end even where that was
 * killed, and takes QEMU along. Its own ends of QEMU's connections are closed: they would keep them
 * open after QEMU's death.
 */
const KEEPER = '"$@" </dev/null & q=$!; exec 3<&- 4<&-; read -r _; kill -KILL $q 2>/dev/null';

const common = [
  ["-nodefaults", "-no-user-config", "-display", "none", "-accel", "tcg"],
  // Descriptors 3 and 4 are socket pairs with this process.
  ["-chardev", "socket,id=qtest,fd=3", "-qtest", "chardev:qtest", "-qtest-log", "/dev/null"],
  ["-chardev", "socket,id=qmp,fd=4", "-mon", "chardev=qmp,mode=control"],
].flat();

export type QemuOptions = {
  /** The program; a path, or a name on the search path. */
  readonly program: string;
  readonly args: readonly string[];
  /** Image of the firmware, whose end is where CPUs start. */
  readonly rom: Uint8Array;
  /** Bytes of RAM, a multiple of 1 MiB. */
  readonly ram: number;
};

export class QemuProcess {
  readonly args: readonly string[];
  readonly qtest: QtestClient;
  readonly qmp: QmpClient;
  readonly ram: SharedRam;
  readonly #keeper: ChildProcess;
  #alive = true;
  #stopped = false;
  #stderr = "";

  private constructor(options: QemuOptions, ram: SharedRam, keeper: ChildProcess) {
    this.args = options.args;
    this.ram = ram;
    this.#keeper = keeper;
    const [, , stderr, qtest, qmp] = keeper.stdio;
    stderr?.on("data", (data: Buffer) => {
      this.#stderr = (this.#stderr + data.toString("utf8")).slice(-STDERR_CHARACTERS);
    });
    qtest?.on("close", () => {
      this.#alive = false;
    });
    this.qtest = new QtestClient(qtest as Duplex);
    this.qmp = new QmpClient(qmp as Duplex);
  }

  /** Starts QEMU and waits until its monitor answers. */
  static async start(options: QemuOptions): Promise<QemuProcess> {
    const folder = mkdtempSync(join(tmpdir(), "redbear-spec-qtest-"));
    const remove = () => rmSync(folder, { recursive: true, force: true });
    process.once("exit", remove);
    try {
      const rom = join(folder, "rom");
      writeFileSync(rom, options.rom);
      const file = join(folder, "ram");
      const ram = new SharedRam(file, options.ram);
      const memory = `memory-backend-file,id=ram,share=on,mem-path=${file},size=${options.ram}`;
      const own = ["-m", `${options.ram / 0x100000}`, "-object", memory, "-bios", rom];
      const line = [options.program, ...common, ...own, ...options.args];
      const keeper = spawn("sh", ["-c", KEEPER, "sh", ...line], {
        stdio: ["pipe", "ignore", "pipe", "pipe", "pipe"],
      });
      keeper.on("error", () => {});
      keeper.stdin?.on("error", () => {});
      const qemu = new QemuProcess(options, ram, keeper);
      try {
        await qemu.qmp.greet();
      } catch (error) {
        qemu.stop();
        throw new Error(`${options.program} does not start: ${qemu.stderr || String(error)}`);
      }
      return qemu;
    } finally {
      process.removeListener("exit", remove);
      remove();
    }
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** What it complained about, on one line. */
  get stderr(): string {
    return this.#stderr.trim().replace(/\s*\n\s*/g, "; ");
  }

  /** Ends the process. */
  stop(): void {
    if (!this.#stopped) this.ram.close();
    this.#stopped = true;
    this.#alive = false;
    for (const stream of this.#keeper.stdio) stream?.destroy();
  }
}
