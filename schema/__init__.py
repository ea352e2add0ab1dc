"""The GraphQL schema: what the API shows of the domain, and how its operations reach the services."""
