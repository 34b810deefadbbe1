// Builds the whole page into one file: node bundle.mjs OUTPUT
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const output = process.argv[2] ?? "map_page.html";
const here = new URL(".", import.meta.url);
const result = await build({
  entryPoints: [new URL("src/main.ts", here).pathname.replace(/^\/([A-Za-z]:)/, "$1")],
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome90", "firefox90", "safari14"],
  outdir: "bundle",
  write: false,
  legalComments: "none",
});
const text = (ending) => result.outputFiles.find((file) => file.path.endsWith(ending)).text;
const hash = (source) => `'sha256-${createHash("sha256").update(source, "utf8").digest("base64")}'`;
// A script or style element ends at its closing tag, wherever that stands.
const script = text(".js").replace(/<\/script/gi, "<\\/script").trimEnd();
const style = text(".css").trimEnd();
const policy = `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; img-src data: blob:`;
const page = (await readFile(new URL("src/page.html", here), "utf8"))
  .replace("__POLICY__", () => policy)
  .replace("__STYLE__", () => style)
  .replace("__SCRIPT__", () => script);
await writeFile(output, page);
