// Compares the committed schema with that of the last release, or two files: `node contract.js [OLD NEW]`.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { buildSchema } from "graphql";
import { compare } from "./compare.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const COMMITTED = "schema/schema.graphql";
const NO_RELEASE = /No names found|No tags can describe|not a git repository/;
const today = new Date().toISOString().slice(0, 10);

const [old, current] = process.argv.length > 3 ? process.argv.slice(2).map(read) : [released(), read(ROOT + COMMITTED)];
if (old !== undefined) process.exitCode = await report(old, current);

function read(path) {
  return readFileSync(path, "utf8");
}

function git(...words) {
  const options = { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], maxBuffer: 1e8 };
  return execFileSync("git", ["-c", "safe.directory=*", ...words], { ...options, env: { ...process.env, LC_ALL: "C" } });
}

function released() {
  let tag;
  try {
    tag = git("describe", "--tags", "--abbrev=0").trim();
  } catch (error) {
    if (error.code !== "ENOENT" && !NO_RELEASE.test(error.stderr)) throw error;
    console.log("there is no release tag here (`git describe --tags`): the schema is compared with nothing");
    return undefined;
  }
  console.log(`compared with release ${tag}:`);
  return git("show", `${tag}:${COMMITTED}`);
}

async function report(old, current) {
  const changes = await compare(buildSchema(old), buildSchema(current), today);
  for (const { level, message } of changes) if (level !== "NON_BREAKING") console.log(`${level} ${message}`);
  const breaking = changes.filter(({ level }) => level === "BREAKING").length;
  console.log(`${changes.length} changes, ${breaking} of them breaking`);
  return breaking === 0 ? 0 : 1;
}
