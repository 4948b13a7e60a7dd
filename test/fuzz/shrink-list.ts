/** Delta debugging: leaves out as much of a list as it can. */

/**
 * Drops chunks of the list, first large ones, then single items, as long as `isKept` says that what
 * is left will do; gives back the last list that did.
 */
export async function removeChunks<T>(
  items: readonly T[],
  isKept: (candidate: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let current = items
  for (let size = current.length; size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < current.length; ) {
      const candidate = [...current.slice(0, from), ...current.slice(from + size)]
      if (await isKept(candidate)) current = candidate
      else from += size
    }
  }
  return current
}
