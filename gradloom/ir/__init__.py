"""What a program is: types, graphs, ops, text, and the interpreter that says what they mean."""
