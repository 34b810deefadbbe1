// Builds the whole page into one file: node bundle.mjs OUTPUT
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const output = process.argv[2] ?? "map_page.html";
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

const result = await build({
  entryPoints: [here("src/main.ts")],
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome90", "firefox90", "safari14"],
  charset: "utf8",
  outdir: here("dist"),
  write: false,
  legalComments: "none",
  logLevel: "warning",
});

/** The one output of a kind, with the line ends that a browser sees when it checks the hash. */
function text(ending) {
  const found = result.outputFiles.filter((file) => file.path.endsWith(ending));
  if (found.length !== 1) throw new Error(`expected one ${ending} file, got ${found.length}`);
  return found[0].text.replace(/\r\n?/g, "\n").trimEnd();
}

function hash(source) {
  return `'sha256-${createHash("sha256").update(source, "utf8").digest("base64")}'`;
}

const [script, style] = [text(".js"), text(".css")];
// What would end the element it stands in, or let the page be read in another way.
for (const [source, forbidden] of [[script, /<\/script|<script|<!--/i], [style, /<\/style|<!--/i]]) {
  const found = forbidden.exec(source);
  if (found) throw new Error(`the bundle holds "${found[0]}", which cannot stand inside the page`);
}
const policy = `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; img-src data: blob:; base-uri 'none'; form-action 'none'`;

let page = (await readFile(here("src/page.html"), "utf8")).replace(/\r\n?/g, "\n");
for (const [token, content] of [["__POLICY__", policy], ["__STYLE__", style], ["__SCRIPT__", script]]) {
  const [before, after, ...more] = page.split(token);
  if (after === undefined || more.length > 0) throw new Error(`page.html must hold ${token} once`);
  page = before + content + after;
}
if (page.split("__SURVEY_DATA__").length !== 2) throw new Error("the page must hold __SURVEY_DATA__ once");
await writeFile(output, page);
