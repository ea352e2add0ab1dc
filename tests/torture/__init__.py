"""The whole server under load while something breaks: no fen is lost, and nobody is told what is not so."""
