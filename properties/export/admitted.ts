/** What would have been right at each step of a counterexample: for regression tests elsewhere. */
import { judgedAt } from "../../spec/core/clause.js";
import { InputError } from "../../spec/core/decode.js";
import { systemClauseIds } from "../../spec/core/system-clauses.js";
import { ExhaustiveChoices } from "../engine/choices.js";
import { type ReplayStep, symbolic } from "../engine/replay.js";
import { Session } from "../engine/session.js";
import type { LoadedTrace } from "../input/load.js";
import { recordedSystem } from "../input/recorded.js";

const isSystemClause = (id: string): boolean => (systemClauseIds as readonly string[]).includes(id);

/** A test with more answers than this says nothing to its reader. */
export const MAX_ANSWERS = 4096;

export type Step = {
  /** As JSON; references count the steps. */
  readonly command: unknown;
  /** As JSON; empty: any answer will do. */
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

/** Every answer that the reference may give where the session stands; taken back again. */
const answersOf = (session: Session, trace: LoadedTrace, command: unknown): unknown[] => {
  const contract = session.level === "contract";
  const choices = contract ? new ExhaustiveChoices() : undefined;
  const found = new Map<string, unknown>();
  for (let tried = 0; ; tried++) {
    if (tried >= MAX_ANSWERS) {
      refuse(trace, `more than ${MAX_ANSWERS} answers are admitted to the last command`);
    }
    const holds = session.perform(command, choices);
    const { response } = session.t;
    session.stepper.revert();
    if (holds) found.set(text(trace, response), response);
    if (choices?.next() !== true) return [...found.values()];
  }
};

/** Answers like this one, but for one field. */
function* neighbours(answer: object): IterableIterator<unknown> {
  for (const [name, value] of Object.entries(answer)) {
    const put = (to: unknown): unknown => ({ ...answer, [name]: to });
    if (typeof value === "number") {
      for (const by of [-4, -2, -1, 1, 2, 4]) yield put(value + by);
    } else if (typeof value === "bigint") {
      for (const by of [-1n, 1n]) yield put(value + by);
    } else if (typeof value === "boolean") yield put(!value);
    else if (Array.isArray(value)) {
      yield put([]);
      for (const i of value.keys()) yield put(value.filter((_one, k) => k !== i));
      for (let n = 0; n < 8; n++) {
        yield put([...value, n]);
        for (const i of value.keys()) yield put(value.map((one, k) => (k === i ? n : one)));
      }
    }
  }
}

/** The state of the reference now, as text. */
const stateText = ({ stepper, subsystem, config }: Session): string => {
  if (stepper.words === 0) return JSON.stringify([...subsystem.describe(config, stepper.after)]);
  const words = new Int32Array(stepper.words);
  stepper.save(words, 0);
  return words.join();
};

/**
 * A model offers some of the legal choices where there are very many. A list that is not whole
 * would fail a right system, so no answer near it may be let pass by the clauses and lead to a
 * state of its own. One that leads to the same state as a listed one only says more than happened.
 */
const checkWhole = (
  session: Session,
  trace: LoadedTrace,
  command: unknown,
  answers: readonly unknown[],
): void => {
  const { codecs } = trace.subsystem;
  const listed = new Set(answers.map((answer) => text(trace, answer)));
  const after = (answer: unknown): { holds: boolean; state: string } => {
    const holds = session.accept(command, answer);
    const state = stateText(session);
    session.stepper.revert();
    return { holds, state };
  };
  const states = new Set(answers.map((answer) => after(answer).state));
  for (const answer of answers) {
    for (const other of neighbours(answer as object)) {
      if (!codecs.response.is(other) || listed.has(text(trace, other))) continue;
      const { holds, state } = after(other);
      if (holds && !states.has(state)) {
        refuse(trace, "to the last command more answers are right than can be listed");
      }
    }
  }
};

const text = (trace: LoadedTrace, response: unknown): string =>
  JSON.stringify(trace.subsystem.codecs.response.encode(response));

/** The steps as a test can send them: references count what is sent. */
const commandsOf = (trace: LoadedTrace, ran: readonly ReplayStep[]): unknown[] => {
  const whole = ran.every((step, i) => step.index === i);
  return whole ? ran.map((step) => step.command) : symbolic(trace.subsystem, ran);
};

/**
 * On the way the recorded answers, since what comes after them was chosen for them. To the last
 * command at linux level what the reference answers, at contract level every answer that the model
 * admits. Throws InputError for a trace that this cannot tell.
 */
export const admittedSteps = (trace: LoadedTrace): Steps => {
  const { subsystem, config, level, header } = trace;
  const { codecs } = subsystem;
  if (header.clause !== undefined && isSystemClause(header.clause)) {
    return unanswered(trace, header.clause);
  }
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
  session.reset();
  for (const step of ran.slice(0, -1)) session.accept(step.issued, step.response);
  const { issued, response: wrong } = ran.at(-1) as ReplayStep;
  const answers = answersOf(session, trace, issued);
  if (answers.some((answer) => text(trace, answer) === text(trace, wrong))) {
    refuse(trace, "the answer to the last command is right as such; what led to it is wrong");
  }
  if (answers.length === 0) {
    refuse(trace, "no answer to the last command is right after what was answered before");
  }
  if (level === "contract") checkWhole(session, trace, issued, answers);
  return {
    steps: ran.map((step, i) => ({
      command: codecs.command.encode(commands[i]),
      admitted: (i === ran.length - 1 ? answers : [step.response]).map((answer) =>
        codecs.response.encode(answer),
      ),
    })),
    clause: broken.includes(header.clause ?? "")
      ? (header.clause as string)
      : (broken[0] as string),
    wrong: codecs.response.encode(wrong),
  };
};
