// What a change of the schema breaks for clients that go by the released one: graphql-inspector, and our policy of
// deprecation (docs/deprecation.md). What was deprecated and whose day has passed may go.
import { CriticalityLevel, diff } from "@graphql-inspector/core";
import { getNamedType, isAbstractType, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from "graphql";

const UNTIL = / Until (\d{4}-\d{2}-\d{2})\.$/;
const NOTICE_MONTHS = 6;
const REMOVALS = new Set(["FIELD_REMOVED", "FIELD_ARGUMENT_REMOVED", "INPUT_FIELD_REMOVED", "ENUM_VALUE_REMOVED"]);

// Gives the changes, each with `level` BREAKING, DANGEROUS or NON_BREAKING; `today` is written YYYY-MM-DD.
export async function compare(old, current, today) {
  const changes = await diff(old, current, [({ changes }) => changes.map((change) => judged(change, old, current, today))]);
  const told = changes.map(({ message, criticality, path }) => ({ level: criticality.level, message, path }));
  return [...told, ...tooSoon(old, current, today)];
}

// Gives the last day of what is deprecated; undefined if it is not, or if its reason names none.
export function until(element) {
  return UNTIL.exec(element?.deprecationReason ?? "")?.[1];
}

function judged(change, old, current, today) {
  const { level } = change.criticality;
  if (level !== CriticalityLevel.Breaking || !mayGo(change, old, current, today)) return change;
  return { ...change, criticality: { level: CriticalityLevel.NonBreaking } };
}

function mayGo({ type, path }, old, current, today) {
  if (type === "TYPE_REMOVED") return isOutOfReach(path, old, current, today);
  return REMOVALS.has(type) && isOver(old, path, today);
}

// Tells whether clients could come to a removed type only by what may go, or by a type that is out of reach itself.
function isOutOfReach(name, old, current, today, asked = new Set()) {
  if (asked.has(name)) return true;
  asked.add(name);
  return references(old, name).every((path) => {
    const [parent] = path.split(".");
    const parentIsGone = !current.getType(parent) && isOutOfReach(parent, old, current, today, asked);
    return isOver(old, path, today) || parentIsGone;
  });
}

// Tells whether the day of an element, or of the field that an argument belongs to, has passed.
function isOver(schema, path, today) {
  const elements = elementsOf(schema);
  const [type, field] = path.split(".");
  return [path, `${type}.${field}`].some((each) => until(elements.get(each)) < today);
}

// Gives the paths by which clients come to a type: fields and arguments of that type, or of one that it belongs to.
function references(schema, name) {
  const type = schema.getType(name);
  const leads = (to) => to === type || (isAbstractType(to) && isObjectType(type) && schema.isSubType(to, type));
  return [...elementsOf(schema)]
    .filter(([path, element]) => element.type && leads(getNamedType(element.type)) && !path.startsWith(`${name}.`))
    .map(([path]) => path);
}

// Gives everything that can be deprecated, by its path.
function elementsOf(schema) {
  const elements = new Map();
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith("__")) continue;
    const members = isEnumType(type)
      ? type.getValues()
      : isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)
        ? Object.values(type.getFields())
        : [];
    for (const member of members) {
      elements.set(`${type.name}.${member.name}`, member);
      for (const arg of member.args ?? []) elements.set(`${type.name}.${member.name}.${arg.name}`, arg);
    }
  }
  return elements;
}

// What is deprecated anew stays half a year from its release, which is today at the earliest; a day that was promised
// is not brought forward.
function tooSoon(old, current, today) {
  const before = elementsOf(old);
  const soonest = monthsAfter(today, NOTICE_MONTHS);
  const found = [];
  for (const [path, element] of elementsOf(current)) {
    if (element.deprecationReason == null) continue;
    const promised = before.get(path)?.deprecationReason != null ? (until(before.get(path)) ?? "") : soonest;
    const day = until(element);
    const message =
      day === undefined
        ? `${path} is deprecated with a reason that does not end in "Until YYYY-MM-DD."`
        : day < promised && `${path} is deprecated until ${day}, which is before ${promised}`;
    if (message) found.push({ level: CriticalityLevel.Breaking, message, path });
  }
  return found;
}

function monthsAfter(day, months) {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + months);
  return date.toISOString().slice(0, 10);
}
