// Audits the server by the tests of the GraphQL over HTTP working group: one line for each audit that does not pass.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serverAudits } from "graphql-http";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const START_MS = 60_000;
const AUDITS_LEAST = 61; // of graphql-http 1.23: fewer means that something was not asked

const port = await freePort();
const data = await mkdtemp(join(tmpdir(), "wallet-audit-"));
const server = serve();
const stopped = new Promise((resolve) => server.once("exit", resolve));
process.once("exit", () => server.kill());
try {
  await untilReady();
  const failed = await audit();
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  server.kill();
  await stopped;
  await rm(data, { recursive: true });
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

function serve() {
  const ours = Object.entries(process.env).filter(([name]) => !name.startsWith("WALLET_"));
  return spawn(join(ROOT, ".venv", "bin", "python"), ["-m", "api"], {
    cwd: ROOT,
    env: { ...Object.fromEntries(ours), WALLET_STORAGE_URL: "memory://", WALLET_PORT: `${port}`, WALLET_DATA_DIR: data },
    stdio: ["ignore", "ignore", "inherit"],
  });
}

async function untilReady() {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline && server.exitCode === null) {
    try {
      if ((await fetch(`http://127.0.0.1:${port}/health/ready`)).ok) return;
    } catch {
      // it does not listen yet
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the server did not start");
}

async function audit() {
  const audits = serverAudits({ url: `http://127.0.0.1:${port}/graphql` });
  let passed = 0;
  for (const { fn } of audits) {
    const { status, id, name, reason } = await fn();
    if (status === "ok") passed += 1;
    else console.log(`${status} ${id} ${name}: ${reason}`);
  }
  const failed = Math.max(AUDITS_LEAST, audits.length) - passed;
  console.log(`${passed} passed, ${failed} failed`);
  return failed;
}
