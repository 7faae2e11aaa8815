// Tests run from the compiled tree: worker threads and c8 both need real files (see CONTRIBUTING.md).
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["dist/properties/**/*.test.js"],
    pool: "threads",
    // Two, as a CI machine has cores; many tests wait for processes of their own.
    maxWorkers: 2,
    // Files of a worker share their modules: loading every subsystem anew for each took a third of
    // the time. No test keeps state in a module.
    isolate: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    experimental: { viteModuleRunner: false, nodeLoader: false },
  },
});
