/** "3, 7-9" as [3, 7, 8, 9]; at most a million, what is no number is left out. */
export function parseIds(text: string): number[] {
  const found = new Set<number>();
  for (const [, from, to] of text.matchAll(/(\d+)(?:\s*[-–]\s*(\d+))?/g)) {
    for (let id = Number(from); id <= Number(to ?? from) && found.size < 1_000_000; id++) {
      found.add(id);
    }
  }
  return [...found];
}
