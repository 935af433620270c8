/** Files of a commit on top of the sample's main: everything that can be deployed. `root` is a folder of this machine, for the sites. */
export function breadthFiles(root: string): Record<string, string>;
/** Further files with which its smoke test fails. */
export const brokenPage: Record<string, string>;
