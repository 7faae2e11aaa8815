/** The gate's line to a forge; nothing at all where there is none. */
import { InputError } from "../../spec/core/decode.js";
import type { ForgeChoice } from "../forge/env.js";
import type { Forge, Outcome } from "../forge/forge.js";
import type { GateReport } from "../gate/report.js";

const choices: readonly ForgeChoice[] = ["auto", "gitea", "github", "gitlab", "none"];

export type Published = {
  /** For people, on standard error. */
  readonly lines: readonly string[];
  /** The status is missing although this job should have set it. */
  readonly blocks: boolean;
};

const publishedOf = (outcome: Outcome): Published =>
  outcome.ok
    ? { lines: outcome.done, blocks: false }
    : { lines: [...outcome.done, outcome.problem], blocks: outcome.blocks };

export class ForgeLink {
  readonly #forge: Forge | undefined;
  private constructor(forge: Forge | undefined) {
    this.#forge = forge;
  }

  /** Throws InputError for a forge that is not known, or a job that does not say where it runs. */
  static async open(choice: string): Promise<ForgeLink> {
    const known = choices.find((name) => name === choice);
    if (known === undefined) {
      throw new InputError(
        { file: "--forge" },
        `found ${JSON.stringify(choice)}, expected one of: ${choices.join(", ")}`,
      );
    }
    if (known === "none") return new ForgeLink(undefined);
    const { forgeFromEnv } = await import("../forge/env.js");
    return new ForgeLink(forgeFromEnv(process.env, known));
  }

  /** A status that is pending: a gate that dies on the way leaves no merge open. */
  async begin(): Promise<void> {
    if (this.#forge === undefined) return;
    const { begin } = await import("../forge/forge.js");
    const { lines } = publishedOf(await begin(this.#forge));
    for (const line of lines) process.stderr.write(`redbear-spec: ${line}\n`);
  }

  /** The change could not be judged at all. */
  async fail(message: string): Promise<void> {
    if (this.#forge === undefined) return;
    const { publish } = await import("../forge/forge.js");
    const { lines } = publishedOf(
      await publish(this.#forge, { verdict: "error", description: message }),
    );
    for (const line of lines) process.stderr.write(`redbear-spec: ${line}\n`);
  }

  async publish(report: GateReport): Promise<Published> {
    if (this.#forge === undefined) return { lines: [], blocks: false };
    const { publish } = await import("../forge/forge.js");
    const { gateComment } = await import("../report/comment.js");
    return publishedOf(
      await publish(this.#forge, {
        verdict: report.verdict,
        description: report.headline,
        comment: gateComment(report),
        ...(report.head.commit === undefined ? {} : { head: report.head.commit }),
      }),
    );
  }
}
