// A browser that was started with the locale of POSIX calls its language `en-US@posix`, which is no BCP 47 tag: whoever passes it to `Intl`
// gets a RangeError, and uPlot does so when it is loaded. Imported before it.

/** The tag, or what is before its encoding or modifier; English when `Intl` takes neither. */
export function validLanguage(tag: string | undefined): string {
  for (const each of [tag, tag?.replace(/[@.].*$/s, '')]) {
    try {
      if (each !== undefined && Intl.getCanonicalLocales(each).length > 0) return each;
    } catch {
      // The next one.
    }
  }
  return 'en';
}

const language = validLanguage(globalThis.navigator?.language);
if (globalThis.navigator !== undefined && language !== navigator.language) {
  Object.defineProperty(navigator, 'language', { value: language, configurable: true });
}
