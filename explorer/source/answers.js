// A variable `$field.path` stands for what that field answered last. It is known until the page is loaded again.
const last = {};

export function note(answer) {
  for (const [field, value] of Object.entries(answer.data ?? {})) if (value !== null) last[field] = value;
  return answer;
}

/** Variables with what was answered filled in; what is not known stays as it is, and the server says so. */
export function filledIn(variables) {
  return Object.fromEntries(Object.entries(variables ?? {}).map(([name, value]) => [name, lookUp(value) ?? value]));
}

function lookUp(value) {
  if (typeof value !== "string" || !/^\$\w+(\.\w+)+$/.test(value)) return undefined;
  return value
    .slice(1)
    .split(".")
    .reduce((object, key) => object?.[key], last);
}
