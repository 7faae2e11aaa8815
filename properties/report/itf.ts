/**
 * Informal Trace Format (the JSON that Apalache and Quint read): one state a command, the state
 * being what the subsystem shows when observed.
 */

import { followTrace } from "../engine/follow.js";
import type { LoadedTrace } from "../input/load.js";
import { TOOL } from "../version.js";

/** Numbers beyond what JSON keeps exactly become big integers, as ITF writes them. */
const itfValue = (value: unknown): unknown => {
  if (typeof value === "bigint") return { "#bigint": value.toString() };
  if (typeof value === "number" && !Number.isSafeInteger(value)) return String(value);
  if (value === null) return { tag: "None", value: {} };
  if (Array.isArray(value)) return value.map(itfValue);
  if (typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, itfValue(v)]));
  }
  return value;
};

export const toItf = (trace: LoadedTrace): string => {
  const { subsystem, config } = trace;
  const states: unknown[] = [];
  const initial = followTrace(trace, (index, view, command, response) => {
    states.push({
      "#meta": { index: index + 1 },
      command: itfValue(subsystem.codecs.command.encode(command)),
      response: itfValue(subsystem.codecs.response.encode(response)),
      state: itfValue(subsystem.observation.encode(config, view)),
    });
  });
  states.unshift({
    "#meta": { index: 0 },
    command: { kind: "none" },
    response: { kind: "none" },
    state: itfValue(subsystem.observation.encode(config, initial)),
  });
  const itf = {
    "#meta": {
      format: "ITF",
      "format-description": "https://apalache.informal.systems/docs/adr/015adr-trace.html",
      description: `${subsystem.path}, ${trace.header.system}`,
      ...(trace.header.clause === undefined ? {} : { clause: trace.header.clause }),
      tool: TOOL,
    },
    vars: ["command", "response", "state"],
    states,
  };
  return `${JSON.stringify(itf, null, 2)}\n`;
};
