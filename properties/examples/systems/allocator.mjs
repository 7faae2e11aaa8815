// A vector allocator as a system under test (properties/sut/PROTOCOL.md), without dependencies:
//   redbear-spec check irq/vector-matrix/allocator --system-cmd "node allocator.mjs"
// `--fault free-on-cpu0` plants a bug: a free releases the vector on CPU 0, not on its owner.
const faulty = process.argv.includes("free-on-cpu0");
const commands = ["alloc", "free", "freeRef", "online", "offline", "reserve", "allocatedCount"];
const about = { name: "allocator.mjs", level: "linux", refs: true, observes: [], commands };
let config; // as the tool sent it
let cpus; // per CPU: online, how many vectors are available, which are allocated
let results; // what each command since the last reset was answered, for freeRef

const module = {
  alloc({ cpus: mask }) {
    if (mask.length === 0) return { kind: "failed", error: "EINVAL" };
    const most = Math.max(...mask.map((c) => (cpus[c].online ? cpus[c].available : 0)));
    if (most === 0) return { kind: "failed", error: "ENOSPC" };
    // The CPU with most available vectors, the lowest number on a tie; its lowest free vector.
    const cpu = mask.find((c) => cpus[c].online && cpus[c].available === most);
    let vector = config.start;
    while (config.system.includes(vector) || cpus[cpu].allocated.has(vector)) vector++;
    cpus[cpu].allocated.add(vector);
    cpus[cpu].available--;
    return { kind: "allocated", cpu, vector };
  },
  free({ cpu, vector }) {
    const owner = cpus[faulty ? 0 : cpu];
    if (!owner.allocated.delete(vector)) return { kind: "warned" };
    owner.available++;
    return { kind: "done" };
  },
  freeRef({ ref }) {
    return results[ref]?.kind === "allocated" ? module.free(results[ref]) : { kind: "skipped" };
  },
  online({ kind, cpu }) {
    cpus[cpu].online = kind === "online";
    return { kind: "done" };
  },
  offline: (command) => module.online(command),
  reserve: () => ({ kind: "done" }),
  allocatedCount: ({ cpu }) => ({ kind: "count", value: cpus[cpu].allocated.size }),
};

const reset = () => {
  const system = config.system.filter((v) => v >= config.start && v < config.end).length;
  const blank = () => ({ available: config.end - config.start - system, allocated: new Set() });
  cpus = Array.from({ length: config.cpus }, blank);
  for (const cpu of config.online) cpus[cpu].online = true;
  results = [];
  return { kind: "ready" };
};

const answer = (line) => {
  if (line.kind === "hello") return { ...line, ...about };
  if (line.kind === "config") config = line;
  if (line.kind === "config" || line.kind === "reset") return reset();
  const response = module[line.kind](line);
  results.push(response);
  return response;
};

let input = "";
process.stdin.setEncoding("utf8").on("data", (text) => {
  const lines = (input + text).split("\n");
  input = lines.pop(); // a line that has not come whole yet
  let output = "";
  for (const line of lines.map((line) => JSON.parse(line))) {
    if (line.kind === "bye") process.stdin.destroy();
    // A flush needs no answer: what was read at once is always written at once.
    else if (line.kind !== "flush") output += `${JSON.stringify(answer(line))}\n`;
  }
  process.stdout.write(output);
});
