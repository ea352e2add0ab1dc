"""The rules of the wallet, without storage or event loop; files are those of the domain."""
