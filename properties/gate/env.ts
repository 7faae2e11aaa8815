/** The environment that code under test gets: what a build needs, nothing that opens a door. */

/** Prefixes of what CI systems, clouds and agents hand to their jobs. */
const PREFIXES = [
  "ACTIONS_",
  "AWS_",
  "AZURE_",
  "BITBUCKET_",
  "BUILDKITE_",
  "CI_",
  "CIRCLE_",
  "DOCKER_",
  "DRONE_",
  "FORGEJO_",
  "GCP_",
  "GH_",
  "GIT_",
  "GITEA_",
  "GITHUB_",
  "GITLAB_",
  "GOOGLE_",
  "GPG_",
  "INPUT_",
  "JENKINS_",
  "KUBE",
  "NODE_",
  "NPM_",
  "npm_",
  "RUNNER_",
  "SSH_",
  "VAULT_",
  "WOODPECKER_",
];
const SECRET =
  /TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|COOKIE|_(PAT|PWD|AUTH|DSN|KEY)$/i;

/** Whether a variable may be handed to code under test. */
export const isHarmless = (name: string): boolean =>
  !PREFIXES.some((prefix) => name.startsWith(prefix)) && !SECRET.test(name);

/** The environment for building and running systems under test. */
export const cleanEnv = (
  env: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> => {
  const clean: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && isHarmless(name)) clean[name] = value;
  }
  // Output is kept as text: no colours, no bars that redraw themselves.
  return { ...clean, TERM: "dumb", CARGO_TERM_COLOR: "never", CARGO_TERM_PROGRESS_WHEN: "never" };
};

/** What decides a build's outcome beside the sources, for its key. */
export const buildRelevant = (env: Readonly<Record<string, string>>): string[] =>
  Object.keys(env)
    .filter((name) => /^(PATH|HOME|CC|CXX|AR|LD|CARGO.*|RUST.*|MAKEFLAGS|.*FLAGS)$/.test(name))
    .sort()
    .map((name) => `${name}=${env[name]}`);
