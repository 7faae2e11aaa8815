import { describe, expect, it } from "vitest";
import { cleanEnv } from "./env.js";

const SECRET = "secret-0123456789";

describe("the environment of programs under test", () => {
  it("has no tokens, nor the files through which a step acts on later ones", () => {
    const env = {
      PATH: "/bin",
      HOME: "/nowhere",
      CARGO_HOME: "/cargo",
      RUSTFLAGS: "-Dwarnings",
      GITHUB_SHA: "a".repeat(40),
      GITHUB_TOKEN: SECRET,
      GITEA_TOKEN: SECRET,
      CI_JOB_TOKEN: SECRET,
      CI_JOB_TOKEN_2: SECRET,
      CI_REPOSITORY_URL: `https://gitlab-ci-token:${SECRET}@forge.example`,
      ACTIONS_RUNTIME_TOKEN: SECRET,
      ACTIONS_ID_TOKEN_REQUEST_URL: "x",
      AWS_SECRET_ACCESS_KEY: SECRET,
      SSH_AUTH_SOCK: "/agent",
      GITHUB_ENV: "/env",
      GITHUB_PATH: "/path",
      UNSET: undefined,
    };
    expect(Object.keys(cleanEnv(env)).sort()).toEqual([
      "CARGO_HOME",
      "CARGO_TERM_COLOR",
      "CARGO_TERM_PROGRESS_WHEN",
      "HOME",
      "PATH",
      "RUSTFLAGS",
      "TERM",
    ]);
  });
});
