import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withPrepareLock } from './prepare-lock.mjs';
import { programOf, ROOT, step, Trouble } from './step.mjs';

const OLDEST_NODE = [20, 19];
const MODULES = join(ROOT, 'node_modules');
const INSTALL_STAMP = join(MODULES, '.install-stamp');
const BUILD_STAMP = join(ROOT, 'dist', '.build-stamp');
const MACHINE = `node ${process.versions.node.split('.')[0]} ${process.platform}-${process.arch}`;

/** Installs the dependencies unless the very ones of the lock file are there. */
export async function prepareInstall() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    throw new Trouble(`Node.js ${OLDEST_NODE.join('.')} or newer is needed, this is ${process.version}`);
  }
  if (isInstalled()) return;
  await withPrepareLock(async (noteProcess) => {
    if (isInstalled()) return;
    // Building needs the development tools, whatever NODE_ENV says.
    const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
    await step('Installing dependencies', 'npm', args, { onSpawn: noteProcess });
    writeFileSync(INSTALL_STAMP, installStamp());
  });
}

/** Builds dist/ unless it was built from the very sources there are. */
export async function prepareBuild() {
  if (isBuilt()) return;
  await withPrepareLock(async (noteProcess) => {
    if (isBuilt()) return;
    rmSync(BUILD_STAMP, { force: true });
    const stamp = buildStamp();
    await step('Building', process.execPath, [programOf('@nestjs/cli', 'nest'), 'build'], { onSpawn: noteProcess });
    writeFileSync(BUILD_STAMP, stamp);
  });
}

function isInstalled() {
  const stamp = read(INSTALL_STAMP);
  if (stamp === installStamp()) return directDependencies().every((name) => existsSync(manifestOf(name)));
  // An install by hand leaves no stamp of ours, or the one before it; npm's own record says what it put there.
  const ofThisMachine = stamp === undefined || stamp.startsWith(MACHINE);
  if (!ofThisMachine || !recordMatchesLock() || !directDependencies().every((name) => existsSync(manifestOf(name)))) {
    return false;
  }
  try {
    writeFileSync(INSTALL_STAMP, installStamp());
  } catch {
    // Installed by another user: looked at again next time.
  }
  return true;
}

function directDependencies() {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return Object.keys({ ...dependencies, ...devDependencies });
}

function manifestOf(name) {
  return join(MODULES, name, 'package.json');
}

/** Optional packages are mostly those of other platforms. */
function recordMatchesLock() {
  const record = read(join(MODULES, '.package-lock.json'));
  if (record === undefined) return false;
  const installed = JSON.parse(record).packages;
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  return Object.entries(packages).every(
    ([path, wanted]) =>
      path === '' || installed[path]?.version === wanted.version || (wanted.optional && !installed[path]),
  );
}

function installStamp() {
  return `${MACHINE} ${hashOf([join(ROOT, 'package-lock.json')])}\n`;
}

function isBuilt() {
  return existsSync(join(ROOT, 'dist', 'src', 'main.js')) && read(BUILD_STAMP) === buildStamp();
}

function buildStamp() {
  const settings = readdirSync(ROOT).filter((name) => /^(tsconfig.*|nest-cli|package-lock)\.json$/.test(name));
  return `${hashOf([...settings.map((name) => join(ROOT, name)), ...filesBelow('src'), ...filesBelow('migrations')])}\n`;
}

function filesBelow(folder) {
  const top = join(ROOT, folder);
  if (!existsSync(top)) return [];
  const entries = readdirSync(top, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of [...files].sort()) {
    const content = readFileSync(file);
    hash.update(`${file.slice(ROOT.length)} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
