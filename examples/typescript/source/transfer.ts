// A transfer from one relative's wallet to another's, as two front ends live through it; see ../../README.md.
import { randomUUID } from "node:crypto";
import { filter, firstValueFrom, map, timeout } from "rxjs";
import { clientFor, describeFault } from "./client.js";
import {
  ApplyDocument,
  HomeDocument,
  StatementFragmentDoc,
  TransferUpdatedDocument,
  VerifyDocument,
  WalletActivityDocument,
  type ApplyTransferInput,
  type EntryPartsFragment,
  type RefusalFragment,
} from "./generated/operations.js";

process.on("uncaughtException", (fault) => {
  console.error(describeFault(fault));
  process.exit(1);
});

const PATIENCE_MS = 15_000;
const url = process.env["WALLET_URL"] ?? "http://127.0.0.1:8000/graphql";
const payer = clientFor(url, required(process.env["WALLET_TOKEN"], "WALLET_TOKEN, the payer's"));
const payee = clientFor(url, required(process.env["WALLET_PAYEE_TOKEN"], "WALLET_PAYEE_TOKEN"));

// Listen first and look second: what happens in between is not missed.
const told = firstValueFrom(
  payer.subscribe({ query: TransferUpdatedDocument }).pipe(
    map(({ data }) => data?.transferUpdated),
    filter((transfer) => transfer?.status === "COMPLETED"),
    timeout(PATIENCE_MS),
  ),
);
const arrived = firstValueFrom(
  payee.subscribe({ query: WalletActivityDocument }).pipe(
    map(({ data }) => data?.walletActivity),
    filter((entry) => entry?.kind === "TRANSFER_IN"),
    timeout(PATIENCE_MS),
  ),
);

const { data: home } = await payer.query({ query: HomeDocument });
if (home?.policy.acceptanceRequired) throw new Error("this story is of policy `article`, where nobody has to accept");
await payee.query({ query: HomeDocument });
say(`The payer's wallet holds ${cachedWallet(payer).balance}, the payee's ${cachedWallet(payee).balance}.`);

// Refusals are data. Their code decides, their type says what else they tell.
const wish: Omit<ApplyTransferInput, "amount" | "idempotencyKey"> = {
  source: "WALLET",
  payee: { identity: { name: "李芳", idNumber: "370102199309183320" } },
  relation: "CHILD",
};
const refused = await apply("99999.00");
for (const refusal of refused.errors) say(`Of 99999.00 the server says: ${describe(refusal)}`);

// A new key for a new wish; only a retry of the same request keeps its key.
const applied = await apply("1.50");
const transfer = required(applied.transfer, applied.errors.map(describe).join());
say(`Of 1.50 it says: ${transfer.status}, number ${transfer.number}.`);

const { data: answer } = await payer.mutate({
  mutation: VerifyDocument,
  variables: { input: { transferId: transfer.id, verification: { password: "246810" } } },
});
const verified = required(answer?.verifyTransfer, "an answer");
required(verified.transfer, verified.errors.map(describe).join());
// The mutation gave the wallet back with its id: whoever watches it has the new balance, and nothing is fetched again.
say(`Verified. The payer's cache now says ${cachedWallet(payer).balance}.`);
say(`transferUpdated tells the payer: ${(await told)?.status}.`);

const entry = required(await arrived, "an entry");
addToStatement(entry);
const { balance, entries } = cachedWallet(payee);
say(`walletActivity tells the payee: ${entry.amount}. The payee's cache now says ${balance}, and its statement begins`);
say(`with ${entries.nodes[0]?.kind} of ${entries.nodes[0]?.amount}.`);

async function apply(amount: string) {
  const input = { ...wish, amount, idempotencyKey: randomUUID() };
  const { data } = await payer.mutate({ mutation: ApplyDocument, variables: { input } });
  return required(data?.applyTransfer, "an answer");
}

function describe(refusal: RefusalFragment): string {
  switch (refusal.__typename) {
    case "InsufficientBalance":
      return `${refusal.code}, ${refusal.available} available`;
    case "VerificationFailed":
      return `${refusal.code}, ${refusal.attemptsLeft} tries left`;
    default:
      return `${refusal.code}, ${refusal.message}`;
  }
}

/** What arrives by itself is put where it belongs: a transfer always arrives in the wallet. */
function addToStatement(arrival: EntryPartsFragment): void {
  const wallet = { __typename: "Wallet", id: cachedWallet(payee).id };
  payee.cache.updateFragment(
    { from: wallet, fragment: StatementFragmentDoc, fragmentName: "Statement" },
    (statement) =>
      statement && {
        ...statement,
        balance: arrival.balanceAfter,
        entries: { ...statement.entries, nodes: [arrival, ...statement.entries.nodes] },
      },
  );
}

/** Read from the cache only; this sends nothing. */
function cachedWallet(client: typeof payer) {
  return required(client.readQuery({ query: HomeDocument })?.viewer?.person?.wallet, "a wallet in the cache");
}

function required<T>(value: T | null | undefined, what: string): T {
  if (value == null) throw new Error(`needed: ${what}`);
  return value;
}

function say(line: string): void {
  console.log(line);
}
