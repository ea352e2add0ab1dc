// Builds the explorer into dist/: one page, and what it loads, named by content so that browsers may keep it for ever.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const BUILT = join(HERE, "dist");
const ADDRESS = "/explorer"; // where api/explorer.py serves dist/files/

const WORKERS = {
  editor: "monaco-editor/esm/vs/editor/editor.worker.js",
  graphql: "monaco-graphql/esm/graphql.worker.js",
  json: "monaco-editor/esm/vs/language/json/json.worker.js",
};

const PAGE = {
  explorer: "source/main.jsx",
  icon: "source/icon.svg",
};

const EACH = {
  absWorkingDir: HERE,
  bundle: true,
  define: { "process.env.NODE_ENV": '"production"' },
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  format: "iife",
  legalComments: "linked",
  loader: { ".graphql": "text", ".svg": "copy", ".ttf": "file" },
  logLevel: "warning",
  metafile: true,
  minify: true,
  outdir: join(BUILT, "files"),
  target: "es2022",
  write: false,
};

const workers = await build({ ...EACH, entryPoints: WORKERS });
const page = await build({
  ...EACH,
  define: { ...EACH.define, WORKERS: JSON.stringify(addresses(workers, WORKERS)) },
  entryPoints: PAGE,
  jsx: "automatic",
});

await rm(BUILT, { recursive: true, force: true });
await mkdir(join(BUILT, "files"), { recursive: true });
for (const { path, contents } of [...workers.outputFiles, ...page.outputFiles]) await writeFile(path, contents);
const html = await readFile(join(HERE, "source/page.html"), "utf8");
await writeFile(join(BUILT, "index.html"), filled(html, addresses(page, PAGE))); // last: what it loads is there

/** Where what each entry point was built into will be served; a style sheet is named after its script. */
function addresses({ metafile }, entryPoints) {
  const found = {};
  for (const [path, { entryPoint, cssBundle }] of Object.entries(metafile.outputs)) {
    const name = Object.keys(entryPoints).find((name) => entryPoint?.endsWith(entryPoints[name]));
    if (name !== undefined) found[name] = `${ADDRESS}/${basename(path)}`;
    if (cssBundle !== undefined) found[`${name}.css`] = `${ADDRESS}/${basename(cssBundle)}`;
  }
  return found;
}

function filled(html, addresses) {
  return html.replace(/{{(.+?)}}/g, (_, name) => addresses[name]);
}
