"""The fleet as a spreadsheet: which columns there are, what they are called in each language, how rows are checked."""
