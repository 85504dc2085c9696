/**
 * Where the values of secrets come from: this machine's own file or environment, never a message. A recipe
 * names what its script needs (`build.script.secrets`); only the values of those names are looked up, given to
 * that script's environment, and kept out of everything it prints.
 */

/** Values by name. */
export interface SecretSource {
  value(name: string): string | undefined;
}

/** Secrets of one process that builds for its own user: all of its environment (spec 4.3). */
export function environmentSecrets(
  environment: Readonly<Record<string, string | undefined>>,
): SecretSource {
  return {
    value: (name) => (Object.hasOwn(environment, name) ? environment[name] : undefined),
  };
}

/** What a script gets. */
export interface SecretVariables {
  readonly values: Readonly<Record<string, string>>;
  /** Declared, and not there. */
  readonly missing: readonly string[];
}

/** Values of the declared secrets, and the names of those that are missing. */
export function secretVariables(names: readonly string[], source: SecretSource): SecretVariables {
  const values: Record<string, string> = {};
  const missing: string[] = [];
  for (const name of names) {
    const value = source.value(name);
    if (value === undefined) missing.push(name);
    else values[name] = value;
  }
  return { values, missing };
}
