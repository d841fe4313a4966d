// The browsers besides Chromium that the page is tried in: where they are, and how Debian installs them.
import { aptCommands, findOrInstall, findProgram } from '../../web/cli/programs';

export interface WebKit {
  /** Drives MiniBrowser, the browser of WebKitGTK, which it finds by itself. */
  readonly driver: string;
  /** A screen in memory: WebKitGTK has no mode without one. */
  readonly screen: string;
  /** Ends what it started when we end, however we end. */
  readonly bind: string;
}

/**
 * Path of Firefox; installs Debian's when there is none.
 *
 * @param say gets one line per thing that is done.
 * @throws with what a person can do when there is none and none could be installed.
 */
export function ensureFirefox(say: (line: string) => void): string {
  const found = findOrInstall('Firefox', () => findProgram(['firefox-esr', 'firefox']), aptCommands('firefox-esr'), say);
  if (found !== null) return found;
  throw new Error('No Firefox was found, and none could be installed: the tests in it need one in PATH (Debian: firefox-esr).');
}

/** The same for WebKitGTK, its driver, and a screen in memory. */
export function ensureWebKit(say: (line: string) => void): WebKit {
  const found = findOrInstall('WebKitWebDriver and Xvfb', findWebKit, aptCommands('webkit2gtk-driver', 'xvfb'), say);
  if (found !== null) return found;
  throw new Error(
    'WebKitWebDriver and Xvfb were not found and could not be installed: the tests in WebKitGTK need them in PATH (Debian: webkit2gtk-driver and xvfb).',
  );
}

function findWebKit(): WebKit | null {
  const [driver, screen, bind] = ['WebKitWebDriver', 'Xvfb', 'setpriv'].map((name) => findProgram([name]));
  return driver && screen && bind ? { driver, screen, bind } : null;
}
