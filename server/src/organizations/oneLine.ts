/** Names are chosen by people: none can write paragraphs of a mail of ours. */
export function oneLine(name: string): string {
  const plain = name.replace(/[\p{C}\s]+/gu, " ").trim();
  return plain.length > 100 ? `${plain.slice(0, 99).toWellFormed()}…` : plain;
}
