// Tests of the comparison, by small schemas.
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildSchema } from "graphql";
import { compare } from "./compare.js";

const TODAY = "2027-07-01";
const OVER = '@deprecated(reason: "Use b. Until 2027-06-30.")';
const LATER = '@deprecated(reason: "Use b. Until 2027-12-31.")';
const LATER_STILL = '@deprecated(reason: "Use b. Until 2028-02-29.")';

async function breaking(old, current) {
  const changes = await compare(buildSchema(old), buildSchema(current), TODAY);
  return changes.filter(({ level }) => level === "BREAKING").map(({ path }) => path);
}

test("what is added breaks nothing", async () => {
  assert.deepEqual(await breaking("type Query { b: Int }", "type Query { b: Int c(d: Int): Int }"), []);
});

test("a field that was not deprecated may not go", async () => {
  assert.deepEqual(await breaking("type Query { a: Int b: Int }", "type Query { b: Int }"), ["Query.a"]);
});

test("a field may not go before its day has passed", async () => {
  assert.deepEqual(await breaking(`type Query { a: Int ${LATER} b: Int }`, "type Query { b: Int }"), ["Query.a"]);
});

test("a field whose day has passed may go, with what only it led to", async () => {
  const old = `type Query { a(c: In): A ${OVER} b: Int } type A { x: X } type X { y: Y a: A } enum Y { Z } input In { y: Y }`;
  assert.deepEqual(await breaking(old, "type Query { b: Int }"), []);
});

test("a type that something else leads to may not go", async () => {
  const old = `type Query { a: A ${OVER} b: Int n: N } interface N { id: ID } type A implements N { id: ID }`;
  const current = "type Query { b: Int n: N } interface N { id: ID }";
  assert.ok((await breaking(old, current)).includes("A"));
});

test("an argument, an input's field and an enum's value may go when their day has passed", async () => {
  const old = `type Query { b(a: Int ${OVER}, i: In, e: E): Int } input In { a: Int ${OVER} b: Int } enum E { A ${OVER} B }`;
  const current = "type Query { b(i: In, e: E): Int } input In { b: Int } enum E { B }";
  assert.deepEqual(await breaking(old, current), []);
});

test("another type, or an argument that must be given, breaks even what is deprecated", async () => {
  const old = `type Query { a: Int ${OVER} b: Int }`;
  assert.deepEqual(await breaking(old, `type Query { a: String ${OVER} b(c: Int!): Int }`), ["Query.a", "Query.b.c"]);
});

test("what is deprecated anew stays for six months at least", async () => {
  const old = "type Query { a: Int b: Int }";
  assert.deepEqual(await breaking(old, `type Query { a: Int ${LATER} b: Int }`), ["Query.a"]);
  assert.deepEqual(await breaking(old, `type Query { a: Int ${LATER_STILL} b: Int }`), []);
});

test("a reason names the day", async () => {
  const old = "type Query { a: Int b: Int }";
  assert.deepEqual(await breaking(old, 'type Query { a: Int @deprecated(reason: "Use b.") b: Int }'), ["Query.a"]);
});

test("a day that was promised is not brought forward", async () => {
  const old = `type Query { a: Int ${LATER} b: Int }`;
  assert.deepEqual(await breaking(old, `type Query { a: Int ${OVER} b: Int }`), ["Query.a"]);
  assert.deepEqual(await breaking(old, `type Query { a: Int ${LATER_STILL} b: Int }`), []);
});
