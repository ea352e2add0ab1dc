"""The wallet's API from Python, by gql."""
