/** Which QEMU there is and whether it has what the witness needs. */
import { execFileSync } from "node:child_process";

/** Program that is asked for unless the environment names another. */
export const QEMU_VARIABLE = "REDBEAR_SPEC_QEMU";
export const qemuProgram = (): string => process.env[QEMU_VARIABLE] ?? "qemu-system-x86_64";

/** Before it `amd-iommu` has no interrupt remapping and the register facts are not checked. */
export const OLDEST_QEMU = 6;

export type Probed = {
  readonly program: string;
  /** Major, minor, micro. */
  readonly version: readonly [number, number, number];
  /** Names that `-device` takes. */
  readonly devices: ReadonlySet<string>;
};

/** There is no QEMU that can be used; one line says why. */
export class NoQemu extends Error {}

export const parseVersion = (text: string): readonly [number, number, number] | undefined => {
  const match = /version (\d+)\.(\d+)\.(\d+)/.exec(text);
  if (match === null) return undefined;
  return [Number(match[1]), Number(match[2]), Number(match[3])];
};

export const parseDevices = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(/^name "([^"]+)"/gm)].map((match) => match[1] as string));

const ask = (program: string, args: readonly string[]): string => {
  try {
    return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      throw new NoQemu(
        `${program}: not found; install it (Debian: qemu-system-x86) or set ${QEMU_VARIABLE}`,
      );
    }
    throw new NoQemu(`${program}: does not answer "${args.join(" ")}"`);
  }
};

/** Throws {@link NoQemu} with one line: missing, too old. */
export const probeQemu = (program = qemuProgram()): Probed => {
  const version = parseVersion(ask(program, ["-version"]));
  if (version === undefined) throw new NoQemu(`${program}: does not say its version`);
  if (version[0] < OLDEST_QEMU) {
    throw new NoQemu(`${program}: is version ${version.join(".")}, needed is ${OLDEST_QEMU}.0`);
  }
  return { program, version, devices: parseDevices(ask(program, ["-device", "help"])) };
};
