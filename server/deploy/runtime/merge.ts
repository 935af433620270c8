/** Pages of several sources as one, in the order of time; within a source the order stays. No more than a page of each is held. */
export async function* mergeByTime<T extends { readonly time: number }>(
  sources: readonly AsyncGenerator<readonly T[], void>[],
): AsyncGenerator<readonly T[], void> {
  const open = sources.map((source) => ({ source, page: [] as readonly T[], at: 0 }));
  const fill = async (each: (typeof open)[number]): Promise<boolean> => {
    while (each.at >= each.page.length) {
      const next = await each.source.next();
      if (next.done) return false;
      each.page = next.value;
      each.at = 0;
    }
    return true;
  };
  try {
    let active = (await Promise.all(open.map(async (each) => ((await fill(each)) ? [each] : [])))).flat();
    let merged: T[] = [];
    while (active.length > 0) {
      let [first] = active;
      for (const each of active) if (timeOf(each) < timeOf(first)) first = each;
      if (first === undefined) break;
      const line = first.page[first.at++];
      if (line !== undefined) merged.push(line);
      if (first.at < first.page.length) continue;
      yield merged;
      merged = [];
      if (!(await fill(first))) active = active.filter((each) => each !== first);
    }
  } finally {
    await Promise.all(open.map(({ source }) => source.return()));
  }
}

function timeOf(source: { readonly page: readonly { readonly time: number }[]; readonly at: number } | undefined): number {
  return source?.page[source.at]?.time ?? 0;
}
