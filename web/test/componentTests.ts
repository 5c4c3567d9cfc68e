// Given to `node --test --import`: what a `*.test.tsx` needs before its first import. Node runs TypeScript but no JSX,
// so the transform that Vite builds the app with turns that into JavaScript; a stylesheet is its class names.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

const CLASS_NAMES = "export default new Proxy({}, { get: (_, name) => String(name) });";

// Every test file is a process of its own: those without components do without a page, too.
if (/\.test\.tsx$/.test(process.argv[1] ?? "")) {
  const { transformSync } = await import("rolldown/utils");
  registerHooks({
    load(url, context, nextLoad) {
      if (url.endsWith(".css")) return { format: "module", source: CLASS_NAMES, shortCircuit: true };
      if (!url.endsWith(".tsx")) return nextLoad(url, context);
      const path = fileURLToPath(url);
      const { code, map, errors } = transformSync(path, readFileSync(path, "utf8"), {
        lang: "tsx",
        jsx: { runtime: "automatic" },
        sourcemap: true,
      });
      if (errors[0] !== undefined) throw errors[0];
      const source = `${code}\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString("base64")}`;
      return { format: "module", source, shortCircuit: true };
    },
  });
  await import("./page.ts");
}
