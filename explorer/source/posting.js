// Queries and mutations: one POST, one answer, shown as it is whatever its status.
const TAKEN = "application/graphql-response+json, application/json;q=0.9";

export async function post(request, headers) {
  const answer = await fetch("/graphql", {
    method: "POST",
    headers: { Accept: TAKEN, "Content-Type": "application/json", ...headers },
    body: JSON.stringify(request),
  });
  return answer.json();
}
