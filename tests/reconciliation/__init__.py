"""The books are derived from the entries anew, and whatever was done to them is found."""
