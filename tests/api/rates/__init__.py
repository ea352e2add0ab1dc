"""How often things may be done, met over real connections."""
