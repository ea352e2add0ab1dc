"""What the documents say is true: their snippets run, their tables are whole, their pictures are of today."""
