/** The message for a file that cannot be imported, before its findings. */
export function importRefusal(totalFindings: number): string {
  const things = totalFindings === 1 ? "1 thing is" : `${totalFindings} things are`;
  return `The file cannot be imported: ${things} wrong with it. Nothing of it was kept.`;
}
