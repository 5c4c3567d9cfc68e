/** A cell's text without outer spaces and quotes; null where something stands behind the closing quote. */
export function unquoted(cell: string): string | null {
  const text = cell.trim();
  if (!text.startsWith('"')) return text;
  const inner = text.slice(1, -1);
  if (text.length < 2 || !text.endsWith('"') || inner.replaceAll('""', "").includes('"')) return null;
  return inner.replaceAll('""', '"').trim();
}
