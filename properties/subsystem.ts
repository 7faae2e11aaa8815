/** What a subsystem hands to the engines. One object each, gathered in `catalogue.ts`. */
import type * as t from "io-ts";
import type { Choices } from "../spec/core/choices.js";
import type { Clause, Level, Transition } from "../spec/core/clause.js";
import type { Model, PackedModel } from "../spec/core/model.js";
import type { ReferenceDeclaration } from "./codec/references.js";
import type { Picture } from "./report/picture.js";

/** What a generator knows while it draws the next command. */
export type Drawing<Config, View> = {
  readonly config: Config;
  readonly level: Level;
  /** The reference's state now. */
  readonly view: View;
  /** Relative weight of each command kind in this run, 0 for kinds the swarm left out. */
  readonly weights: ReadonlyMap<string, number>;
};

export interface Generator<Config, Command, View> {
  /** Command kinds with their usual weight. */
  readonly weights: Readonly<Record<string, number>>;
  /** Named subsets of command kinds, for `--subset NAME`. */
  readonly subsets: Readonly<Record<string, readonly string[]>>;
  /** The next command. State-aware: it aims at full, empty, error and rare states. */
  readonly draw: (choices: Choices, drawing: Drawing<Config, View>) => Command;
  /** Whether the command may be issued in this state at this level. */
  readonly enabled: (config: Config, level: Level, view: View, command: Command) => boolean;
}

/** A situation worth having reached; printed with how often it was. */
export type Feature<T> = { readonly name: string; readonly reached: (t: T) => boolean };

/** A seeded fault: a changed model that breaks the named clause. */
export type Fault<Config, State, Command, Response, View> = {
  /** Kebab-case, e.g. "free-on-boot-cpu". */
  readonly name: string;
  /** What the code got wrong, in a sentence. */
  readonly title: string;
  /** The clause that must catch it. */
  readonly clause: string;
  readonly level: Level;
  /** Configuration in which it shows soonest; the subsystem's `faultConfig` unless told. */
  readonly config?: Config;
  readonly wrap: (
    model: Model<Config, State, Command, Response, View>,
  ) => Model<Config, State, Command, Response, View>;
};

/** One random campaign of the default check. */
export type Campaign<Config> = {
  readonly name: string;
  readonly level: Level;
  readonly config: Config;
  readonly runs: number;
  /** Commands in a run. */
  readonly length: number;
};

/** One exhaustive exploration of the default check. */
export type Exploration<Config, Command, View> = {
  readonly name: string;
  readonly level: Level;
  readonly config: Config;
  /** Every command that may be issued, in a fixed order. */
  readonly commands: (config: Config) => readonly Command[];
  /** Commands left out in some states, to keep the state space finite; `why` is printed. */
  readonly leftOut?: {
    readonly why: string;
    readonly when: (config: Config, view: View, command: Command) => boolean;
  };
  /** Stop after this many distinct states and say so; absent means to the end. */
  readonly maxStates?: number;
  readonly maxDepth?: number;
  /** Reduce by CPU symmetry; refused at linux level, where ties are broken by index. */
  readonly symmetry?: boolean;
};

export interface Subsystem<Config, State, Command extends { kind: string }, Response, View> {
  /** e.g. "irq/vector-matrix/allocator". */
  readonly path: string;
  readonly title: string;
  /** The machine itself: no kernel module answers for it, so `init` and the gate leave it out. */
  readonly hardware?: true;
  readonly codecs: {
    readonly config: t.Type<Config, unknown>;
    readonly command: t.Type<Command, unknown>;
    readonly response: t.Type<Response, unknown>;
  };
  readonly commandKinds: readonly string[];
  /** Names a system may declare in its handshake's `observes`. */
  readonly observables: readonly string[];
  readonly clauses: readonly Clause<Transition<Config, Command, Response, View>>[];
  readonly model: Model<Config, State, Command, Response, View>;
  readonly packed?: (config: Config) => PackedModel<Command, Response, View>;
  /** Words of a readable state, for searches where there is no packed twin. */
  readonly fingerprint?: (config: Config, state: State) => Int32Array;
  /** Set where the fingerprint is a hash of this many bits instead of the state itself. */
  readonly fingerprintBits?: number;
  readonly sameResponse: (a: Response, b: Response) => boolean;
  /** Rules of a configuration that the codec cannot say: field and what is wrong with it. */
  readonly checkConfig: (config: Config) => { field: string; problem: string } | undefined;
  /** Why a configuration cannot be judged at a level, if it cannot. */
  readonly refusesLevel?: (
    config: Config,
    level: Level,
  ) => { field: string; problem: string } | undefined;
  /** The same for a command under a configuration (a CPU that does not exist, say). */
  readonly checkCommand: (
    config: Config,
    command: Command,
  ) => { field: string; problem: string } | undefined;
  readonly generator: Generator<Config, Command, View>;
  readonly features: readonly Feature<Transition<Config, Command, Response, View>>[];
  readonly faults: readonly Fault<Config, State, Command, Response, View>[];
  readonly faultConfig: Config;
  readonly campaigns: readonly Campaign<Config>[];
  readonly explorations: readonly Exploration<Config, Command, View>[];
  /** What a system shows when asked to `observe`, as JSON, and back. */
  readonly observation: {
    /** The JSON of it, of which every part that a system may leave out is optional. */
    readonly codec: t.Mixed;
    readonly encode: (config: Config, view: View) => unknown;
    /** Throws InputError. `where` is the stream and line. */
    readonly decode: (
      config: Config,
      value: unknown,
      where: { file: string; line?: number },
      tracked: View,
    ) => View;
  };
  /**
   * Commands name earlier results by reference so that a shortened trace stays meaningful.
   * `produced` says what a command's response gave, as a key; `refer` rewrites a command to name
   * the earlier command that gave what it uses; `resolve` does the reverse and answers undefined
   * when the referenced command gave nothing.
   */
  readonly references?: {
    /** The same as data, for the code that kits are generated from. */
    readonly declared: ReferenceDeclaration;
    readonly produced: (command: Command, response: Response) => string | undefined;
    readonly refer: (
      command: Command,
      find: (key: string) => number | undefined,
    ) => Command | undefined;
    readonly refersTo: (command: Command) => number | undefined;
    readonly renumber: (command: Command, ref: number) => Command;
    readonly resolve: (command: Command, key: string) => Command;
  };
  /** Relabels the CPUs of a command, for counterexamples found under symmetry. */
  readonly relabel?: (command: Command, permutation: Int32Array) => Command;
  /** Bit layouts as printed tables, for `explain`. */
  readonly layouts?: readonly string[];
  /** Flat key-value form of a state; reports show the keys that changed. */
  readonly describe: (config: Config, view: View) => ReadonlyMap<string, string>;
  /** A state as a drawing, for the HTML report. */
  readonly picture?: (config: Config, view: View) => Picture;
  readonly commandText: (command: Command) => string;
  readonly responseText: (response: Response) => string;
  /** Smaller configurations in which these commands still make sense, simplest first. */
  readonly smallerConfigs?: (config: Config, commands: readonly Command[]) => readonly Config[];
}

// biome-ignore lint/suspicious/noExplicitAny: the engines treat every subsystem alike
export type AnySubsystem = Subsystem<any, any, any, any, any>;
