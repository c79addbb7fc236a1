"""What the lines of a demo company do all day."""
