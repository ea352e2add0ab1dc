// Who the visitor is: in development one of the demo people, whose tokens this server gives; the same in all tabs.
const KEPT = "whoAmI";
const tokens = new Map();

/** Give the people one may be, each with a name, a label and a token; nobody but in development. */
export async function meetPeople() {
  const address = document.getElementById("explorer").dataset.people; // api/explorer.py writes it, or leaves it out
  if (address === undefined) return [];
  const answer = await fetch(address);
  const people = answer.ok ? await answer.json() : [];
  for (const { name, token } of people) tokens.set(name, token);
  return people;
}

/** The name of whom the visitor is; empty for nobody. */
export function whoAmI() {
  const name = sessionStorage.getItem(KEPT);
  return tokens.has(name) ? name : "";
}

export function become(name) {
  sessionStorage.setItem(KEPT, name);
}

/** The headers of a request: what the Headers tab says goes before who was chosen. */
export function signedIn(headers) {
  const token = tokens.get(whoAmI());
  const signs = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  return token === undefined || signs ? headers : { ...headers, Authorization: `Bearer ${token}` };
}
