/** What would have been right at each step of a counterexample: for regression tests elsewhere. */
import { judgedAt } from "../../spec/core/clause.js";
import { InputError } from "../../spec/core/decode.js";
import { systemClauseIds } from "../../spec/core/system-clauses.js";
import { ExhaustiveChoices } from "../engine/choices.js";
import { References, type ReplayStep, symbolic } from "../engine/replay.js";
import { Session } from "../engine/session.js";
import type { LoadedTrace } from "../input/load.js";
import { recordedSystem } from "../input/recorded.js";

/** A test with more answers than this says nothing to its reader. */
export const MAX_ANSWERS = 4096;

export type Step = {
  /** As JSON; references count the steps. */
  readonly command: unknown;
  /** As JSON, the recorded one first; empty: any answer will do. */
  readonly admitted: readonly unknown[];
};

export type Steps = {
  readonly steps: readonly Step[];
  /** The clause that the last command broke. */
  readonly clause: string;
  /** What the recorded system answered to it, as JSON; undefined: nothing. */
  readonly wrong: unknown;
};

/** The trace cannot be told by admitted answers; it can be judged by this tool. */
const refuse = (trace: LoadedTrace, problem: string): never => {
  throw new InputError(
    { file: trace.file },
    `${problem}; --to vitest writes a test that judges, and replay runs the trace`,
  );
};

/** The process did not answer: the recorded answers up to there, then any answer. */
const unanswered = (trace: LoadedTrace, clause: string): Steps => {
  const { command, response } = trace.subsystem.codecs;
  if (clause !== "SYS-CRASH" && clause !== "SYS-PANIC" && clause !== "SYS-HANG") {
    refuse(trace, `breaks ${clause}, which shows in the harness's lines and not in its answers`);
  }
  const steps = trace.commands.map((each, i): Step => {
    const recorded = trace.responses[i];
    const last = i === trace.commands.length - 1;
    return {
      command: command.encode(each),
      admitted: last || recorded === undefined ? [] : [response.encode(recorded)],
    };
  });
  return { steps, clause, wrong: undefined };
};

/** Every answer that is admitted where the session stands; what it walks is taken back. */
const answersOf = (session: Session, trace: LoadedTrace, command: unknown): unknown[] => {
  const contract = session.level === "contract";
  const choices = contract ? new ExhaustiveChoices() : undefined;
  const found = new Map<string, unknown>();
  for (let tried = 0; ; tried++) {
    if (tried > MAX_ANSWERS) {
      refuse(trace, `more than ${MAX_ANSWERS} answers are admitted to one command`);
    }
    const holds = session.perform(command, choices);
    const answer: unknown = trace.subsystem.codecs.response.encode(session.t.response);
    session.stepper.revert();
    if (holds) found.set(JSON.stringify(answer), answer);
    if (choices?.next() !== true) return [...found.values()];
  }
};

/** The steps as a test can send them: references count what is sent. */
const commandsOf = (trace: LoadedTrace, ran: readonly ReplayStep[]): unknown[] => {
  const whole = ran.every((step, i) => step.index === i);
  return whole ? ran.map((step) => step.command) : symbolic(trace.subsystem, ran);
};

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/**
 * The answers that are admitted along the recorded ones: at linux level what the reference
 * answers, at contract level every answer that the model admits and the clauses let pass. Throws
 * InputError for a trace that this cannot tell.
 */
export const admittedSteps = (trace: LoadedTrace): Steps => {
  const { subsystem, config, level, header } = trace;
  if (header.clause !== undefined && (systemClauseIds as readonly string[]).includes(header.clause))
    return unanswered(trace, header.clause);
  const clauses = judgedAt(subsystem.clauses, level);
  const recorded = recordedSystem(trace, level, clauses);
  const broken = recorded.clauses;
  if (broken.length === 0) {
    refuse(
      trace,
      header.clause === undefined
        ? "its recorded answers break no clause, so there is nothing to test for"
        : `what broke ${header.clause} was seen in the system's observed state, not in an answer`,
    );
  }
  const ran = recorded.steps;
  const commands = commandsOf(trace, ran);
  const session = new Session(subsystem, config, level, clauses);
  const references = new References(subsystem);
  session.reset();
  let total = 0;
  const steps = ran.map((step, i): Step => {
    const issued = references.resolve(commands[i]);
    const response: unknown = subsystem.codecs.response.encode(step.response);
    const answers = answersOf(session, trace, issued);
    const others = answers.filter((answer) => !same(answer, response));
    const last = i === ran.length - 1;
    if (last && others.length < answers.length) {
      refuse(trace, "the answer to the last command is admitted as such; what led to it is wrong");
    }
    if (last && others.length === 0) {
      refuse(trace, "no answer to the last command is admitted after what was answered before");
    }
    total += answers.length;
    if (total > MAX_ANSWERS) refuse(trace, `more than ${MAX_ANSWERS} answers are admitted in all`);
    session.accept(issued, step.response);
    references.note(i, issued, step.response);
    return {
      command: subsystem.codecs.command.encode(commands[i]),
      admitted: last ? others : [response, ...others],
    };
  });
  const clause = broken.includes(header.clause ?? "") ? (header.clause as string) : broken[0];
  return {
    steps,
    clause: clause as string,
    wrong: subsystem.codecs.response.encode(ran.at(-1)?.response),
  };
};
