import { InputError } from "../../spec/core/decode.js";
import { type InitOptions, initRepository, type Written } from "../init/init.js";

type Options = { readonly repo: string; readonly ci?: string; readonly force?: boolean };

const forges = ["gitea", "github", "gitlab", "none"] as const;

const forgeOption = (text: string): InitOptions["ci"] & string => {
  const forge = forges.find((name) => name === text);
  if (forge !== undefined) return forge;
  throw new InputError({ file: "--ci" }, `found "${text}", expected one of: ${forges.join(", ")}`);
};

const nextSteps = ({ skeletons, sources, ci }: Written): readonly string[] => {
  const [first] = skeletons;
  if (first === undefined) return [];
  const where = sources.length === 0 ? "no folder of sources was recognised" : sources.join(", ");
  return [
    `1. build    cargo build --release --offline --manifest-path redbear-spec/harness/Cargo.toml`,
    `2. judge    redbear-spec check ${first.subsystem.path} ` +
      `--system-cmd redbear-spec/harness/target/release/${first.program}`,
    `3. replace  your module for the skeleton in redbear-spec/harness/src/bin/${first.program}.rs`,
    `4. paths    in redbear-spec.toml against your tree (kernel code: ${where})`,
    "5. commit   then redbear-spec gate --range BASE..HEAD",
    ...(ci?.included === false ? [`6. include  ${ci.file} in .gitlab-ci.yml`] : []),
  ];
};

export const init = (areas: readonly string[], options: Options): void => {
  const { repo, ci, force = false } = options;
  const written = initRepository({
    repo,
    areas,
    force,
    ...(ci === undefined ? {} : { ci: forgeOption(ci) }),
  });
  const names = written.skeletons.map(({ subsystem }) => subsystem.path).join(", ");
  const job = written.ci === undefined ? "" : `, ${written.ci.file}`;
  process.stdout.write(
    `wrote redbear-spec.toml, redbear-spec/ (kit, harness for ${names})${job}\n\n` +
      `next, in ${JSON.stringify(repo)}:\n${nextSteps(written).join("\n")}\n`,
  );
};
