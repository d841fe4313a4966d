// Brings lavapipe, Mesa's Vulkan on the processor: WebGPU with 16-bit shaders where there is no GPU. Nothing on the system is changed.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Debian 12's own Mesa 22 lacks what WebGPU asks of a driver; its backports have Mesa 25. */
const SOURCES = `Types: deb
URIs: http://deb.debian.org/debian
Suites: bookworm bookworm-backports
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;
const PACKAGES = ['libvulkan1', 'mesa-vulkan-drivers/bookworm-backports'];
const DRIVER = 'usr/share/vulkan/icd.d/lvp_icd.json';
const LIBRARIES = 'usr/lib/x86_64-linux-gnu';

/** Said where no driver can be brought. */
const HOW_TO =
  'The 16-bit tests need a Vulkan driver with 16-bit shaders, and bring one by themselves on Debian 12 (x86-64) alone. Elsewhere set ' +
  'VK_DRIVER_FILES to the description of one, such as /usr/share/vulkan/icd.d/lvp_icd.x86_64.json of Mesa 24 or later.';

/**
 * The environment in which Vulkan finds a driver with 16-bit shaders: as it is when VK_DRIVER_FILES is set, else with lavapipe, which is
 * downloaded (12 MB) and unpacked into the user's cache folder once. Needs no root.
 *
 * @param say gets one line per thing that is done.
 * @throws with what a person can do where there is none and none can be brought.
 */
export function ensureVulkan(say: (line: string) => void, env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  if (env['VK_DRIVER_FILES']) return {};
  const cache = join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'noema');
  const folder = join(cache, 'lavapipe');
  if (!existsSync(join(folder, DRIVER))) {
    if (!isDebian12()) throw new Error(HOW_TO);
    say(`No Vulkan driver with 16-bit shaders; unpacking Mesa from bookworm-backports into ${folder}`);
    mkdirSync(cache, { recursive: true });
    unpack(folder, mkdtempSync(join(cache, 'lavapipe-')));
  }
  const libraries = [join(folder, LIBRARIES), env['LD_LIBRARY_PATH']].filter(Boolean).join(':');
  return { VK_DRIVER_FILES: join(folder, DRIVER), LD_LIBRARY_PATH: libraries };
}

function isDebian12(): boolean {
  if (process.platform !== 'linux' || process.arch !== 'x64' || !existsSync('/usr/bin/apt-get')) return false;
  return /^VERSION_CODENAME=bookworm$/m.test(readFileSync('/etc/os-release', 'utf8'));
}

/** Downloads the packages, with what they need and this machine has not, by an apt of our own lists, and unpacks them. */
function unpack(folder: string, temporary: string): void {
  try {
    const at = (name: string): string => join(temporary, name);
    for (const name of ['lists/partial', 'archives/partial', 'root']) mkdirSync(at(name), { recursive: true });
    writeFileSync(at('debian.sources'), SOURCES);
    const options = {
      'Dir::Etc::sourcelist': at('debian.sources'),
      'Dir::Etc::sourceparts': '/dev/null',
      'Dir::State::lists': at('lists'),
      'Dir::Cache': temporary,
      'Dir::Cache::archives': at('archives'),
      'Debug::NoLocking': '1',
    };
    const apt = (...args: string[]): void =>
      run('apt-get', ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]), '-q', ...args);
    apt('update');
    apt('install', '-y', '--download-only', '--no-install-recommends', ...PACKAGES);
    for (const file of readdirSync(at('archives')))
      if (file.endsWith('.deb')) run('dpkg-deb', '-x', join(at('archives'), file), at('root'));
    if (!existsSync(join(at('root'), DRIVER))) throw new Error(`The packages ${PACKAGES.join(' and ')} hold no ${DRIVER}.`);
    rmSync(folder, { recursive: true, force: true });
    renameSync(at('root'), folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function run(program: string, ...args: readonly string[]): void {
  try {
    execFileSync(program, args, { stdio: ['ignore', 2, 2] });
  } catch (thrown) {
    throw new Error(`${HOW_TO} (${thrown instanceof Error ? thrown.message.split('\n')[0] : String(thrown)})`, { cause: thrown });
  }
}
