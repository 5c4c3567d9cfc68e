/** The message for a refused upload, before its findings. @param then What has become of the file. */
export function refusalSentence(totalFindings: number, then = "Nothing of it was kept."): string {
  const things = totalFindings === 1 ? "1 thing" : `${totalFindings} things`;
  return `The file cannot be read: ${things} must be mended first. ${then}`;
}
