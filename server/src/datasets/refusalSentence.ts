/** The message for a refused upload, before its findings. */
export function refusalSentence(totalFindings: number): string {
  const things = totalFindings === 1 ? "1 thing" : `${totalFindings} things`;
  return `The file cannot be read: ${things} must be mended first. Nothing of it was kept.`;
}
