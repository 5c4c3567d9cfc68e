/** Cells of one line of comma-separated text; quotes double within quotes (RFC 4180). */
export function csvCells(line: string): string[] {
  if (!line.includes('"')) return line.split(",");
  const cells: string[] = [];
  for (let at = 0; at <= line.length; ) {
    if (line[at] !== '"') {
      const comma = line.indexOf(",", at);
      const end = comma < 0 ? line.length : comma;
      cells.push(line.slice(at, end));
      at = end + 1;
      continue;
    }
    let cell = "";
    let from = at + 1;
    for (;;) {
      const quote = line.indexOf('"', from);
      cell += line.slice(from, quote < 0 ? line.length : quote);
      if (quote < 0 || line[quote + 1] !== '"') {
        at = quote < 0 ? line.length : quote + 1;
        break;
      }
      cell += '"';
      from = quote + 2;
    }
    const comma = line.indexOf(",", at);
    cells.push(cell + line.slice(at, comma < 0 ? line.length : comma));
    at = comma < 0 ? line.length + 1 : comma + 1;
  }
  return cells;
}
