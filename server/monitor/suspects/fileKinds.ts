/** What a file is, by its name: for who asks what a commit may break. Paths are relative to the root of the repository, with `/`. */

const locks = new Set(
  `package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb deno.lock go.sum go.mod cargo.lock cargo.toml poetry.lock
  pipfile pipfile.lock uv.lock pyproject.toml requirements.txt constraints.txt gemfile gemfile.lock composer.json composer.lock package.json
  pom.xml build.gradle build.gradle.kts gradle.lockfile libs.versions.toml mix.lock mix.exs packages.lock.json directory.packages.props pubspec.lock
  package.resolved flake.lock`.split(/\s+/),
);

export function isDependencyFile(path: string): boolean {
  const name = nameOf(path);
  return locks.has(name) || /^requirements[\w.-]*\.txt$/.test(name) || name.endsWith('.csproj');
}

export function isMigration(path: string): boolean {
  return /(?:^|\/)(?:migrations?|migrate|alembic|flyway|liquibase|schema)(?:\/|\.|$)/i.test(path) || /\.sql$/i.test(path);
}

/** Of how it is built and run, whichever service. */
export function isConfiguration(path: string): boolean {
  const name = nameOf(path);
  return (
    /^(?:dockerfile(?:\..+)?|.+\.dockerfile|\.dockerignore|containerfile|(?:docker-)?compose(?:\..+)?\.ya?ml|procfile|caddyfile|nginx\.conf)$/.test(
      name,
    ) ||
    /^\.env(?:\..+)?$/.test(name) ||
    /\.(?:ini|conf|cfg|toml|properties|env)$/.test(name) ||
    /(?:^|\/)(?:config|conf|settings|etc)\//i.test(path) ||
    /^(?:config|settings|application)\.(?:ya?ml|json|js|ts|py|rb)$/.test(name)
  );
}

/** What nothing runs in production. */
export function isHarmless(path: string): boolean {
  return (
    /\.(?:md|markdown|rst|adoc|txt|png|jpe?g|gif|svg|webp|ico)$/i.test(path) ||
    /(?:^|\/)(?:docs?|changes|\.github|\.gitlab|\.vscode|\.hearth|tests?|__tests__|spec|e2e|fixtures)\//i.test(path) ||
    /(?:\.|_)(?:test|spec)\.[\w]+$/i.test(path) ||
    /^(?:license|changelog|changes|readme|contributing|authors|\.gitignore|\.editorconfig|\.mailmap)(?:\..*)?$/i.test(nameOf(path))
  );
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).toLowerCase();
}
